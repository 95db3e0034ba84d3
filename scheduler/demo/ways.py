"""How the articles of a site can be found, whatever its pages look like: by a feed, a sitemap, lists, an API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SECTIONS = ("/yaowen/", "/shenghuo/")
"""Folders of a site that has sections and no list of everything; a quarter of its articles is in the second."""
SECTION_FEEDS = ("/rss/yaowen.xml", "/rss/shenghuo.xml")
"""The feeds of these two sections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What leads to the articles besides the home page. Feeds and sitemaps are paths.

    `declared`: the home page names the feeds (link rel=alternate). `feed_page`: page that lists them instead.
    `sitemaps`: those that robots.txt names. `lists`: first pages of the listings, without those of `api`, which are in
    JSON. `list_pages`: how many pages a listing has at most. `refresh`: where the front page only sends its readers.
    `parts`: long articles have several pages; `twins`: each has more than one address; `calendar`: the listing goes on
    into an archive without end. `shaped`: an operator can say what article addresses look like.
    """

    name: str
    feeds: tuple[str, ...] = ()
    declared: bool = False
    feed_page: str | None = None
    sitemaps: tuple[str, ...] = ()
    lists: tuple[str, ...] = ("/list.html",)
    list_pages: int | None = None
    api: str | None = None
    refresh: str | None = None
    parts: bool = False
    twins: bool = False
    calendar: bool = False
    shaped: bool = True

    @property
    def home(self) -> str:
        """The path of the page that shows the newest articles."""
        return self.refresh or "/"


_WAYS = (
    Way(name="feed", feeds=("/news/rss.xml",), declared=True),
    Way(name="hidden", feeds=SECTION_FEEDS, feed_page="/rss.html"),
    Way(name="newsmap", sitemaps=("/sitemap-news.xml",), list_pages=1),
    Way(name="gzmap", sitemaps=("/sitemap.xml.gz",), list_pages=1),
    Way(name="sections", lists=SECTIONS),
    Way(name="list"),
    Way(name="api", lists=(), api="/api/list"),
    Way(name="refresh", refresh="/portal/index.html"),
    Way(name="parts", parts=True, shaped=False),
    Way(name="twins", twins=True, shaped=False),
    Way(name="calendar", calendar=True),
)
WAYS: dict[str, Way] = {way.name: way for way in _WAYS}
"""All ways, by name."""

PORTALS: dict[str, tuple[str, str]] = {
    "feed": ("mirror", "feed"),
    "hidden-feed": ("blog", "hidden"),
    "news-sitemap": ("daily", "newsmap"),
    "gz-index": ("gazette", "gzmap"),
    "sections": ("daily", "sections"),
    "gbk": ("party", "list"),
    "big5": ("bay", "list"),
    "json-api": ("daily", "api"),
    "refresh": ("city", "refresh"),
    "multi-page": ("daily", "parts"),
    "twins": ("mirror", "twins"),
    "calendar": ("daily", "calendar"),
}
"""Twelve kinds of portal by the way in which their articles are found, each as a template and a way."""


def own_way(entries: tuple[Literal["feed", "sitemap", "listing"], ...]) -> Way:
    """The way of a template that is used with no other: a feed or sitemap where it has them, and a list of everything.

    The list is an entry point only where `entries` has it.
    """
    feeds = ("/feed.xml",) if "feed" in entries else ()
    sitemaps = ("/sitemap.xml",) if "sitemap" in entries else ()
    return Way(name="", feeds=feeds, declared=bool(feeds), sitemaps=sitemaps)


def section_of(number: int) -> int:
    """In which of the two sections article `number` appears."""
    return int(number % 4 == 3)  # noqa: PLR2004
