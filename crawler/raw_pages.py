"""From an answer of the web, or an imported file, to its record in the archive: all that reading it again takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from storage import warc
from storage.records import RawPage

if TYPE_CHECKING:
    from scrapy.http import Response

    from crawler.extraction.page import PageInput

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer and what it was read with. `part`: the how manieth page of the article was asked for, from 1 on."""

    response: Response
    read_with: PageInput
    part: int = 1


def of_answers(answers: Sequence[Answer]) -> tuple[RawPage, ...]:
    """The raw pages of an article. It takes 1.7 ms a page of 65 kB, most of it without Python's lock."""
    return tuple(_of_answer(answer) for answer in answers)


def of_file(read_with: PageInput, url: str) -> RawPage:
    """The raw page of an imported file, or of a page in a WARC file. `url`: its address, `import:` or of the web."""
    url = valid_address(url)
    content_type = _one_line(read_with.content_type or "")[:MAX_HEADER_CHARACTERS] or None
    record = warc.resource_record(url, read_with.now, content_type, read_with.body)
    return _raw_page(record, url, read_with)


def valid_address(url: str) -> str:
    """The address with what no address may have escaped (RFC 3986, section 2); most stay as they are."""
    return quote(url, safe=_ADDRESS_CHARACTERS)


def _of_answer(answer: Answer) -> RawPage:
    response = answer.response
    url = valid_address(response.url)
    record = warc.response_record(
        url, answer.read_with.now, _status(response.status), list(_headers(response)), response.body
    )
    return _raw_page(record, url, answer.read_with, status=response.status, part=answer.part)


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


def _headers(response: Response) -> Iterator[tuple[str, str]]:
    """The headers as received, but for those that speak of the body as it was sent."""
    length = str(len(response.body))
    for _, (name, value) in zip(range(MAX_HEADERS), _received(response), strict=False):
        if name.lower() not in RENAMED:
            yield name, value
        elif value != length:
            yield f"{ORIGINAL}{name}", value
    yield "Content-Length", length


def _received(response: Response) -> Iterator[tuple[str, str]]:
    room = MAX_HEAD_CHARACTERS
    for raw_name, values in response.headers.items():
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
