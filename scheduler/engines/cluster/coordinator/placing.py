"""Jobs on their way out: kept until PostgreSQL has them, all that wait in one transaction.

A commit costs PostgreSQL a flush of its disk: one by one 100 to 200 jobs a second go out, together 3,000 to 4,000.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

import psycopg

from scheduler.engines.cluster import batches
from scheduler.engines.cluster.coordinator import ends
from scheduler.engines.cluster.formats import FORMAT, QUEUE, SUSPECTS
from storage.records import CrawlJob

TASK: Final = "dibao.crawl"
AT_ONCE: Final = 200
AT_ONCE_BYTES: Final = 16 * 1024**2
"""Jobs of one transaction. Each has the hashes of all that is known of its source: a megabyte, of a large one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPlace:
    """A job that PostgreSQL has not yet."""

    job: CrawlJob
    sites: tuple[str, ...]
    memo: bytes

    @property
    def lock(self) -> str:
        """What no two jobs that run have in common."""
        return f"host:{min(self.sites, default=self.job.id)}"


class Outbox:
    """Jobs that are to be placed and those that are to be stopped. Filled by one thread, emptied by another."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._jobs: dict[str, ToPlace] = {}
        self._to_stop: set[str] = set()
        self._stop_all = False
        self._spared: set[str] = set()
        self._uncounted = 0

    @property
    def uncounted(self) -> int:
        """Jobs that came since somebody has last counted those that wait (`counted`)."""
        return self._uncounted

    def counted(self) -> None:
        """None; those that wait in PostgreSQL were counted just now."""
        with self._lock:
            self._uncounted = len(self._jobs)

    def add(self, job: CrawlJob, sites: Collection[str], memo: bytes) -> None:
        """None; the job is to be placed."""
        with self._lock:
            self._jobs[job.id] = ToPlace(job=job, sites=tuple(sorted(sites)), memo=memo)
            if self._stop_all:
                self._spared.add(job.id)
            self._uncounted += 1

    def stop(self, job_id: str | None) -> None:
        """None; the job, or every one, is to be stopped."""
        with self._lock:
            if job_id is None:
                self._stop_all = True
            else:
                self._to_stop.add(job_id)

    def first(self) -> list[ToPlace]:
        """Those that are to be placed next; they stay until they are `placed`."""
        found: list[ToPlace] = []
        size = 0
        with self._lock:
            for one in self._jobs.values():
                size += len(one.job.known)
                if found and (len(found) >= AT_ONCE or size > AT_ONCE_BYTES):
                    break
                found.append(one)
        return found

    def placed(self, job_ids: Iterable[str]) -> None:
        """None; PostgreSQL has these, or never will."""
        with self._lock:
            for job_id in job_ids:
                self._jobs.pop(job_id, None)

    def withdrawn(self) -> list[str]:
        """Those that are to be stopped and were not placed: they never will be."""
        with self._lock:
            every = self._jobs.keys() - self._spared if self._stop_all else set()
            ids = [job_id for job_id in self._jobs if job_id in every | self._to_stop]
            for job_id in ids:
                del self._jobs[job_id]
            self._to_stop.difference_update(ids)
            return ids

    def to_stop(self) -> tuple[set[str], bool, set[str]]:
        """Those that are to be stopped, whether all are, and which came after that and are not.

        They stay until they are `stopped`.
        """
        with self._lock:
            return set(self._to_stop), self._stop_all, set(self._spared)

    def stopped(self, job_ids: Collection[str], *, every: bool) -> None:
        """None; PostgreSQL knows that these are to be stopped."""
        with self._lock:
            self._to_stop.difference_update(job_ids)
            self._stop_all = self._stop_all and not every
            if every:
                self._spared.clear()


def place(
    connection: psycopg.Connection, jobs: Sequence[ToPlace], suspects: Collection[str] = frozenset()
) -> dict[str, str]:
    """Why those of the jobs cannot be placed that cannot, by id; the others are in the queue, or were already.

    `suspects`: sources of which workers may have died. Raises psycopg.OperationalError where the server is lost; then
    it may have them or not, and this is called again.
    """
    refused: dict[str, str] = {}
    packed: list[tuple[ToPlace, bytes]] = []
    for one in jobs:
        try:
            packed.append((one, batches.pack_job(one.job)))
        except batches.TooLarge as error:
            refused[one.job.id] = str(error)
    try:
        _place_all(connection, packed, suspects)
    except (psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError, psycopg.NotSupportedError):
        for pair in packed:
            try:
                _place_all(connection, [pair], suspects)
            except (psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError) as error:
                refused[pair[0].job.id] = f"PostgreSQL does not take it: {' '.join(str(error).split())}"
    return refused


def _place_all(
    connection: psycopg.Connection, packed: Sequence[tuple[ToPlace, bytes]], suspects: Collection[str]
) -> None:
    with connection.transaction():
        ids = [one.job.id for one, _ in packed]
        there = {row[0] for row in connection.execute("SELECT id FROM jobs WHERE id = ANY(%s)", (ids,))}
        new = [pair for pair in packed if pair[0].job.id not in there]
        if new:
            _withdraw_stale(connection, [one.job.source for one, _ in new])
            _insert(connection, new, suspects)


def _withdraw_stale(connection: psycopg.Connection, sources: Sequence[str]) -> None:
    """None; no job of these sources waits. One that does is of a coordinator that is no more."""
    locks = [f"source:{source}" for source in sources]
    stale = connection.execute(
        "DELETE FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = ANY(%s) RETURNING id", (locks,)
    ).fetchall()
    found = connection.execute("SELECT id FROM jobs WHERE queue_job = ANY(%s)", ([row[0] for row in stale],)).fetchall()
    for (job_id,) in found:
        ends.end(connection, job_id, "stopped", "a newer job of its source has taken its place")


def _insert(connection: psycopg.Connection, new: Sequence[tuple[ToPlace, bytes]], suspects: Collection[str]) -> None:
    ids = [one.job.id for one, _ in new]
    locks = [one.lock for one, _ in new]
    sources = [one.job.source for one, _ in new]
    queues = [SUSPECTS if source in suspects else QUEUE for source in sources]
    deferred = connection.execute(
        "SELECT unnest(procrastinate_defer_jobs_v1((SELECT array_agg(ROW(w.queue, %s, 0, w.lock, 'source:' || w.source,"
        " jsonb_build_object('job', w.id), NULL)::procrastinate_job_to_defer_v1)"
        " FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS w (id, lock, source, queue))))",
        (TASK, ids, locks, sources, queues),
    ).fetchall()
    # A statement of its own: one does not see the rows that a function of it has made.
    connection.execute(
        "INSERT INTO jobs (id, queue_job, source, lock, sites, format, payload, memo)"
        " SELECT w.id, q.id, w.source, w.lock, ARRAY(SELECT jsonb_array_elements_text(w.sites)), %s, w.payload, w.memo"
        " FROM unnest(%s::text[], %s::text[], %s::text[], %s::jsonb[], %b::bytea[], %b::bytea[])"
        " AS w (id, lock, source, sites, payload, memo)"
        " JOIN procrastinate_jobs AS q ON q.id = ANY(%s) AND q.args ->> 'job' = w.id",
        (
            FORMAT,
            ids,
            locks,
            sources,
            [json.dumps(one.sites) for one, _ in new],
            [payload for _, payload in new],
            [one.memo for one, _ in new],
            [row[0] for row in deferred],
        ),
    )
