"""A backup in the place of the database, which is kept beside it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from storage import replacing
from storage.archive.folder import archive_folder
from storage.care.copying import Contents, copy
from storage.care.drafts import drafted, published
from storage.care.raw_pages import Carried, carry, own_as
from storage.faults import BadTarget
from storage.progress import Progress, untold

MODE = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What is in the database now; `replaced`: where the one before is, None where there was none."""

    contents: Contents
    replaced: Path | None
    raw_pages: Carried


def restore(
    backup: Path,
    database: Path,
    now: datetime,
    *,
    archive: bool = False,
    progress: Progress = untold,
) -> Restored:
    """A copy of the backup is the database. What was, is kept with its log and its raw pages. Nothing is migrated.

    The caller holds the writer lock. `archive`: raw pages are taken from beside the backup; else from those that are
    beside the database now. The backup is read back whole before anything is moved, and left as it is. Raises
    BadTarget, DamagedFile, ForeignFile, NewerSchema, StorageFault or OSError; the database is then what it was, or,
    where renaming itself fails, is absent until the next writer has ended what was begun.
    """
    if database.exists() and backup.samefile(database):
        raise BadTarget(f"{backup} is the database itself; name a backup of it")
    database.resolve().parent.mkdir(parents=True, exist_ok=True)
    replacing.settle(database)
    stamp = _stamp(database, now)
    ready = replacing.coming(database, stamp)
    origins = [archive_folder(backup)] if archive else []
    try:
        with drafted(ready.with_name(f"{database.resolve().name}.restoring")) as draft:
            found = copy(backup, draft, progress)
            pages = carry(draft, [*origins, archive_folder(database)], archive_folder(ready))
            _own_archive(ready, database)
            like = database if database.exists() else database.resolve().parent
            own_as(draft, like)
            published(draft, ready, like.stat().st_mode & 0o777 if database.exists() else MODE)
    except BaseException:
        replacing.discard(ready)
        raise
    return Restored(contents=found, replaced=replacing.replace(database, stamp), raw_pages=pages)


def _stamp(database: Path, now: datetime) -> str:
    """A time that no replaced file has in its name."""
    time = stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    again = 1
    while any(
        os.path.lexists(one.with_name(one.name + end))
        for one in (replacing.aside(database, stamp), replacing.coming(database, stamp))
        for end in ("", *replacing.LOGS, ".archive")
    ):
        again += 1
        stamp = f"{time}{again}"
    return stamp


def _own_archive(ready: Path, database: Path) -> None:
    """None; where a folder of raw pages is there, one comes in its place, even if there is nothing to put in it."""
    before, coming = archive_folder(database), archive_folder(ready)
    if before.is_dir():
        coming.mkdir(exist_ok=True)
        coming.chmod(before.stat().st_mode & 0o777)
        own_as(coming, before)
    elif coming.is_dir():
        own_as(coming, coming.parent)
