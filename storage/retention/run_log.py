"""The log of runs, which has a row for each source in each run, and would grow for ever."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from storage.database import Database
from storage.records import utc_text

BATCH = 20
"""Runs of one transaction: 20,000 rows where each asks a thousand sources."""


def prune_runs(database: Database, keep_seconds: int, now: datetime) -> Iterator[int]:
    """How many runs that began too long ago were forgotten, a batch at a time, each in a transaction of its own.

    A run that goes on is not, nor are runs after it, nor what the newest run of all came to.
    """
    before = utc_text(now - timedelta(seconds=keep_seconds))
    while ids := _oldest(database, before):
        values = (ids[0], ids[-1])
        with database.transaction():
            # Which run asked for an address last is of no use without the run.
            database.execute("UPDATE urls SET run_id = NULL, run_outcome = NULL WHERE run_id BETWEEN ? AND ?", values)
            database.execute("DELETE FROM run_source_log WHERE run_id BETWEEN ? AND ?", values)
            database.execute("DELETE FROM run_log WHERE id BETWEEN ? AND ?", values)
        yield len(ids)


def _oldest(database: Database, before: str) -> list[int]:
    """The first runs, as far as they ended and began before then."""
    rows = database.rows(
        "SELECT id, started_at, finished_at FROM run_log WHERE id < (SELECT max(id) FROM run_log) ORDER BY id LIMIT ?",
        (BATCH,),
    )
    found: list[int] = []
    for row in rows:
        if row["finished_at"] is None or row["started_at"] >= before:
            break
        found.append(int(row["id"]))
    return found
