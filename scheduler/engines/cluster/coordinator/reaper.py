"""Jobs whose worker is lost: ended, so that their hosts are asked again and their pages come again.

Not Procrastinate's retry, which leaves a job `doing` for ever where the source waits in the queue again: the
coordinator plans anew. A worker that was only frozen has its fence still, and what it tells of these jobs is not taken.

A job that kills its worker must be counted, or it comes again for ever; and those beside it must not be, or each such
job would cost its neighbours theirs. So a loss is held against those of the worker's jobs alone whose sources have lost
most before; from the second on in a row a source is a suspect, of which a worker has one at a time (`take`). So while
one job alone kills, who is innocent has two losses at most, and a good end clears them. Not from the first on: most
workers die of no job, and then all they had would wait for one another. (Pages within a worker: crawler.in_hand.)
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

import psycopg

from scheduler.engines.cluster.coordinator import ends
from scheduler.engines.cluster.formats import SUSPECTS
from scheduler.engines.cluster.overview import session_name

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

LOSSES: Final = 3
"""So often in a row a worker may be lost of a source; then it is held against it, and backs off."""
ALONE_FROM: Final = 2
"""From so many on it is a suspect: no worker has two of them at a time. From the first on, all was stored again 21 s
after a worker with four to seven jobs was killed, instead of 13 (test_kills)."""
KEPT_SECONDS: Final = 3600.0
"""For so long a worker that was lost is shown."""


_STALLED: Final = """
SELECT q.id, j.id, j.source, w.id, w.name, q.queue_name = %s, w.seen_at > clock_timestamp() - make_interval(secs => %s)
FROM procrastinate_jobs AS q LEFT JOIN jobs AS j ON j.queue_job = q.id LEFT JOIN workers AS w ON w.id = q.worker_id
WHERE q.status = 'doing' AND (w.id IS NULL OR w.state = 'lost') ORDER BY q.id
FOR UPDATE OF q SKIP LOCKED
"""


# Who has come again is not lost. Its old row would be told of once more as soon as the new one has left in good order.
_COME_AGAIN: Final = """
DELETE FROM workers AS w WHERE w.state = 'lost'
AND EXISTS (SELECT 1 FROM workers AS n WHERE n.name = w.name AND n.id > w.id)
AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs AS q WHERE q.worker_id = w.id AND q.status = 'doing')
"""


class _Stalled(NamedTuple):
    """A job of nobody. `worker`: None where it has said goodbye. `was_killed`: the worker, by a job for all we know."""

    queue_job: int
    job_id: str | None
    source: str
    worker: int | None
    name: str | None
    is_suspect: bool
    was_killed: bool | None

    @property
    def why(self) -> str:
        """What became of the worker."""
        return f"worker {self.name} was lost" if self.name else "its worker has left without ending it"


class Reaper:
    """Remembers of which sources workers were lost, and how often in a row."""

    def __init__(self) -> None:
        self._losses: dict[str, int] = {}
        self._ended: set[str] = set()

    @property
    def suspects(self) -> Collection[str]:
        """The sources of which workers were lost again, and since then no worker has told an end."""
        return {source for source, losses in self._losses.items() if losses >= ALONE_FROM}

    def reap(self, connection: psycopg.Connection, stall_seconds: float, sure_seconds: Callable[[], float]) -> int:
        """How many jobs have ended because nobody has them any more. Raises psycopg.OperationalError.

        `sure_seconds`: for so long the server has been there all the time, asked when lost workers are known. Those not
        seen since are held against no job: all workers end where the server does.
        """
        with connection.transaction():
            connection.execute(
                "UPDATE workers SET state = 'lost' WHERE state <> 'lost'"
                " AND seen_at < clock_timestamp() - make_interval(secs => %s)",
                (stall_seconds,),
            )
            values = (SUSPECTS, max(0.0, min(sure_seconds(), KEPT_SECONDS)))
            stalled = [_Stalled(*row) for row in connection.execute(_STALLED, values)]
            losses = self._losses_with(stalled)
            ended = [one for one in stalled if self._end(connection, one, losses.get(one.queue_job, 0))]
            orphans = _end_orphans(connection)
            _prune(connection)
        self._losses |= {one.source: losses[one.queue_job] for one in ended if one.queue_job in losses}
        self._ended.update(one.job_id for one in ended if one.job_id is not None)
        return len(ended) + orphans

    def heed(self, connection: psycopg.Connection, ended: Iterable[str]) -> None:
        """None; sources of which a worker has told an end have lost none in a row. Before they are deleted."""
        told = [job_id for job_id in ended if job_id not in self._ended]
        self._ended.difference_update(ended)
        if self._losses and told:
            for (source,) in connection.execute("SELECT source FROM jobs WHERE id = ANY(%s)", (told,)):
                self._losses.pop(source, None)

    def _losses_with(self, stalled: Iterable[_Stalled]) -> dict[int, int]:
        """How often in a row a worker was lost of the job's source, now included, for each job that is to blame.

        Of the jobs of each worker that was killed these are those that have lost most before: suspects where there are
        any. A coordinator that has just begun knows suspects by their queue alone.
        """
        of_worker: defaultdict[int, dict[int, int]] = defaultdict(dict)
        for one in stalled:
            if one.was_killed and one.worker is not None and one.job_id is not None:
                of_worker[one.worker][one.queue_job] = self._losses.get(one.source, ALONE_FROM * one.is_suspect)
        losses: dict[int, int] = {}
        for jobs in of_worker.values():
            most = max(jobs.values())
            losses |= {queue_job: before + 1 for queue_job, before in jobs.items() if before == most}
        return losses

    def _end(self, connection: psycopg.Connection, job: _Stalled, losses: int) -> bool:
        """Whether the job has ended now. `losses`: 0 where it is not to blame."""
        try:
            with connection.transaction():
                connection.execute("SELECT procrastinate_finish_job_v1(%s, 'failed', true)", (job.queue_job,))
                if job.job_id is None:
                    return False
                why = f"{job.why}, {losses} times in a row" if losses > 1 else job.why
                ends.end(connection, job.job_id, "crashed" if losses >= LOSSES else "interrupted", why)
        except (psycopg.IntegrityError, psycopg.errors.RaiseException):
            logger.exception("a job of a lost worker cannot be ended; it is tried again", extra={"job": job.job_id})
            return False
        logger.warning("%s; its job ends", why, extra={"source": job.source, "job": job.job_id})
        return True


def _end_orphans(connection: psycopg.Connection) -> int:
    """How many jobs were in no queue, and told of nothing that still waits.

    One that was to be stopped was given back, or somebody has taken it out by hand.
    """
    rows: Sequence[tuple[str, bool]] = connection.execute(
        "SELECT j.id, j.stop_wanted FROM jobs AS j"
        " WHERE NOT EXISTS (SELECT 1 FROM procrastinate_jobs AS q WHERE q.id = j.queue_job)"
        " AND NOT EXISTS (SELECT 1 FROM events AS e WHERE e.job_id = j.id) FOR UPDATE OF j SKIP LOCKED"
    ).fetchall()
    for job_id, was_to_stop in rows:
        why = "it was given back when it was to be stopped" if was_to_stop else "its place in the queue was gone"
        ends.end(connection, job_id, "stopped" if was_to_stop else "interrupted", why)
    return len(rows)


def _prune(connection: psycopg.Connection) -> None:
    connection.execute(_COME_AGAIN)
    schema = connection.execute("SELECT current_schema()").fetchone()
    lost = connection.execute(
        "SELECT id, name FROM workers WHERE state = 'lost' AND seen_at < clock_timestamp() - make_interval(secs => %s)",
        (KEPT_SECONDS,),
    ).fetchall()
    if not lost or schema is None:
        return
    # One that is frozen still keeps its hosts closed: it is shown until somebody has ended it.
    sessions = {row[0] for row in connection.execute("SELECT application_name FROM pg_stat_activity")}
    gone = [worker for worker, name in lost if session_name(schema[0], name) not in sessions]
    connection.execute("DELETE FROM workers WHERE id = ANY(%s)", (gone,))
    connection.execute("SELECT procrastinate_prune_stalled_workers_v1(%s)", (KEPT_SECONDS,))
