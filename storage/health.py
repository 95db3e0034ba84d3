"""What an operator asks: is it alive, when did each source last bring something, is anything failing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.database import Database
from storage.times import from_utc_text, utc_text


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """One source as the file knows it. Times are UTC; None means never."""

    name: str
    created_at: datetime
    last_attempt_at: datetime | None
    last_success_at: datetime | None
    last_new_at: datetime | None
    failures: int
    not_before: datetime | None
    last_error: str | None
    pending: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """The last sign of life of a long-running process."""

    name: str
    at: datetime
    pid: int
    detail: str | None


SOURCES = """
    SELECT s.*, (SELECT count(*) FROM urls u WHERE u.source_id = s.id AND u.state = 'pending' AND u.next_at IS NOT NULL)
           AS waiting FROM sources s"""
"""With the pages that wait, each of which has a time: by an index of those, and not of all addresses."""


def sources(database: Database) -> dict[str, SourceHealth]:
    """The health of every source that the file knows, by name."""
    return {
        row["name"]: SourceHealth(
            name=row["name"],
            created_at=from_utc_text(row["created_at"]),
            last_attempt_at=_time(row["last_attempt_at"]),
            last_success_at=_time(row["last_success_at"]),
            last_new_at=_time(row["last_new_at"]),
            failures=row["failures"],
            not_before=_time(row["not_before"]),
            last_error=row["last_error"],
            pending=row["waiting"],
        )
        for row in database.rows(SOURCES)
    }


def new_articles(database: Database, name: str, since: datetime) -> int:
    """Articles that a source brought in runs since a moment, summed from the runs' counts, never counted one by one.

    A copy of another article's text is an article; a second address of an article is none.
    """
    total = database.value(
        "SELECT sum(r.stored - r.revised + r.duplicate"
        " - coalesce(json_extract(r.reasons, '$.\"duplicate:same_address\"'), 0))"
        " FROM run_source_log r JOIN sources s ON s.id = r.source_id"
        " WHERE s.name = ? AND r.started_at >= ?",
        (name, utc_text(since)),
    )
    return int(total or 0)


def beat(database: Database, name: str, now: datetime, pid: int, detail: str | None = None) -> None:
    """None; the sign of life is written."""
    database.execute(
        "INSERT INTO heartbeats (name, at, pid, detail) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE"
        " SET at = excluded.at, pid = excluded.pid, detail = excluded.detail",
        (name, utc_text(now), pid, detail),
    )


def heartbeat(database: Database, name: str) -> Heartbeat | None:
    """The last sign of life under a name, or None."""
    row = database.row("SELECT * FROM heartbeats WHERE name = ?", (name,))
    if row is None:
        return None
    return Heartbeat(name=row["name"], at=from_utc_text(row["at"]), pid=row["pid"], detail=row["detail"])


def _time(text: str | None) -> datetime | None:
    return None if text is None else from_utc_text(text)
