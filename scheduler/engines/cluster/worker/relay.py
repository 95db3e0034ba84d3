"""`dibao worker`: a LocalEngine whose jobs come from PostgreSQL, and whose events go there.

One thread, this one, has the engine and the session that takes jobs and tells events. Two others have a session each:
the fence, which ends everything when the jobs' hosts may no longer be ours, and the heart, which hears what is wanted.
What is told is `committed` when PostgreSQL has it. Nothing is lost with this process that was: what was not told is
fetched again, by whoever runs the job next.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
import psycopg

from crawler import wire
from crawler.in_hand import LAST_NUMBER
from scheduler.engines.cluster import batches
from scheduler.engines.cluster.formats import FORMAT
from scheduler.engines.cluster.worker import taken
from scheduler.engines.cluster.worker.ending import end_now
from scheduler.engines.cluster.worker.fence import Fence, FenceLost
from scheduler.engines.cluster.worker.heart import Heart, Standing
from scheduler.engines.cluster.worker.taken import Gathered, TakenJob
from scheduler.engines.engine import EngineFault
from storage.records import CrawlJob, Event, JobFinished

if TYPE_CHECKING:
    from crawler.leash import Leash
    from scheduler.engines.cluster.worker.joining import Membership
    from scheduler.engines.local import LocalEngine
    from scheduler.notify import Notifier

logger = logging.getLogger(__name__)

TURN_SECONDS: Final = 0.5
POLL_EVENTS: Final = 256
# Events come one by one, and a turn for each would cost more than what it does with them.
REST_SECONDS: Final = 0.05
# Jobs taken in one turn: the others of the cluster get theirs, and events do not wait.
TAKE_AT_ONCE: Final = 4
# A lock or a scheduled time may become free without a word.
LOOK_SECONDS: Final = 1.0
SHUTDOWN_SECONDS: Final = 15.0
FIRST_BUSY_SECONDS, LONGEST_BUSY_SECONDS = 1.0, 120.0
MOST_BUSY: Final = 1_000

Outcome = Literal["drained", "stopped", "refused", "unfit", "worn"]


class Relay:
    """Runs until it is drained or stopped, and says which.

    `jobs`: at most so many at once, 0 for as many as the engine takes. `lost` is told the reason, from any thread, and
    ends the process.
    """

    def __init__(
        self,
        membership: Membership,
        schema: str,
        local: LocalEngine,
        leash: Leash,
        notifier: Notifier,
        *,
        jobs: int = 0,
        shutdown_seconds: float = SHUTDOWN_SECONDS,
        lost: Callable[[str], object] | None = None,
    ) -> None:
        self._local = local
        self._work = membership.work
        self._worker = membership.worker
        self._notifier = notifier
        self._most_jobs = jobs
        self._shutdown_seconds = shutdown_seconds
        self._lost = lost or partial(end_now, lambda: local.worker_pids)
        self._jobs: dict[str, TakenJob] = {}
        self._gathered = Gathered()
        self._busy: dict[str, float] = {}
        self._look_at = 0.0
        self._stops = 0
        self._stop_by = math.inf
        self._ending: Outcome | None = None
        self._standing = Standing(jobs=0, room=self._room, state="working", turned_at=time.monotonic())
        self._fence = Fence(membership.fence, leash, self._lost)
        self._heart = Heart(
            membership.heart,
            schema,
            self._worker,
            every_seconds=membership.heartbeat_seconds,
            standing=lambda: self._standing,
            wake=local.wake,
            lost=self._lost,
        )

    def stop(self) -> None:
        """None; it comes to a clean end, the second time at once. May be called from signal handlers."""
        self._stops += 1
        self._local.wake()

    def run(self) -> Outcome:
        """Why it has ended: its jobs have ended before, and PostgreSQL knows it."""
        try:
            while self._ending is None or (self._jobs and time.monotonic() < self._stop_by):
                self._turn()
            self._leave()
        except psycopg.Error as error:
            self._lost(f"PostgreSQL was lost: {' '.join(str(error).split())}")
        except FenceLost as error:
            self._lost(str(error))
        return self._ending or "stopped"

    # One turn

    def _turn(self) -> None:
        events = self._local.poll(self._seconds_to_wait(), limit=POLL_EVENTS)
        if events:
            time.sleep(REST_SECONDS)
            events += self._local.poll(0, limit=POLL_EVENTS)
        self._fence.check()  # before anything is believed: what froze us may have ended the workers
        self._gather(events)
        self._obey()
        if self._gathered.due_in(time.monotonic()) == 0 and not self._heart.orders.backlog_overfull:
            self._tell()
        self._take_jobs()
        self._stand()

    def _seconds_to_wait(self) -> float:
        due = self._gathered.due_in(time.monotonic())
        if due is None or self._heart.orders.backlog_overfull:
            return TURN_SECONDS
        return min(TURN_SECONDS, due)

    def _stand(self) -> None:
        orders = self._heart.orders
        takes = self._ending is None and orders.wanted == "work"
        state = "draining" if not takes else "backlogged" if orders.backlog_full else "working"
        room = self._room if takes else 0
        self._standing = Standing(jobs=len(self._jobs), room=room, state=state, turned_at=time.monotonic())
        self._notifier.turned(f"{state}, {len(self._jobs)} jobs")

    @property
    def _room(self) -> int:
        room = self._local.room
        if self._most_jobs:
            room = min(room, self._most_jobs - len(self._jobs))
        if not self._local.has_run:  # one job at the most is to crash where no worker process can live
            room = min(room, 1 - len(self._jobs))
        return max(0, room)

    # What is wanted

    def _obey(self) -> None:
        orders = self._heart.orders
        for job_id in orders.stop_jobs & self._jobs.keys():
            self._stop_job(self._jobs[job_id])
        if self._stops:
            self._end("stopped", at_once=self._stops > 1)
        elif not orders.format_accepted:
            self._end("refused")
        elif orders.wanted != "work" and not self._jobs:
            self._ending = self._ending or "drained"

    def _end(self, outcome: Outcome, *, at_once: bool = False) -> None:
        """None; nothing more is taken, and what the jobs have in flight is finished, in the time that there is."""
        now = time.monotonic()
        if at_once:
            self._stop_by = now
        if self._ending is None:
            self._ending = outcome
            self._stop_by = min(self._stop_by, now + self._shutdown_seconds)
            logger.info("ending: %s", outcome, extra={"jobs": len(self._jobs)})
            self._notifier.stopping()
            self._local.stop_jobs()

    def _stop_job(self, job: TakenJob) -> None:
        if not job.is_stopped:
            job.is_stopped = True
            self._local.stop_job(job.job_id)

    # Jobs

    def _take_jobs(self) -> None:
        """None; some of the jobs that wait have begun here, if there is room and it is time to look."""
        orders, now = self._heart.orders, time.monotonic()
        if self._heart.jobs_wait():
            self._look_at = now
        if self._ending or orders.wanted != "work" or orders.paused or orders.backlog_full or now < self._look_at:
            return
        for _ in range(min(TAKE_AT_ONCE, self._room)):
            row = self._work.execute("SELECT * FROM take(%s, %s)", (self._worker, FORMAT)).fetchone()
            if row is None:
                self._look_at = now + LOOK_SECONDS
                return
            self._begin(row)
        if self._room:
            self._local.wake()  # there may be more

    def _begin(self, row: tuple[Any, ...]) -> None:
        """None; the job of this row of `take` runs, waits again, or has ended as one that cannot be read."""
        queue_job, job_id, source, sites, payload, waited_seconds = row
        job = TakenJob(queue_job=queue_job, job_id=job_id, source=source, sites=tuple(sites))
        if not self._fence.take(job.sites):
            self._give_back(job)
            return
        self._busy.pop(job_id, None)
        self._jobs[job_id] = job
        try:
            self._local.submit(_read(payload, job_id, waited_seconds))
        except EngineFault as fault:
            logger.critical("%s", fault)
            self._put_away(job)
            self._give_back(job)
            self._end("worn" if self._local.has_run else "unfit")
        except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
            logger.error("the job of %s cannot be read, and is not run: %s", source, error)  # noqa: TRY400 - no trace
            job.end(LAST_NUMBER, "crashed", f"the worker could not read the job: {error}")
            self._gathered.add(job.events[-1], len(job.encoded[-1]), time.monotonic())

    def _give_back(self, job: TakenJob) -> None:
        """None; the job waits again, for longer each time: its hosts are asked by another, who may be frozen."""
        if len(self._busy) > MOST_BUSY:
            self._busy.clear()
        seconds = self._busy.get(job.job_id, FIRST_BUSY_SECONDS)
        self._busy[job.job_id] = min(2 * seconds, LONGEST_BUSY_SECONDS)
        logger.info("%s waits: its hosts are asked by another worker", job.source)
        told = (self._worker, job.queue_job, job.job_id, seconds)
        self._work.execute("SELECT give_back(%s, %s, %s, %s)", told)

    def _put_away(self, job: TakenJob) -> None:
        """None; nothing of the job runs here any more, and others may ask its hosts."""
        del self._jobs[job.job_id]
        self._fence.free(job.sites)

    # Events

    def _gather(self, events: Iterable[Event | wire.Passed]) -> None:
        now = time.monotonic()
        for event in events:
            job = self._jobs.get(event.job_id)
            if job is None:
                self._local.committed([event])
            elif job.is_ours:
                self._gathered.add(event, job.add(event), now)
            else:
                self._drop(job, [event])

    def _tell(self) -> None:
        """None; PostgreSQL has what was gathered, and those who wait for that know it."""
        try:
            while answers := taken.tell(self._work, self._worker, FORMAT, self._jobs.values()):
                for job_id, count, is_safe in answers:
                    job = self._jobs[job_id]
                    if is_safe:
                        self._told(job, count)
                    else:
                        self._refused(job)
        except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure) as error:  # nothing was written
            logger.warning("PostgreSQL could not take events, which are told again: %s", error.diag.message_primary)
            return
        self._gathered = Gathered()

    def _told(self, job: TakenJob, count: int) -> None:
        job.told += count
        self._local.committed(job.drop(count))
        if job.has_ended and not job.events:
            self._put_away(job)

    def _refused(self, job: TakenJob) -> None:
        """None; the job is another's, or nobody's: it ends, and its hosts stay ours until it has."""
        logger.warning("the job of %s is no longer this worker's, and ends", job.source)
        job.is_ours = False
        self._stop_job(job)
        self._drop(job, job.drop(len(job.events)))

    def _drop(self, job: TakenJob, events: list[Event | wire.Passed]) -> None:
        self._local.committed(events)
        if any(isinstance(event, JobFinished) for event in events):
            self._put_away(job)

    # The end

    def _leave(self) -> None:
        """None; what still runs is ended, and told as stopped: its addresses are pending, and come again."""
        self._local.close()
        for job in list(self._jobs.values()):
            if job.is_ours and not job.has_ended:
                job.end(LAST_NUMBER, "stopped", "its worker was stopped")
        self._tell()
        self._heart.close()
        self._work.execute("SELECT goodbye(%s)", (self._worker,))
        self._work.close()
        self._fence.close()
        logger.info("the worker has ended: %s", self._ending)


def _read(payload: bytes, job_id: str, waited_seconds: float) -> CrawlJob:
    """The job, whose time is moved on by what it has waited. Raises ValueError, OverflowError or MsgspecError."""
    job = batches.unpack_job(payload)
    if job.id != job_id:
        raise ValueError(f"it says that it is job {job.id}")
    return replace(job, now=job.now + timedelta(seconds=max(0.0, waited_seconds)))


