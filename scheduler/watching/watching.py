"""The watch as a daemon keeps it: a round each `[watch] seconds`; and as a one-shot crawl does: a round at its end."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from datetime import datetime

from scheduler.config.file import Config
from scheduler.watching import holidays, machine
from scheduler.watching.watch import RoundResult, Watch
from storage.database import Database
from storage.faults import StorageFault
from storage.watch import incidents

logger = logging.getLogger(__name__)

SOON_SECONDS = 1.0
"""Between two rounds while sources wait to be judged for the first time: half of the daemon's time is its crawls'."""


class Watching:
    """Rounds while others work. `clock` gives the time that is judged by."""

    def __init__(self, clock: Callable[[], datetime], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._watch = Watch()
        self._next = 0.0

    def tick(self, config: Config, database: Database, running: Collection[str], *, may_delete: bool | None) -> bool:
        """Whether it was time for a round, which is done. `may_delete`: whether the clock is believed; None: unknown.

        Raises StorageFault; the next round sees what this one has not written.
        """
        if not config.watch.enabled or may_delete is None or self._monotonic() < self._next:
            return False
        if not self._next:
            zones = {source.timezone for source in config.source}
            holidays.load({config.watch.country or holidays.country_of(zone) for zone in zones}, self._clock().date())
        self._next = self._monotonic() + config.watch.seconds
        result = look_around(self._watch, config, database, self._clock(), running, may_delete=may_delete)
        if result.waiting:
            self._next = self._monotonic() + min(SOON_SECONDS, config.watch.seconds)
        return True


def after_crawl(config: Config, database: Database, now: datetime, *, may_delete: bool) -> None:
    """None; what a one-shot crawl found was judged, all of it. A fault is logged: the crawl was done."""
    if not config.watch.enabled:
        return
    watch, waiting, before = Watch(), len(config.source), None
    try:
        while waiting and waiting != before:
            before = waiting
            waiting = look_around(watch, config, database, now, (), may_delete=may_delete).waiting
    except StorageFault as fault:
        logger.error("the sources were not judged: %s", fault)  # noqa: TRY400 - no trace


def look_around(
    watch: Watch, config: Config, database: Database, now: datetime, running: Collection[str], *, may_delete: bool
) -> RoundResult:
    """What came of a round over sources and machine. Raises StorageFault."""
    found = machine.look(
        config,
        database,
        now,
        doubted=not may_delete,
        open_=incidents.open_incidents(database),
    )
    return watch.round(config, database, now, machine=found, running=running)
