"""Events that have come but are not in the file yet, and when they are to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from storage.records import Discovered, Event, JobFinished

# A commit costs a disk flush (5 ms here): grouped, but no article waits longer than this to be safe.
BATCH_EVENTS = 200
BATCH_SECONDS = 0.5


@dataclass(slots=True)
class Batch:
    """Events that have come but are not in the file yet. `since`: when the first came (monotonic)."""

    events: list[Event] = field(default_factory=list)
    since: float = 0.0

    @property
    def room(self) -> int:
        """How many more events may be asked for."""
        return max(0, BATCH_EVENTS - len(self.events))

    def add(self, events: Sequence[Event], now: float) -> None:
        """None; the events wait for the next commit."""
        if events and not self.events:
            self.since = now
        self.events += events

    def is_due(self, now: float) -> bool:
        """Whether it is time to commit: enough events, old enough ones, or one that a spider waits for."""
        return bool(self.events) and (
            len(self.events) >= BATCH_EVENTS
            or now - self.since >= BATCH_SECONDS
            or any(isinstance(event, Discovered | JobFinished) for event in self.events)
        )
