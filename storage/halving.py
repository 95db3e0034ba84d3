"""Batches of which an event cannot be stored: halved until only that event's own is lost."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from storage import runs
from storage.database import Database
from storage.noted import Noted
from storage.records import Discovered, Event, JobFinished
from storage.unstorable import costs_itself, halves, instead_of

logger = logging.getLogger(__name__)

Together = Callable[[Sequence[Event], datetime], list[Noted]]
"""What stores events in one transaction: all of them, or none where it raises."""


class Halving:
    """Takes batches by `together`, whole where it can."""

    def __init__(self, database: Database, together: Together) -> None:
        self._database = database
        self._together = together

    def take(self, events: Sequence[Event], now: datetime) -> list[Noted]:
        """What each event changed. Raises StorageFault, with which nothing more is stored."""
        try:
            return self._together(events, now)
        except Exception as error:
            if not costs_itself(error):
                raise
            if len(events) == 1:
                return [self._instead(events[0], error, now)]
        half = len(events) // 2
        return self.take(events[:half], now) + self.take(events[half:], now)

    def _instead(self, event: Event, error: Exception, now: datetime) -> Noted:
        """What came of an event that cannot be stored, when something else was stored in its place."""
        named = {"job": event.job_id, "number": event.number}
        logger.error("an event cannot be stored", exc_info=error, extra=named)
        if isinstance(event, Discovered):
            self._singly(event, now)
            return Noted(event=event)
        try:
            instead = instead_of(event, error, now)
            return Noted(event=event) if instead is None else self._together([instead], now)[0]
        except Exception as another:
            if not costs_itself(another):
                raise
            logger.exception("nor can what was to stand in its place", extra=named)
        return self._ended_only(event, now) if isinstance(event, JobFinished) else Noted(event=event)

    def _singly(self, event: Discovered, now: datetime) -> None:
        """None; the candidates are stored, all but those that cannot be; none where the event cannot without them."""
        waiting = halves(event) if self._is_stored(replace(event, candidates=(), taken=0), now) else []
        while waiting:
            part = waiting.pop()
            if self._is_stored(part, now):
                continue
            if len(part.candidates) > 1:
                waiting += halves(part)
            else:
                logger.error("a candidate is left out: %.200r", part.candidates[0].url)

    def _is_stored(self, part: Discovered, now: datetime) -> bool:
        try:
            self._together([part], now)
        except Exception as error:
            if not costs_itself(error):
                raise
            return False
        return True

    def _ended_only(self, event: JobFinished, now: datetime) -> Noted:
        """The end of a job of which nobody can be told: its leases are free and its sum is right, at the least."""
        ended = JobFinished(
            job_id=event.job_id, number=event.number, reason="crashed", detail="its end could not be stored"
        )
        with self._database.transaction():
            result = runs.job_ended(self._database, ended, now)
        return Noted(event=event, result=result)
