"""Backups: a verified copy under a name, or one with its time in a folder of which only the newest are kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from storage.archive.folder import archive_folder, remove_archive, sweep
from storage.care.copying import Contents, copy
from storage.care.drafts import drafted, published, refuse_target
from storage.care.raw_pages import Carried, carry
from storage.database import open_reader
from storage.faults import BadTarget, StorageFault
from storage.progress import Progress, untold

SNAPSHOT_MODE = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A copy that was read back whole. `raw_pages`: None where they were not asked for; `removed`: older copies."""

    path: Path
    bytes: int
    contents: Contents
    raw_pages: Carried | None = None
    removed: tuple[Path, ...] = ()


def back_up(database: Path, target: Path, *, archive: bool = False, progress: Progress = untold) -> Backup:
    """A copy of the database at `target`, with the permissions of the database.

    Any error leaves what was there as it was. Raises BadTarget, TargetHeld, DamagedFile, StorageFault, OSError.
    """
    refuse_target(target, database)
    real = target.resolve()
    with drafted(real) as draft:
        beside = archive_folder(real)
        found, pages = _copied(database, draft, [beside] if archive else [], progress)
        size = published(draft, real, _mode(database))
    if pages is not None and beside.is_dir():
        with open_reader(real) as reader:
            sweep(reader, beside)
    return Backup(path=target, bytes=size, contents=found, raw_pages=pages)


def snapshot(database: Path, target: Path, *, progress: Progress = untold) -> Backup:
    """A copy that everybody may read: without a log, so that no reader needs to write its folder. As `back_up`.

    Who has an older one open goes on reading that.
    """
    refuse_target(target, database)
    real = target.resolve()
    with drafted(real) as draft:
        found, _ = _copied(database, draft, [], progress)
        size = published(draft, real, SNAPSHOT_MODE)
    return Backup(path=target, bytes=size, contents=found)


def back_up_into(
    database: Path,
    folder: Path,
    now: datetime,
    *,
    keep: int | None = None,
    archive: bool = False,
    progress: Progress = untold,
) -> Backup:
    """A copy with its time in its name in the folder, of which then only the `keep` newest are left; None: all.

    What was not made so, and copies of other databases, are never removed; and the new one counts only when it is
    whole. Raises as `back_up`.
    """
    target = folder / f"{_stem(database)}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.db"
    refuse_target(target, database)
    if target.exists():
        raise BadTarget(f"{target} was made in this very second; it is left as it is. Run it again")
    # The draft has a name without the time: one copy at a time in a folder, and what a kill leaves is overwritten.
    with drafted(folder / f"{_stem(database)}.db") as draft:
        beside = archive_folder(draft)
        before = [archive_folder(one) for one in _others(folder, database, target)]
        try:
            found, pages = _copied(database, draft, [beside, *before] if archive else [], progress)
            if beside.is_dir():
                with open_reader(draft) as reader:
                    sweep(reader, beside)
                beside.rename(archive_folder(target))
            size = published(draft, target, _mode(database))
        except BaseException:
            remove_archive(draft)
            raise
        removed = () if keep is None else _rotate(database, folder, target, keep)
    return Backup(path=target, bytes=size, contents=found, raw_pages=pages, removed=removed)


def _copied(
    database: Path, draft: Path, archives: Sequence[Path], progress: Progress
) -> tuple[Contents, Carried | None]:
    """What is in the draft, and in the first of the archives; from the others, what is there need not be copied."""
    if not archives:
        return copy(database, draft, progress), None
    origins = [archive_folder(database), *archives[1:]]
    # First what is there now: the daemon may give files up while the database is copied.
    carry(database, origins, archives[0])
    found = copy(database, draft, progress)
    return found, carry(draft, origins, archives[0])


def _mode(database: Path) -> int:
    return database.stat().st_mode & 0o777


def _stem(database: Path) -> str:
    return database.resolve().stem


def _rotate(database: Path, folder: Path, newest: Path, keep: int) -> tuple[Path, ...]:
    """The copies of this database that were removed; by their names they were older than those that are left."""
    of = _identity(newest)
    removed = [one for one in _others(folder, database, newest) if _is_of(one, of)][keep - 1 :]
    for one in removed:
        one.unlink()
        remove_archive(one)
    return tuple(reversed(removed))


def _others(folder: Path, database: Path, newest: Path) -> list[Path]:
    """The files of the folder that are copies of a database of this name, by their names; the latest first."""
    mine = re.compile(rf"{re.escape(_stem(database))}-\d{{8}}T\d{{6}}Z\.db", re.ASCII)
    found = (one for one in folder.iterdir() if mine.fullmatch(one.name) and one.name != newest.name)
    return sorted((one for one in found if one.is_file() and not one.is_symlink()), reverse=True)


def _identity(path: Path) -> str | None:
    """What was drawn when the database was made, or got archives; None before."""
    with open_reader(path) as reader:
        found = reader.value("SELECT value FROM meta WHERE name = 'archive_id'")
    return None if found is None else str(found)


def _is_of(path: Path, of: str | None) -> bool:
    """Whether the file is a copy of that database, and can be read at all: what cannot is nobody's to remove."""
    try:
        return _identity(path) in {of, None}
    except (StorageFault, OSError):
        return False
