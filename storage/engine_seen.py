"""What a daemon saw last of the cluster that its crawls run on, for who reads the file alone: status, metrics, watch.

It is one note in `meta`: it holds for the moment it was written at, and is gone where crawls run on one machine.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from storage.database import Database
from storage.times import from_utc_text, utc_text

_NOTE = "engine_seen"  # in `meta`
_TIMES = ("at", "unreachable_since", "workerless_since")


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSeen:
    """The cluster at a moment. `server`: its address without password; `unreachable_since`: None while it answers.

    All numbers are of the last time that it answered. `workerless_since`: None while a worker is alive. `draining`: of
    the workers, those that begin nothing more. `lost`: those that gave no sign of life for too long; `frozen`: of them
    those whose sessions stand, so that their hosts are asked by nobody. `waiting_for_host`: of those queued.
    `oldest_event_seconds`: how long the oldest event waits; None where none does.
    """

    at: datetime
    server: str
    unreachable_since: datetime | None = None
    workerless_since: datetime | None = None
    error: str | None = None
    paused: bool = False
    workers: int = 0
    draining: int = 0
    lost: tuple[str, ...] = ()
    frozen: tuple[str, ...] = ()
    queued: int = 0
    doing: int = 0
    waiting_for_host: int = 0
    backlog_batches: int = 0
    backlog_events: int = 0
    backlog_bytes: int = 0
    backlog_limit_bytes: int = 0
    oldest_event_seconds: float | None = None

    @property
    def is_reachable(self) -> bool:
        """Whether the server answered when it was asked last."""
        return self.unreachable_since is None

    @property
    def is_over_limit(self) -> bool:
        """Whether so much waits for the coordinator that workers begin nothing."""
        return 0 < self.backlog_limit_bytes < self.backlog_bytes


def note(database: Database, seen: EngineSeen | None) -> None:
    """None; it stands in the file, or nothing does. Call it in a transaction."""
    if seen is None:
        if database.value("SELECT 1 FROM meta WHERE name = ?", (_NOTE,)) is not None:
            database.execute("DELETE FROM meta WHERE name = ?", (_NOTE,))
        return
    database.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (_NOTE, json.dumps(as_document(seen))))


def noted(database: Database) -> EngineSeen | None:
    """What was noted last; None where crawls run on one machine, or another version has written it."""
    text = database.value("SELECT value FROM meta WHERE name = ?", (_NOTE,))
    if text is None:
        return None
    try:
        facts: dict[str, Any] = json.loads(text)
        times = {name: _time(facts[name]) for name in _TIMES}
        names = {name: tuple(map(str, facts[name])) for name in ("lost", "frozen")}
        return EngineSeen(**{**facts, **times, **names})
    except (ValueError, TypeError, KeyError):
        return None


def as_document(seen: EngineSeen) -> dict[str, Any]:
    """The same for programs, times as UTC text."""
    times = {name: (moment := getattr(seen, name)) and utc_text(moment) for name in _TIMES}
    return {**asdict(seen), "lost": list(seen.lost), "frozen": list(seen.frozen), **times}


def _time(text: str | None) -> datetime | None:
    return None if text is None else from_utc_text(text)
