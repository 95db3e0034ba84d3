"""Batches of events that were taken from PostgreSQL, until their last event is safe in the file.

Filled and emptied by the clerk's thread, read by the coordinator's. What is packed stays packed until it is asked for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

import msgspec

from scheduler.engines.cluster import batches
from scheduler.engines.cluster.formats import READABLE
from storage.records import Event, JobFinished

MOST_BYTES: Final = 8 * 1024**2
"""Of packed batches that nobody has asked for yet; one more may be in it that is larger."""
MOST_BATCHES: Final = 400


@dataclass(slots=True, kw_only=True)
class Taken:
    """A row of `events`. `left`: of its events so many are not in the file yet; `out`: the coordinator has so many."""

    id: int
    job_id: str
    format: int
    payload: bytes
    worker: str
    left: int = 0
    out: int = 0
    ends: bool = False


@dataclass(slots=True)
class Settled:
    """What is to be deleted: batches, jobs that have ended, jobs that were given up; and batches that are damaged."""

    batches: list[int] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    damaged: list[tuple[Taken, str]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.batches or self.ended or self.given_up or self.damaged)


class Inbox:
    """Taken batches in their order, as events, `limit` at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._own: deque[Event] = deque()
        self._taken: deque[Taken] = deque()
        self._bytes = 0
        self._unpacked: deque[tuple[Event, Taken]] = deque()
        self._handed: dict[str, deque[Taken]] = {}
        self._settled = Settled()

    # The clerk's side

    @property
    def free_bytes(self) -> int:
        """How many more bytes may be put in; 0 where it is full."""
        return 0 if len(self._taken) >= MOST_BATCHES else max(0, MOST_BYTES - self._bytes)

    def put(self, taken: Sequence[Taken]) -> None:
        """None; these are there to be read."""
        with self._lock:
            self._taken.extend(taken)
            self._bytes += sum(len(one.payload) for one in taken)

    def tell(self, event: Event) -> None:
        """None; an event of the engine's own, that lies in no batch."""
        with self._lock:
            self._own.append(event)

    def settled(self) -> Settled:
        """What may be deleted; it stays until it is `deleted`."""
        with self._lock:
            now = self._settled
            return Settled(list(now.batches), list(now.ended), list(now.given_up), list(now.damaged))

    def deleted(self, done: Settled) -> None:
        """None; these are gone. `done`: as `settled` gave it, and since then only the ends have grown."""
        with self._lock:
            for mine, theirs in (
                (self._settled.batches, done.batches),
                (self._settled.ended, done.ended),
                (self._settled.given_up, done.given_up),
                (self._settled.damaged, done.damaged),
            ):
                del mine[: len(theirs)]

    def empty(self) -> None:
        """None; what was taken and is not in the file is let go: it will be taken again."""
        with self._lock:
            for held in (self._own, self._taken, self._unpacked, self._handed):
                held.clear()
            self._bytes = 0

    # The coordinator's side

    def events(self, limit: int) -> list[Event]:
        """Up to `limit` events, in the order in which each job told them."""
        found: list[Event] = []
        with self._lock:
            while len(found) < limit:
                if self._own:
                    found.append(self._own.popleft())
                elif self._unpacked:
                    event, taken = self._unpacked.popleft()
                    found.append(event)
                    self._hand_out(taken)
                elif not self._unpack():
                    break
        return found

    def committed(self, events: Iterable[Event]) -> None:
        """None; these are safe in the file. The end of a job that nobody has told is one that was given up."""
        with self._lock:
            for event in events:
                handed = self._handed.get(event.job_id)
                if not handed or not handed[0].out:
                    if isinstance(event, JobFinished):
                        self._settled.given_up.append(event.job_id)
                    continue
                taken = handed[0]
                taken.left -= 1
                taken.out -= 1
                taken.ends = taken.ends or isinstance(event, JobFinished)
                if taken.left == 0:
                    handed.popleft()
                    self._settle(taken)
            self._handed = {job_id: handed for job_id, handed in self._handed.items() if handed}

    def _hand_out(self, taken: Taken) -> None:
        handed = self._handed.setdefault(taken.job_id, deque())
        if not handed or handed[-1] is not taken:
            handed.append(taken)
        taken.out += 1

    def _settle(self, taken: Taken) -> None:
        self._settled.batches.append(taken.id)
        if taken.ends:
            self._settled.ended.append(taken.job_id)

    def _unpack(self) -> bool:
        """Whether there was another batch. One that cannot be read is damaged, whole: half of it would be no batch."""
        if not self._taken:
            return False
        taken = self._taken.popleft()
        self._bytes -= len(taken.payload)
        try:
            events = _events(taken)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            self._settled.damaged.append((taken, str(error)))
            return True
        taken.left, taken.payload = len(events), b""
        self._unpacked.extend((event, taken) for event in events)
        if not events:
            self._settle(taken)
        return True


def _events(taken: Taken) -> list[Event]:
    """The events of a batch. Raises msgspec.MsgspecError where it is none of its job, or of a format unknown here."""
    if taken.format not in READABLE:
        raise msgspec.ValidationError(f"it is of format {taken.format}, and this dibao reads {sorted(READABLE)}")
    events = list(batches.unpack(taken.payload))
    if any(event.job_id != taken.job_id for event in events):
        raise msgspec.ValidationError("it tells of another job than its own")
    return events
