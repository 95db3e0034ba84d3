"""The heartbeat of a `dibao worker`, in a thread and a session of its own: a long write is no sign of death.

Each beat brings back what the worker must heed; what is said between two beats makes it beat at once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import psutil
import psycopg
from psycopg import sql

logger = logging.getLogger(__name__)

SLICE_SECONDS: Final = 0.5
"""After so long a wait for words it is seen whether the heart is to stop."""
HANG_SECONDS: Final = 120.0
"""A main loop that has not turned for so long never will; its heart would beat for ever."""

_BEAT = "SELECT * FROM beat(%s, %s, %s, %s, %s, %s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the worker is. `turned_at`: when its main loop turned last, by `time.monotonic`."""

    jobs: int
    room: int
    state: str
    turned_at: float
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What the worker must heed. `wanted`: work, or drain. `stop_jobs`: ids of jobs that are to end."""

    wanted: str = "work"
    paused: bool = False
    backlog_full: bool = False
    backlog_overfull: bool = False
    format_accepted: bool = True
    stop_jobs: frozenset[str] = frozenset()


class Heart:
    """Beats until it is closed. `wake` is called when there is something new; `lost`, with the reason, once at most."""

    def __init__(
        self,
        connection: psycopg.Connection,
        schema: str,
        worker: int,
        *,
        every_seconds: float,
        standing: Callable[[], Standing],
        wake: Callable[[], object],
        lost: Callable[[str], object],
        hang_seconds: float = HANG_SECONDS,
    ) -> None:
        self._connection = connection
        self._worker = worker
        self._every_seconds = every_seconds
        self._standing = standing
        self._wake = wake
        self._lost = lost
        self._hang_seconds = hang_seconds
        self._process = psutil.Process()
        self._ended = threading.Event()
        self._jobs_wait = threading.Event()
        self.orders = Orders()
        self._connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(f"{schema}_workers")))
        self._thread = threading.Thread(target=self._run, name="heart", daemon=True)
        self._thread.start()

    def jobs_wait(self) -> bool:
        """Whether it was said, since this was last asked, that jobs wait which nobody has taken."""
        waited = self._jobs_wait.is_set()
        self._jobs_wait.clear()
        return waited

    def close(self) -> None:
        """None; it beats no more."""
        self._ended.set()
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        try:
            while not self._ended.is_set():
                self._beat()
                self._listen()
        except psycopg.Error as error:
            if not self._ended.is_set():
                self._lost(f"the heartbeat cannot be told: {' '.join(str(error).split())}")
        except Exception as error:  # without a heart the worker would go on until it is declared lost, and after that
            logger.exception("a fault of Dibao in the heartbeat")
            self._lost(f"a fault of Dibao has ended the heartbeat: {error!r}")

    def _beat(self) -> None:
        standing = self._standing()
        silence = time.monotonic() - standing.turned_at
        if silence > self._hang_seconds:
            self._lost(f"its main loop has not turned for {silence:.0f} s")
            return
        told = (self._worker, standing.jobs, standing.room, self._resident_bytes(), standing.state, standing.detail)
        row = self._connection.execute(_BEAT, told).fetchone()
        assert row is not None, "it gives one row"
        known, wanted, paused, full, accepted, stop_jobs, overfull = row
        if not known:
            self._lost("the coordinator has declared this worker lost: it was not heard of in time")
            return
        before, self.orders = self.orders, Orders(
            wanted=wanted,
            paused=paused,
            backlog_full=full,
            backlog_overfull=overfull,
            format_accepted=accepted,
            stop_jobs=frozenset(stop_jobs),
        )
        if self.orders != before:
            self._wake()

    def _listen(self) -> None:
        """None, when it is time for the next beat, or something was said that a beat tells more of."""
        until = time.monotonic() + self._every_seconds
        while not self._ended.is_set() and (left := until - time.monotonic()) > 0:
            heard = self._connection.notifies(timeout=min(left, SLICE_SECONDS), stop_after=1)
            words = {word.payload for word in heard}
            if "jobs" in words:
                self._jobs_wait.set()
                self._wake()
            if words - {"jobs"}:
                return

    def _resident_bytes(self) -> int:
        """Of this process and all below it."""
        total = 0
        try:
            family = (self._process, *self._process.children(recursive=True))
        except (psutil.Error, OSError):  # there may be no more descriptors, for which nobody is to be declared lost
            return 0
        for process in family:
            with suppress(psutil.Error, OSError):  # it has just ended
                total += process.memory_info().rss
        return total
