"""What a one-shot crawl does for webhooks: those that are new begin before it, and what is due goes out after it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from scheduler.webhooks.dispatch import Dispatcher
from scheduler.webhooks.dispatching import Dispatching
from scheduler.webhooks.targets import Target
from storage.database import Database, open_reader, open_writer
from storage.faults import LockHeld, StorageFault
from storage.lock import WriterLock
from storage.outbox import caring, feeding

logger = logging.getLogger(__name__)

DELIVERY_SECONDS = 10.0
"""How long a crawl goes on for its webhooks; a cron line every minute still has most of it for crawling."""


def adopt_new(path: Path, targets: Sequence[Target], now: datetime, wait_seconds: float) -> None:
    """None; webhooks that are new begin at the present end of the feed. Raises LockHeld or StorageFault."""
    names = [target.name for target in targets]
    if path.exists():
        with open_reader(path) as reader:
            if reader.value("SELECT count(*) FROM sqlite_schema WHERE name = 'webhooks'"):
                names = feeding.unknown(reader, names)
    if names:
        with WriterLock(path, wait_seconds=wait_seconds), open_writer(path) as database, database.transaction():
            feeding.adopt(database, names, now)


def deliver_due(
    path: Path, targets: Sequence[Target], clock: Callable[[], datetime], should_stop: Callable[[], bool]
) -> None:
    """None; what is due was tried once, or DELIVERY_SECONDS have passed. A fault is logged: the crawl was done."""
    hand_out(
        path,
        Dispatcher(targets, clock),
        should_stop,
        "webhooks",
        lambda database: caring.forget_delivered(database, clock()),
    )


def hand_out(
    path: Path,
    dispatching: Dispatching[Any],
    should_stop: Callable[[], bool],
    whom: str,
    afterwards: Callable[[Database], object] = lambda _: None,
) -> None:
    """None; what is due was tried once, or DELIVERY_SECONDS have passed. A fault is logged: the crawl was done."""
    try:
        with WriterLock(path), open_writer(path) as database:
            try:
                dispatching.deliver(database, DELIVERY_SECONDS, should_stop)
            finally:
                dispatching.close(database)
            afterwards(database)
    except LockHeld:
        logger.info("another process writes the database; %s are left to it, or to the next crawl", whom)
    except (StorageFault, OSError) as fault:
        logger.error("%s were not told of everything: %s", whom, fault)  # noqa: TRY400 - no trace
