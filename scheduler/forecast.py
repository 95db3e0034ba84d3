"""The polls to come, if every one of them goes well and brings what is expected: for `dibao schedule`."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from crawler.config import Source
from scheduler.config.file import Schedule
from scheduler.plan import Due, SourceState, next_due


def next_of_each(
    sources: Iterable[Source], states: Mapping[str, SourceState], now: datetime, schedule: Schedule
) -> list[tuple[Source, Due]]:
    """The next poll of each of these sources, soonest first; one that is overdue comes at `now`."""
    entries = (_entry(source, states.get(source.name), now, schedule) for source in sources)
    return [(source, Due(at, due.why, due.kind)) for at, _, due, source, _ in sorted(entries, key=_order)]


def coming(
    sources: Iterable[Source], states: Mapping[str, SourceState], now: datetime, schedule: Schedule
) -> Iterator[tuple[Source, Due]]:
    """The polls of these sources from `now` on, soonest first, without end; one that is overdue comes at `now`."""
    waiting = [_entry(source, states.get(source.name), now, schedule) for source in sources]
    heapq.heapify(waiting)
    while waiting:
        at, _, due, source, state = heapq.heappop(waiting)
        yield source, Due(at, due.why, due.kind)
        if due.kind == "unfinished":
            state = replace(state, pending_ready=0)
        else:
            state = replace(state, last_attempt_at=at, failures=0, not_before=None, pending_ready=0)
        heapq.heappush(waiting, _entry(source, state, at, schedule))


def _entry(
    source: Source, state: SourceState | None, now: datetime, schedule: Schedule
) -> tuple[datetime, str, Due, Source, SourceState]:
    """What a heap of polls holds; no two sources share a name, so nothing behind it is ever compared."""
    state = state or SourceState(name=source.name)
    due = next_due(source, state, now, schedule)
    return max(due.at, now), source.name, due, source, state


def _order(entry: tuple[datetime, str, Due, Source, SourceState]) -> tuple[datetime, str]:
    return entry[0], entry[1]
