"""Days on which little is to be expected: public holidays of a source's country, the days between and beside them.

The country is that of the time zone, by the tables of tzdata; where it is unknown, no day is a holiday. What the days
are says the package `holidays`; for China it knows the seven and eight days of the Spring Festival and of National
Day, and the weekend days that are worked in exchange (调休).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Literal

DayKind = Literal["usual", "holiday", "edge", "worked"]
"""`edge`: the day before or after a long break; `worked`: a day of the weekend that is worked for a bridge day."""

LONG_BREAK_DAYS = 5
"""People leave a day early and come back a day late where the break is as long as this."""
MOST_BREAK_DAYS = 16
_DAY = timedelta(days=1)
_FIRST_YEAR, _LAST_YEAR = 1990, 2090
_SATURDAY = 5


def day_kind(day: date, country: str | None) -> DayKind:
    """What kind of day it is in that country ("CN"); "usual" where nothing is known of the country."""
    if country is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        return "usual"
    return _kinds(country, day.year).get(day, "usual")


def country_of(zone: str) -> str | None:
    """The country of a time zone, as ISO 3166 names it; None for one that belongs to none, or to nobody's knowledge."""
    countries, links = _zones()
    return countries.get(zone) or countries.get(links.get(zone, ""))


def load(countries: Iterable[str | None], day: date) -> None:
    """None; the holidays of those countries about that day are known: 16 MB of a daemon, at its start and not later."""
    for country in countries:
        day_kind(day, country)


@lru_cache(maxsize=512)
def _kinds(country: str, year: int) -> MappingProxyType[date, DayKind]:
    """The days of a year that are not usual."""
    off, worked = _public(country, year)
    kinds: dict[date, DayKind] = dict.fromkeys(worked, "worked")
    for first, last in _breaks(off, worked):
        long = (last - first).days + 1 >= LONG_BREAK_DAYS
        for day in (first - _DAY, last + _DAY) if long else ():
            kinds.setdefault(day, "edge")
        kinds |= {first + number * _DAY: "holiday" for number in range((last - first).days + 1)}
    return MappingProxyType({day: kind for day, kind in kinds.items() if day.year == year})


def _breaks(off: frozenset[date], worked: frozenset[date]) -> list[tuple[date, date]]:
    """First and last days of the breaks: holidays with the weekends that they touch."""

    def is_free(day: date) -> bool:
        return day in off or (day.weekday() >= _SATURDAY and day not in worked)

    found: list[tuple[date, date]] = []
    for day in sorted(off):
        if found and day <= found[-1][1]:
            continue
        first = last = day
        while is_free(first - _DAY) and (day - first).days < MOST_BREAK_DAYS:
            first -= _DAY
        while is_free(last + _DAY) and (last - day).days < MOST_BREAK_DAYS:
            last += _DAY
        found.append((first, last))
    return found


@lru_cache(maxsize=512)
def _public(country: str, year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Public holidays from a month before that year to a month after it, and days of weekends that are worked."""
    import holidays  # noqa: PLC0415 - a twentieth of a second, for the watch alone

    try:
        known = holidays.country_holidays(country, years=range(year - 1, year + 2))
    except (NotImplementedError, ValueError, KeyError):
        return frozenset(), frozenset()
    first, last = date(year, 1, 1) - 31 * _DAY, date(year, 12, 31) + 31 * _DAY
    worked = getattr(known, "weekend_workdays", ())
    return (
        frozenset(day for day in known if first <= day <= last),
        frozenset(day for day in worked if first <= day <= last),
    )


@lru_cache(maxsize=1)
def _zones() -> tuple[dict[str, str], dict[str, str]]:
    """The countries of the zones of tzdata's zone tab, and what old names stand for ("PRC")."""
    try:
        tables = resources.files("tzdata") / "zoneinfo"
        tab = (tables / "zone.tab").read_text(encoding="utf-8")
        source = (tables / "tzdata.zi").read_text(encoding="utf-8")
    except (ModuleNotFoundError, OSError):
        return {}, {}
    countries = {name: code for code, name in re.findall(r"^([A-Z]{2})\t\S+\t(\S+)", tab, re.MULTILINE)}
    return countries, {name: target for target, name in re.findall(r"^L (\S+) (\S+)$", source, re.MULTILINE)}
