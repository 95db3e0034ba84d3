"""Times as a page says them: how long ago for the eye, the exact one for whoever points at it."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from markupsafe import Markup

from storage.records import from_utc_text, utc_text
from storage.web.pages.words import Words

_UNITS: Final = (("days", 86_400), ("hours", 3_600), ("minutes", 60))
_TIME: Final = Markup('<time datetime="{}" title="{}">{}</time>')


class Visit(Protocol):
    """To whom a time is said: in which words, as of when, and by which clock on the wall (storage.web.pages.frame)."""

    @property
    def words(self) -> Words:
        """The words of a language."""

    @property
    def now(self) -> datetime:
        """When the page was asked for."""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which times are said."""


def ago(stored: str | datetime | None, visit: Visit) -> Markup | str:
    """How long ago a stored time is, or in how long it comes; never, where there is none."""
    if stored is None:
        return visit.words("time.never")
    at = _time(stored)
    return _TIME.format(utc_text(at), _exact(at, visit), _distance(at, visit))


def moment(stored: str | datetime | None, visit: Visit) -> Markup | str:
    """A stored time to the minute, in the visitor's words and the page's time zone; the year only if it is another."""
    if stored is None:
        return visit.words("time.never")
    at = _time(stored)
    local, today = at.astimezone(visit.zone), visit.now.astimezone(visit.zone)
    form = "time.same_year" if local.year == today.year else "time.full"
    return _TIME.format(utc_text(at), _exact(at, visit), visit.words(form, at=local))


def clock(stored: str | datetime | None, visit: Visit) -> Markup | str:
    """A stored time: the clock alone if it is today's."""
    if stored is None or _local(_time(stored), visit).date() != _local(visit.now, visit).date():
        return moment(stored, visit)
    at = _time(stored)
    return _TIME.format(utc_text(at), _exact(at, visit), visit.words("time.today", at=_local(at, visit)))


def is_past(stored: str | datetime, visit: Visit) -> bool:
    """Whether a stored time is over."""
    return _time(stored) <= visit.now


def lasted(began: str, ended: str, visit: Visit) -> str:
    """How long something took."""
    return length((from_utc_text(ended) - from_utc_text(began)).total_seconds(), visit)


def length(seconds: float, visit: Visit) -> str:
    """A length of time in its greatest unit: 5 min."""
    for unit, size in _UNITS:
        if seconds >= size:
            return visit.words(f"time.{unit}", n=round(seconds / size))
    return visit.words("time.seconds", n=round(seconds))


def _time(stored: str | datetime) -> datetime:
    return stored if isinstance(stored, datetime) else from_utc_text(stored)


def _local(at: datetime, visit: Visit) -> datetime:
    return at.astimezone(visit.zone)


def _distance(at: datetime, visit: Visit) -> str:
    seconds = (visit.now - at).total_seconds()
    if abs(seconds) < _UNITS[-1][1]:
        return visit.words("time.now")
    return visit.words("time.ago" if seconds > 0 else "time.ahead", length=length(abs(seconds), visit))


def _exact(at: datetime, visit: Visit) -> str:
    return at.astimezone(visit.zone).strftime("%Y-%m-%d %H:%M:%S %z")
