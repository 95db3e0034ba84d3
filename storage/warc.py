"""WARC records (ISO 28500, version 1.1) as bytes, each a gzip member of its own. Pure; warcio is loaded when used."""

from __future__ import annotations

import base64
import hashlib
import io
import zlib
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from storage.records import utc_text

FORMAT = "WARC File Format 1.1"
SPECIFICATION = "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"

LEVEL = 3
"""Of gzip. The 201 Chinese pages of the shared corpus (64.5 kB each; reading one takes 33 ms) come to 19.2 kB each at
level 1 (1.0 ms), 18.5 kB at 3 (1.1 ms), 17.7 kB at 4 (1.6 ms), 17.1 kB at 6 (2.3 ms) and 17.0 kB at 9 (2.9 ms).
tests/benchmarks/test_archive.py measures again."""

GZIP = zlib.MAX_WBITS + 16
"""The window bits by which zlib writes and reads a gzip member."""


def response_record(
    url: str, at: datetime, status: str, headers: Sequence[tuple[str, str]], body: bytes
) -> bytes:
    """The record of an answer of the web. `status`: the line after the protocol, `200 OK`; `body`: as it is stored."""
    from warcio.statusandheaders import StatusAndHeaders  # noqa: PLC0415 - not for who keeps nothing

    http = StatusAndHeaders(status, list(headers), protocol="HTTP/1.1")
    return _member("response", url, at, body, http=http)


def resource_record(url: str, at: datetime, content_type: str | None, body: bytes) -> bytes:
    """The record of a file of which nothing is known but its bytes, and perhaps its content type."""
    return _member("resource", url, at, body, content_type=content_type or "")


def info_record(at: datetime, name: str | None = None) -> bytes:
    """The record with which a WARC file begins: what wrote it. `name`: of the file."""
    writer, out = _writer()
    told = {"software": f"dibao/{_version()}", "format": FORMAT, "conformsTo": SPECIFICATION}
    record = writer.create_warcinfo_record(name, told)
    record.rec_headers.replace_header("WARC-Date", utc_text(at))
    return _written(writer, out, record)


def packed(record: bytes | memoryview) -> bytes:
    """A record as one gzip member; warcio itself always takes the slowest level."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
    return packer.compress(record) + packer.flush()


def _member(kind: str, url: str, at: datetime, body: bytes, *, http: Any = None, content_type: str = "") -> bytes:
    """The record of a body. Its digests are taken here: warcio would copy the body twice for them, in Python."""
    head = b""
    if http is not None:
        http.compute_headers_buffer()
        head = http.headers_buff
    writer, out = _writer()
    record = writer.create_warc_record(
        url,
        kind,
        payload=io.BytesIO(body),
        length=len(body),
        http_headers=http,
        warc_content_type=content_type,
        warc_headers_dict={
            "WARC-Date": utc_text(at),
            "WARC-Payload-Digest": _digest(body),
            "WARC-Block-Digest": _digest(head, body),
        },
    )
    if kind == "resource" and not content_type:
        record.content_type = None  # warcio would name one that says nothing of the page
    return _written(writer, out, record)


def _digest(*parts: bytes) -> str:
    """As everybody writes them in WARC files; they guard against accidents, not against forgers."""
    digest = hashlib.sha1(usedforsecurity=False)
    for part in parts:
        digest.update(part)
    return f"sha1:{base64.b32encode(digest.digest()).decode()}"


def _writer() -> tuple[Any, io.BytesIO]:
    from warcio.warcwriter import WARCWriter  # noqa: PLC0415

    out = io.BytesIO()
    return WARCWriter(out, gzip=False, warc_version="1.1"), out


def _written(writer: Any, out: io.BytesIO, record: Any) -> bytes:
    writer.write_record(record)
    return packed(out.getbuffer())


def _version() -> str:
    try:
        return version("dibao")
    except PackageNotFoundError:
        return "unknown"
