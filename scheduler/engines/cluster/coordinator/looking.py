"""What the coordinator sees of its cluster, kept between two looks: nobody who asks for it waits for the server."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import psycopg

from scheduler.engines.cluster.overview import NotInstalled, overview, seen_of
from storage.engine_seen import EngineSeen

logger = logging.getLogger(__name__)


class Looking:
    """Looks every so many seconds, on a session that is given. `server`: its address without password."""

    def __init__(
        self,
        server: str,
        every_seconds: float,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server = server
        self._every_seconds = every_seconds
        self._clock = clock
        self._monotonic = monotonic
        self._next = 0.0
        self._seen: EngineSeen | None = None

    @property
    def seen(self) -> EngineSeen | None:
        """What was seen last; None before the first look."""
        return self._seen

    def look(self, connection: psycopg.Connection[Any]) -> None:
        """None; what is seen is fresh, if it is time to look. Raises psycopg.OperationalError where it is lost."""
        is_back = self._seen is not None and not self._seen.is_reachable
        if self._monotonic() < self._next and not is_back:
            return
        self._next = self._monotonic() + self._every_seconds
        try:
            found = seen_of(overview(connection), self._server, self._clock())
        except NotInstalled as error:
            logger.error("the cluster cannot be looked at: %s", error)  # noqa: TRY400 - no trace
            return
        before = self._seen.workerless_since if self._seen is not None else None
        self._seen = replace(found, workerless_since=None if found.workers else before or found.at)

    def lost(self, why: str) -> None:
        """None; the server cannot be reached since now, or since it was first said. `why`: a sentence."""
        now = self._clock()
        before = self._seen or EngineSeen(at=now, server=self._server)
        self._seen = replace(before, at=now, unreachable_since=before.unreachable_since or now, error=why)
