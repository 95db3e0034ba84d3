"""What a daemon does for webhooks, and for alerts, between two looks at its crawl."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from storage.database import Database

if TYPE_CHECKING:
    from scheduler.webhooks.dispatching import Dispatching
    from scheduler.webhooks.targets import Target as Webhook

LOOK_SECONDS = 1.0
"""How often it is seen whether there is anything to tell, where nothing came back."""

Target = TypeVar("Target")


class Telling(Generic[Target]):
    """Tells its targets while others work. `begin` makes what does it, when there is a target for the first time."""

    def __init__(
        self, targets: Sequence[Target], begin: Callable[[Sequence[Target]], Dispatching[Target]]
    ) -> None:
        self._targets = tuple(targets)
        self._begin = begin
        self._dispatching: Dispatching[Target] | None = None
        self._looked_at = 0.0

    def configure(self, targets: Sequence[Target]) -> None:
        """None; these are the targets from now on."""
        self._targets = tuple(targets)
        if self._dispatching is not None:
            self._dispatching.configure(targets)

    def hurry(self) -> None:
        """None; the next `tick` looks, whenever that is."""
        self._looked_at = 0.0

    def tick(self, database: Database) -> bool:
        """Whether it was looked at, so that what is due was sent out and what came back is written.

        That is once in LOOK_SECONDS, and never without targets. Raises StorageFault; the next look does it all.
        """
        if self._dispatching is None:
            if not self._targets:
                return False
            self._dispatching = self._begin(self._targets)
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return False
        self._looked_at = time.monotonic()
        self._dispatching.tick(database)
        return True

    def close(self, database: Database) -> None:
        """None; nothing more is sent. Raises StorageFault; what could not be written is sent again another time."""
        if self._dispatching is not None:
            self._dispatching.close(database)


def of_changes(
    targets: Sequence[Webhook], clock: Callable[[], datetime], wake: Callable[[], None]
) -> Telling[Webhook]:
    """Tells webhooks of changes. `wake` is called from a thread when something came back."""

    def begin(targets: Sequence[Webhook]) -> Dispatching[Webhook]:
        from scheduler.webhooks.dispatch import Dispatcher  # noqa: PLC0415 - an HTTP client, for those who want it

        return Dispatcher(targets, clock, wake)

    return Telling(targets, begin)
