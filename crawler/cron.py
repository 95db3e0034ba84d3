"""Crontab expressions of five fields, as sets of numbers: what people write, without the libraries' differences.

Weekdays count as in crontab(5): 0 and 7 are Sunday. (APScheduler's own reader counts 0 as Monday, its issue 286.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_HOURS_OF_A_DAY = 24


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    least: int
    most: int
    words: tuple[str, ...] = ()
    """Names of the numbers from `least` on."""

    def number(self, text: str) -> int:
        if text in self.words:
            return self.least + self.words.index(text)
        if not text.isascii() or not text.isdigit():
            raise ValueError(f"the {self.name} field has {text!r}; {self.allowed}")
        value = int(text)
        if not self.least <= value <= self.most:
            raise ValueError(f"the {self.name} field has {value}; {self.allowed}")
        return value

    @property
    def allowed(self) -> str:
        words = f" or {self.words[0]} to {self.words[-1]}" if self.words else ""
        return f"allowed are {self.least} to {self.most}{words}, lists 1,2, ranges 1-5 and steps */5"


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day-of-month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day-of-week", 0, 7, _WEEKDAYS),
)


@dataclass(frozen=True, slots=True)
class CronTimes:
    """The minutes, hours, days (1-31), months (1-12) and weekdays (0 = Sunday) that an expression names."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    @property
    def every_hour(self) -> bool:
        """Whether it runs in each hour of the day: then it means elapsed time, not a time on the wall's clock."""
        return len(self.hours) == _HOURS_OF_A_DAY


@lru_cache(maxsize=4096)
def parse_cron(text: str) -> CronTimes:
    """The times that a five-field expression names. Raises ValueError with a sentence that says what is allowed."""
    fields = text.lower().split()
    if len(fields) != len(_FIELDS):
        raise ValueError(f"expected five fields (minute hour day-of-month month day-of-week), got {len(fields)}")
    minutes, hours, days, months, weekdays = map(_numbers, _FIELDS, fields)
    if not fields[2].startswith("*") and not fields[4].startswith("*"):
        # crontab(5) runs on days that match either, most other readers on days that match both.
        raise ValueError(
            "sets both day of month and day of week, on which readers of cron disagree; set one of them to *"
        )
    if not any(min(days) <= _LONGEST_MONTH[month - 1] for month in months):
        raise ValueError(f"day {min(days)} is in none of the months named, so it would never run")
    return CronTimes(minutes, hours, days, months, frozenset(day % 7 for day in weekdays))


_ITEM = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\w+))?")


def _numbers(field: _Field, text: str) -> frozenset[int]:
    return frozenset(number for item in text.split(",") for number in _item_numbers(field, item))


def _item_numbers(field: _Field, item: str) -> range:
    match = _ITEM.fullmatch(item)
    if match is None or (match["first"] == "*" and match["last"] is not None):
        raise ValueError(f"the {field.name} field has {item!r}; {field.allowed}")
    if match["first"] == "*":
        first, last = field.least, field.most
    else:
        first = field.number(match["first"])
        last = field.number(match["last"]) if match["last"] else first
    if last < first:
        raise ValueError(f"the {field.name} field has the range {item}, which ends before it begins")
    if match["step"] is None:
        return range(first, last + 1)
    if not match["step"].isdecimal() or int(match["step"]) < 1:
        raise ValueError(f"the {field.name} field has the step {match['step']!r}; a step is 1 or more")
    # "5/15" means from 5 on, as in most readers.
    return range(first, (last if match["last"] else field.most) + 1, int(match["step"]))
