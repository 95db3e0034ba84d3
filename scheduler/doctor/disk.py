"""Whether the disk is one that SQLite can work on, has room, and how long that will last."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from scheduler import disk_floor
from scheduler.doctor.case import Case, Finding, Level
from storage.growth import Growth, grown

if TYPE_CHECKING:
    from scheduler.config.file import Config

NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "fuse.sshfs"})
"""File systems on which several programs cannot share SQLite's log (https://www.sqlite.org/wal.html, section 1)."""
FEWEST_INODES = 1_000
SOON, AT_ONCE = timedelta(days=30), timedelta(days=2)
"""A disk that is full so soon is warned of, and fails."""
MAKE_ROOM = "make room, or give up old articles: `keep_for` in [retention], `max_bytes` in [archive]"


def is_local(case: Case) -> Iterator[Finding]:
    """Whether the folder of the database lies on a disk of this machine."""
    folder = _existing(case.database.resolve().parent)
    kind = _file_system(folder)
    if kind in NETWORK:
        step = "put the database on a disk of this machine; for readers elsewhere: `dibao snapshot`"
        says = f"{folder} is on {kind}: SQLite's log does not work over a network"
        yield Finding(check="file system", level="fail", says=says, step=step)
    else:
        yield Finding(check="file system", level="ok", says=f"{folder} is on {kind or 'one of unknown kind'}")


def has_room(case: Case) -> Iterator[Finding]:
    """Whether there is more than the floor, below which fetching pauses."""
    folders = disk_floor.folders(case.database)
    for folder in dict.fromkeys(map(_existing, folders)):
        there = os.statvfs(folder)
        if there.f_files and there.f_favail < FEWEST_INODES:
            says = f"{there.f_favail} files more can be made at {folder}"
            yield Finding(check="disk", level="fail", says=says, step="remove small files there: see `df -i`")
    found = disk_floor.room(folders, _floor(case), case.usage)
    if found is None:
        yield Finding(check="disk", level="ok", says="no floor is wanted (min_free_bytes = 0), or no disk answers")
    elif found.is_low(was_low=False):
        yield Finding(check="disk", level="fail", says=f"fetching pauses: {found}", step=MAKE_ROOM)
    else:
        yield Finding(check="disk", level="ok", says=str(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """When there is no more room: after so much time, or never, as far as can be seen. `bytes_a_day`: at present."""

    left: timedelta | None
    bytes_a_day: float


def lasts(case: Case) -> Iterator[Finding]:
    """Whether there is room for a month more, at the rate of the last four weeks."""
    check = "disk forecast"
    found = disk_floor.room(disk_floor.folders(case.database), max(_floor(case), 1), case.usage)
    with case.file() as database:
        growth = grown(database, case.now)
    if growth is None or found is None:
        yield Finding(check=check, level="ok", says="too few days have passed to say how fast the file grows")
        return
    told = forecast(growth, max(0, found.free - found.floor), case.config, case.now)
    rate = f"{told.bytes_a_day / 1024**2:,.1f} MiB a day ({growth.articles_a_day:,.0f} articles)"
    if told.left is None:
        yield Finding(check=check, level="ok", says=f"{rate}, and no end in sight")
        return
    level: Level = "fail" if told.left < AT_ONCE else "warn" if told.left < SOON else "ok"
    says = f"{rate}: fetching pauses in {told.left.days} days"
    yield Finding(check=check, level=level, says=says, step=None if level == "ok" else MAKE_ROOM)


def forecast(growth: Growth, room_bytes: int, config: Config | None, now: datetime) -> Forecast:
    """When that much more is used up: raw pages grow up to their bound, articles until the oldest are given up."""
    archive = growth.archive_bytes_a_day if config is None or config.archive.enabled else 0.0
    most = None if config is None else max(0, config.archive.max_bytes - growth.archive_bytes)
    kept = None if config is None or config.retention.keep_for is None else config.retention.keep_for
    ends = None if kept is None else max(0.0, kept - (now - growth.since).total_seconds()) / 86_400
    archive_ends = most / archive if most is not None and archive > 0 else None
    days = _days_until(room_bytes, ((growth.file_bytes_a_day, ends), (archive, archive_ends)))
    left = None if days is None else timedelta(days=min(days, 36_500))
    return Forecast(left=left, bytes_a_day=growth.file_bytes_a_day + archive)


def _days_until(room_bytes: float, parts: tuple[tuple[float, float | None], ...]) -> float | None:
    """The days until parts have grown by so much, each at its rate a day until its own end; None where never."""
    left, day = float(room_bytes), 0.0
    for until in sorted({end for _, end in parts if end is not None}):
        rate = sum(rate for rate, end in parts if end is None or end > day)
        if rate * (until - day) >= left:
            return day + left / rate if rate else None
        left, day = left - rate * (until - day), until
    rate = sum(rate for rate, end in parts if end is None)
    return day + left / rate if rate > 0 else None


def _floor(case: Case) -> int:
    from scheduler.config.file import DibaoSection  # noqa: PLC0415 - pydantic

    default: int = DibaoSection.model_fields["min_free_bytes"].default
    return default if case.config is None else case.config.dibao.min_free_bytes


def _file_system(folder: Path) -> str:
    """The kind of file system that a folder is on; empty where the system does not say."""
    mounts = {Path(part.mountpoint): part.fstype for part in psutil.disk_partitions(all=True)}
    return next((mounts[one] for one in (folder, *folder.parents) if one in mounts), "")


def _existing(folder: Path) -> Path:
    return next(one for one in (folder, *folder.absolute().parents) if one.exists())
