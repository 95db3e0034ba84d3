"""When a link says that its page was published, in every form that feeds, sitemaps and interfaces write it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from crawler.extraction.facts.date_forms import usual_form
from crawler.extraction.facts.date_words import MONTHS
from crawler.extraction.facts.dates import EARLIEST_YEAR, MAX_DATE_CHARS, Clock, parse_date

LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""Reading knows no `now`; whoever uses a date holds it against his clock. Later years are mistakes."""

MAX_OFFSET = timedelta(hours=14)
_DAY_CHARS = len("2026-11-21")

# RFC 5322 section 3.3 as most feeds have it; everything else of its kind is left to the patterns of pages.
_MAIL = re.compile(
    r"(?:[A-Z][a-z]{2}, ?)?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d)(?::(\d\d))? (?:([+-]\d{4})|GMT|Z)"
)


@dataclass(frozen=True, slots=True)
class LinkDate:
    """`at`: aware, its offset a number. `assumed`: a clock time without offset, read in the source's zone."""

    at: datetime
    assumed: bool


class LinkDates:
    """Reads the dates of one entry point. `timezone`: IANA name, for those that name no offset."""

    def __init__(self, timezone: str) -> None:
        self._clock = Clock(timezone, LATEST)
        self._zone = self._clock.zone

    def read(self, raw: str | None) -> LinkDate | None:
        """The moment of a string; a day's local midnight where it shows no clock; None where it is no date.

        A day without a year is none: nothing here knows the year.
        """
        raw = raw.strip() if raw else ""
        if not raw or len(raw) > MAX_DATE_CHARS:
            return None
        return self._iso(raw) or _mail(raw) or self._other(raw)

    def _iso(self, raw: str) -> LinkDate | None:
        """ISO 8601, as sitemaps and Atom have it: ten times as fast as the patterns, and a sitemap has 50,000."""
        if raw[4:5] != "-" or raw[7:8] != "-" or raw[10:11] not in ("", "T", " "):
            return None
        try:
            at = datetime.fromisoformat(raw)
        except ValueError:
            return None
        offset = at.utcoffset()
        if offset is None:
            assumed = len(raw) > _DAY_CHARS
            offset = at.replace(tzinfo=self._zone).utcoffset() or timedelta(0)
        else:
            assumed = False
        return _link_date(at.replace(microsecond=0), offset, assumed=assumed)

    def _other(self, raw: str) -> LinkDate | None:
        time = parse_date(usual_form(raw, self._clock.timezone), self._clock, "link")
        if time is None:
            return None
        return LinkDate(time.at, time.offset_assumed and time.precision != "day")


def _mail(raw: str) -> LinkDate | None:
    date = _MAIL.fullmatch(raw)
    month = MONTHS.get(date[2].lower()) if date else None
    if date is None or month is None:
        return None
    hours, minutes = (int(date[7][:3]), int(date[7][0] + date[7][3:])) if date[7] else (0, 0)
    try:
        at = datetime(int(date[3]), month, int(date[1]), int(date[4]), int(date[5]), int(date[6] or 0))  # noqa: DTZ001 - its offset is known
    except ValueError:
        return None
    return _link_date(at, timedelta(hours=hours, minutes=minutes), assumed=False)


def _link_date(at: datetime, offset: timedelta, *, assumed: bool) -> LinkDate | None:
    """The local time with its offset, None for an implausible one."""
    if abs(offset) > MAX_OFFSET or not EARLIEST_YEAR <= at.year < LATEST.year:
        return None
    return LinkDate(at.replace(tzinfo=timezone(offset) if offset else UTC), assumed)
