"""What a clock that is set back means for a crawl: nothing waits for a time that only the wrong clock would reach."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from scheduler import plan
from scheduler.config.file import Config
from storage import clock as stored_times
from storage.database import Database
from storage.records import Discovered, Event, Extracted, Failed, Rejected, Unchanged

logger = logging.getLogger(__name__)


def earlier(event: Event, by: timedelta) -> Event:
    """The event as if it had happened that much earlier, but for a time that no clock of ours has ever said."""
    with suppress(OverflowError):  # a worker elsewhere may say anything
        match event:
            case Extracted() | Unchanged() | Rejected() | Failed():
                return replace(event, fetched_at=event.fetched_at - by)
            case Discovered() if event.found_at is not None:
                return replace(event, found_at=event.found_at - by)
    return event


def set_back_by(database: Database, now: datetime) -> timedelta | None:
    """How far the clock was set back since the newest stored time; None where it was not, or is not set at all."""
    newest = stored_times.newest(database)
    if newest is not None and newest > now + stored_times.STEP and stored_times.is_set(now):
        return newest - now
    return None


def repair(config: Config, database: Database, now: datetime, by: timedelta) -> None:
    """None; of what is stored, nothing waits for times that the clock had said before it was set back by so much."""
    daily = {source.name for source in config.enabled_sources if plan.is_daily(source, now)}
    with database.transaction():
        changed = stored_times.bring_back(database, now, by, daily)
    logger.warning(
        "the clock was set back by %s: %d stored times that were later than now were brought back",
        timedelta(seconds=round(by.total_seconds())),
        changed,
    )


class SetClock:
    """Whether the machine's clock is set at all, which it tells of once for each time that it is not."""

    def __init__(self) -> None:
        self._has_told = False

    def is_set(self, now: datetime) -> bool:
        """Whether the time can be right."""
        is_set = stored_times.is_set(now)
        if not is_set and not self._has_told:
            logger.warning("this machine's clock says %s: nothing is crawled before it is set", now.date())
        self._has_told = not is_set
        return is_set
