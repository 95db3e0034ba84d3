"""The engine of one machine: worker processes, events over a pipe; one that hangs, grows or dies is replaced."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from multiprocessing.connection import wait
from typing import Any

import msgspec

from crawler import wire
from crawler.in_hand import InHandOf, of_lost
from crawler.leash import Leash
from scheduler.engines import lanes
from scheduler.engines.engine import EngineFault, JobOut
from scheduler.engines.worker_process import WorkerProcess
from storage.records import CrawlJob, Event, JobFinished

logger = logging.getLogger(__name__)

# A worker says every second that its loop turns. Starting it (imports) was measured at 2 to 6 s on a busy machine.
HANG_SECONDS = 60.0
# A worker at rest has about 150 MB. Above the first figure it gets no new jobs and is replaced when it has none;
# above the second it is killed: a machine that swaps serves nobody.
RETIRE_BYTES = 700 * 1024**2
KILL_BYTES = 1_400 * 1024**2
# A worker that dies this soon after its start, this often in a row, will not live the next time either.
YOUNG_SECONDS = 10.0
MAX_YOUNG_DEATHS = 5
# Exit code of a worker that will not work with what is installed (crawler.worker.UNFIT).
UNFIT = 78
EXIT_SECONDS = 5.0
# A job of which nothing has come for so long (no request, no byte, no event) is told to end; a worker that has not
# ended it this much later never will. Longer where the job's own pauses are.
STUCK_SECONDS = 600.0
STUCK_GRACE_SECONDS = 60.0
STUCK_PAUSES = 3
# A worker ends a job at its deadline; one that has not this much later never will, though its event loop turns.
GRACE_SECONDS = 120.0


class LocalEngine:
    """Runs jobs in worker processes of this machine. `recycle_pages`: pages after which a worker is replaced.

    `leash`: what its workers live by, where the jobs are theirs only as long as a server elsewhere says so. `unframed`:
    how what they send is read; who only passes it on takes `wire.unframed_to_pass`.
    """

    outlives = False
    seen = None

    def __init__(
        self,
        *,
        workers: int = 1,
        processes: int = 0,
        recycle_pages: int = 20_000,
        log_format: str = "text",
        log_level: str = "INFO",
        hang_seconds: float = HANG_SECONDS,
        grace_seconds: float = GRACE_SECONDS,
        stuck_seconds: float = STUCK_SECONDS,
        leash: Leash | None = None,
        unframed: Callable[[bytes], Iterator[Any]] = wire.unframed,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = workers
        self._processes = processes
        self._recycle_pages = recycle_pages
        self._log = (log_format, log_level)
        self._hang_seconds = hang_seconds
        self._grace_seconds = grace_seconds
        self._stuck_seconds = stuck_seconds
        self._leash = leash
        self._unframed = unframed
        self._monotonic = monotonic
        self._workers: list[WorkerProcess] = []
        self._lost: list[Event] = []
        self._young_deaths = 0
        self._has_run = False
        self._ear, self._mouth = os.pipe()
        os.set_blocking(self._mouth, False)

    @property
    def room(self) -> int:
        """How many more jobs may be submitted now; one of which nothing comes holds no place for long."""
        now = self._monotonic()
        return lanes.room(self._limit, (silence for worker in self._workers for silence in worker.silences(now)))

    @property
    def has_run(self) -> bool:
        """Whether a worker has ever said that its loop turns: before that none may be able to live on this machine."""
        return self._has_run

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """The process ids of the workers."""
        return tuple(worker.process.pid for worker in self._workers)

    def submit(self, job: CrawlJob, sites: Collection[str] = (), memo: bytes = b"") -> None:  # noqa: ARG002
        """None; the job runs in the worker with the fewest jobs. Raises EngineFault where workers only die.

        `sites`, `memo`: for engines that others share, or that outlive this process.
        """
        worker = self._worker()
        now = self._monotonic()
        worker.has(job, now, now + job.limits.job_timeout_seconds + self._grace_seconds)
        worker.send(job)  # if it has just died, poll() finds out and ends the job

    def jobs_out(self) -> list[JobOut]:
        """None of earlier coordinators: the workers end with who has started them."""
        return []

    def poll(self, timeout_seconds: float, *, limit: int) -> list[Event]:
        """Events that have arrived, at most `limit`, after waiting for the first, or a `wake`, up to a time."""
        events, self._lost = self._lost, []
        ready = wait([self._ear, *(w.connection for w in self._workers)], 0 if events else timeout_seconds)
        if self._ear in ready:
            os.read(self._ear, 4096)
        for worker in list(self._workers):
            if worker.connection in ready:
                events += self._receive(worker, limit - len(events))
        self._inspect()
        return events

    def wake(self) -> None:
        """None; a `poll` that waits returns. May be called from any thread and from signal handlers."""
        with contextlib.suppress(OSError):  # it is awake already, or closed
            os.write(self._mouth, b".")

    def committed(self, events: Iterable[Event | wire.Passed]) -> None:
        """None; the worker learns that these events are safe."""
        by_job: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for event in events:
            by_job[event.job_id].append((event.job_id, event.number))
        for worker in self._workers:
            safe = [key for job_id in worker.jobs.keys() & by_job.keys() for key in by_job[job_id]]
            if safe:
                worker.send(wire.Committed(tuple(safe)))
                worker.unsafe.subtract(job_id for job_id, _ in safe)
        ended = {event.job_id for event in events if isinstance(event, JobFinished)}
        for worker in self._workers:
            for job_id in ended:
                worker.has_done(job_id)

    def stop_jobs(self) -> None:
        """None; no job starts a new request, what is in flight is finished."""
        for worker in self._workers:
            worker.send(wire.Stop())

    def stop_job(self, job_id: str) -> None:
        """None; this job starts no new request, what it has in flight is finished."""
        for worker in self._workers:
            if job_id in worker.jobs:
                worker.send(wire.Stop(job_id))

    def close(self) -> None:
        """None; everything is ended now. What was unfinished is still pending in the ledger."""
        for worker in self._workers:
            worker.leave()
        for worker in self._workers:
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.process.wait(EXIT_SECONDS)
            worker.kill()
        self._workers.clear()
        if self._ear >= 0:
            os.close(self._ear)
            os.close(self._mouth)
            self._ear = self._mouth = -1

    def _worker(self) -> WorkerProcess:
        useful = [worker for worker in self._workers if not worker.retiring]
        if len(useful) < self._limit and (not useful or all(worker.jobs for worker in useful)):
            if self._young_deaths >= MAX_YOUNG_DEATHS:
                raise EngineFault(
                    f"{self._young_deaths} workers in a row died within {YOUNG_SECONDS:g} s of their start; "
                    "the log above says why. Nothing is lost: run again when it is mended"
                )
            useful.append(self._new_worker())
            self._workers.append(useful[-1])
        return min(useful, key=lambda worker: len(worker.jobs))

    def _new_worker(self) -> WorkerProcess:
        try:
            return WorkerProcess(
                self._processes,
                *self._log,
                patience_seconds=self._hang_seconds,
                now=self._monotonic(),
                leash=self._leash,
            )
        except OSError as error:
            raise EngineFault(
                f"no worker can be started: {error}. Nothing is lost: run again when it is mended"
            ) from error

    def _receive(self, worker: WorkerProcess, limit: int) -> list[Event]:
        events: list[Event] = []
        try:
            while len(events) < limit and worker.has_word:
                data = worker.connection.recv_bytes()
                worker.seen = self._monotonic()
                worker.first_seen = worker.first_seen or worker.seen
                alive = None
                for message in self._unframed(data):
                    if isinstance(message, wire.Alive):
                        alive = message
                    else:
                        events += self._heard(worker, message)
                if alive is not None:  # last, for it may be the worker's end
                    self._note(worker, alive)
        except (EOFError, OSError):
            self._lose(worker, events, "the worker process died")
        except msgspec.MsgspecError as error:
            self._lose(worker, events, f"the worker sent what is no event: {error}")
        return events

    def _heard(self, worker: WorkerProcess, message: wire.Message) -> list[Event]:
        """The event that a message is, if it is one. Raises msgspec.ValidationError for what no worker says."""
        match message:
            case CrawlJob() | wire.Committed() | wire.Stop():
                raise msgspec.ValidationError(f"a worker sent a {type(message).__name__}")
            case wire.Alive():
                return []
        worker.in_hand.note(message)
        worker.move([message.job_id], worker.seen)
        if message.job_id in worker.jobs:
            worker.told[message.job_id] = worker.seen
        if isinstance(message, wire.InHand | wire.LetGo):
            return []
        if message.job_id in worker.jobs:
            worker.unsafe[message.job_id] += 1
        return [message]

    def _note(self, worker: WorkerProcess, alive: wire.Alive) -> None:
        self._has_run = True
        worker.pages = alive.pages
        worker.move(alive.moving, worker.seen)
        if self._monotonic() - worker.started > YOUNG_SECONDS:
            self._young_deaths = 0
        if alive.resident_bytes > KILL_BYTES:
            self._lose(worker, self._lost, f"the worker grew to {alive.resident_bytes >> 20} MiB")
        elif alive.resident_bytes > RETIRE_BYTES or alive.pages >= self._recycle_pages:
            worker.retiring = True

    def _inspect(self) -> None:
        """Replace what hangs, let go what has retired and has no more to do."""
        now = self._monotonic()
        for worker in list(self._workers):
            if late := worker.late(now, self._grace_seconds):
                self._lose(worker, self._lost, "a job did not end at its deadline", guilty=late)
            elif worker.deaf:
                self._lose(worker, self._lost, "the worker took no messages")
            elif now - worker.seen > self._hang_seconds and not worker.has_word:
                # What it has said and nobody has read yet would be a sign of life.
                self._lose(worker, self._lost, f"the worker said nothing for {self._hang_seconds:g} s")
            elif worker.retiring and not worker.jobs:
                worker.kill()
                self._workers.remove(worker)
            else:
                self._watch(worker, now)

    def _watch(self, worker: WorkerProcess, now: float) -> None:
        """None; jobs of which nothing comes are told to end, and a worker that does not end them is ended itself."""
        for job_id, job in worker.jobs.items():
            limits = job.limits
            pauses = STUCK_PAUSES * max(limits.delay_seconds + limits.timeout_seconds, limits.extract_timeout_seconds)
            if job_id not in worker.told_to_end and now - worker.moved[job_id] > max(self._stuck_seconds, pauses):
                logger.error("nothing has come of a job for a long time; it is ended", extra={"source": job.source})
                worker.told_to_end[job_id] = now
                worker.send(wire.Stop(job_id, "stuck"))
        stuck = {job_id for job_id, told in worker.told_to_end.items() if now - told > STUCK_GRACE_SECONDS}
        if stuck:
            self._lose(worker, self._lost, "a job was stuck and could not be ended", guilty=stuck)

    def _lose(self, worker: WorkerProcess, events: list[Event], why: str, *, guilty: Collection[str] = ()) -> None:
        """Kill a worker and end its jobs; their URLs are pending and come again, those to blame are struck.

        `guilty`: the jobs for whose sake it is killed, where that is known.
        """
        if worker not in self._workers:
            return
        self._workers.remove(worker)
        now = self._monotonic()
        if now - worker.started <= YOUNG_SECONDS:
            self._young_deaths += 1
        with contextlib.suppress(msgspec.MsgspecError):
            for message in worker.last_words():
                events += self._heard(worker, message)
        worker.kill()
        in_hand = worker.in_hand
        if worker.process.returncode == UNFIT:
            self._young_deaths = MAX_YOUNG_DEATHS
            in_hand = InHandOf()  # no page is to blame
        logger.error("%s; it is replaced", why, extra={"pid": worker.process.pid, "jobs": len(worker.jobs)})
        ended = {event.job_id for event in events if isinstance(event, JobFinished)}
        left = {job_id: job for job_id, job in worker.jobs.items() if job_id not in ended}
        blamed = [job_id for job_id in guilty if job_id in left]
        events += of_lost(left, in_hand, why, worker.times(now), guilty=blamed)
