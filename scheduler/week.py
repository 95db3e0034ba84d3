"""Hours of the week, and sums kept by them: of an hour of the week, of an hour of the day, of a day, of all.

A sums array has CELLS numbers, one for each hour of the week from Monday 00:00 on, then 24 for the hours of the day,
7 for the days, and one for all.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

CELLS = 168
HOURS_OF_DAY = CELLS
DAYS = HOURS_OF_DAY + 24
ALL = DAYS + 7
DAY_SECONDS = 86_400
HOUR_SECONDS = 3_600


def no_sums() -> array[float]:
    """A sums array of zeros."""
    return array("d", bytes(8 * (ALL + 1)))


def sums_of(values: Sequence[float]) -> array[float]:
    """The sums array of these numbers, one for each hour of the week. Raises ValueError for fewer or more."""
    if len(values) != CELLS:
        raise ValueError(f"a week has {CELLS} hours, not {len(values)}")
    by_hour = [sum(values[hour::24]) for hour in range(24)]
    by_day = [sum(values[24 * day : 24 * day + 24]) for day in range(7)]
    return array("d", (*values, *by_hour, *by_day, sum(values)))


def add(sums: array[float], cell: int, amount: float) -> None:
    """None; the amount is in the sums of that hour of the week."""
    sums[cell] += amount
    sums[HOURS_OF_DAY + cell % 24] += amount
    sums[DAYS + cell // 24] += amount
    sums[ALL] += amount


def hours_of(start: float, length_hours: float) -> Iterator[tuple[int, float]]:
    """The hours of the week from that local second on, with how much of each lies within the length."""
    hour = start / HOUR_SECONDS
    number = int(hour)
    part = min(length_hours, number + 1 - hour)
    while length_hours > 0:
        yield (number + 72) % CELLS, part  # the epoch was a Thursday
        length_hours -= part
        number += 1
        part = min(length_hours, 1.0)


def cell_of(local_seconds: float) -> int:
    """The hour of the week in which that local second lies."""
    return (int(local_seconds // HOUR_SECONDS) + 72) % CELLS


def offset_seconds(moment: datetime, zone: ZoneInfo) -> float:
    """How far clocks in the zone are ahead of UTC then."""
    offset = moment.astimezone(zone).utcoffset()
    return offset.total_seconds() if offset else 0.0
