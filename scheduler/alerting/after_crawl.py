"""What a one-shot crawl does for alerts: what is due goes out after it, without waiting for more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from scheduler.alerting.sending import Sending
from scheduler.alerting.sinks import Sink
from scheduler.webhooks.after_crawl import hand_out


def deliver_due(
    path: Path, sinks: Sequence[Sink], clock: Callable[[], datetime], should_stop: Callable[[], bool]
) -> None:
    """None; what is due was tried once, or the time for it has passed. A fault is logged: the crawl was done."""
    hand_out(path, Sending(sinks, clock, gathers=False), should_stop, "alerts")
