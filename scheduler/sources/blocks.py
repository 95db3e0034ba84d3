"""A source as the `[[source]]` block of a dibao.toml, and such blocks put at the end of one, all of them or none."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from crawler.config import Listing, Source
from crawler.config_errors import ConfigError, Problem
from crawler.toml_file import parse_toml
from scheduler.config import toml_text
from scheduler.config.file import Config, load_config

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def source_block(source: Source, comments: Sequence[str] = ()) -> str:
    """The block, with a line for each setting that is not the default, under `comments`; it ends with a line break."""
    values = source.model_dump(exclude_defaults=True)
    lines = [*(f"# {_one_line(comment)}" for comment in comments), "[[source]]"]
    for name in type(source).model_fields:
        if name == "listings" and source.listings:
            lines.append(f"listings = {_list([_listing(one) for one in source.listings])}")
        elif name in values:
            lines.append(f"{name} = {_value(values[name])}")
    return "\n".join(lines) + "\n"


def append_blocks(path: Path, blocks: Sequence[str]) -> Config:
    """The configuration that the file holds from now on: what it held, byte for byte, and the blocks behind it.

    The new file is checked before it takes the old one's place in one step, so whoever reads it (or whatever kills this
    process) sees the old or the new. Two that append at once wait for one another. Raises ConfigError where the file
    with the blocks would be wrong, and OSError where it cannot be written; it is as it was then.
    """
    target = path.resolve()  # a link stays a link
    with _alone(target.parent):
        before = target.read_bytes()
        after = _joined(before, blocks)
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        try:
            _write(temporary, after, like=target)
            try:
                config = load_config(temporary)
            except ConfigError as error:
                raise _told_of(error, before, path) from error
            temporary.replace(target)
            _sync(target.parent)
        finally:
            temporary.unlink(missing_ok=True)
    return config


def _joined(before: bytes, blocks: Sequence[str]) -> bytes:
    """The file's bytes with the blocks behind them, an empty line before each, in the file's own line breaks."""
    ending = b"\r\n" if b"\r\n" in before else b"\n"
    text = b"".join(b"\n" + block.encode("utf-8") for block in blocks).replace(b"\n", ending)
    complete = not before or before == _BYTE_ORDER_MARK or before.endswith(b"\n")
    return before + (b"" if complete else ending) + text


def _told_of(error: ConfigError, before: bytes, path: Path) -> ConfigError:
    """The same problems, told of the operator's file. Where `source` is an array in brackets, that is what is wrong."""
    with contextlib.suppress(ConfigError):
        toml = parse_toml(before, path)
        if ("source",) in toml.lines and ("source", 0) in toml.lines and b"[[source]]" not in before:
            message = 'the sources stand in brackets, "source = [...]"; write them as [[source]] blocks'
            return ConfigError([Problem(file=str(path), line=toml.line_of(("source",)), key="source", message=message)])
    return ConfigError([replace(problem, file=str(path)) for problem in error.problems])


def _write(temporary: Path, content: bytes, *, like: Path) -> None:
    state = like.stat()
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        if (state.st_uid, state.st_gid) != (os.geteuid(), os.getegid()):
            with contextlib.suppress(OSError):  # only root may give a file away
                os.fchown(file.fileno(), state.st_uid, state.st_gid)
        os.fchmod(file.fileno(), state.st_mode & 0o7777)
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """A block in which no other process appends to files of the folder, which is what is locked: no file is left."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):  # file systems without locks: the last one wins
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _listing(listing: Listing) -> str:
    values = listing.model_dump(exclude_defaults=True)
    return "{ " + ", ".join(f"{name} = {_value(value)}" for name, value in values.items()) + " }"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple | list):
        return _list([_value(one) for one in value])
    return toml_text.string(str(value))


def _list(values: Sequence[str]) -> str:
    if len(values) <= 1:
        return f"[{''.join(values)}]"
    return "[\n" + "".join(f"  {value},\n" for value in values) + "]"


def _one_line(comment: str) -> str:
    return "".join(character if character.isprintable() else " " for character in comment)
