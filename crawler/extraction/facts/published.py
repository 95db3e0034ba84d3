"""When a page was published and last changed: what its lines, its declarations and its address say, weighed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crawler.extraction.declared.head import Head
from crawler.extraction.facts.dates import (
    Clock,
    find_dates,
    parse_date,
    parse_link_date,
    parse_url_date,
    parse_yearless,
    with_clock,
)
from crawler.extraction.facts.shown_dates import MAX_SENTENCE, NEIGHBOURS, ShownDates
from crawler.extraction.text.zones import Zones
from storage.records import Evidence, PublicationTime

MAX_EVIDENCE = 8
"""Disagreeing times kept of one page."""

SAME_EVENT_DAYS = 2
"""A declared time this near to the day that is shown is its clock: time zones and late pages differ by no more."""

_DATE_NAMES = (
    "article:published_time", "og:published_time", "published_time", "article:published", "publishdate", "pubdate",
    "publish-date", "publish_date", "datepublished", "publish_time", "publishtime", "apub:time", "_pubtime",
    "firstpublishedtime", "article:create_at", "weibo:article:create_at", "weibo: article:create_at", "og:release_date",
    "release_date", "sailthru.date", "parsely-pub-date", "parsely-pubdate", "article.published",
    "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "bt:pubdate", "dc.date.issued",
    "dcterms.issued", "dc.date.created", "dcterms.created",
    "dcterms.date", "dc.date", "rnews:datepublished", "vr:published_time", "citation_publication_date",
    "article_date_original",
    "displaydate", "ptime", "date",
)  # fmt: skip
_MODIFIED_NAMES = (
    "article:modified_time", "og:updated_time", "og:modified_time", "datemodified", "article:modified", "lastmod",
    "last-modified", "last_updated", "dcterms.modified", "dc.date.modified", "revision_date", "article:update_at",
    "lastmodifieddate", "updatetime",
)  # fmt: skip

_DATE_NAME = re.compile(
    r"(?:publi|post|issue|releas|creat|display)[a-z]{0,8}[-_.: ]?(?:date|time|at|on)$|(?:date|time)[-_.: ]?"
    r"(?:of)?[-_.: ]?publi",
    re.IGNORECASE,
)
"""Names of meta elements that mean the publication, whatever the system: asked after the known ones."""

_DAY_FIRST_LANGUAGES = re.compile(
    r"(?:de|fr|es|pt|it|nl|ru|pl|tr|cs|da|fi|nb|no|sv|uk|vi|id|el|ro|en[-_](?:gb|au|in|ie|nz|za))(?:[-_]|$)",
    re.IGNORECASE,
)
_MONTH_FIRST_LANGUAGES = re.compile(r"en[-_]us|en[-_]ph", re.IGNORECASE)

_TIMED = re.compile(r"\d[:：]\d\d|[发發][布表]|[时時][间間]|日期")
"""What a line must have for a day without a year to be its publication: days of events stand without."""

_CLOCK_MARK = re.compile(r"[【\[(（](\d{1,2}[:：]\d{2})[】\])）]\s*$")


@dataclass(frozen=True, slots=True)
class Times:
    """When a page was published and changed. `evidence`: the chosen times and those that disagree with them."""

    published: PublicationTime | None
    modified: PublicationTime | None
    evidence: tuple[Evidence, ...]


def find_times(head: Head, zones: Zones, url: str, clock: Clock, link_raw: str | None) -> Times:
    """Publication and modification of a page, each None where the page names none, with what disagrees.

    `link_raw`: the date that the link to the page showed. Zone-less times are read in the clock's zone and marked so.
    """
    page = _Page(head, zones, url, clock, link_raw)
    published = page.published()
    changes = [time for time in page.changes if not published or (published.at - time.at).days < 1]
    modified = changes[0] if changes else None
    said = [*page.shown.best_first, *page.declared, *page.elements, parse_url_date(url, page.clock)]
    return Times(
        published=published,
        modified=modified,
        evidence=(*_evidence("published", published, said), *_evidence("modified", modified, changes)),
    )


def find_published(head: Head, zones: Zones, url: str, clock: Clock, link_raw: str | None) -> PublicationTime | None:
    """Publication time of a page, or None where it names none."""
    return _Page(head, zones, url, clock, link_raw).published()


def _for_language(clock: Clock, lang: str) -> Clock:
    """The clock with the order of day and month (3/4/2011) that readers of a page's declared language expect."""
    if _DAY_FIRST_LANGUAGES.match(lang):
        return replace(clock, day_first=True)
    return replace(clock, day_first=False) if _MONTH_FIRST_LANGUAGES.match(lang) else clock


class _Page:
    """All that one page offers as its times."""

    def __init__(self, head: Head, zones: Zones, url: str, clock: Clock, link_raw: str | None) -> None:
        self.clock = _for_language(clock, head.lang)
        self.shown = ShownDates(zones, self.clock)
        self.declared = list(_declared(head, self.clock))
        self.elements = list(_elements(head, zones, self.clock))
        self.changes = [*_declared_changes(head, self.clock), *self.shown.updates]
        self._zones, self._url = zones, url
        self._link = parse_link_date(link_raw, self.clock)

    def published(self) -> PublicationTime | None:
        """Publication time by priority: head lines with a clock, declared ones, days in that order, address, link."""
        stated = self.shown.stated
        for time in stated:
            if time.precision != "day":
                return _with_offset(time, self.declared)
        day = stated[0] if stated else None
        return (self._before_change(day) if day else None) or self._with_clock(day) or self._day(day)

    def _before_change(self, day: PublicationTime) -> PublicationTime | None:
        """The declared publication, where a day shown without a label is that of the declared change."""
        changed = next((time for time in self.changes if time.where != "head"), None)
        if changed is None or changed.at.date() != day.at.date():
            return None
        return next((time for time in self.declared if (day.at - time.at).days > SAME_EVENT_DAYS), None)

    def _with_clock(self, day: PublicationTime | None) -> PublicationTime | None:
        """The first time with a clock that is not of another day than the one that is shown."""
        above = self.shown.highest
        shown = _day_with_clock(day, self._zones, self.clock) if day else None
        for time in (shown, *self.declared, *self.elements, above, self._link):
            if time and time.precision != "day" and (day is None or abs((time.at - day.at).days) <= SAME_EVENT_DAYS):
                return time
        return _day_with_clock(above, self._zones, self.clock) if above and day is None else None

    def _day(self, day: PublicationTime | None) -> PublicationTime | None:
        """A day, from where it is surest: the address and the link come last, a day without a year after them."""
        shown = self.shown
        for time in (day, *self.declared, *self.elements, *shown.closing, *shown.updates):
            if time:
                return time
        zones, clock = self._zones, self.clock
        headline = next((hit.time for hit in find_dates(zones.headline or "", clock, "head")), None)
        said = headline or _banner_day(zones, clock) or parse_url_date(self._url, clock) or self._link
        short = (line for line in (*zones.head, *zones.above) if len(line) <= MAX_SENTENCE and _TIMED.search(line))
        lines = (line for line in short if not NEIGHBOURS.match(line))
        return said or next((time for line in lines if (time := parse_yearless(line, clock, "head"))), None)


def _with_offset(shown: PublicationTime, declared: Sequence[PublicationTime]) -> PublicationTime:
    """A shown time, or the declared one that is the same moment and says its offset, which the shown one does not."""
    if not shown.offset_assumed:
        return shown
    for time in declared:
        if time.offset_assumed or time.precision == "day":
            continue
        apart = abs((time.at - shown.at).total_seconds())
        if apart < 60:  # noqa: PLR2004 - one minute: the assumed offset is confirmed
            return shown
        same_reading = time.at.replace(tzinfo=None, second=0) == shown.at.replace(tzinfo=None, second=0)
        if same_reading:
            # Systems write the local reading with Z: that names no offset.
            return shown if not time.at.utcoffset() else time
        if apart <= 14 * 3600 + 60 and apart % 1800 < 60:  # noqa: PLR2004 - half hours, the steps of offsets
            return time
    return shown


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
    found = [hit.time for line in reversed(zones.banner) for hit in find_dates(line, clock, "banner")]
    return _day_with_clock(found[0], zones, clock) if found else None


def _declared(head: Head, clock: Clock) -> Iterator[PublicationTime]:
    """Times of meta elements, then of JSON-LD and microdata."""
    for name in _DATE_NAMES:
        time = parse_date(head.meta.get(name), clock, "meta")
        if time:
            yield time
    for name, value in head.meta.items():
        time = parse_date(value, clock, "meta") if name not in _DATE_NAMES and _DATE_NAME.search(name) else None
        if time:
            yield time
    for thing in head.things:
        for key in ("datePublished", "pubDate"):
            time = parse_date(_text(thing.get(key)), clock, "json-ld")
            if time:
                yield time
    for name in ("datepublished", "datecreated"):
        time = parse_date(head.properties.get(name), clock, "microdata")
        if time:
            yield time


def _declared_changes(head: Head, clock: Clock) -> Iterator[PublicationTime]:
    """Times of changes that meta elements, JSON-LD and microdata declare."""
    said = [(head.meta.get(name), "meta") for name in _MODIFIED_NAMES]
    said += [(_text(thing.get("dateModified")), "json-ld") for thing in head.things]
    said.append((head.properties.get("datemodified"), "microdata"))
    for raw, where in said:
        time = parse_date(raw, clock, where)
        if time:
            yield time


def _elements(head: Head, zones: Zones, clock: Clock) -> Iterator[PublicationTime]:
    """Times of <time> elements that stand in the head of the article or at least not aside, then of scripts."""
    near = [*zones.head, *zones.above]
    placed = [one for one in head.times if one.text and any(one.text in line for line in near)]
    for element in (*placed, *(one for one in head.times if not one.aside)):
        time = parse_date(element.stated, clock, "time") or parse_date(element.text, clock, "time")
        if time:
            yield time
    for raw in head.script_times:
        time = parse_date(raw, clock, "script")
        if time:
            yield time


def _text(value: Any) -> str | None:
    """A declared value as text: systems write epochs as numbers."""
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else None


def _evidence(
    fact: str, chosen: PublicationTime | None, candidates: Sequence[PublicationTime | None]
) -> Iterator[Evidence]:
    """The chosen time, then those that disagree with it, each once."""
    if chosen is None:
        return
    kept = [chosen]
    for time in candidates:
        if time and len(kept) < MAX_EVIDENCE and not any(_agree(time, one) for one in kept):
            kept.append(time)
    for time in kept:
        yield Evidence(fact=fact, value=time.local, raw=time.raw, where=time.where, chosen=time is chosen)


def _agree(one: PublicationTime, other: PublicationTime) -> bool:
    """Whether two times say the same to the coarser precision of the two."""
    if "day" in (one.precision, other.precision):
        return one.local[:10] == other.local[:10]
    return abs((one.at - other.at).total_seconds()) < 60  # noqa: PLR2004 - one shows seconds
