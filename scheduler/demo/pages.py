"""From a request to an answer: which page of the world stands at a path, in what bytes, with what validators."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from html import escape

from scheduler.demo import archive, feeds, lists, sitemaps
from scheduler.demo.portals import bay, blog, city, daily, front, gazette, mirror, mobile, party
from scheduler.demo.portals.page import Link, Page, Template
from scheduler.demo.rendered import Answer, Rendered, Shelves, conditional, rendered
from scheduler.demo.shelf import WorldArticle
from scheduler.demo.site import WorldSite
from scheduler.demo.texts import teaser
from scheduler.demo.variants import WHOLE, Variant, part_path, parted, variant
from scheduler.demo.window import Made, Window
from scheduler.demo.world import SiteView, World

_KEPT_LINKS = 16384
_TEMPLATES: dict[str, Template] = {
    "mirror": mirror.article,
    "city": city.article,
    "bay": bay.article,
    "gazette": gazette.article,
    "blog": blog.article,
    "party": party.article,
    "daily": daily.article,
}
_ROUTES: tuple[Callable[[Window, str], Made | None], ...] = (sitemaps.page, feeds.page, archive.page, lists.page)
"""What makes the pages that are no article's; the first that knows a path has it."""


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
        found = conditional(self._page(site, path), site.kind_of.validators, headers, trouble.lie)
        return replace(found, seconds=trouble.seconds)

    def _location(self, to: str) -> str:
        """Where a redirect leads: the present address of an article, or what was asked for."""
        if not to.startswith("article:"):
            return to
        article = self._world.article(to.removeprefix("article:"))
        return self._base_of(self._world.site(article.site)) + article.path

    def _page(self, site: WorldSite, path: str) -> Rendered:
        asked = variant(site, path)
        article = self._world.find(site, asked.path)
        if article is None:
            view = self._world.view(site)
            return self._kept.get((site.name, path, view.revision), lambda: self._other(view, path))
        if article.state != "live":
            return self._error(site, article.status)
        if asked.part > len(parted(article)):
            return self._error(site, 404)
        return self._article(site, article, asked)

    def _article(self, site: WorldSite, article: WorldArticle, asked: Variant) -> Rendered:
        view = self._world.view(site)
        newest = article.number + 1 >= view.shelf.count
        key = (article.id, article.draft.edits, newest, asked)
        return self._kept.get(key, lambda: self._render(view, article, asked))

    def _render(self, view: SiteView, article: WorldArticle, asked: Variant) -> Rendered:
        """The article's page. What surrounds the text is made of older articles, so it stays when new ones come."""
        site, number = view.site, article.number
        name = site.name
        following = self._links(name, number + 1) if number + 1 < view.shelf.count else None
        parts = parted(article)
        path = article.path if asked.part == 1 else part_path(article.path, asked.part)
        page = Page(
            site=site,
            article=article,
            path=path if not asked.twin else f"{article.path}?{asked.twin}",
            blocks=article.blocks if asked.part == WHOLE else parts[asked.part - 1],
            related=self._row(name, range(number - 2, max(number - 12, -1), -1)),
            hot=self._row(name, _hot(number)),
            previous=self._links(name, number - 1) if number else None,
            following=following,
            head=_head(self._base_of(site), article, asked, len(parts)),
            pager=_pager(article, asked.part, len(parts)),
        )
        template = mobile.article if asked.twin in {"mobile", "amp"} else _TEMPLATES[site.kind]
        modified = max(article.modified, following.published) if following else article.modified
        return rendered(_encoded(site, template(page)), site.kind_of.content_type, modified)

    def _other(self, view: SiteView, path: str) -> Rendered:
        """The page at a path that is no article's."""
        site = view.site
        window = Window(
            view, self._base_of(site), lambda number: self._links(site.name, number), *self._world.list_sizes
        )
        made = next((page for route in _ROUTES if (page := route(window, path)) is not None), None)
        if made is None:
            return self._error(site, 404)
        body = made.body if isinstance(made.body, bytes) else _encoded(site, made.body)
        return rendered(body, made.content_type or site.kind_of.content_type, made.modified or view.changed)

    def _link(self, site: str, number: int) -> Link:
        """The link to an article, which no change to it can change."""
        article = self._world.article(f"{site}:{number}")
        at = article.published
        below = teaser(article.draft) if article.home.kind_of.teasers else ""
        return Link(escape(article.path), escape(article.title), at, f"{at:%Y-%m-%d}", escape(below))

    def _row(self, site: str, numbers: Iterable[int]) -> list[Link]:
        """Links to these articles of a site."""
        return [self._links(site, number) for number in numbers]

    def _error(self, site: WorldSite, status: int) -> Rendered:
        body = _encoded(site, front.error(site, status))
        return Rendered(body, site.kind_of.content_type, "", datetime.min.replace(tzinfo=UTC), status)


def _encoded(site: WorldSite, text: str) -> bytes:
    return text.encode(site.encoding, "xmlcharrefreplace")


def _hot(number: int) -> Sequence[int]:
    """Numbers of eight articles, or as many as there are, that are older than this one and stay the same."""
    start = number // 64 * 64
    return [(start * 3 // 4 + 5 * at) % number for at in range(min(8, number))]


def _head(base: str, article: WorldArticle, asked: Variant, parts: int) -> str:
    """What the head of a page says of the article's other addresses; half of the parted articles say it."""
    if article.home.way.twins and asked.twin != "shared":
        return f'<link rel="canonical" href="{base}{escape(article.path)}">\n'
    if 0 < asked.part < parts and article.number % 2:
        return f'<link rel="next" href="{escape(part_path(article.path, asked.part + 1))}">\n'
    return ""


def _pager(article: WorldArticle, part: int, parts: int) -> str:
    """Links to the other pages of an article; to one with the whole text, where the site offers it."""
    if parts == 1 or part == WHOLE:
        return ""
    links = [(str(number), number) for number in range(1, parts + 1)]
    links += [("下一页", part + 1)] if part < parts else []
    links += [("阅读全文", WHOLE)] if article.number % 4 == 1 else []
    row = " ".join(
        f'<a href="{escape(part_path(article.path, number))}">{word}</a>' if number != part else f"<b>{word}</b>"
        for word, number in links
    )
    return f'\n<div class="pages">{row}</div>'
