"""What the watch no longer needs: hours behind those that a rhythm is read from, and incidents that are long over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from storage.database import Database
from storage.watch import days, incidents


def prune_watched(database: Database, keep_seconds: int, now: datetime) -> Iterator[int]:
    """How many rows were forgotten, a batch at a time, each in a transaction of its own.

    Sums by hour stay for their ten weeks, incidents and their alerts for `keep_seconds` after they were over, as runs
    do. Sums by day, and those since ever, stay.
    """
    with database.transaction():
        hours = days.forget_hours(database, now)
    if hours:
        yield hours
    before = now - timedelta(seconds=keep_seconds)
    while True:
        with database.transaction():
            forgotten = incidents.forget(database, before)
        if not forgotten:
            return
        yield forgotten
