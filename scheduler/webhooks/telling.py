"""What a daemon does for webhooks between two looks at its crawl."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from scheduler.webhooks.targets import Target
from storage.database import Database

if TYPE_CHECKING:
    from scheduler.webhooks.dispatch import Dispatcher

LOOK_SECONDS = 1.0
"""How often it is seen whether there is anything to tell, where nothing came back."""


class Telling:
    """Tells webhooks of changes while others work. `wake` is called from a thread when something came back."""

    def __init__(self, targets: Sequence[Target], clock: Callable[[], datetime], wake: Callable[[], None]) -> None:
        self._targets = tuple(targets)
        self._clock = clock
        self._wake = wake
        self._dispatcher: Dispatcher | None = None
        self._looked_at = 0.0

    def configure(self, targets: Sequence[Target]) -> None:
        """None; these are the webhooks from now on."""
        self._targets = tuple(targets)
        if self._dispatcher is not None:
            self._dispatcher.configure(targets)

    def hurry(self) -> None:
        """None; the next `tick` looks, whenever that is."""
        self._looked_at = 0.0

    def tick(self, database: Database) -> bool:
        """Whether it was looked at, so that what is due was sent out and what came back is written.

        That is once in LOOK_SECONDS, and never without webhooks. Raises StorageFault; the next look does it all.
        """
        if self._dispatcher is None:
            if not self._targets:
                return False
            from scheduler.webhooks.dispatch import Dispatcher  # noqa: PLC0415 - an HTTP client, for those who want it

            self._dispatcher = Dispatcher(self._targets, self._clock, self._wake)
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return False
        self._looked_at = time.monotonic()
        self._dispatcher.tick(database)
        return True

    def close(self, database: Database) -> None:
        """None; nothing more is sent. Raises StorageFault; what could not be written is sent again another time."""
        if self._dispatcher is not None:
            self._dispatcher.close(database)
