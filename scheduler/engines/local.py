"""The engine of one machine: worker processes, events over a pipe; one that hangs, grows or dies is replaced."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection, wait
from typing import Any

import msgspec

from crawler import wire
from scheduler.engines.engine import EngineFault
from storage.records import CrawlJob, Event, JobFinished

logger = logging.getLogger(__name__)

# Jobs side by side in one worker: each is an engine with queues of its own, about 1 MB.
JOBS_PER_WORKER = 32
# A worker says every second that its loop turns. Starting it (imports) was measured at 2 to 6 s on a busy machine.
HANG_SECONDS = 60.0
# A worker at rest has about 150 MB. Above the first figure it gets no new jobs and is replaced when it has none;
# above the second it is killed: a machine that swaps serves nobody.
RETIRE_BYTES = 700 * 1024**2
KILL_BYTES = 1_400 * 1024**2
# A worker that dies this soon after its start, this often in a row, will not live the next time either.
YOUNG_SECONDS = 10.0
MAX_YOUNG_DEATHS = 5
EXIT_SECONDS = 5.0
LAST_NUMBER = 2**31
# A worker ends a job at its deadline; one that has not this much later never will, though its event loop turns.
GRACE_SECONDS = 120.0


class WorkerProcess:
    """One worker and the jobs that it has. `patience_seconds`: how long a message may take to pass the pipe."""

    def __init__(
        self, processes: int, log_format: str, log_level: str, *, patience_seconds: float, now: float
    ) -> None:
        ours, theirs = socket.socketpair()
        try:
            self.process = _started(theirs.fileno(), str(processes), log_format, log_level)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        wire.set_patience(ours.fileno(), patience_seconds)
        self.connection = Connection(ours.detach())
        self.jobs: dict[str, CrawlJob] = {}
        self.due: dict[str, float] = {}
        self.started = now
        self.seen = now
        self.pages = 0
        self.retiring = False
        self.deaf = False

    def send(self, message: wire.Message) -> None:
        """None; the worker is told. If it cannot be, it is `deaf` from now on: half of a message may be in the pipe."""
        if self.deaf:
            return
        try:
            self.connection.send_bytes(wire.encode(message))
        except OSError:
            self.deaf = True

    def leave(self) -> None:
        """None; the pipe is closed, upon which the worker ends by itself."""
        self.connection.close()

    def kill(self) -> None:
        """None; the process is dead and reaped, its pool follows at once."""
        self.connection.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class LocalEngine:
    """Runs jobs in worker processes of this machine. `recycle_pages`: pages after which a worker is replaced."""

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
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = workers
        self._processes = processes
        self._recycle_pages = recycle_pages
        self._log = (log_format, log_level)
        self._hang_seconds = hang_seconds
        self._grace_seconds = grace_seconds
        self._monotonic = monotonic
        self._workers: list[WorkerProcess] = []
        self._lost: list[Event] = []
        self._young_deaths = 0
        self._ear, self._mouth = os.pipe()
        os.set_blocking(self._mouth, False)

    @property
    def room(self) -> int:
        """How many more jobs may be submitted now."""
        return self._limit * JOBS_PER_WORKER - sum(len(worker.jobs) for worker in self._workers)

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """The process ids of the workers."""
        return tuple(worker.process.pid for worker in self._workers)

    def submit(self, job: CrawlJob) -> None:
        """None; the job runs in the worker with the fewest jobs. Raises EngineFault where workers only die."""
        worker = self._worker()
        worker.jobs[job.id] = job
        worker.due[job.id] = self._monotonic() + job.limits.job_timeout_seconds + self._grace_seconds
        worker.send(job)  # if it has just died, poll() finds out and ends the job

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

    def committed(self, events: Iterable[Event]) -> None:
        """None; the worker learns that these events are safe."""
        by_job: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for event in events:
            by_job[event.job_id].append((event.job_id, event.number))
        for worker in self._workers:
            safe = [key for job_id in worker.jobs.keys() & by_job.keys() for key in by_job[job_id]]
            if safe:
                worker.send(wire.Committed(tuple(safe)))
        ended = {event.job_id for event in events if isinstance(event, JobFinished)}
        for worker in self._workers:
            for job_id in ended:
                worker.jobs.pop(job_id, None)
                worker.due.pop(job_id, None)

    def stop_jobs(self) -> None:
        """None; no job starts a new request, what is in flight is finished."""
        for worker in self._workers:
            worker.send(wire.Stop())

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
                self._processes, *self._log, patience_seconds=self._hang_seconds, now=self._monotonic()
            )
        except OSError as error:
            raise EngineFault(
                f"no worker can be started: {error}. Nothing is lost: run again when it is mended"
            ) from error

    def _receive(self, worker: WorkerProcess, limit: int) -> list[Event]:
        events: list[Event] = []
        try:
            while len(events) < limit and worker.connection.poll(0):
                message = wire.decode(worker.connection.recv_bytes())
                worker.seen = self._monotonic()
                if isinstance(message, wire.Alive):
                    self._note(worker, message)
                elif isinstance(message, CrawlJob | wire.Committed | wire.Stop):
                    raise msgspec.ValidationError(f"a worker sent a {type(message).__name__}")
                else:
                    events.append(message)
        except (EOFError, OSError):
            self._lose(worker, events, "the worker process died")
        except msgspec.MsgspecError as error:
            self._lose(worker, events, f"the worker sent what is no event: {error}")
        return events

    def _note(self, worker: WorkerProcess, alive: wire.Alive) -> None:
        worker.pages = alive.pages
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
            if any(worker.due.get(job_id, now) < now for job_id in worker.jobs):
                self._lose(worker, self._lost, "a job did not end at its deadline")
            elif worker.deaf:
                self._lose(worker, self._lost, "the worker took no messages")
            elif now - worker.seen > self._hang_seconds and not worker.connection.poll(0):
                # What it has said and nobody has read yet would be a sign of life.
                self._lose(worker, self._lost, f"the worker said nothing for {self._hang_seconds:g} s")
            elif worker.retiring and not worker.jobs:
                worker.kill()
                self._workers.remove(worker)

    def _lose(self, worker: WorkerProcess, events: list[Event], why: str) -> None:
        """Kill a worker and end its jobs as crashed; their URLs are pending and come again."""
        if worker not in self._workers:
            return
        self._workers.remove(worker)
        if self._monotonic() - worker.started <= YOUNG_SECONDS:
            self._young_deaths += 1
        worker.kill()
        logger.error("%s; it is replaced", why, extra={"pid": worker.process.pid, "jobs": len(worker.jobs)})
        ended = {event.job_id for event in events if isinstance(event, JobFinished)}
        events += [
            JobFinished(job_id=job_id, number=LAST_NUMBER, reason="crashed", detail=why)
            for job_id in worker.jobs
            if job_id not in ended
        ]


def _started(descriptor: int, *arguments: str) -> subprocess.Popen[bytes]:
    """The worker's process, which inherits its end of the pipe.

    -P keeps the folder in which `dibao` is run out of the worker's imports. Ctrl-C reaches the whole foreground group;
    the mask is inherited, so that it does not end a worker that has not come to ignore it yet.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-P", "-m", "crawler.worker", str(descriptor), *arguments],
            pass_fds=(descriptor,),
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno() if _has_descriptor(sys.stderr) else subprocess.DEVNULL,
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _has_descriptor(stream: Any) -> bool:
    """Whether a stream is a real file: under a test runner it may not be."""
    try:
        stream.fileno()
    except (AttributeError, OSError, ValueError):
        return False
    return True
