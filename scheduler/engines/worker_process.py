"""One worker process as its engine knows it: its pipe, the jobs that it has, and when they last told of something."""

from __future__ import annotations

import contextlib
import select
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from crawler import wire
from crawler.in_hand import InHandOf
from crawler.leash import Leash
from scheduler.engines import lanes
from storage.records import CrawlJob


class WorkerProcess:
    """One worker and the jobs that it has. `patience_seconds`: how long a message may take to pass the pipe."""

    def __init__(
        self,
        processes: int,
        log_format: str,
        log_level: str,
        *,
        patience_seconds: float,
        now: float,
        leash: Leash | None = None,
    ) -> None:
        ours, theirs = socket.socketpair()
        try:
            self.process = _started(theirs.fileno(), leash, str(processes), log_format, log_level)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        wire.set_patience(ours.fileno(), patience_seconds)
        self.connection = Connection(ours.detach())
        # `Connection.poll` makes a selector at each call: with an answer for each page that was a tenth of a relay.
        self._ear = select.poll()
        self._ear.register(self.connection.fileno(), select.POLLIN)
        self.jobs: dict[str, CrawlJob] = {}
        self.begun: dict[str, float] = {}
        self.due: dict[str, float] = {}
        self.moved: dict[str, float] = {}
        self.told: dict[str, float] = {}
        self.told_to_end: dict[str, float] = {}
        self.unsafe: Counter[str] = Counter()
        self.in_hand = InHandOf()
        self.started = now
        self.seen = now
        self.first_seen: float | None = None
        self.pages = 0
        self.retiring = False
        self.deaf = False

    @property
    def has_word(self) -> bool:
        """Whether a read would give something at once: what the worker has sent, or that its pipe is closed."""
        return bool(self._ear.poll(0))

    def send(self, message: wire.Message) -> None:
        """None; the worker is told. If it cannot be, it is `deaf` from now on: half of a message may be in the pipe."""
        if self.deaf:
            return
        try:
            self.connection.send_bytes(wire.encode(message))
        except OSError:
            self.deaf = True

    def has(self, job: CrawlJob, now: float, due: float) -> None:
        """None; the job is the worker's. `due`: when it must have come to its end."""
        self.jobs[job.id] = job
        self.begun[job.id] = self.moved[job.id] = now
        self.due[job.id] = due

    def has_done(self, job_id: str) -> None:
        """None; the job is the worker's no longer."""
        for known in (self.jobs, self.begun, self.due, self.moved, self.told, self.told_to_end, self.unsafe):
            known.pop(job_id, None)

    def move(self, job_ids: Iterable[str], now: float) -> None:
        """None; something has come of these jobs."""
        for job_id in job_ids:
            if job_id in self.moved:
                self.moved[job_id] = now

    def late(self, now: float, grace_seconds: float) -> set[str]:
        """The jobs that should have ended; one that waits for the database has its grace from when that has gone on."""
        for job_id, due in self.due.items():
            if self.unsafe[job_id] > 0:
                self.due[job_id] = max(due, now + grace_seconds)
        return {job_id for job_id, due in self.due.items() if due < now}

    def silences(self, now: float) -> Iterator[lanes.Silence]:
        """For how long each of its jobs has told of nothing; none has to while the worker itself is being started."""
        for job_id in self.jobs:
            told = self.told.get(job_id)
            since = now if self.first_seen is None else max(self.begun[job_id], self.first_seen)
            yield lanes.Silence(now - (since if told is None else told), told is not None)

    def times(self, now: float) -> dict[str, datetime]:
        """The time of each job: its own, moved on by what has passed since."""
        return {name: job.now + timedelta(seconds=now - self.begun[name]) for name, job in self.jobs.items()}

    def last_words(self) -> Iterator[wire.Message]:
        """What the worker has sent and nobody has read yet; it is dead after that."""
        self._end()
        with contextlib.suppress(EOFError, OSError, msgspec.MsgspecError):
            while self.has_word:
                yield from wire.unframed(self.connection.recv_bytes())

    def leave(self) -> None:
        """None; the pipe is closed, upon which the worker ends by itself."""
        self.connection.close()

    def kill(self) -> None:
        """None; the process is dead and reaped, its pool follows at once."""
        self.connection.close()
        self._end()

    def _end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def _started(descriptor: int, leash: Leash | None, *arguments: str) -> subprocess.Popen[bytes]:
    """The worker's process, which inherits its end of the pipe, and its leash if there is one.

    -P keeps the folder in which `dibao` is run out of the worker's imports. Ctrl-C reaches the whole foreground group;
    the mask is inherited, so that it does not end a worker that has not come to ignore it yet.
    """
    held = () if leash is None else (leash.descriptor,)
    words = () if leash is None else (str(leash.descriptor), str(leash.seconds))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-P", "-m", "crawler.worker", str(descriptor), *arguments, *words],
            pass_fds=(descriptor, *held),
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
