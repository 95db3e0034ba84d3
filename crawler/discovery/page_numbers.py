"""Numbers of a list's pages, as their addresses write them: index_2.html, ?page=2, /page/2/, list-12-2.html."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.discovery.article_links import address_parts

MAX_CHARACTERS = 500
"""What is read of an address in search of dates."""

_QUERY = re.compile(
    r"(?:^|&)(?:page|p|pn|pg|paged|page_?no|page_?num(?:ber)?|page_?index|current_?page|cur_?page|nowpage|pages)="
    r"(\d{1,6})(?=&|$)",
    re.IGNORECASE,
)
_FOLDER = re.compile(r"(.*)/(?:page|pages|p|pn)[/_-]?(\d{1,5})(?:/|\.[a-z]{3,5})?", re.IGNORECASE)
_FILE = re.compile(r"(.*/)([^/]*?)[-_]?(\d{1,4})(?:/|\.[a-z]{3,5})?", re.IGNORECASE)
_PART = re.compile(r"(.*\d)[_-](?:[2-9]|[1-9]\d)(\.[a-z]{3,5})", re.IGNORECASE)
_EXTENSION = re.compile(r"\.[a-z]{3,5}", re.IGNORECASE)
_FIRST_NAMES = frozenset({"", "index", "default", "list", "home", "main"})
_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)[-/_.]?(0[1-9]|1[0-2]|[1-9](?!\d))(?:[-/_.]?([0-2]\d|3[01]))?(?!\d)")
_DATE_QUERY = re.compile(r"(?:^|&)(date|day|month|year|y|m|d|ym|rq)=([\d/_.-]*)", re.IGNORECASE)
_INDEX = re.compile(r"/(?:index|default)\.[a-z]{3,5}", re.IGNORECASE)


def is_same_page(url: str, other: str) -> bool:
    """Whether two canonical URLs are one page: http and https, a folder and its index."""
    return _plain(url) == _plain(other)


def is_same_time(url: str, other: str) -> bool:
    """Whether two addresses name the same days and months, or none: those of a calendar do not."""
    return _times(url) == _times(other)


def is_below(url: str, page: str) -> bool:
    """Whether an address stands in the folder of a page: not so the channel that a link rel=next names as the next."""
    host, path, _ = address_parts(page)
    return url.partition("://")[2].startswith(f"{host}{path.rpartition('/')[0]}/")


def first_part(url: str) -> str | None:
    """The address that an article's first page would have if this were a further one: 1001.html of 1001_2.html."""
    match = _PART.fullmatch(url)
    return f"{match[1]}{match[2]}" if match is not None else None


def numbers_of(url: str) -> Iterator[tuple[str, int]]:
    """The ways to read an address as a numbered page: the list it is of, and its number."""
    host, path, query = address_parts(url)
    if (match := _QUERY.search(query)) is not None:
        yield _list_name(host, path, (query[: match.start()] + query[match.end() :]).lstrip("&")), int(match[1])
    if (match := _FOLDER.fullmatch(path)) is not None:
        yield _list_name(host, match[1] + "/", query), int(match[2])
    elif (match := _FILE.fullmatch(path)) is not None:
        yield _list_name(host, match[1] + match[2], query), int(match[3])


def is_one_further(url: str, page: str) -> int | None:
    """The number of the page that `url` is, where that is the one behind `page` of the same list; None otherwise.

    Behind a page without a number comes number 2, or 1 on sites that count from 0 (TRS: index.html, index_1.html).
    """
    here = dict(numbers_of(page))
    unnumbered = _list_name(*address_parts(page))
    for name, number in numbers_of(url):
        if here.get(name) == number - 1 or (name == unnumbered and name not in here and number in {1, 2}):
            return number
    return None


def _list_name(host: str, path: str, query: str) -> str:
    folder, _, last = path.rpartition("/")
    stem = _EXTENSION.sub("", last) if "." in last else last
    stem = "" if stem.lower().rstrip("-_") in _FIRST_NAMES else stem
    return f"{host}{folder}/{stem}?{query}"


def _plain(url: str) -> str:
    address = url.partition("://")[2]
    match = _INDEX.search(address)
    return address[: match.start() + 1] if match is not None and match.end() == len(address) else address


def _times(url: str) -> set[tuple[str, ...]]:
    _, path, query = address_parts(url[:MAX_CHARACTERS])
    dates = {match.groups(default="") for match in _DATE.finditer(f"{path}?{query}")}
    return dates | set(_DATE_QUERY.findall(query))
