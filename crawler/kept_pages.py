"""An article read from the pages that were kept of it: as a crawl reads it, but for asking anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.extraction.assembly import MOST_PARTS, Assembly
from crawler.extraction.budget import read_affordable
from crawler.extraction.page import PageInput
from storage.identity import BadUrl, url_key
from storage.records import Article, Rejection


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPage:
    """A page that was kept, and what it is read with. `url`: empty where it has none in the web.

    `part`: the how manieth page of its article was asked for, from 1 on. `fetched_at`: when it was had; by that its
    dates are read. `chrome`, `error_pages`: as in crawler.extraction.page.PageInput.
    """

    body: bytes
    url: str
    part: int = 1
    fetched_at: datetime
    content_type: str | None = None
    timezone: str = "Asia/Shanghai"
    link_title: str | None = None
    link_published: str | None = None
    chrome: frozenset[bytes] = frozenset()
    error_pages: frozenset[bytes] = frozenset()


def read_kept(pages: Sequence[KeptPage]) -> Article | Rejection:
    """The article that the pages are, or why they are none; its first page is the first of them.

    A further page that is wanted and was not kept is missing from the article, as one that could not be had.
    """
    assembly = Assembly(pages[0].url, read_affordable(_input(pages[0])))
    for number in range(2, 2 + MOST_PARTS):
        url = assembly.wanted
        if url is None:
            break
        page = _kept_at(url, number, pages[1:], assembly)
        assembly.took(page.url if page else url, read_affordable(_input(page)) if page else None)
    return assembly.reading().result


def _kept_at(url: str, number: int, pages: Sequence[KeptPage], assembly: Assembly) -> KeptPage | None:
    """The page that was kept of an address, or None.

    One that answered at the address of no part was led to: it is the page that was asked for in the same place.
    """
    by_key = {_key(page.url): page for page in pages}
    if found := by_key.get(_key(url)):
        return found
    parts = {part.key for part in assembly.parts}
    return next((page for key, page in by_key.items() if page.part == number and key not in parts), None)


def _input(page: KeptPage) -> PageInput:
    return PageInput(
        body=page.body,
        url=page.url,
        content_type=page.content_type,
        timezone=page.timezone,
        now=page.fetched_at,
        link_title=page.link_title,
        link_published_raw=page.link_published,
        chrome=page.chrome,
        error_pages=page.error_pages,
        part=page.part > 1,
    )


def _key(url: str) -> str:
    """The key of an address; the address itself where it has none."""
    try:
        return url_key(url)
    except BadUrl:
        return url
