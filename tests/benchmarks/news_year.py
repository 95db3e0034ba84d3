"""A year of publishing, as newsrooms do it: for each source the moments of its articles, and when its server is down.

Every source is drawn from a seed of its own, so one of them is the same however many there are.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
FIRST_DAY = date(2026, 1, 1)
START = datetime(2026, 1, 1, tzinfo=ZONE).timestamp()
DAYS = 365
BEFORE = 40
"""Days of articles from before the year: what the first crawl finds."""
HOUR, DAY = 3_600.0, 86_400.0
WINDOW = 50
"""Articles that a feed shows."""

OFFICE = (0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 4, 4, 1, 1, 3, 4, 4, 3, 1, 0.5, 0.3, 0.2, 0.1, 0)
EVENING = (0.5, 0.2, 0.1, 0.1, 0.1, 0.2, 0.5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 6, 7, 7, 6, 4, 2)
ROUND_THE_CLOCK = (2, 1.5, 1, 1, 1, 1.5, 3, 4, 5, 6, 6, 6, 5, 5, 6, 6, 6, 6, 5, 5, 5, 4, 4, 3)
COUNTY = (0, 0, 0, 0, 0, 0, 0, 0.5, 2, 3, 3, 2, 1, 1, 2, 3, 3, 2, 1, 1, 1, 0.5, 0, 0)

Level = Callable[[int], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Newsroom:
    """A source: when it published (epoch seconds, in order), how it dates that, and when its server was down."""

    kind: str
    name: str
    published: Sequence[float]
    dates: str
    outages: Sequence[tuple[float, float]]

    def dated(self, moment: float) -> datetime | None:
        """What its pages say of an article published then: the moment, the day only, or nothing."""
        if self.dates == "none":
            return None
        at = datetime.fromtimestamp(moment, UTC)
        return at if self.dates == "exact" else at.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)

    def end_of_outage(self, moment: float) -> float | None:
        """When the server is up again that is down then; None if it is up."""
        place = bisect_right(self.outages, (moment, math.inf)) - 1
        return self.outages[place][1] if place >= 0 and moment < self.outages[place][1] else None


def _daily(rng: random.Random, hour: Callable[[int], float]) -> list[float]:
    """A paper put online in ten minutes each day, and two articles more at any time of the day."""
    most = rng.randint(20, 45)
    moments = []
    for day in range(-BEFORE, DAYS):
        midnight = START + day * DAY
        moments += [midnight + hour(day) * HOUR + rng.random() * 600 for _ in range(rng.randint(most - 8, most))]
        moments += [midnight + (8 + rng.random() * 12) * HOUR for _ in range(_count(rng, 2))]
    return moments


def _by_hours(
    rng: random.Random, a_day: float, hours: Sequence[float], weekend: float, level: Level = lambda _: 1
) -> list[float]:
    moments = []
    for day in range(-BEFORE, DAYS):
        expected = a_day * level(day) * (weekend if (FIRST_DAY.toordinal() + day - 1) % 7 > 4 else 1)
        midnight = START + day * DAY
        moments += [
            midnight + (hour + rng.random()) * HOUR for hour in rng.choices(range(24), hours, k=_count(rng, expected))
        ]
    return moments


def _with_holidays(day: int) -> float:
    at = FIRST_DAY + timedelta(days=day)
    if date(2026, 2, 15) <= at <= date(2026, 2, 23):
        return 0.1
    return 0.2 if date(2026, 10, 1) <= at <= date(2026, 10, 7) else 1


def daily(rng: random.Random) -> list[float]:
    """The daily paper."""
    hour = rng.choice((5, 6, 6, 6, 7))
    return _daily(rng, lambda _: hour)


def moving(rng: random.Random) -> list[float]:
    """A daily paper whose hour moves: with another country's summer time, or for good on the day of a relaunch."""
    if rng.random() < 0.5:
        return _daily(rng, lambda day: 5 if 87 <= day < 297 else 6)
    relaunch, hour = rng.randint(60, 300), rng.choice((0, 12, 18, 21))
    return _daily(rng, lambda day: 6 if day < relaunch else hour)


def office(rng: random.Random) -> list[float]:
    """A government site: office hours, little at weekends, next to nothing on holidays."""
    return _by_hours(rng, rng.uniform(4, 16), OFFICE, 0.15, _with_holidays)


def evening(rng: random.Random) -> list[float]:
    """A portal that is busiest in the evening."""
    return _by_hours(rng, rng.uniform(20, 60), EVENING, 0.8, _with_holidays)


def agency(rng: random.Random) -> list[float]:
    """An agency that never sleeps."""
    return _by_hours(rng, rng.uniform(120, 300), ROUND_THE_CLOCK, 0.7)


def county(rng: random.Random) -> list[float]:
    """A county's site with one to three articles a day."""
    return _by_hours(rng, rng.uniform(1, 3), COUNTY, 0.4, _with_holidays)


def dead(rng: random.Random) -> list[float]:
    """A site that is silent for a month, and then as before."""
    first, days = rng.randint(30, 300), rng.randint(25, 40)
    hours = rng.choice((OFFICE, EVENING))
    return _by_hours(rng, rng.uniform(4, 30), hours, 0.5, lambda day: 0 if first <= day < first + days else 1)


def bursts(rng: random.Random) -> list[float]:
    """A quiet site on which, each tenth day, something happens: twenty articles in two hours."""
    moments = _by_hours(rng, rng.uniform(3, 8), ROUND_THE_CLOCK, 0.8)
    for day in range(-BEFORE, DAYS):
        if rng.random() < 0.1:
            first = START + (day + rng.random()) * DAY
            moments += [first + rng.random() * 2 * HOUR for _ in range(20)]
    return moments


KINDS: dict[str, tuple[int, Callable[[random.Random], list[float]]]] = {
    "county": (300, county),
    "office": (250, office),
    "daily": (150, daily),
    "evening": (120, evening),
    "dead a month": (60, dead),
    "agency": (40, agency),
    "bursts": (40, bursts),
    "moving": (40, moving),
}
"""How many of a thousand sources are of each kind."""


def newsroom(kind: str, number: int) -> Newsroom:
    """That source of that kind, always the same."""
    rng = random.Random(f"{kind} {number}")
    published = sorted(KINDS[kind][1](rng))
    outages = []
    for _ in range(_count(rng, 3)):
        began = START + rng.random() * DAYS * DAY
        outages.append((began, began + rng.uniform(6, 72 if rng.random() < 0.3 else 12) * HOUR))
    dates = rng.choices(("exact", "day", "none"), (70, 10, 20))[0]
    return Newsroom(kind=kind, name=f"{kind}-{number}", published=published, dates=dates, outages=_apart(outages))


def _apart(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The spans in order, those that overlap as one."""
    joined: list[tuple[float, float]] = []
    for began, ended in sorted(spans):
        if joined and began <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(ended, joined[-1][1]))
        else:
            joined.append((began, ended))
    return joined


def _count(rng: random.Random, mean: float) -> int:
    """A number of articles, by Poisson's law (Knuth's method; above thirty the normal law is near enough)."""
    if mean > 30:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count
