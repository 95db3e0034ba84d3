"""A source's usual week: in which hours, and on which days, it brings news at all; and how unlikely its silence is.

Counted is whether something came, not how much: twenty articles in an hour say no more than one of whether the next
hour will bring any (news come in bursts). Days count beside hours, because a paper that appears daily at changing
hours is more regular by days, and a site that is asked twice a day is not seen by hours. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import log

from scheduler.week import CELLS

HALF_LIFE_DAYS = 70.0
SLOW_HALF_LIFE_DAYS = 210.0
"""What a week ago teaches is worth half after so long; of a source with less than an hour of news a day, so long."""
CELL_SHAPE, HOUR_SHAPE, DAY_SHAPE = 3.0, 2.0, 24.0
"""Hours of the prior: an hour of the week is drawn to what its hour of the day and its day let expect."""
UNSEEN_SHAPE = 0.5
"""An hour of the week that was never watched lets nothing be expected (a new source's first weekend), one that was
watched so often half of what it would."""
HOLIDAY_PRIOR, HOLIDAY_SHAPE_DAYS = 0.02, 1.0
"""The part of the usual that is expected in a break of holidays, as some close; and how many usual days' worth of it
must be known before what the source itself does in this break is believed half: another may be another matter."""
SAME_BREAK_DAYS = 3
MOST_SEEN = 1e7

Numbers = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualWeek:
    """Hours and days watched, and those of them with news, by hour of the week and by day; weighted, old ones less.

    `day`: the day (an ordinal) of which an hour counts 1. `holiday`: of the last break, hours of news that came, those
    that would have been expected on usual days, and the last day that this was learned from.
    """

    day: int = 0
    news: Numbers = (0.0,) * CELLS
    hours: Numbers = (0.0,) * CELLS
    news_days: Numbers = (0.0,) * 7
    days: Numbers = (0.0,) * 7
    holiday: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def text(self) -> str:
        """The week as a line of numbers of 2 KB at most."""
        parts = (self.news, self.hours, self.news_days, self.days)
        came, missed, break_day = self.holiday
        numbers = (*(",".join(map("%.4g".__mod__, part)) for part in parts), f"{came:.4g},{missed:.4g},{break_day:.0f}")
        return ";".join((str(self.day), *numbers))


@dataclass(frozen=True)
class Hazards:
    """How likely a week lets news be: minus the logarithm of the probability that an hour, or a day, brings none.

    Each is worked out when it is asked for: most rounds ask for few hours, and to fill ten weeks of an upgraded file
    is to learn a thousand times.
    """

    week: UsualWeek

    @cached_property
    def news(self) -> float:
        """Hours of news that this rests on."""
        return sum(self.week.news)

    @cached_property
    def news_days(self) -> float:
        """Days of news that it rests on."""
        return sum(self.week.news_days)

    @property
    def a_day(self) -> float:
        """Hours of news in a day."""
        return 24.0 * self._overall

    @cached_property
    def _overall(self) -> float:
        return (self.news + 1.0) / (sum(self.week.hours) + 24.0)

    def of_hour(self, cell: int) -> float:
        """The hazard of an hour of the week."""
        news, hours = self.week.news, self.week.hours
        hour, day = cell % 24, cell // 24
        watched = sum(hours[hour::24])
        by_hour = (sum(news[hour::24]) + HOUR_SHAPE * self._overall) / (watched + HOUR_SHAPE)
        prior = min(0.99, by_hour * self._times_as_much(day))
        part = (news[cell] + CELL_SHAPE * prior) / (hours[cell] + CELL_SHAPE)
        # So many hours of this hour of the day have been seen: no surer can one be that each brings something.
        hazard = -log(max(1.0 - part, 1.0 / (watched + 2.0)))
        return hazard * hours[cell] / (hours[cell] + UNSEEN_SHAPE)

    def of_day(self, day: int) -> float:
        """The hazard of a day of the week, Monday being 0."""
        came, days, seen = self.week.news_days[day], self.week.days[day], sum(self.week.days)
        usual = (self.news_days + 0.5) / (seen + 1.0)
        hazard = -log(max(1.0 - (came + 2.0 * usual) / (days + 2.0), 1.0 / (seen + 2.0)))
        return hazard * days / (days + UNSEEN_SHAPE)

    def on_holiday(self, day: int) -> float:
        """The part of the usual to be expected on a holiday, that day: as the break has been so far."""
        came, missed, break_day = self.week.holiday
        if abs(day - break_day) > SAME_BREAK_DAYS:
            return HOLIDAY_PRIOR
        shape = max(0.1, HOLIDAY_SHAPE_DAYS * _usual_day(self.week.news, self.week.hours))
        return min(1.0, (came + HOLIDAY_PRIOR * shape) / (missed + shape))

    def _times_as_much(self, day: int) -> float:
        """How many times as much that day of the week brings as any."""
        hours = slice(24 * day, 24 * day + 24)
        shape = DAY_SHAPE * self._overall
        return (sum(self.week.news[hours]) + shape) / (sum(self.week.hours[hours]) * self._overall + shape)


NOTHING = UsualWeek()


def read(text: str) -> UsualWeek:
    """The week that `text` wrote; one that knows nothing for what is no such text."""
    try:
        day, *parts = text.split(";")
        news, hours, news_days, days, holiday = (tuple(map(_checked, part.split(","))) for part in parts)
        if (len(news), len(hours), len(news_days), len(days), len(holiday)) != (CELLS, CELLS, 7, 7, 3):
            return NOTHING
        return UsualWeek(
            day=int(_checked(day)),
            news=news,
            hours=hours,
            news_days=news_days,
            days=days,
            holiday=(holiday[0], holiday[1], holiday[2]),
        )
    except ValueError:
        return NOTHING


@lru_cache(maxsize=64)
def _usual_day(news: Numbers, hours: Numbers) -> float:
    """The hazard of a usual day, by its hours; remembered, because each hour of a break asks for it."""
    known = Hazards(UsualWeek(news=news, hours=hours))
    return sum(map(known.of_hour, range(CELLS))) / 7


def half_life_days(week: UsualWeek) -> float:
    """How long it takes until half of the week is forgotten."""
    return HALF_LIFE_DAYS if 24.0 * sum(week.news) >= sum(week.hours) else SLOW_HALF_LIFE_DAYS


def _checked(text: str) -> float:
    value = float(text)
    if not 0.0 <= value <= MOST_SEEN:
        raise ValueError("not an amount")
    return value
