"""When portals publish: times of day as seen in the wild, drawn from a seed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

WORKDAYS = 5
# Articles on a working day by the hour at which their hour begins; a tenth of them on the others, but for papers.
OFFICE = dict.fromkeys((9, 10, 11, 14, 15, 16, 17), 1.5)
PAPER = {6: 8.0, 10: 1.0, 16: 1.0}
EVENING = {12: 1.0, 18: 2.0, 19: 3.0, 20: 3.0, 21: 1.5}
ALL_DAY = dict.fromkeys(range(24), 0.45)
RHYTHMS = (OFFICE, PAPER, EVENING, ALL_DAY)
SIZES = (0.7, 1.5, 4.0)
"""Times as much as these: a county's portal has some 8 articles a day, a city's 16, a province's 40 and more."""


def times(number: int, first: datetime, days: int, seed: int) -> Iterator[datetime]:
    """Times at which portal `number` publishes, in order, on so many days from `first` (a local midnight) on.

    Twelve portals in a row have every rhythm in every size.
    """
    luck = Random(seed * 1_000 + number)
    rhythm, size = RHYTHMS[number % len(RHYTHMS)], SIZES[number // len(RHYTHMS) % len(SIZES)]
    for at_day in range(days):
        day = first + timedelta(days=at_day)
        part = 1.0 if day.weekday() < WORKDAYS or rhythm in (PAPER, ALL_DAY) else 0.1
        for hour, expected in rhythm.items():
            count = int(expected * part * size + luck.random())
            # The paper comes in one go, at six; everything else when it is written.
            minutes = sorted(luck.uniform(0, 6 if rhythm is PAPER and hour == min(PAPER) else 60) for _ in range(count))
            yield from (day + timedelta(hours=hour, minutes=at) for at in minutes)
