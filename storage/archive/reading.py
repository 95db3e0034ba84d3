"""Reading raw pages: where a page stands, the page itself, and one after the other those of many articles."""

from __future__ import annotations

import io
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from storage.archive.folder import ArchiveFault, archive_folder
from storage.database import Database
from storage.records import from_utc_text
from storage.selection import Selection
from storage.warc import GZIP

MAX_RECORD_BYTES = 64 * 1024**2
"""Of an unpacked record: eight times what a page may have by default."""

ARTICLES_AT_ONCE = 200
"""Articles whose places are read in one query: no reader keeps the file from being tidied up."""

_PAGES = (
    "SELECT p.*, f.name FROM archive_pages p JOIN archive_files f ON f.id = p.file_id"
    " WHERE p.article_id = ? AND p.revision = ?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedPage:
    """A raw page, and what it was read with. The fields are those of storage.records.RawPage; `body`: decoded bytes."""

    url: str
    part: int
    fetched_at: datetime
    http_status: int | None
    content_type: str | None
    timezone: str
    link_title: str | None
    link_published: str | None
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedArticle:
    """The raw pages of an article's newest revision, in their order; `fault`: why there are none, in a sentence."""

    article_id: int
    revision: int
    pages: tuple[ArchivedPage, ...] = ()
    fault: str | None = None


def read_page(database: Database, article_id: int, revision: int, part: int = 1) -> ArchivedPage | None:
    """The raw page, or None where it is not in the archive: never kept, or trimmed.

    Raises ArchiveFault with file and offset where its record is gone or damaged.
    """
    for again in (False, True):
        row = database.row(f"{_PAGES} AND p.part = ?", (article_id, revision, part))
        if row is None:
            return None
        try:
            return _page(archive_folder(database.path), row)
        except ArchiveFault:
            # The writer may have put the page into another file meanwhile; then the database says so by now.
            if again:
                raise
    return None


def newest(database: Database, selection: Selection, *, after: int = 0) -> Iterator[ArchivedArticle]:
    """Articles whose newest revision is in the archive, in the order of their ids, from behind the id `after`.

    One article is in memory at a time. One whose pages cannot be read comes with a `fault`. Raises StorageFault.
    """
    for article_id, revision in newest_ids(database, selection, after=after):
        article = _article(database, article_id, revision)
        if article is not None:
            yield article


def newest_ids(database: Database, selection: Selection, *, after: int = 0) -> Iterator[tuple[int, int]]:
    """(article id, revision) of what `newest` gives."""
    where, values = selection.where(database)
    while True:
        rows = database.rows(
            f"SELECT a.id, a.revision FROM article_heads a WHERE a.id > ? AND ({where}) AND EXISTS"
            " (SELECT 1 FROM archive_pages p WHERE p.article_id = a.id AND p.revision = a.revision)"
            " ORDER BY a.id LIMIT ?",
            (after, *values, ARTICLES_AT_ONCE),
        )
        for row in rows:
            yield row["id"], row["revision"]
        if len(rows) < ARTICLES_AT_ONCE:
            return
        after = rows[-1]["id"]


def _article(database: Database, article_id: int, revision: int) -> ArchivedArticle | None:
    """The pages of a revision; None where they were trimmed since its id was read."""
    fault = None
    for _ in range(2):
        rows = database.rows(f"{_PAGES} ORDER BY p.part", (article_id, revision))
        if not rows:
            return None
        try:
            pages = tuple(_page(archive_folder(database.path), row) for row in rows)
        except ArchiveFault as error:
            fault = str(error)  # as in read_page: its record may have moved
        else:
            return ArchivedArticle(article_id=article_id, revision=revision, pages=pages)
    return ArchivedArticle(article_id=article_id, revision=revision, fault=fault)


def member(path: Path, offset: int, length: int) -> bytes:
    """The bytes of one record in a file, packed as they are. Raises ArchiveFault."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            data = os.pread(descriptor, length, offset)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise ArchiveFault(f"{path}: {error.strerror}; the raw page at byte {offset} cannot be read") from error
    if len(data) < length:
        raise ArchiveFault(f"{path}: the file ends before the raw page at byte {offset} does")
    return data


def unpacked(path: Path, offset: int, data: bytes) -> bytes:
    """The record in a gzip member, whose checksum is right. Raises ArchiveFault."""
    unpacker = zlib.decompressobj(GZIP)
    try:
        record = unpacker.decompress(data, MAX_RECORD_BYTES)
    except zlib.error as error:
        raise ArchiveFault(f"{path}: the raw page at byte {offset} is damaged ({error})") from error
    if not unpacker.eof or unpacker.unused_data:
        raise ArchiveFault(f"{path}: at byte {offset} there is no raw page of at most {MAX_RECORD_BYTES} bytes")
    return record


def _page(folder: Path, row: Any) -> ArchivedPage:
    """The page of a row. Raises ArchiveFault."""
    path, offset = folder / row["name"], int(row["offset"])
    body = _body(path, offset, unpacked(path, offset, member(path, offset, row["length"])), row["url"])
    return ArchivedPage(
        url=row["url"],
        part=row["part"],
        fetched_at=from_utc_text(row["fetched_at"]),
        http_status=row["http_status"],
        content_type=row["content_type"],
        timezone=row["timezone"],
        link_title=row["link_title"],
        link_published=row["link_published"],
        body=body,
    )


def _body(path: Path, offset: int, record: bytes, url: str) -> bytes:
    """What the record holds behind its headers, if it is that of the address. Raises ArchiveFault."""
    from warcio.exceptions import ArchiveLoadFailed  # noqa: PLC0415 - only for who reads raw pages
    from warcio.recordloader import ArcWarcRecordLoader  # noqa: PLC0415
    from warcio.statusandheaders import StatusAndHeadersParserException  # noqa: PLC0415

    stream = io.BytesIO(record)
    try:
        parsed = ArcWarcRecordLoader().parse_record_stream(stream, known_format="warc")
        found = parsed.rec_headers.get_header("WARC-Target-URI")
        if found == url:
            return bytes(parsed.raw_stream.read())
    except (ArchiveLoadFailed, StatusAndHeadersParserException, EOFError, ValueError) as error:
        raise ArchiveFault(f"{path}: at byte {offset} there is no WARC record ({error})") from error
    raise ArchiveFault(f"{path}: at byte {offset} is the page of {found}, not that of {url}")
