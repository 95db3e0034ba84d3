"""When each source is asked next, reckoned again only for those of which the file says something else than before.

Who looks each few seconds at a thousand sources that are due in hours finds nothing new in nearly all of them. What is
kept here saves work alone: made anew at any time, it says the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from crawler.config import Source
from scheduler import plan
from scheduler.config.file import Config, Schedule
from scheduler.plan import Due, DueSource, SourceState
from scheduler.sources.states import States
from storage.database import Database


class Agenda:
    """Of one daemon. `next_at`: the next moment at which one that is not due yet will be; None: nobody knows."""

    def __init__(self) -> None:
        self._states = States()
        self._reckoned: dict[str, tuple[Source, SourceState, Schedule, Due]] = {}
        self._reckoned_at: datetime | None = None
        self._empty: tuple[Mapping[str, SourceState], Config, frozenset[str]] | None = None
        self.next_at: datetime | None = None

    def due(
        self, config: Config, database: Database, now: datetime, busy: Collection[str]
    ) -> tuple[DueSource, ...]:
        """The sources to crawl now (plan.due), but for those that are `busy`."""
        next_at, self.next_at = self.next_at, None
        states = self.states(config, database, now)
        if next_at is not None and now < next_at and self._was_empty_with(states, config, busy):
            self.next_at = next_at
            return ()
        idle = [source for source in config.enabled_sources if source.name not in busy]
        upcoming = plan.upcoming(idle, states, now, config.schedule, self.entries_due)
        due = plan.due_of(upcoming, states, now)
        later = [one.due.at for one in upcoming if one.due.at > now]
        self.next_at = min([*later, *filter(None, [self._states.until])], default=None)
        self._empty = None if due else (states, config, frozenset(busy))
        return due

    def _was_empty_with(self, states: Mapping[str, SourceState], config: Config, busy: Collection[str]) -> bool:
        """Whether nothing was due at the last look, of which all that it went by is the same."""
        known = self._empty
        return known is not None and known[0] is states and known[1] is config and known[2] == busy

    def states(self, config: Config, database: Database, now: datetime) -> Mapping[str, SourceState]:
        """What the file remembers of the sources now; the same object where it is the same."""
        if self._reckoned_at is not None and now < self._reckoned_at:  # the clock was set back
            self._reckoned.clear()
        self._reckoned_at = now
        return self._states.look(config, database, now)

    def entries_due(self, source: Source, state: SourceState, now: datetime, schedule: Schedule) -> Due:
        """When the entry points of a source are to be asked next (plan.entries_due)."""
        known = self._reckoned.get(source.name)
        if known is not None and known[0] is source and known[1] is state and known[2] is schedule:
            return known[3]
        due = plan.entries_due(source, state, now, schedule)
        if plan.stands(state, now):
            self._reckoned[source.name] = source, state, schedule, due
        return due
