"""How each source was when it was last looked at: written by the round of the watch, read by everybody else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from storage.database import Database, Row
from storage.times import from_utc_text, utc_text


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceWatch:
    """One source. `state` and `reason` are codes (storage.watch.wording says them); `facts`: numbers and texts of it.

    `next_run_...`: when it is asked next, for what, and why then; None: not by itself. `week`: the new articles that
    each of the 168 local hours of a week is expected to bring, from Monday's first on; None: not known yet.
    `expected_new`: those that were expected since the last new one. `zone`: the IANA name of the time zone of that
    week and of the source's days; None where it is not in the file yet. `memory`: the detectors' own, JSON.
    `paused_...`: of an operator's pause, as the file has it; not written from here (storage.watch.pauses).
    """

    source: str
    at: datetime
    state: str
    reason: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    next_run_at: datetime | None = None
    next_run_kind: str | None = None
    next_run_why: str | None = None
    week: tuple[float, ...] | None = None
    expected_new: float | None = None
    zone: str | None = None
    memory: str = "{}"
    paused_at: datetime | None = None
    paused_why: str | None = None


def write(database: Database, watched: Iterable[SourceWatch]) -> None:
    """None; the sources are as told; one that the file does not know is left out. In a transaction."""
    rows = list(watched)
    database.executemany(
        "INSERT INTO source_watch (source_id, at, state, reason, facts, next_run_at, next_run_kind, next_run_why,"
        " expected_new, zone) SELECT id, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM sources WHERE name = ?"
        " ON CONFLICT (source_id) DO UPDATE SET at = excluded.at, state = excluded.state, reason = excluded.reason,"
        " facts = excluded.facts, next_run_at = excluded.next_run_at, next_run_kind = excluded.next_run_kind,"
        " next_run_why = excluded.next_run_why, expected_new = excluded.expected_new,"
        " zone = excluded.zone",
        [
            (
                utc_text(one.at),
                one.state,
                one.reason,
                _json(one.facts),
                None if one.next_run_at is None else utc_text(one.next_run_at),
                one.next_run_kind,
                one.next_run_why,
                one.expected_new,
                one.zone,
                one.source,
            )
            for one in rows
        ],
    )
    _remember(database, rows)


def _remember(database: Database, rows: Iterable[SourceWatch]) -> None:
    """None; what is long and seldom another is written where it is."""
    database.executemany(
        "INSERT INTO source_memory (source_id, week, memory) SELECT id, ?, ? FROM sources WHERE name = ?"
        " ON CONFLICT (source_id) DO UPDATE SET week = excluded.week, memory = excluded.memory"
        " WHERE week IS NOT excluded.week OR memory <> excluded.memory",
        [(None if one.week is None else _json(one.week), one.memory, one.source) for one in rows],
    )


def read(database: Database) -> dict[str, SourceWatch]:
    """How each source was that was ever looked at, by its name."""
    return {row["source"]: _watch(row) for row in database.rows(_READ)}


def read_one(database: Database, source: str) -> SourceWatch | None:
    """How one source was, or None where it was never looked at."""
    row = database.row(f"{_READ} WHERE s.name = ?", (source,))
    return None if row is None else _watch(row)


_READ = (
    "SELECT s.name AS source, s.paused_at, s.paused_why, w.*, m.week, m.memory FROM sources s"
    " JOIN source_watch w ON w.source_id = s.id LEFT JOIN source_memory m ON m.source_id = s.id"
)


def _watch(row: Row) -> SourceWatch:
    return SourceWatch(
        source=row["source"],
        at=from_utc_text(row["at"]),
        state=row["state"],
        reason=row["reason"],
        facts=json.loads(row["facts"]),
        next_run_at=_time(row["next_run_at"]),
        next_run_kind=row["next_run_kind"],
        next_run_why=row["next_run_why"],
        week=None if row["week"] is None else tuple(json.loads(row["week"])),
        expected_new=row["expected_new"],
        zone=row["zone"],
        memory=row["memory"] or "{}",
        paused_at=_time(row["paused_at"]),
        paused_why=row["paused_why"],
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else from_utc_text(text)


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
