"""The date that a listing shows beside a link: in brackets behind it, in the next cell, in a <time>."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from crawler.discovery.page_links import PageLink

MOST_LEVELS = 5
"""Elements round a link that are looked into: <li><div><h3><a> and a span in the li."""

MOST_TRIES = 4
"""Links to one address that are looked round: a picture, a headline, a teaser, [详细]."""

MOST_SIBLINGS = 3
MAX_BESIDE_CHARACTERS = 400
MAX_BESIDE_PIECES = 40
"""Text round a link that is searched: a teaser and a line of facts, not a page."""

_CLOCK = r"(?:[\sT]{1,3}\d{1,2}[:：]\d{2}(?:[:：]\d{2})?(?:\s?(?:Z|[+-]\d{2}:?\d{2}))?)?"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
_FULL = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d\s?[-/.年]\s?(?:1[0-2]|0?[1-9])\s?[-/.月]\s?(?:3[01]|[12]\d|0?[1-9])(?!\d)(?:\s?日)?"
    rf"|{_MONTH}\s(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?,?\s(?:19|20)\d\d"
    rf"|(?:3[01]|[12]\d|0?[1-9])\s{_MONTH},?\s(?:19|20)\d\d){_CLOCK}"
)
_SHORT = re.compile(
    rf"(?:(?:1[0-2]|0?[1-9])\s?月\s?(?:3[01]|[12]\d|0?[1-9])\s?日{_CLOCK}|(?:1[0-2]|0[1-9])[-/](?:3[01]|[012]\d){_CLOCK}"
    rf"|(?:1[0-2]|[1-9])[-/](?:3[01]|[12]\d|[1-9])(?=\s){_CLOCK})"
)
"""A date without a year, which counts only where nothing else stands with it; 3-1 is a score, 8.28 a price."""

_ISO = re.compile(rf"(?:19|20)\d\d-[01]\d-[0-3]\d{_CLOCK}(?:\.\d{{1,9}})?(?:Z|[+-]\d{{2}}:?\d{{2}})?")
_BRACKETS = " \t\r\n\xa0\u3000[]()（）【】〔〕|·•-—:：,，"
_ITEMS = frozenset({"li", "tr", "dl", "article"})
_CONTAINERS = frozenset({"body", "html", "ul", "ol", "table", "tbody", "thead", "form", "main", "section", "nav"})


def dates_beside(links: Sequence[PageLink]) -> list[str | None]:
    """For each link the date as it is written beside it, None where there is none or it may be another link's.

    Read in the smallest element that holds no other link of `links`, nearest first, or else up to the next link.
    """
    owners = _owners(links)
    tries: Counter[str] = Counter()
    dates: list[str | None] = []
    for link in links:
        tries[link.url] += 1
        dates.append(_date_of(link, owners) if tries[link.url] <= MOST_TRIES else None)
    return dates


def _owners(links: Sequence[PageLink]) -> dict[Any, str]:
    """Whose an element is: the one address that the links inside have, "" where they have several."""
    owners: dict[Any, str] = {}
    for link in links:
        for ancestor in islice(link.element.iterancestors(), MOST_LEVELS):
            if owners.setdefault(ancestor, link.url) != link.url:
                owners[ancestor] = ""
    return owners


def _date_of(link: PageLink, owners: dict[Any, str]) -> str | None:
    inside = link.element
    for number, around in enumerate(islice(link.element.iterancestors(), MOST_LEVELS)):
        if around.tag in _CONTAINERS or not owners[around]:
            return _read(_behind(inside)) or (_read(_before(inside)) if number == 0 else None)
        date = _read(_texts_outside(around, inside))
        if date is not None or around.tag in _ITEMS:
            return date
        inside = around
    return None


def _texts_outside(around: Any, inside: Any) -> Iterator[str]:
    """The pieces of text of an element, without those of one child."""
    yield around.text or ""
    for child in islice(around, MAX_BESIDE_PIECES):
        if child is not inside:
            yield from _texts(child)
        yield child.tail or ""


def _texts(element: Any) -> Iterator[str]:
    """The pieces of text of an element; of a time its machine-readable form."""
    if element.tag == "time" and element.get("datetime"):
        yield element.get("datetime")
    elif element.tag not in {"script", "style"}:
        for time in islice(element.iter("time"), 1):
            yield time.get("datetime") or ""
        yield from islice(element.itertext(), MAX_BESIDE_PIECES)


def _behind(element: Any) -> Iterator[str]:
    """The text behind an element up to the next link or line."""
    yield element.tail or ""
    for sibling in islice(element.itersiblings(), MOST_SIBLINGS):
        if _parts_links(sibling):
            return
        yield from _texts(sibling)
        yield sibling.tail or ""


def _before(element: Any) -> Iterator[str]:
    """The text before a link, back to the last link or line."""
    siblings = list(islice(element.itersiblings(preceding=True), MOST_SIBLINGS))
    for sibling in siblings:
        yield sibling.tail or ""
        if _parts_links(sibling):
            return
        yield from _texts(sibling)
    if len(siblings) < MOST_SIBLINGS:
        yield element.getparent().text or ""


def _parts_links(element: Any) -> bool:
    return element.tag in {"a", "br", "hr"} or next(element.iter("a"), None) is not None


def _read(pieces: Iterator[str]) -> str | None:
    characters = 0
    for piece in islice(pieces, MAX_BESIDE_PIECES):
        text = piece[:MAX_BESIDE_CHARACTERS].strip(_BRACKETS)
        if not text or not any(map(str.isdigit, text)):
            continue
        characters += len(text)
        if characters > MAX_BESIDE_CHARACTERS:
            return None
        match = _ISO.fullmatch(text) or _SHORT.fullmatch(text) or _FULL.search(text)
        if match is not None:
            return " ".join(match[0].split())
    return None
