"""What a page declares of itself: its meta elements, JSON-LD, microdata and time elements, read in one walk."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from crawler.extraction.cleaning import clean_line
from crawler.extraction.declared.json_ld import (
    MAX_JSON_LD_CHARS,
    breadcrumb,
    describes_page,
    is_stranger,
    json_ld_nodes,
)
from crawler.extraction.declared.microdata import card_author, microdata

MAX_TITLE_CHARS = 300
MAX_TIMES = 30
"""Time elements read of one page; an article has one to three, a list of neighbours dozens."""

TITLE_NAMES = ("og:title", "twitter:title", "articletitle", "headline")

_TAG_NAMES = frozenset(("article:tag", "news_keywords"))
_SCRIPT_HINTS = ("reateTime", "ublish", "ub_", "ubtime", "ubTime", "ubDate", "ubdate", " ct")
_SCRIPT_TIME = re.compile(
    r"\b(?:var|let|const)\s{1,4}(?:ct|(?:oriC|c)reateTime|publish_?[tT]ime|pub_?[tT]ime"
    r"|publish_?[dD]ate|pub_?[dD]ate)\s{0,4}=\s{0,4}[\"']([^\"']{8,40})[\"']"
)
_BEFORE_HINT, _AFTER_HINT = 20, 80
"""Characters around a hint in which an assignment is looked for."""
_ASIDE = re.compile(
    r"comment|related|recommend|sidebar|widget|popular|latest|trending|teaser|promo|more-",
    re.IGNORECASE,
)
_SIDE_TAGS = frozenset(("aside", "nav", "footer", "li"))
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class TimeElement(NamedTuple):
    """A time element: its datetime attribute, its text, and whether it stands in a list, side column or comment."""

    stated: str
    text: str
    aside: bool


@dataclass(frozen=True, slots=True)
class Head:
    """What the <head>, the JSON-LD and the microdata of a page declare.

    `meta`: first value of each name, lower case; `tags`: all values of article:tag; `things`: JSON-LD objects with a
    headline or a date, articles first; `properties`: microdata of the article, lower case; `crumbs`: breadcrumb of
    either; `times`: time elements; `script_times`: times that scripts assign; `card_author`: name in the one vcard of
    an author.
    """

    title: str = ""
    lang: str = ""
    canonical: str = ""
    meta: dict[str, str] = field(default_factory=dict)
    things: tuple[dict[str, Any], ...] = ()
    times: tuple[TimeElement, ...] = ()
    script_times: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    properties: dict[str, str] = field(default_factory=dict)
    crumbs: tuple[str, ...] = ()
    card_author: str = ""

    def first(self, names: Sequence[str]) -> str:
        """First non-empty meta value of the names, in their order."""
        return next((self.meta[name] for name in names if self.meta.get(name)), "")

    @property
    def titles(self) -> list[str]:
        """Titles the page declares, the <title> first, without repeats."""
        said = [self.title, *(self.meta.get(name, "") for name in TITLE_NAMES), self.properties.get("headline", "")]
        said += [
            html.unescape(thing["headline"])
            for thing in self.things
            if isinstance(thing.get("headline"), str)
        ]
        return [title[:MAX_TITLE_CHARS] for title in dict.fromkeys(map(clean_line, said)) if title]


def read_head(root: Any, url: str) -> Head:
    """Declared facts of a parsed page; what is malformed counts as absent."""
    reader = _Reader(url)
    for element in root.iter("meta", "title", "link", "script", "time"):
        reader.take(element)
    properties, crumbs = microdata(root)
    things = [node for node in reader.nodes if _is_dated(node) and not is_stranger(node)]
    return Head(
        title=reader.title,
        lang=root.get("lang") or root.get(_LANG) or reader.meta.get("content-language", ""),
        canonical=reader.canonical,
        meta=reader.meta,
        things=tuple(sorted(things, key=describes_page)),
        times=tuple(reader.times),
        script_times=tuple(_script_times(reader.scripts)),
        tags=tuple(dict.fromkeys(reader.tags)),
        properties=properties,
        crumbs=next((tuple(names) for node in reader.nodes if (names := breadcrumb(node))), crumbs),
        card_author=card_author(root),
    )


class _Reader:
    """Collects what single elements say."""

    def __init__(self, url: str) -> None:
        self.title = self.canonical = ""
        self.meta: dict[str, str] = {}
        self.tags: list[str] = []
        self.nodes: list[dict[str, Any]] = []
        self.times: list[TimeElement] = []
        self.scripts: list[str] = []
        self._url = url

    def take(self, element: Any) -> None:
        """Adds what one element says."""
        tag = element.tag
        if tag == "meta":
            self._take_meta(element)
        elif tag == "title":
            self.title = self.title or clean_line("".join(element.itertext())[:1000])
        elif tag == "link":
            if not self.canonical and "canonical" in (element.get("rel") or "").lower().split():
                self.canonical = _absolute(self._url, element.get("href") or "")
        elif tag == "script":
            self._take_script(element)
        elif len(self.times) < MAX_TIMES:
            text = clean_line("".join(element.itertext())[:100])
            self.times.append(TimeElement(element.get("datetime") or "", text, _is_aside(element)))

    def _take_meta(self, element: Any) -> None:
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        if not name and (element.get("http-equiv") or "").lower() == "content-language":
            name = "content-language"
        name, value = name.strip().lower(), " ".join((element.get("content") or "")[:1000].split())
        if name and value:
            self.meta.setdefault(name, value)
            if name in _TAG_NAMES:
                self.tags.append(value)

    def _take_script(self, element: Any) -> None:
        text = element.text
        if not text:
            return
        if "ld+json" in (element.get("type") or "").lower():
            self.nodes.extend(json_ld_nodes(text))
        else:
            self.scripts.append(text[:MAX_JSON_LD_CHARS])


def _script_times(scripts: Sequence[str]) -> Iterator[str]:
    """Times that scripts assign to a variable named after publication: all that pages drawn by script say of it."""
    # A page has thirty scripts, and hardly one of the hints is in any of them: all are asked at once.
    whole = "\n".join(scripts)
    hints = [hint for hint in _SCRIPT_HINTS if hint in whole]
    for script in scripts if hints else ():
        for hint in hints:
            yield from _assigned(script, hint)


def _assigned(script: str, hint: str) -> Iterator[str]:
    """Times that a script assigns where a hint stands in it."""
    place = -1
    for _ in range(MAX_TIMES):
        place = script.find(hint, place + 1)
        if place < 0:
            break
        assigned = _SCRIPT_TIME.search(script, max(0, place - _BEFORE_HINT), place + _AFTER_HINT)
        if assigned:
            yield assigned[1]


def _absolute(url: str, address: str) -> str:
    """Absolute http(s) address, or an empty string."""
    try:
        whole = urljoin(url, address.strip())
        parts = urlsplit(whole)
    except ValueError:
        return ""
    return whole if parts.scheme in ("http", "https") and parts.hostname else ""


def _is_dated(node: dict[str, Any]) -> bool:
    """Whether an object of JSON-LD says what an article says."""
    return any(key in node for key in ("headline", "datePublished", "pubDate", "dateModified"))


def _is_aside(element: Any) -> bool:
    """Whether an element stands in a list, a side column or among comments."""
    for _, around in zip(range(6), element.iterancestors(), strict=False):
        if around.tag in ("body", "html", "main"):
            return False
        if around.tag in _SIDE_TAGS or _ASIDE.search(f"{around.get('class') or ''} {around.get('id') or ''}"):
            return True
    return False
