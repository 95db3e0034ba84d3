"""Pages to import, and what is read from each in a process of the pool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crawler.importing.addresses import (
    Address,
    archived_address,
    based_address,
    file_address,
    saved_from,
    web_address,
)
from crawler.importing.files import FoundFile, found_files
from crawler.importing.warc import BadWarc, captures
from storage.identity import content_digest
from storage.records import Article, Fingerprint, RawPage, Rejection, SearchTerms

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
"""No page was saved before the web: such a time of a file was set by a program (1970 or 1980, most often)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPage:
    """A page to import: a file, or a capture of a WARC file, whose `body` is here already.

    `name`: of the file, below the folder that was named. `address`: what is known before it is read. `fetched_at`: when
    it was had; by that, not by the clock of the import, its dates are read. `refused`: why it is not to be read at all.
    """

    source: str
    name: str
    path: Path
    address: Address
    content_type: str | None
    timezone: str
    fetched_at: datetime
    max_body_bytes: int
    body: bytes | None = None
    refused: Rejection | None = None
    keep_raw: bool = False

    @property
    def size(self) -> int:
        """Bytes that are in memory while it waits."""
        return len(self.body or b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage:
    """What was read: an article with what was made of it, or why there is none; and the page's best address."""

    result: Article | Rejection
    address: Address
    digest: str = ""
    signature: Fingerprint | None = None
    terms: SearchTerms | None = None
    raw: RawPage | None = None
    size: int = 0


def import_pages(
    paths: Sequence[Path],
    passed: Counter[str],
    *,
    source: str,
    timezone: str,
    now: datetime,
    max_body_bytes: int,
    base_url: str | None = None,
    keep_raw: bool = False,
) -> Iterator[ImportPage]:
    """Every page of the paths, in the order of their names; what is none is counted in `passed`. Nothing is read ahead.

    A WARC file that breaks off gives what came before, then one page that is refused as `bad_warc`.
    """
    for file in found_files(paths, passed):
        own = file_address(source, file.name)
        page = ImportPage(
            source=source,
            name=file.name,
            path=file.path,
            address=own if file.is_warc else based_address(base_url, file.name) or own,
            content_type=file.content_type,
            timezone=timezone,
            fetched_at=had_at(file.path, now),
            max_body_bytes=max_body_bytes,
            keep_raw=keep_raw,
        )
        if file.is_warc:
            yield from _captured(file, page, now, passed)
        else:
            yield page


def had_at(path: Path, now: datetime) -> datetime:
    """When a file was had: its time of change, to the second; `now` where that cannot be."""
    try:
        moment = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    except (OSError, ValueError, OverflowError):
        return now
    return moment if EARLIEST <= moment <= now else now


def _captured(file: FoundFile, like: ImportPage, now: datetime, passed: Counter[str]) -> Iterator[ImportPage]:
    """The pages of a WARC file. One whose time cannot be (before the web, or after `now`) has that of the file."""
    refused = None
    try:
        for capture in captures(file.path, like.max_body_bytes, passed):
            had = capture.fetched_at
            yield ImportPage(
                source=like.source,
                name=like.name,
                path=like.path,
                address=_of_capture(like, capture.url),
                content_type=capture.content_type,
                timezone=like.timezone,
                fetched_at=had if had and EARLIEST <= had <= now else like.fetched_at,
                max_body_bytes=like.max_body_bytes,
                body=capture.body,
                keep_raw=like.keep_raw,
            )
    except BadWarc as fault:
        refused = Rejection(reason="bad_warc", detail=str(fault)[:300])
    except OSError as fault:
        refused = Rejection(reason="unreadable", detail=str(fault)[:300])
    if refused:
        yield ImportPage(
            source=like.source,
            name=like.name,
            path=like.path,
            address=like.address,
            content_type=None,
            timezone=like.timezone,
            fetched_at=like.fetched_at,
            max_body_bytes=like.max_body_bytes,
            refused=refused,
        )


def _of_capture(file: ImportPage, url: str) -> Address:
    """The address of a capture: its own in the web, or the one that an import gave its file before it was archived."""
    return (
        web_address(url, "capture")
        or archived_address(file.source, url)
        or file_address(file.source, f"{file.name}#{url}")
    )


def read_import(page: ImportPage) -> ReadPage:
    """What a page says; in a process of the pool. Pure but for reading the file."""
    from crawler.extraction.page import PageInput  # noqa: PLC0415 - trafilatura stays out of the parent
    from crawler.extraction.signed import read_signed  # noqa: PLC0415
    from crawler.raw_pages import of_file  # noqa: PLC0415

    body = _body(page)
    if isinstance(body, Rejection):
        return ReadPage(result=body, address=page.address)
    address = page.address
    if address.told != "capture":
        address = web_address(saved_from(body), "saved") or address
    read_with = PageInput(
        body=body,
        url=address.url if address.told != "file" else "",
        content_type=page.content_type,
        timezone=page.timezone,
        now=page.fetched_at.replace(microsecond=0),  # as it is kept: read again from the archive, it says the same
    )
    reading = read_signed(read_with)
    result = reading.result
    if isinstance(result, Rejection):
        return ReadPage(result=result, address=address, size=len(body))
    raw = of_file(read_with, address.url) if page.keep_raw else None
    if address.told in ("base", "file"):
        address = web_address(result.canonical_url, "page") or address
    return ReadPage(
        result=result,
        address=address,
        digest=content_digest(result),
        signature=reading.signature,
        terms=reading.terms,
        raw=raw,
        size=len(body),
    )


def _body(page: ImportPage) -> bytes | Rejection:
    """The bytes of a page, or why it is not read."""
    if page.refused:
        return page.refused
    body = page.body
    if body is None:
        try:
            if not page.path.is_file():
                return Rejection(reason="unreadable", detail="not a regular file")
            with page.path.open("rb") as file:
                body = file.read(page.max_body_bytes + 1)
        except (OSError, ValueError) as problem:
            return Rejection(reason="unreadable", detail=str(problem)[:300])
    if len(body) > page.max_body_bytes:
        return Rejection(reason="too_large", detail=f"more than {page.max_body_bytes} bytes")
    return body
