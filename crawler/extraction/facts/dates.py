"""Publication times out of what pages write. A day is never invented, a crawl time never used.

Own patterns: measured parsers read "2024年1月2日" as 2024-01-01 and "-1" as a date (research/reliability.md 2.3).
Every string is cut to MAX_DATE_CHARS first and every pattern is linear in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crawler.extraction.facts.date_forms import usual_form
from crawler.extraction.facts.date_patterns import (
    CLOCK_ALONE,
    CLOCK_BEFORE,
    COMPACT,
    DAY_FIRST,
    DIGITS,
    EPOCH,
    HAN_DATE,
    HAN_DIGITS,
    LETTERS,
    MONTH_FIRST,
    NUMERIC,
    OTHER,
    PUBLISHED,
    SYSTEM,
    UPDATED,
    URL_DAY,
    WIDE,
    YEAR_LAST,
    YEARLESS,
)
from crawler.extraction.facts.date_words import AFTERNOON, MONTHS, MORNING, NOON, offset_of
from storage.records import Precision, PublicationTime

MAX_DATE_CHARS = 64
"""A date with weekday, time and zone in any language is shorter."""

MAX_LINE_CHARS = 400
"""How much of a line is searched for dates."""

EARLIEST_YEAR = 1995
"""No news portal is older; earlier years are in the text of articles."""

FUTURE = timedelta(days=1)
"""Clocks and time zones differ by less; a later date is an event that is announced."""

_LEAST_BESIDE = 6
"""Characters that may stand beside a day without year and clock: a label."""

_NOON = 12
_MONTHS_A_YEAR = 12
_ERAS = {"令和": 2018, "平成": 1988}
"""The year before the first of an era of Japan."""


@dataclass(frozen=True, slots=True)
class Clock:
    """What a date is read against: the zone of zone-less times, and the moment after which nothing is published yet."""

    timezone: str
    now: datetime
    day_first: bool | None = None
    """How 3/4/2011 is read: day first, month first, or (None) not at all."""

    @property
    def zone(self) -> tzinfo:
        """The zone, UTC where the name is unknown to this machine."""
        try:
            return ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return UTC


@dataclass(frozen=True, slots=True)
class Found:
    """A date in a line. `label`: what stands before it makes it "published", "updated", "other" (an event's) or ""."""

    time: PublicationTime
    label: str
    start: int
    end: int


def parse_date(raw: str | None, clock: Clock, where: str) -> PublicationTime | None:
    """The first plausible date of a string cut to 64 characters, or None."""
    if not raw:
        return None
    text = raw.strip()[:MAX_DATE_CHARS]
    epoch = EPOCH.match(text)
    if epoch:
        moment = datetime.fromtimestamp(int(epoch[1]), clock.zone)
        return _plausible(_fixed(moment), "second", text, where, clock, assumed=False)
    for found in find_dates(text, clock, where):
        return found.time
    compact = COMPACT.search(text)
    return _built(compact.groupdict(), compact[0], where, clock) if compact else None


def parse_link_date(raw: str | None, clock: Clock) -> PublicationTime | None:
    """The date of the link to a page, in the forms of feeds and interfaces too, or None."""
    text = raw.strip()[:MAX_DATE_CHARS] if raw else ""
    time = parse_date(usual_form(text, clock.timezone), clock, "link")
    return replace(time, raw=text) if time else None


def find_dates(line: str, clock: Clock, where: str) -> Iterator[Found]:
    """Plausible full dates of a line, in order of their place."""
    if not DIGITS.search(line):
        return
    text = _plain(line[:MAX_LINE_CHARS])
    words = LETTERS.search(text)
    patterns = (NUMERIC, YEAR_LAST, DAY_FIRST, MONTH_FIRST, SYSTEM) if words else (NUMERIC, YEAR_LAST)
    hits = [hit for pattern in patterns for hit in pattern.finditer(text)]
    for hit in sorted(hits, key=lambda one: one.start()):
        before = text[: hit.start()]
        parts = _in_order(hit.groupdict(), clock)
        clocked = CLOCK_BEFORE.search(before[-40:]) if not parts.get("hour") else None
        if clocked:
            parts |= clocked.groupdict()
            before = before[: -len(clocked[0])]
        time = _built(parts, text[len(before) : hit.end()].strip(" (\t")[:MAX_DATE_CHARS], where, clock)
        if time:
            yield Found(time, _label(before), len(before), hit.end())


def _in_order(parts: dict[str, str | None], clock: Clock) -> dict[str, str | None]:
    """Parts with month and day told apart: 14.12.2011 is day first, 12/14/2011 month first, 3/4/2011 the clock says."""
    first, other = parts.get("first"), parts.get("other")
    if not first or not other:
        return parts
    if parts.get("sep") == "." or int(first) > _MONTHS_A_YEAR or first == other:
        return {**parts, "day": first, "month": other}
    if int(other) > _MONTHS_A_YEAR or clock.day_first is False:
        return {**parts, "day": other, "month": first}
    return {**parts, "day": first if clock.day_first else "0", "month": other}


def parse_yearless(line: str, clock: Clock, where: str) -> PublicationTime | None:
    """A month and day without year, in the latest year that does not lie in the future; the last resort.

    Without a clock beside it, it must stand alone and with 月: `3-1` is a score, `11月15日起` an event's.
    """
    hit = YEARLESS.search(_plain(line[:MAX_LINE_CHARS]))
    if not hit or not (hit["hour"] or (hit["mark"] == "月" and len(line) <= hit.end() - hit.start() + _LEAST_BESIDE)):
        return None
    for year in (clock.now.year, clock.now.year - 1):
        time = _built({**hit.groupdict(), "year": str(year)}, hit[0].strip(), where, clock)
        if time:
            return time
    return None


def parse_url_date(url: str, clock: Clock) -> PublicationTime | None:
    """The day that an address carries (/2012/01/17/, t20120117_, /2012-01/17/), or None."""
    path = url.split("://", 1)[-1].split("/", 1)[-1].split("?", 1)[0][:2048]
    for hit in URL_DAY.finditer(path):
        time = _built(hit.groupdict(), hit[0], "url", clock)
        if time:
            return time
    return None


def with_clock(day: PublicationTime, line: str, clock: Clock) -> PublicationTime:
    """`day` with the time that a line of nothing else gives (`11:25`), or `day` itself."""
    hit = CLOCK_ALONE.match(_plain(line[:MAX_DATE_CHARS]))
    if not hit or day.precision != "day":
        return day
    date = day.at
    parts = {**hit.groupdict(), "year": str(date.year), "month": str(date.month), "day": str(date.day)}
    return _built(parts, f"{day.raw} {hit[0].strip()}", day.where, clock) or day


def _plain(text: str) -> str:
    """Half-width digits; dates in Han numerals as digits."""
    plain = text.translate(WIDE)
    return HAN_DATE.sub(_arabic, plain) if "年" in plain else plain


def _arabic(date: re.Match[str]) -> str:
    """A date in Han numerals (二〇一二年一月十七日) with digits."""
    return f"{date[1].translate(HAN_DIGITS)}年{_han_number(date[2])}月{_han_number(date[3])}日"


def _han_number(text: str) -> int:
    """Value of a Han numeral below one hundred."""
    tens, ten, ones = text.rpartition("十")
    unit = int(ones.translate(HAN_DIGITS)) if ones else 0
    return unit + (10 * (int(tens.translate(HAN_DIGITS)) if tens else 1) if ten else 0)


def _label(before: str) -> str:
    """What the words before a date make of it."""
    near = before[-24:]
    if OTHER.search(near):
        return "other"
    if UPDATED.search(near):
        return "updated"
    return "published" if PUBLISHED.search(near) else ""


def _built(parts: dict[str, str | None], raw: str, where: str, clock: Clock) -> PublicationTime | None:
    """The time of the parts, or None where there is no such day or it is implausible."""
    name = parts.get("name")
    month = MONTHS.get(name.lower(), 0) if name else int(parts.get("month") or 0)
    hour, minute, second = _clock_parts(parts)
    try:
        naive = datetime(_year(parts), month, int(parts.get("day") or 0), hour or 0, minute or 0, second or 0)  # noqa: DTZ001 - its zone is found next
        offset = offset_of(parts.get("zone"), naive)
        at = naive.replace(tzinfo=offset or clock.zone)
    except (ValueError, OverflowError):
        return None
    # 00:00 beside a date is what systems write that store days only, in text and in declarations alike: of the pages
    # that say midnight, one in 1440 means it.
    shown = hour is not None and (hour, minute, second or 0) != (0, 0, 0)
    precision: Precision = "day" if not shown else "minute" if second is None else "second"
    return _plausible(_fixed(at), precision, raw, where, clock, assumed=offset is None)


def _year(parts: dict[str, str | None]) -> int:
    """Common-era year of the parts; years of the Republic of China (民國101年) begin with 1912, 令和 with 2019."""
    if parts.get("rocyear") or parts.get("rocslash"):
        return int(parts.get("rocyear") or parts.get("rocslash") or 0) + 1911
    if parts.get("erayear"):
        return int(parts["erayear"] or 0) + _ERAS[parts["era"] or "令和"]
    return int(parts.get("year") or 0)


def _clock_parts(parts: dict[str, str | None]) -> tuple[int | None, int | None, int | None]:
    """Hour of 24, minute and second; Nones where no valid time is given. A bare hour needs its half (`3 p.m.`)."""
    half = (parts.get("half") or parts.get("half2") or "").lower().replace(".", "").replace(" ", "")
    if not parts.get("hour") or not (parts.get("minute") or half):
        return None, None, None
    hour, minute = int(parts["hour"] or 0), int(parts.get("minute") or 0)
    second = int(parts["second"] or 0) if parts.get("second") else None
    if (half in AFTERNOON and hour < _NOON) or (half == NOON and hour < _NOON - 2):
        hour += _NOON
    elif half in MORNING and hour == _NOON:
        hour = 0
    if hour > 23 or minute > 59 or (second or 0) > 59:  # noqa: PLR2004 - a day's clock
        return None, None, None
    return hour, minute, second


def _fixed(at: datetime) -> datetime:
    """The same moment with its offset as a number: plain to store and to send."""
    offset = at.utcoffset() or timedelta(0)
    return at.replace(tzinfo=UTC if not offset else timezone(offset))


def _plausible(
    at: datetime, precision: Precision, raw: str, where: str, clock: Clock, *, assumed: bool
) -> PublicationTime | None:
    """The value, or None for a time before the web or in the future."""
    if at.year < EARLIEST_YEAR or at > clock.now + FUTURE:
        return None
    return PublicationTime(at=at, precision=precision, raw=raw, where=where, offset_assumed=assumed)
