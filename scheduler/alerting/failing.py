"""Places that alerts do not reach: what the incident `alert_failing` is made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from scheduler.webhooks.waiting import PATIENCE
from storage.database import Database
from storage.watch import alerts
from storage.watch.alerts import QueuedAlert


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingSink:
    """A place that alerts do not reach. `given_up`, `waiting`: alerts since it last took one; `error`: why, last."""

    sink: str
    given_up: int
    waiting: int
    error: str


def failing_sinks(database: Database, names: Collection[str]) -> tuple[FailingSink, ...]:
    """Of these places those that have failed PATIENCE times, or gave something up, and took nothing since then."""
    told = {name: alerts.last_told(database, name) for name in names}
    found: dict[str, list[QueuedAlert]] = defaultdict(list)
    for row in (*alerts.pending(database), *alerts.dead(database)):
        if row.sink not in told or not row.attempts:
            continue
        since = told[row.sink]
        if row.state == "pending" or since is None or since < row.created_at:
            found[row.sink].append(row)
    return tuple(_failing(name, found[name]) for name in names if _is_failing(found[name]))


def _is_failing(rows: Collection[QueuedAlert]) -> bool:
    return any(row.state == "dead" or row.attempts >= PATIENCE for row in rows)


def _failing(name: str, rows: Collection[QueuedAlert]) -> FailingSink:
    dead = sum(row.state == "dead" for row in rows)
    newest = max(rows, key=lambda row: (row.state == "pending", row.id))
    return FailingSink(sink=name, given_up=dead, waiting=len(rows) - dead, error=newest.error or "")
