"""The folder of WARC files beside a database: its place, the names of its files, and what a kill has left there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from storage.database import Database
from storage.faults import StorageFault
from storage.held_files import flush_folder

_NAME = re.compile(r"dibao-\d{8}T\d{6}Z-(?P<number>\d{6,19})-(?P<archive>[0-9a-f]{8})\.warc\.gz", re.ASCII)


class ArchiveFault(StorageFault):
    """A raw page cannot be read, or an archive file cannot be written."""


def archive_folder(database: Path) -> Path:
    """The folder of a database's WARC files: `news.db.archive`; of a link, beside the file that it leads to."""
    real = database.resolve()
    return real.with_name(real.name + ".archive")


@contextmanager
def told(path: Path) -> Iterator[None]:
    """A block in which what the system says of a file becomes ArchiveFault, with the file's name."""
    try:
        yield
    except OSError as error:
        raise ArchiveFault(
            f"{path}: {error.strerror or error}. What was being written is rolled back and asked for again; "
            "check free space and permissions, then start again"
        ) from error


def create(database: Database, folder: Path, now: datetime) -> tuple[Path, int]:
    """A new file of this database's archive, empty, and its descriptor. The folder is made where it is absent.

    Names are `dibao-TIME-NUMBER-ARCHIVE.warc.gz`; the last part is drawn when a database is made. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    archive = _archive_id(database)
    number = 1 + max((_number(row["name"]) for row in database.rows("SELECT name FROM archive_files")), default=0)
    while True:
        path = folder / f"dibao-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{number:06}-{archive}.warc.gz"
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
            return path, os.open(path, flags, 0o644)
        except FileExistsError:
            number += 1


def sweep(database: Database, folder: Path) -> int:
    """How many files were removed that are this database's by their names and that it does not know.

    Who was killed before a commit, or between one and the removal of a file, has left them. The caller holds the
    writer lock. Raises OSError.
    """
    archive = _archive_id(database)
    known = {row["name"] for row in database.rows("SELECT name FROM archive_files")}
    swept = 0
    for name in _names(folder):
        match = _NAME.fullmatch(name)
        if match and match["archive"] == archive and name not in known:
            (folder / name).unlink(missing_ok=True)
            swept += 1
    return swept


def remove_archive(database: Path) -> None:
    """None; the WARC files of a database that is to be removed are gone, with their folder if it held nothing else."""
    folder = archive_folder(database)
    for name in _names(folder):
        if _NAME.fullmatch(name):
            (folder / name).unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def flush_names(folder: Path) -> None:
    """None; the names in the folder, and its own, are on the disk. Raises OSError."""
    for place in (folder, folder.parent):
        flush_folder(place)


def write_all(descriptor: int, data: bytes | memoryview, at: int) -> int:
    """The offset behind the data, which is in the file. Raises OSError."""
    left = memoryview(data)
    while left:
        written = os.pwrite(descriptor, left, at)
        left, at = left[written:], at + written
    return at


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - names are all that is wanted
    except FileNotFoundError:
        return []


def _number(name: str) -> int:
    match = _NAME.fullmatch(name)
    return int(match["number"]) if match else 0


def _archive_id(database: Database) -> str:
    return str(database.value("SELECT value FROM meta WHERE name = 'archive_id'"))
