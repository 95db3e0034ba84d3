"""Pages in a WARC file (ISO 28500), one after the other: nothing but the record at hand is in memory."""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import DecompressingBufferedReader
from warcio.exceptions import ArchiveLoadFailed

OK_STATUS = "200"
CHUNK_BYTES = 64 * 1024

MAX_LINE_BYTES = 64 * 1024
"""Of a header: servers and browsers refuse a line of 8 to 16 KiB, and warcio would hold one of any length."""

MAX_HEAD_BYTES = 1024 * 1024
"""Of all lines up to an empty one."""

PAGE_TYPES = frozenset(("text/html", "application/xhtml+xml", "text/plain", "text/markdown", "text/x-markdown", ""))
"""Content types that may be articles. Of a record without one, the bytes will tell."""

_WEB = ("http://", "https://")
SCHEMES = {"response": _WEB, "resource": (*_WEB, "import:")}
"""Of the addresses of pages, by the record's kind. Files that we imported and archived have our own."""

# Under which records are counted that are no page of the web that was had.
REVISIT = "revisit"
OTHER_STATUS = "other_status"
OTHER_TYPE = "other_type"
OTHER_SCHEME = "other_scheme"
UNDECODABLE = "undecodable"

ENCODINGS = frozenset(("", "identity", "none", "gzip", "deflate"))
"""Content encodings that warcio undoes or that are none. Its 1.8.1 ends with an AttributeError at brotli."""

_FAULTS = (ArchiveLoadFailed, OSError, EOFError, ValueError, zlib.error, gzip.BadGzipFile, KeyError, IndexError,
           AttributeError, TypeError)  # fmt: skip
"""What the parser raises for bytes that are no WARC; its own exceptions are few."""


class BadWarc(ValueError):
    """The file is no WARC, or ends in the middle of a record; what was read before stands."""


class _BoundedReader(DecompressingBufferedReader):  # type: ignore[misc]
    """Reads as warcio does, but no header of any size: a small file may hold one of gigabytes. Raises ValueError."""

    _head = 0

    def readline(self, length: int | None = None) -> bytes:
        """The next line, or its first `length` bytes."""
        line: bytes = super().readline(MAX_LINE_BYTES if length is None else min(length, MAX_LINE_BYTES))
        self._head = self._head + len(line) if line.strip() else 0
        if self._head > MAX_HEAD_BYTES or (len(line) == MAX_LINE_BYTES and not line.endswith(b"\n")):
            raise ValueError(f"a header of more than {MAX_LINE_BYTES} bytes in a line or {MAX_HEAD_BYTES} in all")
        return line

    def read(self, length: int | None = None) -> bytes:
        """Up to `length` bytes of a body; its chunks begin with lines, too."""
        self._head = 0
        return bytes(super().read(length))


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One answer of the web. `body` is cut at the ceiling plus one byte; `fetched_at`: when it was had (WARC-Date)."""

    url: str
    content_type: str | None
    fetched_at: datetime | None
    body: bytes


def captures(path: Path, max_body_bytes: int, passed: Counter[str]) -> Iterator[Capture]:
    """Pages of a WARC file in its order; other answers are counted in `passed`. Raises BadWarc, OSError.

    Taken are response and resource records of http and https, with status 200 and a type of PAGE_TYPES, and resource
    records of our own archives. A revisit record stands for an answer that another record has.
    """
    if not path.is_file():
        raise OSError("not a regular file")  # a pipe would be waited for
    with path.open("rb") as file:
        archive = ArchiveIterator(file, check_digests=False)
        archive.reader = _BoundedReader(file)
        records = iter(archive)
        read = 0
        while True:
            try:
                record = next(records, None)
                capture = record and _capture(record, max_body_bytes, passed)
            except _FAULTS as fault:
                raise BadWarc(f"after {read} records: {str(fault).strip().splitlines()[:1]}") from fault
            if record is None:
                break
            read += 1
            if capture:
                yield capture
    if not read and path.stat().st_size:
        raise BadWarc("it has no records")


def _capture(record: Any, max_body_bytes: int, passed: Counter[str]) -> Capture | None:
    """The page of a record, or None for another kind of record."""
    kind = record.rec_type
    if kind == REVISIT:
        passed[REVISIT] += 1
    if kind not in ("response", "resource"):
        return None
    url = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<> ")
    if not url.lower().startswith(SCHEMES[kind]):
        passed[OTHER_SCHEME] += 1
        return None
    headers = record.http_headers
    if kind == "response" and (headers is None or headers.get_statuscode() != OK_STATUS):
        passed[OTHER_STATUS] += 1
        return None
    content_type = (headers or record.rec_headers).get_header("Content-Type")
    if (content_type or "").split(";")[0].strip().lower() not in PAGE_TYPES:
        passed[OTHER_TYPE] += 1
        return None
    body = _body(record, max_body_bytes + 1)
    if body is None:
        passed[UNDECODABLE] += 1
        return None
    time = _time(record.rec_headers.get_header("WARC-Date"))
    return Capture(url=url, content_type=content_type, fetched_at=time, body=body)


def _body(record: Any, most: int) -> bytes | None:
    """Up to `most` bytes of a page, or None for what is packed in another way than those of ENCODINGS."""
    packed = record.http_headers.get_header("Content-Encoding") if record.http_headers else None
    if (packed or "").strip().lower() not in ENCODINGS:
        return None
    body = _read(record.content_stream(), most)
    if len(body) < most and getattr(record.raw_stream, "limit", 0) > 0:
        raise EOFError("the last record is cut off")
    return body


def _read(stream: Any, most: int) -> bytes:
    """Up to `most` bytes; the streams give a buffer at a time."""
    parts: list[bytes] = []
    left = most
    while left > 0 and (part := stream.read(min(left, CHUNK_BYTES))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _time(text: str | None) -> datetime | None:
    """The aware UTC time of a WARC-Date (W3C-DTF, to a fraction of a second), or None."""
    try:
        moment = datetime.fromisoformat((text or "").strip())
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # the second where the zone leads out of the years 1 to 9999
        return None
