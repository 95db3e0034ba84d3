"""Raw pages as one WARC file, for archives and for replay: the records as they are kept, byte for byte."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO

from storage import warc
from storage.archive.folder import ArchiveFault, archive_folder
from storage.archive.reading import ARTICLES_AT_ONCE, member, unpacked
from storage.database import Database
from storage.progress import Progress, untold
from storage.selection import Selection

logger = logging.getLogger(__name__)

TOLD = 10
"""Records left out of which each is logged; of a lost file there may be thousands more, which are counted."""


def write_warc(
    database: Database,
    selection: Selection,
    out: BinaryIO,
    progress: Progress = untold,
    *,
    now: datetime,
    revisions: bool = False,
) -> int:
    """How many raw pages were written, behind a record that says by what: those of newest revisions, or of all.

    Articles come in the order of their ids, each record is a gzip member and comes once. One that is damaged or gone
    is left out, and logged. `progress` is called with how many were written, of how many. Raises StorageFault.
    """
    out.write(warc.info_record(now))
    total, written = _count(database, selection, revisions=revisions), 0
    left_out = 0
    folder = archive_folder(database.path)
    for row in _places(database, selection, revisions=revisions):
        path, offset = folder / row["name"], int(row["offset"])
        try:
            data = member(path, offset, row["length"])
            unpacked(path, offset, data)
        except ArchiveFault as fault:
            left_out += 1
            if left_out <= TOLD:
                logger.warning("left out: %s", fault)
            continue
        out.write(data)
        written += 1
        progress(written, total)
    if left_out > TOLD:
        logger.warning("left out in all: %d of %d", left_out, total)
    return written


def _join(*, revisions: bool) -> str:
    """From articles to the records of their raw pages."""
    newest = "" if revisions else " AND p.revision = a.revision"
    return f" FROM article_heads a JOIN archive_pages p ON p.article_id = a.id{newest}"


def _count(database: Database, selection: Selection, *, revisions: bool) -> int:
    where, values = selection.where(database)
    distinct = "count(DISTINCT p.file_id || ':' || p.offset)" if revisions else "count(*)"
    return int(database.value(f"SELECT {distinct}{_join(revisions=revisions)} WHERE {where}", values))


def _places(database: Database, selection: Selection, *, revisions: bool) -> Iterator[Any]:
    """Where each record stands: some articles at a time, so that no reader keeps the file from being tidied up."""
    where, values = selection.where(database)
    after = 0
    while True:
        ids = database.rows(
            f"SELECT a.id FROM article_heads a WHERE a.id > ? AND ({where}) ORDER BY a.id LIMIT ?",
            (after, *values, ARTICLES_AT_ONCE),
        )
        if not ids:
            return
        last = ids[-1]["id"]
        # Several revisions may have been read from one record: it comes with the first of them.
        yield from database.rows(
            f"SELECT f.name, p.offset, p.length, min(p.revision) AS first{_join(revisions=revisions)}"
            f" JOIN archive_files f ON f.id = p.file_id WHERE a.id > ? AND a.id <= ? AND ({where})"
            " GROUP BY a.id, p.file_id, p.offset ORDER BY a.id, first, p.part",
            (after, last, *values),
        )
        after = last
