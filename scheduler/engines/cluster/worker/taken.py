"""A job that this worker has taken, and what has come of it that PostgreSQL does not have yet."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from crawler import wire
from scheduler.engines.cluster import batches
from storage.records import Discovered, Event, Extracted, JobFinished, PageEvent
from storage.unstorable import failure

if TYPE_CHECKING:
    import psycopg

logger = logging.getLogger(__name__)

# A transaction costs server and worker together about a millisecond, as much as may be spent on a page in all: what
# comes in this time goes in one. Less long where somebody waits for it: a spider that has found an entry's links, or
# the coordinator for the end of a job.
GATHER_SECONDS: Final = 0.5
EAGER_SECONDS: Final = 0.05
BATCH_BYTES: Final = 256 * 1024
# What is told at once: of a row the coordinator unpacks all, of a statement PostgreSQL has all in memory.
ROW_BYTES: Final = 4 * 1024**2
STATEMENT_BYTES: Final = 32 * 1024**2
FRAME_BYTES: Final = 2
LONGEST_DETAIL: Final = 300


@dataclass(slots=True, kw_only=True)
class TakenJob:
    """A job under way. `told`: how many of its events PostgreSQL has; they are counted from 1 on, without gaps.

    `is_ours`: whether it still is this worker's: of one that is not, nothing is told any more.
    """

    queue_job: int
    job_id: str
    source: str
    sites: tuple[str, ...]
    told: int = 0
    is_ours: bool = True
    has_ended: bool = False
    is_stopped: bool = False
    events: list[Event | wire.Passed] = field(default_factory=list)
    encoded: list[bytes] = field(default_factory=list)

    def add(self, event: Event | wire.Passed) -> int:
        """How many bytes the event has; it waits to be told, without what no reader would unpack."""
        data = wire.encode(event)
        if len(data) > batches.MOST_BYTES - FRAME_BYTES:
            data = _encoded_smaller(event.read() if isinstance(event, wire.Passed) else event, len(data))
        self.events.append(event)
        self.encoded.append(data)
        self.has_ended = self.has_ended or isinstance(event, JobFinished)
        return len(data)

    def end(self, number: int, reason: str, detail: str = "") -> None:
        """None; it ends so, as far as this worker is concerned."""
        self.add(JobFinished(job_id=self.job_id, number=number, reason=reason, detail=detail[:LONGEST_DETAIL]))

    def drop(self, count: int) -> list[Event | wire.Passed]:
        """The first so many events that waited; they do so no longer."""
        events = self.events[:count]
        del self.events[:count], self.encoded[:count]
        return events


@dataclass(slots=True)
class Gathered:
    """What has come of all jobs together, and since when it waits."""

    bytes: int = 0
    since: float | None = None
    is_eager: bool = False

    def add(self, event: Event | wire.Passed, size: int, now: float) -> None:
        """None; one more event waits."""
        self.bytes += size
        self.since = now if self.since is None else self.since
        self.is_eager = self.is_eager or isinstance(event, Discovered | JobFinished)

    def due_in(self, now: float) -> float | None:
        """Seconds until it is to be told, 0 for now; None where nothing waits."""
        if self.since is None:
            return None
        if self.bytes >= BATCH_BYTES:
            return 0.0
        return max(0.0, self.since + (EAGER_SECONDS if self.is_eager else GATHER_SECONDS) - now)


_TELL = """
SELECT t.job_id, tell(%s, t.queue_job, t.job_id, t.first, t.last, t.events, %s, t.payload, t.ends)
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::integer[], %b::bytea[], %s::boolean[])
    WITH ORDINALITY AS t (queue_job, job_id, first, last, events, payload, ends, n)
ORDER BY t.n
"""


def tell(
    connection: psycopg.Connection, worker: int, format_: int, jobs: Iterable[TakenJob]
) -> list[tuple[str, int, bool]]:
    """For each job of which something was told: its id, of how many events, whether PostgreSQL has them now.

    One statement, one transaction; where there is much to tell, not all of it. Empty where there was nothing.
    """
    # In one order, whoever tells: else two transactions could wait for each other.
    rows = _rows(sorted((job for job in jobs if job.encoded), key=lambda job: job.queue_job))
    if not rows:
        return []
    columns = (
        [row.job.queue_job for row in rows],
        [row.job.job_id for row in rows],
        [row.job.told + row.start + 1 for row in rows],
        [row.job.told + row.end for row in rows],
        [row.end - row.start for row in rows],
        [batches.pack(row.job.encoded[row.start : row.end]) for row in rows],
        [row.ends for row in rows],
    )
    ends = {row.job.job_id: row.end for row in rows}
    safe: dict[str, bool] = {}
    for job_id, is_safe in connection.execute(_TELL, (worker, format_, *columns)):
        safe[job_id] = is_safe and safe.get(job_id, True)
    return [(job_id, ends[job_id], is_safe) for job_id, is_safe in safe.items()]


@dataclass(frozen=True, slots=True)
class _Row:
    """A batch of a job: those of its events that wait, from `start` to before `end`."""

    job: TakenJob
    start: int
    end: int

    @property
    def ends(self) -> bool:
        """Whether the end of the job is in it."""
        return self.job.has_ended and self.end == len(self.job.encoded)


def _rows(jobs: Iterable[TakenJob]) -> list[_Row]:
    """What is told in one statement: of each job in order, one event at the least."""
    rows: list[_Row] = []
    told = 0
    for job in jobs:
        start = size = 0
        for number, data in enumerate(job.encoded):
            if told + size >= STATEMENT_BYTES:
                break
            if size and size + len(data) > ROW_BYTES:
                rows.append(_Row(job, start, number))
                told, start, size = told + size, number, 0
            size += len(data)
        else:
            number = len(job.encoded)
        if number > start:
            rows.append(_Row(job, start, number))
        told += size
    return rows


def _encoded_smaller(event: Event, size: int) -> bytes:
    """What is told instead of an event that is too large: the article alone, that the page failed, or no candidates."""
    logger.warning("an event is too large to be told as it is (%d bytes)", size, extra={"job": event.job_id})
    smaller: Event = event
    match event:
        case Extracted():
            smaller = replace(event, raw=(), body=None)
        case Discovered():
            smaller = replace(event, candidates=(), taken=0)
    data = wire.encode(smaller)
    if isinstance(event, PageEvent) and len(data) > batches.MOST_BYTES - FRAME_BYTES:
        why = f"what came of it is too large to be told to the coordinator: {size} bytes"
        data = wire.encode(replace(failure(event, "unstorable", event.fetched_at, why), body=None))
    return data
