"""Pages to measure with: articles of the demo world in pages as heavy as those of real portals.

Of 201 real article pages of Chinese portals the median has 52 kB, 600 elements, 178 links, 29 scripts and 12 kB of
letters. The demo world's own have 4 kB, 70 elements and 15 links: what surrounds an article is what a page costs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from scheduler.demo.grammar import chance
from scheduler.demo.pages import Pages
from scheduler.demo.shelf import WorldArticle
from scheduler.demo.site import WorldSite
from scheduler.demo.static import StaticSite
from scheduler.demo.world import World

KINDS = ("mirror", "bay", "daily", "party", "city")
"""Three templates in UTF-8, one in Big5, one in GBK. All addresses are plain paths: any server can have them."""
STANDING, CHANGING = 70, 90
"""Links that are on every page of a site, and of lists that are another page's on each."""
SCRIPTS, SCRIPT_LINES, STYLE_RULES = 26, 12, 90
_BODY = re.compile(r"<body[^>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchPage:
    """A page of a site, by its path, as it is sent."""

    site: str
    path: str
    body: bytes
    content_type: str


def sites(count: int, articles: int, now: datetime) -> list[StaticSite]:
    """So many sites, each with a list and so many articles; the same for the same `now`."""
    return [
        StaticSite(name, {page.path: (page.body, page.content_type) for page in found})
        for name, found in _by_site(count, articles, now)
    ]


def pages(made: Sequence[StaticSite]) -> list[BenchPage]:
    """All articles' pages, site by site."""
    return [
        BenchPage(site=site.name, path=path, body=body, content_type=str(kind))
        for site in made
        for path, (body, kind) in site.pages.items()
    ]


def _by_site(count: int, articles: int, now: datetime) -> Iterator[tuple[str, list[BenchPage]]]:
    world = World(count, articles, 9, KINDS, now)
    drawn = Pages(world, lambda site: f"http://{site.name}.example")
    for site in world.sites:
        shelf = world.articles(site)
        yield site.name, [_page(drawn, site, shelf, number) for number in range(len(shelf))]


def _page(drawn: Pages, site: WorldSite, shelf: list[WorldArticle], number: int) -> BenchPage:
    article = shelf[number]
    answer = drawn.answer(site, article.path, {})
    markup = answer.body.decode(site.encoding, "replace")
    body = _dressed(markup, [each.title for each in shelf], number).encode(site.encoding, "xmlcharrefreplace")
    return BenchPage(site=site.name, path=article.path, body=body, content_type=answer.headers["Content-Type"])


def _dressed(markup: str, titles: Sequence[str], number: int) -> str:
    """A page with what a portal puts around its article."""
    luck = chance(9, number, "dress")
    standing = _list("nav", [title[:6] for title in _taken(titles, 0, STANDING)])
    changing = _list("hot", _taken(titles, luck.randrange(1, 1000), CHANGING))
    rules = "".join(f".m{n} .t{n}{{margin:0 {n}px;color:#{n * 457:06x};float:left}}\n" for n in range(STYLE_RULES))
    head = f"<style>{rules}</style>" + "".join(map(_script, range(SCRIPTS)))
    opened = _BODY.search(markup)
    place = opened.end() if opened else 0
    before, after = markup[:place], markup[place:]
    main, end, rest = after.rpartition("</body>")
    return f"{before}{head}{standing}{main}{changing}{end}{rest}"


def _taken(titles: Sequence[str], first: int, count: int) -> list[str]:
    return [titles[(first + n) % len(titles)] for n in range(count)]


def _list(name: str, texts: Sequence[str]) -> str:
    """Links, ten to a box."""
    items = [f'<li><a href="/{name}/{n}/" target="_blank">{escape(text)}</a></li>' for n, text in enumerate(texts)]
    boxes = [items[at : at + 10] for at in range(0, len(items), 10)]
    return "".join(f'<div class="{name}"><div class="box"><ul>{"".join(box)}</ul></div></div>' for box in boxes)


def _script(number: int) -> str:
    lines = (f'window._q=window._q||[];_q.push(["slot",{number},{n},{{"w":300}}]);' for n in range(SCRIPT_LINES))
    return f"<script>(function(){{{''.join(lines)}}})();</script>"
