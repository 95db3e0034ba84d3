"""What sends while others work: once round whenever it is called, until nothing is on its way, and to an end."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from storage.database import Database

GATHER_SECONDS = 0.2
"""What comes within this is written in one transaction."""

Target = TypeVar("Target")


class Dispatching(ABC, Generic[Target]):
    """Sends what waits in a database to its targets. The database belongs to whoever calls."""

    _ending = False

    @abstractmethod
    def configure(self, targets: Sequence[Target]) -> None:
        """None; these are the targets from now on. What is on its way to others is still written."""

    @abstractmethod
    def tick(self, database: Database) -> bool:
        """Whether anything is on its way now. What came back is written, and what is due goes out.

        Nothing is written while there is nothing new. Raises StorageFault; then it is all done by the next tick.
        """

    @abstractmethod
    def _wait(self, seconds: float) -> None:
        """None; results have come, or so long has passed."""

    @abstractmethod
    def _stop(self, *, at_once: bool) -> None:
        """None; nothing more is begun, and where it is to be at once, nothing is on its way any more."""

    def deliver(
        self, database: Database, seconds: float, should_stop: Callable[[], bool] = lambda: False
    ) -> None:
        """None; what is due was tried once, or the time is over. Attempts that fail are for another time."""
        until = time.monotonic() + seconds
        while self.tick(database) and time.monotonic() < until and not should_stop():
            self._wait(min(GATHER_SECONDS, max(0.0, until - time.monotonic())))

    def close(self, database: Database, grace_seconds: float = 2.0) -> None:
        """None; nothing more is sent, and what is on its way is written if its answer comes in this time."""
        self._ending = True
        self._stop(at_once=False)
        until = time.monotonic() + grace_seconds
        try:
            while self.tick(database) and (left := until - time.monotonic()) > 0:
                self._wait(left)
        finally:
            self._stop(at_once=True)
