"""Listings that are JSON: what an interface answers from which a portal's page builds its list of articles."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from crawler.discovery.candidates import Found
from crawler.discovery.json_paths import HERE, link_of, list_at, text_at, what_is
from crawler.discovery.json_text import read_json
from crawler.discovery.link_dates import LinkDates
from crawler.discovery.titles import plain_title
from storage.records import JsonItems, Rejection

MAX_JSON_ITEMS = 2000
"""Items taken of one answer, as many as links of a page."""

MAX_NODES = 20_000
"""Values looked at."""

MAX_LISTS = 100
MAX_KEYS = 100
MAX_PATHS = 500
MAX_TEXT = 1000
MAX_DEPTH = 8
SAMPLE = 30
"""Items of a list that are looked at."""

LEAST_ITEMS = 2
LEAST_SHARE = 0.6
"""Share of the sampled items that must have a value of its kind."""

LEAST_TITLE = 5
"""Mean length of headlines: shorter texts are names of columns."""

_LINK_NAMES = (
    "url",
    "link",
    "href",
    "docurl",
    "articleurl",
    "weburl",
    "pageurl",
    "shareurl",
    "permalink",
    "linkurl",
    "path",
)
_TITLE_NAMES = ("title", "headline", "doctitle", "subject", "name", "topic")
_DATE_NAMES = (
    "publishtime", "publishdate", "pubtime", "pubdate", "publishedat", "datepublished", "published", "ptime",
    "docpubtime", "date", "time", "ctime", "createtime", "createdat", "updatetime", "timestamp",
)  # fmt: skip
_LINK = re.compile(r"(?:https?:)?//[^\s/]+/\S+|/[^\s/]\S*|\.{1,2}/\S+|[\w./-]+\.s?html?(?:[?#]\S*)?", re.IGNORECASE)
_NO_PAGE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|ico|css|js|mp[34]|m3u8|pdf)(?:[?#!@].*)?$", re.IGNORECASE)
_NAMEABLE = re.compile(r"[^.{}\s]{1,100}")
_SPACE = re.compile(r"\s")


@dataclass(frozen=True, slots=True)
class _Guess:
    items: JsonItems
    worth: float


def read_json_list(body: bytes, content_type: str | None, items: JsonItems, found: Found) -> Rejection | None:
    """None after the items were added to `found`; a Rejection where the document or the path is wrong.

    Reasons: not_json; no_items, with the keys that are there. A list that is empty (or null) is a list. Items that are
    no objects are left out (not_an_item), those without an address too (no_link).
    """
    document = read_json(body, content_type)
    if isinstance(document, Rejection):
        return document
    listed = list_at(document, items.items)
    if isinstance(listed, Rejection):
        return listed
    found.skip("too_many", len(listed) - MAX_JSON_ITEMS)
    objects = [item for item in listed[:MAX_JSON_ITEMS] if isinstance(item, dict)]
    found.skip("not_an_item", min(len(listed), MAX_JSON_ITEMS) - len(objects))
    links = [link_of(item, items.link) for item in objects]
    if objects and not any(links):
        return Rejection(reason="no_items", detail=f"no item has a link at {items.link!r}; {what_is(objects[0])}")
    for item, link in zip(objects, links, strict=True):
        if not link:
            found.skip("no_link")
        elif (url := found.resolve(link, found.url)) is not None:
            found.add(url, plain_title(text_at(item, items.title)), text_at(item, items.date))
    if objects and not any(text_at(item, items.title) for item in objects):
        found.note(f"no item has a title at {items.title!r}")
    return None


def guess_items(body: bytes, content_type: str | None) -> JsonItems | None:
    """The paths to the list of articles of a JSON body, None where it has none: no list whose items have a link.

    Of several lists it is the one with the most items that have link, title and date.
    """
    document = read_json(body, content_type)
    if isinstance(document, Rejection):
        return None
    dates = LinkDates("UTC")
    lists = islice(_lists(document), MAX_LISTS)
    guesses = [guess for path, items in lists if (guess := _guess(path, items, dates)) is not None]
    return max(guesses, key=lambda guess: guess.worth).items if guesses else None


def _lists(document: Any) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Lists of objects with their paths, outer ones first."""
    waiting: deque[tuple[str, Any, int]] = deque([("", document, 0)])
    for _ in range(MAX_NODES):
        if not waiting:
            return
        path, value, depth = waiting.popleft()
        if isinstance(value, list):
            objects = [item for item in value[:SAMPLE] if isinstance(item, dict)]
            if len(objects) >= LEAST_ITEMS and 2 * len(objects) > len(value[:SAMPLE]):
                yield path or HERE, objects
        if depth < MAX_DEPTH and isinstance(value, dict | list):
            children = value.items() if isinstance(value, dict) else enumerate(value[:SAMPLE])
            waiting.extend((_under(path, key), child, depth + 1) for key, child in children if _can_be_named(key))


def _under(path: str, key: str | int) -> str:
    return f"{path}.{key}" if path else str(key)


def _can_be_named(key: str | int) -> bool:
    """Whether a path of the configuration can hold the key: no dots, braces and blanks."""
    return isinstance(key, int) or _NAMEABLE.fullmatch(key) is not None


def _guess(path: str, items: Sequence[dict[str, Any]], dates: LinkDates) -> _Guess | None:
    columns = _columns(items)
    enough = LEAST_SHARE * len(items)
    link = _best(columns, _LINK_NAMES, _is_link, enough)
    title = _best(columns, _TITLE_NAMES, _is_headline, enough, but=link) if link else None
    if link is None or title is None:
        return None
    date = _best(columns, _DATE_NAMES, lambda text: dates.read(text) is not None, enough, but=link)
    return _Guess(JsonItems(items=path, link=link, title=title, date=date or "date"), len(items) * (1.5 if date else 1))


def _columns(items: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    """The texts of the items by path, one object deep."""
    paths: dict[str, None] = {}
    for item in items:
        for key, value in islice(item.items(), MAX_KEYS):
            if isinstance(value, dict) and _can_be_named(key):
                paths.update({f"{key}.{inner}": None for inner in islice(value, MAX_KEYS) if _can_be_named(inner)})
            elif _can_be_named(key):
                paths[key] = None
    return {
        path: [text[:MAX_TEXT] for item in items if (text := text_at(item, path))] for path in list(paths)[:MAX_PATHS]
    }


def _best(
    columns: dict[str, list[str]],
    names: Sequence[str],
    is_one: Callable[[str], object],
    enough: float,
    but: str | None = None,
) -> str | None:
    """The path whose values are of the kind, for most items and mostly different ones; known names go first."""
    fitting = [
        path
        for path, texts in columns.items()
        if path != but and len([text for text in texts if is_one(text)]) >= enough and _differ(texts, names)
    ]
    return min(fitting, key=lambda path: (_rank(path, names), path.count("."), -_length(columns[path])), default=None)


def _differ(texts: Sequence[str], names: Sequence[str]) -> bool:
    """Whether the values tell items apart; dates need not."""
    return names is _DATE_NAMES or 2 * len(set(texts)) > len(texts)


def _rank(path: str, names: Sequence[str]) -> int:
    name = re.sub(r"[-_]", "", path.rpartition(".")[2]).lower()
    return names.index(name) if name in names else len(names) + (not any(known in name for known in names))


def _length(texts: Sequence[str]) -> float:
    return min(sum(map(len, texts)) / len(texts), 60)


def _is_link(text: str) -> bool:
    return _LINK.fullmatch(text) is not None and _NO_PAGE.search(text) is None


def _is_headline(text: str) -> bool:
    return len(text) >= LEAST_TITLE and not _is_link(text) and any(map(str.isalpha, text)) and _looks_spoken(text)


def _looks_spoken(text: str) -> bool:
    """Han or kana, or words: `a3f09bc` is an id, `2026-11-21T08:30Z` a date."""
    return any(char > "\u0fff" for char in text) or len(_SPACE.findall(text)) >= 1
