"""A source's silence: how unlikely it is that so many hours, or days, without news are chance. Pure.

Surprise is minus the logarithm of that probability, in units of hours of news that were expected. It is measured from
the last news to the last answered poll, so a time in which nobody could see anything surprises nobody. What a silence
would teach is learned when it ends, and only if it was no surprise: a dead source never teaches that silence is usual.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from math import log
from zoneinfo import ZoneInfo

from scheduler.watching import usual_week
from scheduler.watching.evidence import HourFact
from scheduler.watching.holidays import country_of, day_kind
from scheduler.watching.usual_week import HOLIDAY_PRIOR, Hazards, UsualWeek
from scheduler.week import CELLS, HOUR_SECONDS, offset_seconds

FALSE_ALARMS_A_DAY = 1e-4
"""Asked of each of the two measures. In tests/benchmarks/test_watching.py ten times as many tell a death after 18 hours
instead of 30 (median), a tenth after 36."""
LEAST_SURPRISE = 6.0
SPELL_FACTOR, MOST_SPELL_FACTOR = 1.3, 2.5
"""A silence must surprise so many times as much as the second greatest of the past half year; but no source earns
more than so many times the patience that chance would give it."""
SPELL_HALF_LIFE_DAYS = 56.0
NOTED_SURPRISE = 3.0
MOST_SPELLS = 8
LONGEST_STEP_HOURS = 28 * 24
"""Of a longer time in which nobody asked, no more is looked at."""
LAST_HOUR = int(datetime(9000, 1, 1, tzinfo=UTC).timestamp() // HOUR_SECONDS)
NO_WEEK = (0.0,) * CELLS
LASTING_PART, GRAVE_FACTOR = 0.5, 3.0
_EPOCH_DAY = date(1970, 1, 1).toordinal()

Spell = tuple[int, float, float, int]
"""A silence that has ended: the hour of its end, what it surprised by hours and by days, and its length in hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """What is known of a source's news: its usual week, and the silence that lasts.

    Moments are hours since 1970. `until`: what was taken in; `polled`: the last hour with an answer; `last`: the last
    one with news. `hours`, `days`, `articles`: what was expected since then. `news_day`: the last day with news.
    """

    week: UsualWeek = usual_week.NOTHING
    until: int = 0
    polled: int | None = None
    last: int | None = None
    hours: float = 0.0
    days: float = 0.0
    articles: float = 0.0
    longest: int = 0
    spells: tuple[Spell, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """How a source's silence is to be judged: `surprise` against what it must reach to be told."""

    surprise: float
    needed: float
    longest_hours: int
    expected_articles: float

    @property
    def is_news(self) -> bool:
        """Whether it is to be told."""
        return self.surprise >= self.needed

    @property
    def is_grave(self) -> bool:
        """Whether it is far beyond that: chance is no explanation any more, nor is a slow week."""
        return self.surprise >= GRAVE_FACTOR * self.needed


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source is: how far its clocks are ahead of UTC, in seconds, and which holidays it keeps."""

    offset: float
    country: str | None

    def cell(self, hour: int) -> int:
        """The hour of the local week."""
        return (self.local(hour) + 72) % CELLS

    def local(self, hour: int) -> int:
        """The local hour, counted from 1970."""
        return int((hour * HOUR_SECONDS + self.offset) // HOUR_SECONDS)

    def day(self, hour: int) -> int:
        """The local day, as an ordinal."""
        return self.local(hour) // 24 + _EPOCH_DAY

    def ends_day(self, hour: int) -> bool:
        """Whether it is the last hour of a local day."""
        return (self.local(hour) + 1) % 24 == 0

    def kind(self, day: int) -> str:
        """What kind of day that is."""
        return _kind_of(day, self.country)


@lru_cache(maxsize=4096)
def _kind_of(day: int, country: str | None) -> str:
    return day_kind(date.fromordinal(max(1, min(day, date.max.toordinal()))), country)


def place_of(zone: ZoneInfo, now: datetime, country: str | None = None) -> Place:
    """Where a source of that zone is at `now`; of the zone's country, if none is named."""
    return Place(offset_seconds(now, zone), country or country_of(zone.key or ""))


def hour_number(moment: datetime) -> int:
    """The hour that moment lies in, counted from 1970."""
    return int(moment.timestamp() // HOUR_SECONDS)


def part_of_usual(kind: str, on_holidays: float) -> float:
    """The part of the usual that such a day lets expect."""
    return on_holidays if kind in {"holiday", "edge"} else 1.0


def expected(
    week: Sequence[float], since: datetime, until: datetime, place: Place, on_holidays: float = HOLIDAY_PRIOR
) -> float:
    """Articles that a week of `week` (in an hour, Monday 00:00 first) lets expect between two moments."""
    start, end = since.timestamp() / HOUR_SECONDS, until.timestamp() / HOUR_SECONDS
    start = max(start, end - 400 * 24)
    total, hour = 0.0, int(start)
    while hour < end and len(week) == CELLS:
        part = min(end, hour + 1) - max(start, hour)
        total += part * week[place.cell(hour)] * part_of_usual(place.kind(place.day(hour)), on_holidays)
        hour += 1
    return total


def seen(quiet: Quiet, rows: Iterable[HourFact], now: datetime, place: Place, articles: Sequence[float] = ()) -> Quiet:
    """What is known after these hours; only those count that have ended, and that were not counted before."""
    this_hour = hour_number(now)
    quiet = _in_step(quiet, this_hour)
    for row in rows:
        hour = hour_number(row.hour)
        if quiet.until <= hour < this_hour and (row.polls > 0 or row.new > 0):
            quiet = _with_hour(quiet, hour, row.new, place, articles)
    return quiet


def moment(hour: int | None) -> datetime:
    """The beginning of an hour that is counted from 1970; 1970 itself for none."""
    return datetime.fromtimestamp(max(0, min(hour or 0, LAST_HOUR)) * HOUR_SECONDS, UTC)


def known_news(quiet: Quiet) -> float:
    """Hours of news that the usual week rests on."""
    return Hazards(quiet.week).news


def is_lasting(quiet: Quiet) -> bool:
    """Whether the silence is half of what would have to be told, or more."""
    verdict = judge(quiet)
    return verdict.surprise >= LASTING_PART * verdict.needed


def judge(quiet: Quiet) -> Silence:
    """How surprising the silence is that lasts."""
    known = Hazards(quiet.week)
    by_hours = _surprise(quiet.hours, known.news), _needed(known.a_day, 1, quiet)
    by_days = _surprise(quiet.days, known.news_days), _needed(min(1.0, known.a_day), 2, quiet)
    surprise, needed = max(by_hours, by_days, key=lambda pair: pair[0] / pair[1])
    return Silence(surprise=surprise, needed=needed, longest_hours=quiet.longest, expected_articles=quiet.articles)


def _surprise(hazard: float, news: float) -> float:
    """Minus the logarithm of the probability of no news, the rate being known only from so many news (gamma)."""
    return news * log(1.0 + hazard / news) if news > 0 else 0.0


def _needed(a_day: float, place: int, quiet: Quiet) -> float:
    chance = max(LEAST_SURPRISE, log(max(a_day, 1e-3) / FALSE_ALARMS_A_DAY))
    spells = sorted((_faded(spell, quiet.until)[place] for spell in quiet.spells), reverse=True)
    second = spells[1] if len(spells) > 1 else 0.0
    return min(MOST_SPELL_FACTOR * chance, max(chance, SPELL_FACTOR * second))


def _faded(spell: Spell, hour: int) -> Spell:
    kept = 2.0 ** (-max(0, hour - spell[0]) / (24 * SPELL_HALF_LIFE_DAYS))
    return spell[0], spell[1] * kept, spell[2] * kept, spell[3]


def _in_step(quiet: Quiet, this_hour: int) -> Quiet:
    """The same, without anything that has not come yet: a clock was wrong."""
    if quiet.until <= this_hour + 1:
        return quiet
    polled = None if quiet.polled is None else min(quiet.polled, this_hour - 1)
    last = None if quiet.last is None else min(quiet.last, this_hour - 1)
    return replace(quiet, until=this_hour, polled=polled, last=last, spells=())


def _with_hour(quiet: Quiet, hour: int, new: int, place: Place, articles: Sequence[float]) -> Quiet:
    if quiet.polled is None or quiet.last is None:
        return replace(quiet, until=hour + 1, polled=hour, last=hour)
    if new > 0:
        return _with_news(quiet, hour, new, place)
    known = Hazards(quiet.week)
    hours, days, count = quiet.hours, quiet.days, quiet.articles
    first = max(quiet.polled + 1, hour - LONGEST_STEP_HOURS)
    for at in range(first, hour + 1):
        cell, day = place.cell(at), place.day(at)
        kind = place.kind(day)
        part = 1.0 if kind == "usual" else part_of_usual(kind, known.on_holiday(day))
        hours += known.of_hour(cell) * part
        count += articles[cell] * part if articles else 0.0
        if place.ends_day(at) and day > place.day(quiet.last):
            days += known.of_day(cell // 24) * part
    return replace(quiet, until=hour + 1, polled=hour, hours=hours, days=days, articles=count)


def _with_news(quiet: Quiet, hour: int, new: int, place: Place) -> Quiet:
    """The same after an hour with news: the silence, if there was one, is over, and teaches what it may."""
    assert quiet.polled is not None
    assert quiet.last is not None
    since, spells = quiet.last, quiet.spells
    length = quiet.polled - since
    if quiet.hours or quiet.days:
        if judge(quiet).is_news:
            since, length = quiet.polled, 0
        spells = _noted(quiet, hour)
    week = _learned(quiet.week, (since, quiet.polled, hour), new, place)
    longest = max(quiet.longest, length)
    return Quiet(week=week, until=hour + 1, polled=hour, last=hour, longest=longest, spells=spells)


def _noted(quiet: Quiet, hour: int) -> tuple[Spell, ...]:
    """The greatest silences, with the one that ends in that hour."""
    assert quiet.polled is not None
    assert quiet.last is not None
    known = Hazards(quiet.week)
    by_hours, by_days = _surprise(quiet.hours, known.news), _surprise(quiet.days, known.news_days)
    if max(by_hours, by_days) < NOTED_SURPRISE:
        return quiet.spells
    spells = (*quiet.spells, (hour, by_hours, by_days, quiet.polled - quiet.last))
    return tuple(sorted(spells, key=lambda spell: max(_faded(spell, hour)[1:3]), reverse=True)[:MOST_SPELLS])


def _learned(week: UsualWeek, span: tuple[int, int, int], new: int, place: Place) -> UsualWeek:
    """The week after a silence between two hours, and news in an hour after it or since the poll before it."""
    since, polled, hour = span
    today, known = place.day(hour), Hazards(week)
    week = _aged(week, today)
    news, hours = list(week.news), list(week.hours)
    news_days, days = list(week.news_days), list(week.days)
    came, missed, break_day = week.holiday
    polled = max(polled, hour - LONGEST_STEP_HOURS)
    share = min(1.0, new / (hour - polled))
    for at in range(max(since + 1, hour - LONGEST_STEP_HOURS), hour + 1):
        cell, day = place.cell(at), place.day(at)
        kind, with_news = place.kind(day), share if at > polled else 0.0
        if kind == "usual":
            hours[cell] += 1.0
            news[cell] += with_news
        elif kind == "holiday":
            if day - break_day > usual_week.SAME_BREAK_DAYS:
                came, missed = 0.0, 0.0
            came, missed, break_day = came + with_news, missed + known.of_hour(cell), float(day)
        if kind == "usual" and place.ends_day(at) and place.day(since) < day < today:
            days[cell // 24] += 1.0
    if today > place.day(since) and place.kind(today) == "usual":
        days[(today - 1) % 7] += 1.0
        news_days[(today - 1) % 7] += 1.0
    return UsualWeek(
        day=week.day,
        news=tuple(news),
        hours=tuple(hours),
        news_days=tuple(news_days),
        days=tuple(days),
        holiday=(came, missed, break_day),
    )


def _aged(week: UsualWeek, today: int) -> UsualWeek:
    """The week with the weights of that day."""
    if week.day == today:
        return week
    if week.day > today or not week.day:
        return replace(week, day=today)
    kept = 2.0 ** (-(today - week.day) / usual_week.half_life_days(week))
    parts = week.news, week.hours, week.news_days, week.days
    news, hours, news_days, days = (tuple(value * kept for value in part) for part in parts)
    return replace(week, day=today, news=news, hours=hours, news_days=news_days, days=days)
