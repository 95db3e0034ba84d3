"""Keeping the archive within its bounds: whole files go, the oldest first, and what kills have left is removed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from storage.archive import folder as folders
from storage.archive.folder import archive_folder, told
from storage.archive.keeping import OPEN_FOR
from storage.database import Database
from storage.records import utc_text

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trimmed:
    """What was deleted: files, the raw pages in them, and their bytes."""

    files: int = 0
    pages: int = 0
    bytes: int = 0


def trim(database: Database, *, keep_for_seconds: float, max_bytes: int, now: datetime) -> Trimmed:
    """What went: files whose youngest page is older than `keep_for_seconds`, then the oldest beyond `max_bytes` in all.

    The file that is written never goes; it is closed when it is a week old, so a page stays a week too long at most.
    A kill at any moment leaves at most a file that the database no longer knows, which the next call removes. The
    caller holds the writer lock and is in no transaction. Raises StorageFault.
    """
    _close_old(database, now)
    trimmed = Trimmed()
    for row in _due(database, utc_text(now - timedelta(seconds=keep_for_seconds)), max_bytes):
        pages = _drop(database, row)
        trimmed = Trimmed(
            files=trimmed.files + 1, pages=trimmed.pages + pages, bytes=trimmed.bytes + int(row["bytes"])
        )
    folder = archive_folder(database.path)
    with told(folder):
        folders.sweep(database, folder)
    if trimmed.files:
        logger.info("%d raw pages are no longer kept", trimmed.pages, extra={"files": trimmed.files})
    return trimmed


def _close_old(database: Database, now: datetime) -> None:
    with database.transaction():
        database.execute(
            "UPDATE archive_files SET closed_at = ? WHERE closed_at IS NULL AND opened_at <= ?",
            (utc_text(now), utc_text(now - OPEN_FOR)),
        )


def _due(database: Database, before: str, max_bytes: int) -> Iterator[Any]:
    """The closed files that are to go."""
    rows = database.rows("SELECT id, name, bytes, last_at FROM archive_files WHERE closed_at IS NOT NULL ORDER BY id")
    total = int(database.value("SELECT coalesce(sum(bytes), 0) FROM archive_files"))
    old = {row["id"] for row in rows if row["last_at"] < before}
    total -= sum(int(row["bytes"]) for row in rows if row["id"] in old)
    for row in rows:
        if row["id"] in old:
            yield row
        elif total > max_bytes:
            total -= int(row["bytes"])
            yield row


def _drop(database: Database, row: Any) -> int:
    """How many raw pages the file had that is gone now. What cannot be unlinked is swept later."""
    with database.transaction():
        pages = database.execute("DELETE FROM archive_pages WHERE file_id = ?", (row["id"],)).rowcount
        database.execute("DELETE FROM archive_files WHERE id = ?", (row["id"],))
    with suppress(OSError):
        (archive_folder(database.path) / row["name"]).unlink(missing_ok=True)
    return int(pages)
