"""WARC records (ISO 28500, version 1.1) as bytes, each a gzip member of its own. Pure; warcio and others read them."""

from __future__ import annotations

import base64
import hashlib
import uuid
import zlib
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from isal import isal_zlib

from storage.records import utc_text

FORMAT = "WARC File Format 1.1"
SPECIFICATION = "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"

LEVEL = 2
"""Of ISA-L's deflate. The 201 Chinese pages of the shared corpus (64.5 kB each) come to 18.9 kB each at level 2 (.12
ms), to 18.4 kB at 3 (.25 ms); by zlib to 18.2 kB at its level 3 (.6 ms) and 16.7 kB at 6 (1.3 ms).
tests/benchmarks/test_archive.py measures again."""

GZIP = zlib.MAX_WBITS + 16
"""The window bits by which zlib writes and reads a gzip member."""


def response_record(
    url: str, at: datetime, status: str, headers: Sequence[tuple[str, str]], body: bytes
) -> bytes:
    """The record of an answer of the web. `status`: the line after the protocol, `200 OK`; `body`: as it is stored."""
    head = _http_head(status, headers)
    return _of_body("response", url, at, "application/http; msgtype=response", (head, body))


def resource_record(url: str, at: datetime, content_type: str | None, body: bytes) -> bytes:
    """The record of a file of which nothing is known but its bytes, and perhaps its content type."""
    return _of_body("resource", url, at, content_type, (b"", body))


def info_record(at: datetime, name: str | None = None) -> bytes:
    """The record with which a WARC file begins: what wrote it. `name`: of the file."""
    told = {"software": f"dibao/{_version()}", "format": FORMAT, "conformsTo": SPECIFICATION}
    block = "".join(f"{field}: {value}\r\n" for field, value in told.items()).encode()
    fields = {"WARC-Type": "warcinfo", "WARC-Record-ID": _new_id(), "WARC-Filename": name, "WARC-Date": utc_text(at)}
    return _record({**fields, "WARC-Block-Digest": _digest(block), "Content-Type": "application/warc-fields"}, block)


def packed(record: bytes | memoryview) -> bytes:
    """A record as one gzip member."""
    packer = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, GZIP)
    return packer.compress(record) + packer.flush()


def _of_body(kind: str, url: str, at: datetime, content_type: str | None, block: tuple[bytes, bytes]) -> bytes:
    """The record of the head of an answer, and its body."""
    fields = {
        "WARC-Date": utc_text(at),
        "WARC-Payload-Digest": _digest(block[1]),
        "WARC-Block-Digest": _digest(*block),
        "WARC-Type": kind,
        "WARC-Record-ID": _new_id(),
        "WARC-Target-URI": url,
        "Content-Type": content_type,
    }
    return _record(fields, *block)


def _record(fields: dict[str, str | None], *block: bytes) -> bytes:
    """The record of those header fields, but for the empty ones, and of a block in parts."""
    named = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    head = f"WARC/1.1\r\n{named}Content-Length: {sum(map(len, block))}\r\n\r\n".encode()
    return packed(b"".join((head, *block, b"\r\n\r\n")))


def _http_head(status: str, headers: Sequence[tuple[str, str]]) -> bytes:
    """The head of an answer. What is not ASCII is escaped as warcio does it, which there is no standard for."""
    lines = (f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers), "", "")
    text = "\r\n".join(lines)
    if text.isascii():
        return text.encode("ascii")
    from warcio.statusandheaders import StatusAndHeaders  # noqa: PLC0415 - hardly ever needed

    written: bytes = StatusAndHeaders(status, list(headers), protocol="HTTP/1.1").to_ascii_bytes()
    return written


def _new_id() -> str:
    return f"<urn:uuid:{uuid.uuid4()}>"


def _digest(*parts: bytes) -> str:
    """As everybody writes them in WARC files; they guard against accidents, not against forgers."""
    digest = hashlib.sha1(usedforsecurity=False)
    for part in parts:
        digest.update(part)
    return f"sha1:{base64.b32encode(digest.digest()).decode()}"


def _version() -> str:
    try:
        return version("dibao")
    except PackageNotFoundError:
        return "unknown"
