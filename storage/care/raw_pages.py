"""The WARC files that a copy of a database names, put beside it."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from storage.archive.folder import flush_names
from storage.database import Row, open_reader

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """WARC files that a database names: how many, their bytes, and how many of them are nowhere or too short."""

    files: int
    bytes: int
    missing: int


def carry(database: Path, origins: Sequence[Path], folder: Path) -> Carried:
    """What of the WARC files that a database names is in `folder` now, from those of `origins` that have it.

    A file that is written no more is linked where that can be. Else the first that is found is copied; of a file that
    is still written, only what the database knows. Files that are there are left. Raises OSError; what is in the folder
    by then is whole.
    """
    rows = _named(database)
    if not rows:
        return Carried(files=0, bytes=0, missing=0)
    folder.mkdir(exist_ok=True)
    missing = 0
    for row in rows:
        there = folder / row["name"]
        if _size(there) >= row["bytes"]:
            continue
        found = [one / row["name"] for one in origins if _size(one / row["name"]) >= row["bytes"]]
        if found:
            _put(found, there, row)
        else:
            missing += 1
    flush_names(folder)
    return Carried(files=len(rows) - missing, bytes=sum(row["bytes"] for row in rows), missing=missing)


def own_as(path: Path, other: Path) -> None:
    """None; the file has the owner of the other one, if we may say so: root copies what another user writes."""
    like = other.stat()
    with suppress(PermissionError):
        os.chown(path, like.st_uid, like.st_gid)


def _named(database: Path) -> list[Row]:
    """The files of an archive; of a database before archives, none. Names that lead elsewhere are nobody's."""
    with open_reader(database) as reader:
        if reader.value("SELECT count(*) FROM sqlite_schema WHERE name = 'archive_files'") == 0:
            return []
        rows = reader.rows("SELECT name, bytes, closed_at FROM archive_files ORDER BY id")
    return [row for row in rows if row["name"].endswith(".warc.gz") and not set(row["name"]) & {"/", "\x00"}]


def _put(found: Sequence[Path], there: Path, row: Row) -> None:
    draft = there.with_name(f".{there.name}.partial")
    draft.unlink(missing_ok=True)
    whole = [] if row["closed_at"] is None else [one for one in found if _size(one) == row["bytes"]]
    if not any(_linked(one, draft) for one in whole):
        _copy(found[0], draft, row["bytes"])
    draft.replace(there)


def _linked(origin: Path, draft: Path) -> bool:
    """Whether the draft is another name of the file now."""
    try:
        draft.hardlink_to(origin)
    except OSError:  # another disk, or one without links
        return False
    return True


def _copy(origin: Path, draft: Path, size: int) -> None:
    try:
        with origin.open("rb") as source, draft.open("xb") as target:
            left = size
            while left and (block := source.read(min(left, _BLOCK_BYTES))):
                target.write(block)
                left -= len(block)
            target.flush()
            os.fsync(target.fileno())
        shutil.copymode(origin, draft)
        own_as(draft, origin)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _size(path: Path) -> int:
    """The bytes of a file; -1 of anything else."""
    try:
        found = path.lstat()
    except OSError:
        return -1
    return found.st_size if stat.S_ISREG(found.st_mode) else -1


