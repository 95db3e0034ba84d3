"""How long a source that failed is left alone: longer with each failure, but never for good."""

from __future__ import annotations

from datetime import datetime, timedelta

from scheduler.planning.spread import fraction

FIRST_BACK_OFF = timedelta(minutes=15)
"""The first back-off is the source's period, or this if that is longer: most outages are over within the hour."""
LONGEST_BACK_OFF = timedelta(hours=6)
"""However often a source has failed, it is asked four times a day: sites come back, and what they published meanwhile
is lost once it has left the feed (fifty items: a busy portal's quarter of a day)."""
BACK_OFF_SPREAD = 0.1
"""The part of a back-off that differs by source, so that those that failed together do not come back together."""
DEAD_AFTER = timedelta(days=14)
"""A source that has failed for so long is called dead. It is asked as before: it may come back any day."""


def is_dead(failures: int, well_until: datetime | None, now: datetime) -> bool:
    """Whether a source has failed for DEAD_AFTER. `well_until`: its last success, or when it was first known."""
    return failures > 0 and well_until is not None and now - well_until >= DEAD_AFTER


def back_off(failures: int, period_seconds: float, name: str = "") -> timedelta:
    """How long to leave a source alone after that many failures in a row.

    The period, or a quarter of an hour if that is shorter, doubled with each failure more, six hours at most.
    With a name, up to a tenth less, always the same for the same name and count.
    """
    if failures < 1:
        return timedelta(0)
    first = min(period_seconds, FIRST_BACK_OFF.total_seconds())
    doublings = min(failures - 1, 40)  # over any bound for any period, and far from what floats cannot hold
    wait = timedelta(seconds=min(first * 2.0**doublings, LONGEST_BACK_OFF.total_seconds()))
    return wait * (1 - BACK_OFF_SPREAD * fraction(f"back-off {name} {failures}")) if name else wait
