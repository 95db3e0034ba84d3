"""What the worker asks of a process of its pool for one page, and what it is told. Light: neither side loads the other.

The article itself goes through the worker as the bytes that its event will have (crawler.wire.Packed): the worker needs
no more of it than is here, and to rebuild it there only to pack it again cost more than to download it (measured).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from crawler.pool import Far
from storage.records import Counts


class Answered(NamedTuple):
    """What an answer said beside its body, for the archive. `headers`: names and values as they came."""

    status: int
    headers: Sequence[tuple[bytes, Sequence[bytes]]]


class PageTask(NamedTuple):
    """One page to read; see crawler.extraction.page.PageInput.

    `chrome`, `error_pages`: as in storage.records.HostChrome. `part`: the how manieth page of its article it is.
    `digest`: of the article as it is stored. `most_parts`: pages that an article may have. `answered`: where the page
    is to be kept.
    """

    body: bytes
    url: str
    content_type: str | None
    timezone: str
    now: datetime
    link_title: str | None = None
    link_published: str | None = None
    chrome: bytes = b""
    error_pages: bytes = b""
    observe: bool = False
    part: int = 1
    digest: str | None = None
    most_parts: int = 1
    answered: Answered | None = None


class Refused(NamedTuple):
    """Why a page is no article (storage.records.Rejection), and what it is known by."""

    reason: str
    detail: str
    fingerprint: bytes | None = None


class Same(NamedTuple):
    """The article is the one that is stored."""

    counts: Counts | None
    has_parts: bool


class Said(NamedTuple):
    """The article as JSON (crawler.wire.Packed). `observed`: the same of what its host repeats."""

    article: bytes
    observed: bytes | None
    has_parts: bool


class Unfinished(NamedTuple):
    """An article of several pages so far. `wanted`: the address to fetch next; `state`: for the pool alone."""

    wanted: str | None
    state: bytes


class NextPart(NamedTuple):
    """What came of the address that was wanted: the page at it, or None where it could not be had."""

    state: bytes
    url: str
    page: PageTask | None


Outcome = Refused | Same | Said

READ: Far[PageTask, Outcome | Unfinished] = Far("crawler.told", "read")
TAKE_PART: Far[NextPart, Unfinished] = Far("crawler.told", "take_part")
FINISH: Far[bytes, Outcome] = Far("crawler.told", "finish")
