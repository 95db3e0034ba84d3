"""What makes a daemon's wishes come round: APScheduler keeps the rhythm, and a watch sees when the clock was set.

APScheduler reckons with the time of day alone. After a clock was set back by an hour it would be silent for that hour;
after one was set ahead from 1970 it would list every slot of 56 years before it ran one (measured: its thread never
comes back). So its jobs have a trigger that knows no missed slots, and begin anew wherever the clock was set.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

REARMED_FROM = timedelta(seconds=1)
"""A clock that was set by more than this has the jobs begin anew. Nothing is doubled or lost by it."""


def elapsed_seconds() -> float:
    """Seconds since some moment, whatever the clock says; where the system can tell, those of a sleep among them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class StepWatch:
    """Compares a clock with the time that really passed."""

    def __init__(self, clock: Callable[[], datetime], elapsed: Callable[[], float] = elapsed_seconds) -> None:
        self._clock, self._elapsed = clock, elapsed
        self._now, self._at = clock(), elapsed()

    def step(self) -> timedelta:
        """How far the clock was set since the last look: below zero where it was set back."""
        now, at = self._clock(), self._elapsed()
        step = now - self._now - timedelta(seconds=at - self._at)
        self._now, self._at = now, at
        return step


class Every(BaseTrigger):  # type: ignore[misc]
    """A trigger that fires each so many seconds. Of slots that were missed it knows none: there is one next time."""

    def __init__(self, seconds: float) -> None:
        self._interval = timedelta(seconds=seconds)

    def __str__(self) -> str:
        return f"every {self._interval.total_seconds():g} s"

    __repr__ = __str__

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The end of the interval that goes on, always after `now`, and by one interval at most."""
        after = now if previous_fire_time is None else previous_fire_time + self._interval
        return after if now < after <= now + self._interval else now + self._interval


class Ticker:
    """Calls `wish` with each word of `keep` in its rhythm, from a thread. Nothing runs before `keep`."""

    def __init__(
        self,
        wish: Callable[[Any], object],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        elapsed: Callable[[], float] = elapsed_seconds,
    ) -> None:
        # `clock` is the one that APScheduler reads; a daemon may plan with another.
        self._wish = wish
        self._clock = clock
        self._watch = StepWatch(clock, elapsed)
        self._rhythm: dict[str, float] = {}
        self._scheduler = BackgroundScheduler(executors={"default": ThreadPoolExecutor(1)}, timezone="UTC")

    def keep(self, rhythm: Mapping[str, float]) -> None:
        """None; each word comes every so many seconds from now on; one that did so already goes on as it was."""
        for word, seconds in rhythm.items():
            if self._rhythm.get(word) == seconds:
                continue  # begun anew by each reload, a word might never come
            self._rhythm[word] = seconds
            self._scheduler.add_job(
                self._wish,
                Every(seconds),
                args=[word],
                id=word,
                replace_existing=True,
                coalesce=True,  # after a pause of the machine: once, not once for each slot missed
                misfire_grace_time=None,  # late is better than never
                max_instances=1,
            )
        if not self._scheduler.running:
            self._scheduler.start()

    def look(self) -> None:
        """None; where the clock was set since the last look, every word comes at once and then in its rhythm."""
        if abs(self._watch.step()) > REARMED_FROM:
            for job in self._scheduler.get_jobs():
                job.modify(next_run_time=self._clock())

    def close(self) -> None:
        """None; no word comes any more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
