"""Home pages, listings and the lists of an API: what shows the articles of a site in order."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html import unescape
from urllib.parse import parse_qs

from scheduler.demo import archive
from scheduler.demo.portals import front
from scheduler.demo.portals.page import Link
from scheduler.demo.variants import further_paths
from scheduler.demo.ways import SECTIONS
from scheduler.demo.window import Made, Window

HOME_SIZE = 15
"""Articles on a home page."""
_PAGE = re.compile(r"_(\d+)\.html$")
_NOTICES = re.compile(r"/(about|login|register|topics|search|app|zt|tags|video)\b")
_JSON = "application/json; charset=utf-8"


def page(window: Window, path: str) -> Made | None:
    """The home page, a listing page, a page that is no article; None for any other path."""
    way = window.site.way
    if way.api is not None:
        return _drawn(window, path, way.api)
    if path == way.home:
        return Made(front.home(window.site, links(window, window.view.live[:HOME_SIZE]), window.hot(), _aside(window)))
    if path == "/":
        return Made(front.signpost(window.site, way.home))
    return _listing(window, path) or (Made(front.notice(window.site, path)) if _NOTICES.match(path) else None)


def links(window: Window, numbers: Sequence[int]) -> list[Link]:
    """Links to these articles, those to their second pages and twins among them."""
    rows: list[Link] = []
    for article, link in zip(window.articles(numbers), window.row(numbers), strict=True):
        rows += [link, *(link._replace(path=further) for further in further_paths(article))]
    return rows


def _listing(window: Window, path: str) -> Made | None:
    way, (first, number) = window.site.way, _first_page(path)
    if first not in way.lists or (number == 1 and path != first and not path.endswith("/index.html")):
        return None
    numbers = window.section(SECTIONS.index(first) if first in SECTIONS else None)
    size = window.list_size
    pages = min(max(-(-len(numbers) // size), 1), way.list_pages or len(numbers) + 1)
    if not 1 <= number <= pages:
        return None
    shown = links(window, numbers[(number - 1) * size : number * size])
    older = archive.oldest_month(window) if way.calendar else None
    turn = front.Turn(first, number, pages, older)
    return Made(front.listing(window.site, shown, window.hot(), turn, _aside(window)))


def _first_page(path: str) -> tuple[str, int]:
    """The first page of the listing that this path belongs to, and the number of the page."""
    found = _PAGE.search(path)
    if found is None:
        return path.removesuffix("index.html") if path.endswith("/index.html") else path, 1
    stem = path[: found.start()]
    return stem.removesuffix("index") if stem.endswith("/index") else f"{stem}.html", int(found[1])


def _aside(window: Window) -> str:
    return archive.widget(window) if window.site.way.calendar else ""


def _drawn(window: Window, path: str, api: str) -> Made | None:
    """A page of a site whose lists are drawn by a script: the list as JSON, or a page without a link."""
    where, _, query = path.partition("?")
    if where != api:
        return Made(front.shell(window.site, api)) if path == "/" or _NOTICES.match(path) else None
    asked = parse_qs(query).get("page", ["1"])[0]
    number, size = int(asked) if asked.isdecimal() else 1, window.list_size
    rows = [
        {
            "id": article.number,
            "title": article.title,
            "url": unescape(article.path),
            "pubtime": f"{article.published:%Y-%m-%d %H:%M:%S}",
        }
        for article in window.articles(window.view.live[max(number - 1, 0) * size : number * size])
    ]
    found = {"code": 0, "data": {"page": number, "total": len(window.view.live), "list": rows}}
    return Made(json.dumps(found, ensure_ascii=False).encode(), _JSON)
