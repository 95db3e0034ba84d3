"""What the coordinator says to its worker: read by a thread from the start, taken as soon as an event loop is there."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection

import msgspec

from crawler import wire
from crawler.pool import ExtractionPool
from storage.records import CrawlJob

logger = logging.getLogger(__name__)


class Inbox:
    """The messages of one pipe. With its end the process ends, whatever it is doing."""

    def __init__(self, connection: Connection, pool: ExtractionPool) -> None:
        self._connection = connection
        self._pool = pool
        self._lock = threading.Lock()
        self._early: list[wire.Message] = []
        self._take: Callable[[wire.Message], object] | None = None
        threading.Thread(target=self._read, name="jobs", daemon=True).start()

    def deliver(self, take: Callable[[wire.Message], object]) -> None:
        """None; what has come is taken, in order, and from now on each message as it comes, from a thread."""
        with self._lock:
            for message in self._early:
                take(message)
            self._early.clear()
            self._take = take

    def _read(self) -> None:
        while True:
            try:
                message = wire.decode(self._connection.recv_bytes())
            except (EOFError, OSError):
                os._exit(0)  # nobody is left to work for; what is in flight is pending in the ledger
            except msgspec.MsgspecError:
                logger.exception("the coordinator sent what is no message; this worker ends")
                os._exit(1)
            with self._lock:
                if self._take is not None:
                    self._take(message)
                    continue
                self._early.append(message)
            if isinstance(message, CrawlJob) and _has_to_read(message):
                self._pool.prepare()


def _has_to_read(job: CrawlJob) -> bool:
    """Whether the job will have something to read: a source that has not changed since may answer 304 to all."""
    known = all(entry.validators.etag or entry.validators.last_modified for entry in job.entry_points)
    return bool(job.pages) or not known
