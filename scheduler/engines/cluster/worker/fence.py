"""The fence: the hosts that a worker's jobs ask are its own as long as one session of PostgreSQL lives.

Procrastinate's lock is not enough. It is free as soon as a worker is declared lost, and that one may be frozen, or cut
off, with its requests under way. So each site is an advisory lock of a session besides, which ends with its owner; and
the owner ends first when it cannot be sure of the session any more:

* the session is gone, or has not answered for LOST_SECONDS: this process and its worker processes end;
* this process is frozen and can do nothing: they end by themselves after LEASH_SECONDS (crawler.leash);
* only then does the server give the session up, 15 s after it last heard of it (connecting).
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Collection
from typing import Final

import psycopg

from crawler.leash import Leash, now

logger = logging.getLogger(__name__)

PING_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 0.25
LOST_SECONDS: Final = 10.0
LEASH_SECONDS: Final = 12.0

_TAKE = "SELECT k FROM unnest(%s::bigint[]) AS k WHERE pg_try_advisory_lock(k)"
_FREE = "SELECT pg_advisory_unlock(k) FROM unnest(%s::bigint[]) AS k"


class FenceLost(Exception):
    """It is not sure any more that the hosts are ours. The message says why."""


class Fence:
    """The locks of one session, which nobody else uses. `lost` is called with the reason, from a thread of its own."""

    def __init__(
        self,
        connection: psycopg.Connection,
        leash: Leash,
        lost: Callable[[str], object],
        *,
        ping_seconds: float = PING_SECONDS,
        lost_seconds: float = LOST_SECONDS,
    ) -> None:
        self._connection = connection
        self._leash = leash
        self._lost = lost
        self._ping_seconds = ping_seconds
        self._lost_seconds = lost_seconds
        self._session = threading.Lock()
        self._ended = threading.Event()
        self._sites: set[str] = set()
        self._sure_at = now()
        self._leash.hold(self._sure_at)
        # Two: a session that is neither dead nor alive keeps the one that pings it waiting.
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._ping_on, self._look_on)]
        for thread in self._threads:
            thread.start()

    def take(self, sites: Collection[str]) -> bool:
        """Whether all of these sites are ours from now on; else none of them is more than before."""
        if not self._sites.isdisjoint(sites):
            return False  # the session itself could have its own locks twice
        keys = sorted(map(key_of, set(sites)))
        with self._session:
            try:
                got = [key for (key,) in self._connection.execute(_TAKE, (keys,))]
            except psycopg.errors.OutOfMemory as error:
                said = error.diag.message_primary
                logger.warning("PostgreSQL has no more locks (%s): raise its max_locks_per_transaction", said)
                self._connection.execute(_FREE, (keys,))  # which of them are ours is not said; of the others it is void
                return False
            if len(got) < len(keys):
                self._connection.execute(_FREE, (got,))
                return False
        self._sites.update(sites)
        return True

    def free(self, sites: Collection[str]) -> None:
        """None; others may ask these sites, of which nothing of ours asks anything any more."""
        ours = self._sites.intersection(sites)
        with self._session:
            self._connection.execute(_FREE, ([key_of(site) for site in ours],))
        self._sites -= ours

    def check(self) -> None:
        """None, where the session has answered lately. Raises FenceLost: we may have been frozen, and have lost it."""
        silence = now() - self._sure_at
        if silence > self._lost_seconds:
            raise FenceLost(
                f"nothing was heard of PostgreSQL for {silence:.0f} s: it was cut off, or this process was stopped"
            )

    def close(self) -> None:
        """None; the sites are free."""
        self._ended.set()
        self._connection.close()
        for thread in self._threads:
            thread.join()

    def _ping_on(self) -> None:
        self._repeat(self._ping, self._ping_seconds)

    def _look_on(self) -> None:
        self._repeat(self.check, LOOK_SECONDS)

    def _repeat(self, step: Callable[[], None], seconds: float) -> None:
        while not self._ended.wait(seconds):
            try:
                step()
            except (psycopg.Error, FenceLost) as error:
                if not self._ended.is_set():
                    self._ended.set()
                    self._lost(f"the hosts may no longer be its own: {' '.join(str(error).split())}")

    def _ping(self) -> None:
        asked = now()
        with self._session:
            self._connection.execute("SELECT")
        self.check()  # before it is sure again: whoever was frozen that long has lost its worker processes already
        self._sure_at = asked
        self._leash.hold(asked)


def key_of(site: str) -> int:
    """The advisory lock of a site: the same for all schemas of a database."""
    digest = hashlib.blake2b(f"host:{site}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
