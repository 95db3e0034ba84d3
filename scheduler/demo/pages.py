"""From a request to an answer: which page of the world stands at a path, in what bytes, with what validators."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from html import escape
from threading import Lock

from scheduler.demo import feeds
from scheduler.demo.portals import bay, blog, city, daily, front, gazette, mirror, party
from scheduler.demo.portals.page import Link, Page, Template
from scheduler.demo.shelf import WorldArticle
from scheduler.demo.site import WorldSite
from scheduler.demo.texts import teaser
from scheduler.demo.world import SiteView, World

LIST_SIZE = 40
"""Articles on one listing page."""
_KEPT_BYTES = 48 * 1024 * 1024
"""Rendered pages that are kept: enough for a few thousand pages, and a bound for worlds of 100,000."""
_KEPT_LINKS = 16384
_XML = "application/xml; charset=utf-8"
_NOTICES = re.compile(r"/(about|login|register|topics|search|app|zt|tags|video)\b")
_LIST = re.compile(r"/list(?:_(\d+))?\.html")
_SITEMAP = re.compile(r"/sitemap(?:-(\d+))?\.xml")
_TEMPLATES: dict[str, Template] = {
    "mirror": mirror.article,
    "city": city.article,
    "bay": bay.article,
    "gazette": gazette.article,
    "blog": blog.article,
    "party": party.article,
    "daily": daily.article,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: what aiohttp, or a test without any server, needs to send it. `seconds`: wait so long before."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page in bytes, with its validators."""

    body: bytes
    content_type: str
    etag: str
    modified: datetime
    status: int = 200


class Shelves:
    """Rendered pages, the latest used of them, up to a number of bytes. Safe to use from several threads."""

    def __init__(self, max_bytes: int = _KEPT_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._pages: OrderedDict[object, Rendered] = OrderedDict()
        self._lock = Lock()

    def get(self, key: object, render: Callable[[], Rendered]) -> Rendered:
        """The page under this key, rendered if it is not kept."""
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
                return page
        page = render()
        with self._lock:
            if key not in self._pages:
                self._pages[key] = page
                self._bytes += len(page.body)
            while self._bytes > self._max_bytes:
                self._bytes -= len(self._pages.popitem(last=False)[1].body)
        return page


class Pages:
    """All pages of a world. `base_of` gives a site's address, which feeds, sitemaps and redirects print in full."""

    def __init__(self, world: World, base_of: Callable[[WorldSite], str]) -> None:
        self._world = world
        self._base_of = base_of
        self._kept = Shelves()
        self._links = lru_cache(maxsize=_KEPT_LINKS)(self._link)

    def answer(self, site: WorldSite, path: str, headers: Mapping[str, str]) -> Answer:
        """The answer to a GET of `path` (with query) that has these request headers."""
        trouble = self._world.trouble(site, path)
        if trouble.location:
            where = self._location(trouble.location)
            return Answer(trouble.status, b"", {"Location": where}, trouble.seconds)
        if trouble.status:
            extra = {"Retry-After": trouble.retry_after} if trouble.retry_after is not None else {}
            page = self._error(site, trouble.status)
            return Answer(page.status, page.body, {"Content-Type": page.content_type} | extra, trouble.seconds)
        page = self._page(site, path)
        return _conditional(site, page, headers, trouble.seconds)

    def _location(self, to: str) -> str:
        """Where a redirect leads: the present address of an article, or what was asked for."""
        if not to.startswith("article:"):
            return to
        article = self._world.article(to.removeprefix("article:"))
        return self._base_of(self._world.site(article.site)) + article.path

    def _page(self, site: WorldSite, path: str) -> Rendered:
        article = self._world.find(site, path)
        if article is not None:
            return self._article(site, article) if article.state == "live" else self._error(site, article.status)
        view = self._world.view(site)
        return self._kept.get((site.name, path, view.revision), lambda: self._other(view, path))

    def _article(self, site: WorldSite, article: WorldArticle) -> Rendered:
        view = self._world.view(site)
        newest = article.number + 1 >= view.shelf.count
        key = (article.id, article.draft.edits, newest)
        return self._kept.get(key, lambda: self._render(view, article))

    def _render(self, view: SiteView, article: WorldArticle) -> Rendered:
        """The article's page. What surrounds the text is made of older articles, so it stays when new ones come."""
        site, number = view.site, article.number
        count = view.shelf.count
        name = site.name
        following = self._links(name, number + 1) if number + 1 < count else None
        page = Page(
            site=site,
            article=article,
            related=self._row(view, range(number - 2, max(number - 12, -1), -1)),
            hot=self._row(view, _hot(number)),
            previous=self._links(name, number - 1) if number else None,
            following=following,
        )
        text = _TEMPLATES[site.kind](page)
        modified = max(article.modified, following.published) if following else article.modified
        return _rendered(text.encode(site.encoding, "xmlcharrefreplace"), site.kind_of.content_type, modified)

    def _other(self, view: SiteView, path: str) -> Rendered:
        """The page at a path that is no article's."""
        site, base, entries = view.site, self._base_of(view.site), view.site.kind_of.entries
        if path == "/robots.txt":
            return _rendered(feeds.robots(site, base).encode(), "text/plain; charset=utf-8", view.shelf.begin)
        if path == "/feed.xml" and "feed" in entries:
            newest = [view.shelf.article(number) for number in view.live[: feeds.FEED_SIZE]]
            return _rendered(feeds.feed(site, base, newest, view.changed).encode(), _XML, view.changed)
        if "sitemap" in entries and (found := _SITEMAP.fullmatch(path)):
            return self._sitemap(view, base, int(found[1] or 0))
        return self._front(view, path)

    def _sitemap(self, view: SiteView, base: str, part: int) -> Rendered:
        """The sitemap, or the index where there are too many articles for one; parts count from 1, oldest last."""
        parts = -(-len(view.live) // feeds.SITEMAP_SIZE)
        if part > parts:
            return self._error(view.site, 404)
        if not part and parts > 1:
            return _rendered(feeds.sitemap_index(base, parts, view.changed).encode(), _XML, view.changed)
        start = max(part - 1, 0) * feeds.SITEMAP_SIZE
        articles = (view.shelf.article(number) for number in view.live[start : start + feeds.SITEMAP_SIZE])
        return _rendered(feeds.sitemap(base, articles).encode(), _XML, view.changed)

    def _front(self, view: SiteView, path: str) -> Rendered:
        """Home page, listing page, or a page that is no article; 404 for anything else."""
        site, hot = view.site, self._row(view, view.live[5:60:7])
        pages = max(-(-len(view.live) // LIST_SIZE), 1)
        if path == "/":
            text = front.home(site, self._row(view, view.live[:15]), hot)
        elif (found := _LIST.fullmatch(path)) and 1 <= (page := int(found[1] or 1)) <= pages:
            shown = self._row(view, view.live[(page - 1) * LIST_SIZE : page * LIST_SIZE])
            text = front.listing(site, shown, hot, page, pages)
        elif _NOTICES.match(path):
            text = front.notice(site, path)
        else:
            return self._error(site, 404)
        return _rendered(text.encode(site.encoding, "xmlcharrefreplace"), site.kind_of.content_type, view.changed)

    def _link(self, site: str, number: int) -> Link:
        """The link to an article, which no change to it can change."""
        article = self._world.article(f"{site}:{number}")
        at = article.published
        below = teaser(article.draft) if article.home.kind_of.teasers else ""
        return Link(escape(article.path), escape(article.title), at, f"{at:%Y-%m-%d}", escape(below))

    def _row(self, view: SiteView, numbers: Iterable[int]) -> list[Link]:
        """Links to these articles of a site."""
        return [self._links(view.site.name, number) for number in numbers]

    def _error(self, site: WorldSite, status: int) -> Rendered:
        body = front.error(site, status).encode(site.encoding, "xmlcharrefreplace")
        return Rendered(body, site.kind_of.content_type, "", datetime.min.replace(tzinfo=UTC), status)


def _hot(number: int) -> list[int]:
    """Numbers of eight articles, or as many as there are, that are older than this one and stay the same."""
    start = number // 64 * 64
    return [(start * 3 // 4 + 5 * at) % number for at in range(min(8, number))]


def _rendered(body: bytes, content_type: str, modified: datetime) -> Rendered:
    etag = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
    return Rendered(body, content_type, etag, modified)


def _conditional(site: WorldSite, page: Rendered, headers: Mapping[str, str], seconds: float) -> Answer:
    """200, or 304 where the request's validators still hold (RFC 9110 section 13.2.2: the entity tag goes first)."""
    if page.status != 200:  # noqa: PLR2004
        return Answer(page.status, page.body, {"Content-Type": page.content_type}, seconds)
    kinds = site.kind_of.validators
    sent: dict[str, str] = {}
    if "etag" in kinds:
        sent["ETag"] = page.etag
    if "modified" in kinds:
        sent["Last-Modified"] = format_datetime(page.modified.astimezone(UTC), usegmt=True)
    if _holds(sent, page, headers):
        return Answer(304, b"", sent, seconds)
    return Answer(200, page.body, {"Content-Type": page.content_type} | sent, seconds)


def _holds(sent: Mapping[str, str], page: Rendered, headers: Mapping[str, str]) -> bool:
    """True if the client has this very page."""
    tags = headers.get("If-None-Match")
    if tags is not None and "ETag" in sent:
        return page.etag in {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    since = headers.get("If-Modified-Since")
    if since is None or "Last-Modified" not in sent:
        return False
    try:
        return page.modified < parsedate_to_datetime(since) + timedelta(seconds=1)
    except ValueError:
        return False
