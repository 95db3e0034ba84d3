"""How a job ends of which no worker tells the end: stopped before it began, lost, damaged, given up.

Its end is written as its last batch of events, in the transaction that takes it out of the queue: whatever dies then,
the coordinator hears of it, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from crawler import wire
from scheduler.engines.cluster import batches
from scheduler.engines.cluster.formats import FORMAT
from storage.records import JobFinished

if TYPE_CHECKING:
    import psycopg

LAST: Final = 2**31
"""Number of the batch with such an end: above all that a worker counts."""
NOBODY: Final = "coordinator"


def end(connection: psycopg.Connection, job_id: str, reason: str, detail: str) -> None:
    """None; the job's end is written, unless it is already. Call it in a transaction."""
    event = JobFinished(job_id=job_id, number=LAST, reason=reason, detail=detail)
    connection.execute(
        "INSERT INTO events (job_id, first, last, events, format, payload, worker)"
        " VALUES (%s, %s, %s, 1, %s, %s, %s) ON CONFLICT DO NOTHING",
        (job_id, LAST, LAST, FORMAT, batches.pack([wire.encode(event)]), NOBODY),
    )


def stop(
    connection: psycopg.Connection, job_ids: Sequence[str] | None, why: str = "", *, but: Sequence[str] = ()
) -> None:
    """None; jobs that wait are out of the queue and have ended, those that run are told to. None for ids: all `but`.

    All are told before it is asked which ones wait: one may be given back between the two. One that is locked is being
    taken, and its worker will hear of it; to wait for it would be a deadlock where it is given back at once.
    """
    with connection.transaction():
        connection.execute(
            "UPDATE jobs SET stop_wanted = true WHERE NOT stop_wanted AND id <> ALL(%(but)s::text[])"
            " AND (%(ids)s::text[] IS NULL OR id = ANY(%(ids)s))",
            {"ids": job_ids, "but": list(but)},
        )
        waiting = connection.execute(
            "SELECT j.id, q.id FROM procrastinate_jobs AS q JOIN jobs AS j ON j.queue_job = q.id"
            " WHERE q.status = 'todo' AND j.id <> ALL(%(but)s::text[])"
            " AND (%(ids)s::text[] IS NULL OR j.id = ANY(%(ids)s)) FOR UPDATE OF q SKIP LOCKED",
            {"ids": job_ids, "but": list(but)},
        ).fetchall()
        connection.execute("DELETE FROM procrastinate_jobs WHERE id = ANY(%s)", ([row[1] for row in waiting],))
        for job_id, _ in waiting:
            end(connection, job_id, "stopped", why)


def forget(connection: psycopg.Connection, job_ids: Sequence[str]) -> None:
    """None; nothing is left of the jobs. A worker that is at one can tell nothing more of it. In a transaction."""
    if job_ids:
        connection.execute(
            "DELETE FROM procrastinate_jobs AS q USING jobs AS j WHERE q.id = j.queue_job AND j.id = ANY(%s)",
            (list(job_ids),),
        )
        connection.execute("DELETE FROM jobs WHERE id = ANY(%s)", (list(job_ids),))
