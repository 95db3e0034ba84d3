"""Facts of a page: what its <head> declares; its title and publication time (research/extraction.md, section 5)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from crawler.extraction.cleaning import clean_line, squeezed
from crawler.extraction.dates import Clock, find_dates, parse_date, parse_url_date, parse_yearless, with_clock
from crawler.extraction.zones import DATE_SHAPE, Zones, title_parts
from storage.records import PublicationTime

MAX_JSON_LD_CHARS = 512 * 1024
MAX_JSON_LD_NODES = 2000
MAX_TITLE_CHARS = 300

_DATE_NAMES = (
    "article:published_time", "og:published_time", "published_time", "article:published", "publishdate", "pubdate",
    "publish-date", "publish_date", "datepublished", "publish_time", "publishtime", "apub:time", "_pubtime",
    "firstpublishedtime", "article:create_at", "weibo:article:create_at", "weibo: article:create_at", "og:release_date",
    "release_date", "sailthru.date", "parsely-pub-date", "date", "dc.date", "dc.date.issued", "dcterms.created",
)  # fmt: skip
_TITLE_NAMES = ("og:title", "twitter:title", "articletitle", "headline")

_TITLE_LEAD = re.compile(r"^[\s》>»＞◆■●・:：|]+")
_TITLE_TAIL = re.compile(
    r"\s*[【\[(（]\s*(?:\d{1,2}[:：]\d{2}|\d{4}[-/.年][\d\-/.月日 :]{3,14}|\d{1,2}/\d{1,2})\s*[】\])）]\s*$"
)
_CLOCK_MARK = re.compile(r"[【\[(（](\d{1,2}[:：]\d{2})[】\])）]\s*$")
_SCRIPT_TIME = re.compile(
    r"\b(?:var|let|const)\s{1,4}(?:ct|(?:oriC|c)reateTime|publish_?[tT]ime|pub_?[tT]ime"
    r"|publish_?[dD]ate)\s{0,4}=\s{0,4}[\"']([^\"']{8,40})[\"']"
)
_CRUMB = re.compile(r"\s*[>＞»〉›]\s*")


@dataclass(frozen=True, slots=True)
class Head:
    """What the <head> and the JSON-LD of a page declare. `meta`: first value of each name, lower case."""

    title: str = ""
    lang: str = ""
    canonical: str = ""
    meta: dict[str, str] = field(default_factory=dict)
    things: tuple[dict[str, Any], ...] = ()
    times: tuple[str, ...] = ()
    script_times: tuple[str, ...] = ()

    def first(self, names: Sequence[str]) -> str:
        """First non-empty meta value of the names, in their order."""
        return next((self.meta[name] for name in names if self.meta.get(name)), "")

    @property
    def titles(self) -> list[str]:
        """Titles the page declares, the <title> first, without repeats."""
        said = [self.title, *(self.meta.get(name, "") for name in _TITLE_NAMES)]
        said += [clean_line(thing["headline"]) for thing in self.things if isinstance(thing.get("headline"), str)]
        return [title[:MAX_TITLE_CHARS] for title in dict.fromkeys(said) if title]


def read_head(root: Any, url: str) -> Head:
    """Declared facts of a parsed page; what is malformed counts as absent."""
    meta: dict[str, str] = {}
    for element in root.iter("meta"):
        name = (element.get("property") or element.get("name") or element.get("itemprop") or "").strip().lower()
        value = clean_line((element.get("content") or "")[:1000])
        if name and value:
            meta.setdefault(name, value)
    title = next((clean_line("".join(element.itertext())[:1000]) for element in root.iter("title")), "")
    return Head(
        title=title,
        lang=(
            root.get("lang")
            or root.get("{http://www.w3.org/XML/1998/namespace}lang")
            or meta.get("content-language", "")
        ),
        canonical=_canonical(root, url),
        meta=meta,
        things=tuple(_json_ld(root)),
        times=tuple(element.get("datetime") or "".join(element.itertext())[:64] for element in root.iter("time")),
        script_times=tuple(_script_times(root)),
    )


def _canonical(root: Any, url: str) -> str:
    """Absolute http(s) address of rel=canonical, or an empty string."""
    for link in root.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            try:
                address = urljoin(url, (link.get("href") or "").strip())
                parts = urlsplit(address)
            except ValueError:
                return ""
            return address if parts.scheme in ("http", "https") and parts.hostname else ""
    return ""


def _json_ld(root: Any) -> Iterator[dict[str, Any]]:
    """Objects of the JSON-LD scripts that have a headline or a publication date; broken scripts are skipped."""
    for script in root.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower() or not script.text:
            continue
        try:
            stack = [json.loads(script.text[:MAX_JSON_LD_CHARS], strict=False)]
        except (ValueError, RecursionError):
            continue
        for _ in range(MAX_JSON_LD_NODES):
            if not stack:
                break
            node = stack.pop()
            if isinstance(node, list):
                stack.extend(reversed(node))
            elif isinstance(node, dict):
                if "headline" in node or "datePublished" in node or "pubDate" in node:
                    yield node
                stack.extend(
                    value for key, value in node.items() if key in ("@graph", "mainEntity", "mainEntityOfPage")
                )


def _script_times(root: Any) -> Iterator[str]:
    """Times that scripts assign to a variable named after publication: all that pages drawn by script say of it."""
    for script in root.iter("script"):
        for assigned in _SCRIPT_TIME.finditer((script.text or "")[:MAX_JSON_LD_CHARS]):
            yield assigned[1]


def find_title(head: Head, zones: Zones) -> str | None:
    """Headline: the block that looks like the page's title, else og:title, else the longest part of the <title>."""
    declared = head.titles
    if zones.headline and (zones.sure or not declared):
        return _trimmed(_without_crumbs(zones.headline, declared)) or None
    bare = _bare_headline(zones)
    if bare and (not declared or len(title_parts(declared[0])) == 1):
        return _trimmed(bare)
    named = head.first(_TITLE_NAMES)
    chosen = title_parts(named)[0] if named else title_parts(declared[0])[0] if declared else ""
    return _trimmed(chosen) or None


def _bare_headline(zones: Zones) -> str | None:
    """The line above the dated line before the text, on pages whose <title> names the site only."""
    before = ""
    for line in zones.head:
        if DATE_SHAPE.search(line):
            fits = 6 <= len(before) <= 60 and before in zones.unlinked  # noqa: PLR2004 - a headline's length
            return before if fits else None
        before = line
    return None


def _without_crumbs(headline: str, declared: Sequence[str]) -> str:
    """The part of a breadcrumb line that a declared title begins with, or the line."""
    parts = [part for part in _CRUMB.split(headline) if part]
    if len(parts) > 1 and any(squeezed(title).startswith(squeezed(parts[-1])) for title in declared):
        return parts[-1]
    return headline


def _trimmed(title: str) -> str:
    """A title without decoration before it and without a time or picture mark after it."""
    return _TITLE_TAIL.sub("", _TITLE_LEAD.sub("", title)).strip()[:MAX_TITLE_CHARS]


def find_published(head: Head, zones: Zones, url: str, clock: Clock, link_raw: str | None) -> PublicationTime | None:
    """Publication time by priority: head lines with a clock, declared ones, days in that order, address, link."""
    lines = _line_date(zones.head, clock, "head")
    if lines and lines.precision != "day":
        return lines
    joined = _line_date((" ".join(line for line in zones.head if len(line) < 40),), clock, "head")  # noqa: PLR2004
    if joined and joined.precision != "day":
        return joined
    above = _line_date(tuple(reversed(zones.above)), clock, "head")
    declared = list(_declared(head, clock))
    link = parse_date(link_raw, clock, "link")
    day = lines or joined
    for time in (day and _day_with_clock(day, zones, clock), *declared, above, link):
        if time and time.precision != "day" and (day is None or abs((time.at - day.at).days) <= 2):  # noqa: PLR2004
            return time
    if day is None and above:
        return _day_with_clock(above, zones, clock)
    for time in (day, *declared, _element_time(head, clock), _line_date(zones.tail, clock, "tail")):
        if time:
            return time
    headline = _line_date((zones.headline or "",), clock, "head") or _banner_day(zones, clock)
    said = headline or parse_url_date(url, clock) or link
    return said or next((t for line in (*zones.head, *zones.above) if (t := parse_yearless(line, clock, "head"))), None)


def _line_date(lines: Sequence[str], clock: Clock, where: str) -> PublicationTime | None:
    """Best date of lines: labelled as published, else with a clock, else any; dates of updates last."""
    best: tuple[int, PublicationTime] | None = None
    for line in lines:
        for found in find_dates(line, clock, where):
            rank = {"published": 0, "": 2, "updated": 5}[found.label] + (0 if found.time.precision != "day" else 1)
            if best is None or rank < best[0]:
                best = (rank, found.time)
    return best[1] if best else None


def _day_with_clock(day: PublicationTime, zones: Zones, clock: Clock) -> PublicationTime:
    """A day with the clock that stands alone in a line near it or in brackets behind the headline (`【11:25】`)."""
    mark = _CLOCK_MARK.search(zones.headline or "")
    for line in (*([mark[1]] if mark else []), *zones.head):
        timed = with_clock(day, line, clock)
        if timed is not day:
            return timed
    return day


def _banner_day(zones: Zones, clock: Clock) -> PublicationTime | None:
    """Day of the page's banner for a headline with a clock (`【11:25】`): only newspapers of the day write so."""
    if not _CLOCK_MARK.search(zones.headline or ""):
        return None
    day = _line_date(tuple(reversed(zones.banner)), clock, "banner")
    return _day_with_clock(day, zones, clock) if day else None


def _declared(head: Head, clock: Clock) -> Iterator[PublicationTime]:
    """Times of meta elements, then of JSON-LD."""
    for name in _DATE_NAMES:
        time = parse_date(head.meta.get(name), clock, "meta")
        if time:
            yield time
    for thing in head.things:
        for key in ("datePublished", "pubDate"):
            value = thing.get(key)
            time = parse_date(value, clock, "json-ld") if isinstance(value, str) else None
            if time:
                yield time


def _element_time(head: Head, clock: Clock) -> PublicationTime | None:
    """Time of the first <time> element that has one."""
    return next((time for raw in (*head.times, *head.script_times) if (time := parse_date(raw, clock, "time"))), None)
