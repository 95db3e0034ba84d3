"""Forgetting pages of articles that were pruned: the files that hold them are written anew without them.

A kill at any moment leaves the old file or the new one, whichever the database knows, and the other is swept.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from storage import warc
from storage.archive import folder as folders
from storage.archive.folder import archive_folder, told
from storage.database import Database

logger = logging.getLogger(__name__)

CHUNK_BYTES = 1024**2


def forget_pruned(database: Database, now: datetime) -> int:
    """How many raw pages of pruned articles are gone now: those too that a killed writer did not come to."""
    rows = database.rows(
        "SELECT a.id FROM article_heads a WHERE a.pruned_at IS NOT NULL"
        " AND EXISTS (SELECT 1 FROM archive_pages p WHERE p.article_id = a.id)"
    )
    return forget(database, [row["id"] for row in rows], now)


def forget(database: Database, article_ids: Iterable[int], now: datetime) -> int:
    """How many raw pages of these articles, in all their revisions, are gone from the index and from the disk.

    Each file that holds some is written once, without them; one that held nothing else is deleted. The caller holds
    the writer lock and is in no transaction. Raises StorageFault; what was forgotten by then stays forgotten.
    """
    ids = frozenset(article_ids)
    files = database.rows(
        "SELECT DISTINCT file_id FROM archive_pages WHERE article_id IN (SELECT value FROM json_each(?))"
        " ORDER BY file_id",
        (json.dumps(sorted(ids)),),
    )
    if not files:
        return 0
    forgotten = sum(_from_file(database, row["file_id"], ids, now) for row in files)
    folder = archive_folder(database.path)
    with told(folder):
        folders.sweep(database, folder)
    return forgotten


def _from_file(database: Database, file_id: int, ids: frozenset[int], now: datetime) -> int:
    """How many pages of these articles the file had that are gone now."""
    name = database.value("SELECT name FROM archive_files WHERE id = ?", (file_id,))
    pages = database.rows(
        "SELECT article_id, revision, part, offset, length FROM archive_pages WHERE file_id = ? ORDER BY offset",
        (file_id,),
    )
    kept = [page for page in pages if page["article_id"] not in ids]
    old = archive_folder(database.path) / str(name)
    if not kept or not old.exists():
        _delete(database, file_id, [page for page in pages if page["article_id"] in ids], whole=not kept)
        with suppress(OSError):
            if not kept:
                old.unlink(missing_ok=True)
        return len(pages) - len(kept)
    new, places = _written_anew(database, old, kept, now)
    try:
        with database.transaction():
            _delete(database, file_id, [page for page in pages if page["article_id"] in ids], whole=False)
            _move(database, file_id, kept, new, places)
    except BaseException:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise
    with told(old):
        old.unlink(missing_ok=True)
    return len(pages) - len(kept)


def _delete(database: Database, file_id: int, pages: Sequence[Any], *, whole: bool) -> None:
    """None; the rows of the pages are gone, and that of the file with them where it held nothing else."""
    keys = [(page["article_id"], page["revision"], page["part"]) for page in pages]
    database.executemany("DELETE FROM archive_pages WHERE article_id = ? AND revision = ? AND part = ?", keys)
    if whole:
        database.execute("DELETE FROM archive_files WHERE id = ?", (file_id,))


def _move(database: Database, file_id: int, kept: Sequence[Any], new: Path, places: dict[int, int]) -> None:
    """None; the file's row names the new one, and its pages stand where they stand there."""
    database.execute(
        "UPDATE archive_files SET name = ?, bytes = ? WHERE id = ?", (new.name, new.stat().st_size, file_id)
    )
    database.executemany(
        "UPDATE archive_pages SET offset = ? WHERE article_id = ? AND revision = ? AND part = ?",
        [(places[page["offset"]], page["article_id"], page["revision"], page["part"]) for page in kept],
    )


def _written_anew(
    database: Database, old: Path, kept: Sequence[Any], now: datetime
) -> tuple[Path, dict[int, int]]:
    """A new file with these records, on the disk, and where each stands in it, by where it stood before."""
    with told(old):
        folders.sweep(database, old.parent)
        new, descriptor = folders.create(database, old.parent, now)
        places: dict[int, int] = {}
        try:
            with old.open("rb") as source:
                end = folders.write_all(descriptor, warc.info_record(now, new.name), 0)
                for page in kept:
                    if page["offset"] not in places:  # several revisions may have been read from one record
                        places[page["offset"]] = end
                        end = _copied(source.fileno(), descriptor, page["offset"], page["length"], end)
            os.fsync(descriptor)
            folders.flush_names(old.parent)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)
    return new, places


def _copied(source: int, target: int, offset: int, length: int, at: int) -> int:
    """The offset behind the bytes in the target; they are copied as they are. Of a file that was cut there are less."""
    left = length
    while left and (data := os.pread(source, min(left, CHUNK_BYTES), offset)):
        at = folders.write_all(target, data, at)
        offset, left = offset + len(data), left - len(data)
    if left:
        logger.error("%d bytes of a raw page were lost before it was copied: its file was cut", left)
    return at
