"""Keeping raw pages: appended to the open WARC file, on the disk before the transaction that tells where they stand.

The database is what counts: bytes of a file behind the length that was committed are of a writer that was killed, or
whose transaction failed, and are cut off before the next page is written. Nothing is held between two transactions.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from storage import warc
from storage.archive import folder as folders
from storage.archive.folder import told
from storage.database import Database
from storage.records import RawPage, from_utc_text, utc_text

logger = logging.getLogger(__name__)

OPEN_FOR = timedelta(days=7)
"""A file is closed after this time even if it is small: only whole files are deleted, by their youngest page."""

_OF_PAGE = (
    "part, file_id, offset, length, url, fetched_at, http_status, content_type, timezone, link_title, link_published"
)


@dataclass(slots=True, kw_only=True)
class _Open:
    """The file that is written. `start`: its length at the begin of the transaction; None: it was made in it."""

    id: int
    path: Path
    descriptor: int
    opened_at: datetime
    start: int | None
    end: int


class Archive:
    """Keeps the raw pages of a database in `folder`; a file of `file_bytes` is followed by another one.

    The caller holds the writer lock.
    """

    def __init__(self, database: Database, folder: Path, file_bytes: int) -> None:
        self._database = database
        self._folder = folder
        self._file_bytes = file_bytes
        self._files: list[_Open] = []
        self._now: datetime | None = None

    @contextmanager
    def batch(self, now: datetime) -> Iterator[None]:
        """A block within a transaction in which pages may be kept; at its end they are on the disk.

        Raises ArchiveFault where they cannot be. On any error the files are as before.
        """
        self._files, self._now = [], now
        try:
            yield
            self._flush(now)
        except BaseException:
            self._cut_back()
            raise
        finally:
            for file in self._files:
                os.close(file.descriptor)
            self._files, self._now = [], None

    def keep(self, article_id: int, revision: int, pages: Sequence[RawPage]) -> None:
        """None; the pages of a revision are in the open file and in the index. Only within `batch`.

        Raises ArchiveFault, with which the transaction fails.
        """
        now = self._now
        if now is None:
            raise RuntimeError("pages are kept within a batch")
        if not pages:
            return
        file = self._file(now)
        for page in pages:
            offset = file.end
            with told(file.path):
                file.end = folders.write_all(file.descriptor, page.record, offset)
            self._index(article_id, revision, page, file, offset)

    def _index(self, article_id: int, revision: int, page: RawPage, file: _Open, offset: int) -> None:
        self._database.execute(
            f"INSERT INTO archive_pages (article_id, revision, {_OF_PAGE})"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (article_id, revision, page.part, file.id, offset, len(page.record), page.url, utc_text(page.fetched_at),
             page.http_status, page.content_type, page.timezone, page.link_title, page.link_published),
        )  # fmt: skip

    def _file(self, now: datetime) -> _Open:
        """The file that takes the next page."""
        file = self._files[-1] if self._files else self._taken_up(now)
        if file is not None and (file.end >= self._file_bytes or now - file.opened_at >= OPEN_FOR):
            self._write_down(file, now, closed=True)
            file = None
        return file or self._new(now)

    def _taken_up(self, now: datetime) -> _Open | None:
        """The file that the last transaction left open, cut to what it committed; None where there is none of use."""
        row = self._database.row("SELECT * FROM archive_files WHERE closed_at IS NULL ORDER BY id DESC LIMIT 1")
        if row is None:
            return None
        path, length = self._folder / row["name"], int(row["bytes"])
        with told(path):
            descriptor = _reopened(path, length)
        if descriptor is None:
            logger.error("%s is gone or was cut: its raw pages cannot be read any more", path)
            self._database.execute(
                "UPDATE archive_files SET closed_at = ? WHERE id = ?", (utc_text(now), row["id"])
            )
            return None
        opened_at = from_utc_text(row["opened_at"])
        file = _Open(
            id=row["id"], path=path, descriptor=descriptor, opened_at=opened_at, start=length, end=length
        )
        self._files.append(file)
        return file

    def _new(self, now: datetime) -> _Open:
        """A new file with its first record."""
        with told(self._folder):
            folders.sweep(self._database, self._folder)
            path, descriptor = folders.create(self._database, self._folder, now)
        file = _Open(id=0, path=path, descriptor=descriptor, opened_at=now, start=None, end=0)
        self._files.append(file)
        with told(path):
            file.end = folders.write_all(descriptor, warc.info_record(now, path.name), 0)
        file.id = self._database.execute(
            "INSERT INTO archive_files (name, bytes, opened_at, last_at) VALUES (?, ?, ?, ?)",
            (path.name, file.end, utc_text(now), utc_text(now)),
        ).lastrowid
        return file

    def _flush(self, now: datetime) -> None:
        """None; all that was written is on the disk, and its length in the transaction."""
        for file in self._files:
            with told(file.path):
                os.fsync(file.descriptor)
        if self._files:
            self._write_down(self._files[-1], now, closed=False)
        if any(file.start is None for file in self._files):
            with told(self._folder):
                folders.flush_names(self._folder)

    def _write_down(self, file: _Open, now: datetime, *, closed: bool) -> None:
        at = utc_text(now)
        self._database.execute(
            "UPDATE archive_files SET bytes = ?, last_at = coalesce(?, last_at), closed_at = ? WHERE id = ?",
            (file.end, at if file.end != file.start else None, at if closed else None, file.id),
        )

    def _cut_back(self) -> None:
        """None; files are as before. What cannot be cut now is cut before the next page is written."""
        for file in self._files:
            with suppress(OSError):
                if file.start is None:
                    file.path.unlink(missing_ok=True)
                else:
                    os.ftruncate(file.descriptor, file.start)


def repeat(database: Database, article_id: int, revision: int, new_revision: int) -> int:
    """How many raw pages of a revision are now those of another one too, which was read from the same pages."""
    done = database.execute(
        f"INSERT INTO archive_pages (article_id, revision, {_OF_PAGE})"
        f" SELECT article_id, ?, {_OF_PAGE} FROM archive_pages WHERE article_id = ? AND revision = ?",
        (new_revision, article_id, revision),
    )
    return int(done.rowcount)


def _reopened(path: Path, length: int) -> int | None:
    """The descriptor of a file that has this length now, because what it had more was cut off; None: it has less."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        size = os.fstat(descriptor).st_size
        if size < length:
            os.close(descriptor)
            return None
        if size > length:
            os.ftruncate(descriptor, length)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
