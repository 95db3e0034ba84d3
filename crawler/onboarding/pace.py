"""How much a site publishes, from the times of its items."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

LEAST_ITEMS = 3
MOST_ITEMS = 200
FUTURE = timedelta(days=1)
SHORTEST_SPAN = timedelta(hours=1)


def past(times: Iterable[datetime], now: datetime) -> tuple[datetime, ...]:
    """The newest 200 of the times, newest first, without those that cannot be true."""
    return tuple(sorted((moment for moment in times if moment <= now + FUTURE), reverse=True)[:MOST_ITEMS])


def per_day(times: Iterable[datetime], now: datetime) -> float | None:
    """Items a day from the oldest of the times to `now`; None for fewer than three. A dead site's rate falls daily."""
    known = past(times, now)
    if len(known) < LEAST_ITEMS:
        return None
    span = max(now - known[-1], SHORTEST_SPAN)
    return len(known) / (span / timedelta(days=1))
