"""What a daemon does for alerts between two looks at its crawl."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from scheduler.alerting.sinks import Sink
from scheduler.webhooks.telling import Telling

if TYPE_CHECKING:
    from scheduler.webhooks.dispatching import Dispatching


def alerting(sinks: Sequence[Sink], clock: Callable[[], datetime], wake: Callable[[], None]) -> Telling[Sink]:
    """Tells people of incidents. `wake` is called from a thread when something came back."""

    def begin(sinks: Sequence[Sink]) -> Dispatching[Sink]:
        from scheduler.alerting.sending import Sending  # noqa: PLC0415 - an HTTP client, for those who want it

        return Sending(sinks, clock, wake)

    return Telling(sinks, begin)
