"""Files that are as they were until all of the new is safely on the disk, and then are the new."""

from __future__ import annotations

import gzip
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from storage.held_files import flush_folder, held

COMPRESSION = 6
"""Of gzip: its own default."""


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """A block that writes what the file is to hold; at its end that takes the file's place, in one step.

    Where the block fails, the disk is full or the process is killed, the file is as it was; of a kill `NAME.part` stays
    beside it, which the next that writes the file takes over. A pipe or a device is written to as it comes.
    Raises TargetHeld, or OSError with the name of the file.
    """
    target = path.resolve()  # of a link: what it points at
    try:
        if target.exists() and not target.is_file():
            with target.open("wb") as out:
                yield out
        else:
            with _mine(target.with_name(f"{target.name}.part"), target) as out:
                yield out
    except OSError as error:
        if error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error  # a full disk names no file


@contextmanager
def zipped(path: Path, out: BinaryIO) -> Iterator[BinaryIO]:
    """A block with what is written to, compressed if the name ends in `.gz`. The same content gives the same bytes."""
    if path.suffix != ".gz":
        yield out
        return
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, compresslevel=COMPRESSION, mtime=0) as packed:
        yield cast("BinaryIO", packed)


@contextmanager
def _mine(draft: Path, target: Path) -> Iterator[BinaryIO]:
    """A block with the draft, which then takes the place of the file."""
    with os.fdopen(held(draft, target, 0o666), "wb") as out:
        try:
            os.ftruncate(out.fileno(), 0)
            yield out
            out.flush()
            if target.exists():
                os.fchmod(out.fileno(), stat.S_IMODE(target.stat().st_mode))
            os.fsync(out.fileno())
            draft.replace(target)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    flush_folder(target.parent)
