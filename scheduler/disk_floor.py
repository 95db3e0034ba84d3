"""Whether the disk has room to crawl: fetching pauses before it is full, and goes on by itself."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from storage.archive.folder import archive_folder
from storage.faults import StorageFault

logger = logging.getLogger(__name__)

SHARE = 0.05
"""Of a disk that is kept free ..."""
MOST_TIMES = 4
"""... but no more than so many times `min_free_bytes`: 5 % of 4 TB would be a year of news."""
LOOK_SECONDS = 10.0

Usage = Callable[[Path], tuple[int, int, int]]


class DiskLow(StorageFault):
    """There is less room on the disk than is to be left. Nothing was lost; nothing new is begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The disk with the least room over its floor. `floor`: below it fetching pauses; `enough`: there it goes on."""

    folder: Path
    free: int
    floor: int
    enough: int

    def is_low(self, *, was_low: bool) -> bool:
        """Whether there is too little room; once there was, until there is clearly more."""
        return self.free < (self.enough if was_low else self.floor)

    def __str__(self) -> str:
        return (
            f"{self.free >> 20} MiB are free at {self.folder}, and {self.floor >> 20} MiB are to be left"
            " (min_free_bytes)"
        )


def room(folders: Iterable[Path], min_free_bytes: int, usage: Usage = shutil.disk_usage) -> Room | None:
    """The folder with the least room; None where no floor is wanted (0 bytes) or no disk answers.

    The floor is `min_free_bytes`, or 5 % of a disk between 20 and 80 times as large, or four times `min_free_bytes`
    above that. A folder that is not there counts as the one above it.
    """
    if min_free_bytes <= 0:
        return None
    found = []
    for folder in folders:
        try:
            total, _, free = usage(_existing(folder))
        except OSError:
            continue
        floor = max(min_free_bytes, min(int(total * SHARE), MOST_TIMES * min_free_bytes))
        found.append(Room(folder=folder, free=free, floor=floor, enough=floor + min_free_bytes))
    return min(found, key=lambda one: one.free - one.floor, default=None)


def refuse(folders: Iterable[Path], min_free_bytes: int) -> None:
    """Raise DiskLow where there is too little room to begin: for a crawl, which does not wait."""
    found = room(folders, min_free_bytes)
    if found is not None and found.is_low(was_low=False):
        raise DiskLow(f"nothing is crawled: {found}. Make room, or lower `min_free_bytes` in [dibao]")


class DiskFloor:
    """Whether fetching pauses. Asked often, it looks each LOOK_SECONDS, and tells once of each pause."""

    def __init__(self, usage: Usage = shutil.disk_usage, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._usage = usage
        self._monotonic = monotonic
        self._next = float("-inf")
        self.is_low = False

    def look(self, folders: Iterable[Path], min_free_bytes: int) -> bool:
        """Whether there is too little room."""
        now = self._monotonic()
        if now < self._next:
            return self.is_low
        self._next = now + LOOK_SECONDS
        found = room(folders, min_free_bytes, self._usage)
        was, self.is_low = self.is_low, found is not None and found.is_low(was_low=self.is_low)
        if self.is_low and not was:
            logger.error("fetching pauses: %s; it goes on by itself at %d MiB", found, found.enough >> 20)  # type: ignore[union-attr]
        elif was and not self.is_low:
            logger.warning("fetching goes on: there is room on the disk again")
        return self.is_low


def folders(database: Path) -> tuple[Path, Path]:
    """Where a crawl writes: the folder of the database, and that of its raw pages."""
    return database.resolve().parent, archive_folder(database)


def _existing(folder: Path) -> Path:
    return next(one for one in (folder, *folder.absolute().parents) if one.exists())
