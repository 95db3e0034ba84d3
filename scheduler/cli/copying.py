"""What the commands that copy a database have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import ConfigurationError

if TYPE_CHECKING:
    from storage.care.backups import Backup
    from storage.care.raw_pages import Carried


@contextmanager
def told_of_copies() -> Iterator[None]:
    """A block whose faults end the command; where a copy cannot be put there, the command line is wrong: code 2."""
    from storage.faults import BadTarget  # noqa: PLC0415

    with told_to_the_shell():
        try:
            yield
        except BadTarget as fault:
            raise ConfigurationError(f"dibao: {fault}") from fault


def sentence(done: Backup) -> str:
    """What a copy has, in one line."""
    return f"{done.path}: {done.contents.articles} articles, up to change {done.contents.last_seq}, {size(done.bytes)}"


def pages_sentence(pages: Carried) -> str:
    """What of the raw pages was put beside a copy."""
    said = f"raw pages: {pages.files} files, {size(pages.bytes)}"
    return f"{said}; {pages.missing} files are nowhere" if pages.missing else said


def size(count: int) -> str:
    """A number of bytes for people."""
    return f"{count / 1024**2:.1f} MiB" if count < 1024**3 else f"{count / 1024**3:.2f} GiB"
