"""Where an export goes: a file that is replaced in one step, or standard output; and up to where it was followed."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import click

from scheduler.cli.options import ConfigurationError
from scheduler.cli.reading import config_read
from scheduler.cli.terminal import end_unread

_LONGEST_NUMBER = 19
_BESIDE = ("", "-wal", "-shm", "-journal", ".lock", ".new")


@dataclass(slots=True)
class Position:
    """How far the feed was followed before, and is now. `since`: None where all is exported."""

    since: int | None
    reached: int | None = None


@contextmanager
def position(since: int | None, cursor: Path | None, database: Path) -> Iterator[Position]:
    """A block with the position; where it ends well, the file keeps what was reached, else standard error says it.

    Two that would go on from one file at once: the second ends with exit code 3.
    """
    from storage.export.replacing import replaced  # noqa: PLC0415

    if since is not None and cursor is not None:
        raise click.UsageError("--cursor FILE keeps what --since-seq would say; give one of them")
    if cursor is None:
        found = Position(since)
        yield found
        if found.reached is not None:
            click.echo(f"next: --since-seq {found.reached}", err=True)
        return
    _spare(cursor, database)
    with replaced(cursor) as file:
        found = Position(_kept(cursor))
        yield found
        file.write(f"{found.reached}\n".encode())


@contextmanager
def output(out: Path | None, database: Path, *, binary: bool = False, zips: bool = True) -> Iterator[BinaryIO]:
    """A block with what an export is written to. `binary`: not for terminals. `zips`: `.gz` asks for compression."""
    from storage.export.replacing import replaced, zipped  # noqa: PLC0415

    if out is None:
        with _standard_output(binary=binary) as stream:
            yield stream
        return
    _spare(out, database)
    with replaced(out) as file:
        if not zips:
            yield file
            return
        with zipped(out, file) as stream:
            yield stream


def shows_bar(out: Path | None) -> bool:
    """Whether a bar on standard error would not stand among the lines of the export."""
    return out is not None or not sys.stdout.isatty()


def _kept(cursor: Path) -> int:
    """The number that the file keeps; 0 where there is none yet."""
    try:
        with cursor.open("rb") as file:
            text = file.read(100).strip()
    except FileNotFoundError:
        return 0
    if not (text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise ConfigurationError(f"{cursor}: not the number of a change alone; name another file, or remove it")
    return int(text)


def _spare(out: Path, database: Path) -> None:
    """None; ends the command where the file would take the place of a database, of what is of it, or of settings."""
    from storage.header import MAGIC  # noqa: PLC0415

    target, kept, config = out.resolve(), database.resolve(), config_read()
    if config is not None and target == config.resolve():
        raise ConfigurationError(f"{out}: the configuration; name another file")
    taken = target in {kept.with_name(kept.name + end) for end in _BESIDE}
    if not taken and target.is_file():
        with target.open("rb") as file:
            taken = file.read(len(MAGIC)) == MAGIC
    if taken:
        raise ConfigurationError(f"{out}: a database, or what belongs to one; name another file")


@contextmanager
def _standard_output(*, binary: bool) -> Iterator[BinaryIO]:
    """A block with standard output. Who has read enough (`| head -1`) ends the command, which is no fault."""
    stream: BinaryIO = sys.stdout.buffer
    if stream.isatty():
        if binary:
            raise click.UsageError("a terminal cannot show this format; name a file with --out")
        stream = cast("BinaryIO", _Terminal(stream))
    try:
        yield stream
        stream.flush()
    except BrokenPipeError:
        end_unread()
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EIO} or error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror, "standard output") from error


class _Terminal:
    """Standard output where it is a terminal, which nothing of a page may steer."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, data: bytes) -> int:
        """How much was taken: all. Writers hand over whole characters."""
        text = data.decode("utf-8", "replace")
        shown = (one if one.isprintable() or one in "\n\t" else " " for one in text.replace("\r\n", "\n"))
        self._stream.write("".join(shown).encode())
        return len(data)

    def flush(self) -> None:
        """None; all of it is shown."""
        self._stream.flush()
