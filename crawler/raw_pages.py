"""From an answer of the web, or an imported file, to its record in the archive: all that reading it again takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from storage import warc
from storage.records import RawPage

if TYPE_CHECKING:
    from crawler.extraction.page import PageInput
    from crawler.page_work import Answered

# A body is kept as it was read, unpacked: what says how it came is kept under names that no viewer obeys.
RENAMED = frozenset(("content-encoding", "transfer-encoding", "content-length"))
ORIGINAL = "X-Archive-Orig-"

MAX_HEADER_CHARACTERS = 8 * 1024
"""Of one header; a longer one is left out. Escaped, a character may have six: crawler.importing.warc reads 64 KiB."""

MAX_HEADERS, MAX_HEAD_CHARACTERS = 200, 128 * 1024
"""What comes behind so many headers, or characters in all, is left out; 1 MiB is what an import reads."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}")
"""The name of a header (RFC 9110, section 5.6.2)."""

_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]+")
_ADDRESS_CHARACTERS = "%/:=&?~#+!$,;'@()*[]"


def of_answer(answered: Answered, read_with: PageInput, part: int = 1) -> RawPage:
    """The raw page of an answer that was read. `part`: the how manieth page of its article it is, from 1 on."""
    url = valid_address(read_with.url)
    headers = list(_headers(answered, len(read_with.body)))
    record = warc.response_record(url, read_with.now, _status(answered.status), headers, read_with.body)
    return _raw_page(record, url, read_with, status=answered.status, part=part)


def of_file(read_with: PageInput, url: str) -> RawPage:
    """The raw page of an imported file, or of a page in a WARC file. `url`: its address, `import:` or of the web."""
    url = valid_address(url)
    content_type = _one_line(read_with.content_type or "")[:MAX_HEADER_CHARACTERS] or None
    record = warc.resource_record(url, read_with.now, content_type, read_with.body)
    return _raw_page(record, url, read_with)


def valid_address(url: str) -> str:
    """The address with what no address may have escaped (RFC 3986, section 2); most stay as they are."""
    return quote(url, safe=_ADDRESS_CHARACTERS)


def _raw_page(record: bytes, url: str, read_with: PageInput, *, status: int | None = None, part: int = 1) -> RawPage:
    return RawPage(
        record=record,
        url=url,
        part=part,
        fetched_at=read_with.now,
        http_status=status,
        content_type=read_with.content_type,
        timezone=read_with.timezone,
        link_title=read_with.link_title,
        link_published=read_with.link_published_raw,
    )


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} "


def _headers(answered: Answered, size: int) -> Iterator[tuple[str, str]]:
    """The headers as received, but for those that speak of the body as it was sent. `size`: of the body as it is."""
    length = str(size)
    for _, (name, value) in zip(range(MAX_HEADERS), _received(answered), strict=False):
        if name.lower() not in RENAMED:
            yield name, value
        elif value != length:
            yield f"{ORIGINAL}{name}", value
    yield "Content-Length", length


def _received(answered: Answered) -> Iterator[tuple[str, str]]:
    room = MAX_HEAD_CHARACTERS
    for raw_name, values in answered.headers:
        name = raw_name.decode("latin-1")
        if not _TOKEN.fullmatch(name):
            continue
        for raw in values:
            value = _one_line(raw.decode("latin-1"))
            if len(value) <= min(MAX_HEADER_CHARACTERS, room - len(name)):
                room -= len(name) + len(value)
                yield name, value


def _one_line(value: str) -> str:
    return _CONTROLS.sub(" ", value).strip()
