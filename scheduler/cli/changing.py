"""The database for commands that change what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.database import Database


@contextmanager
def existing(path: Path, wait_seconds: float) -> Iterator[Database]:
    """A block with the file, which must be there, to be written. Raises LockHeld or StorageFault."""
    from storage.database import open_reader, open_writer  # noqa: PLC0415
    from storage.lock import WriterLock  # noqa: PLC0415

    open_reader(path).close()  # which refuses to make a file
    with WriterLock(path, wait_seconds=wait_seconds), open_writer(path) as database:
        yield database
