"""Sources as the file knows them: when each was asked, how it went, when it may be asked again."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.database import Database, Row
from storage.times import from_utc_text, utc_text


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One source's state. `pending_ready`: ledger rows that wait for a fetch now (unfinished work, due retries)."""

    id: int
    name: str
    created_at: datetime
    last_attempt_at: datetime | None
    last_success_at: datetime | None
    failures: int
    not_before: datetime | None
    pending_ready: int
    rhythm: str | None
    """What is known of its hours, as the scheduler wrote it down."""
    paused_at: datetime | None = None
    """Since when an operator has it paused, for `paused_why`."""
    paused_why: str | None = None


def ensure(database: Database, name: str, home: str, now: datetime, outlets: Sequence[str] | None = None) -> int:
    """The id of a source, which is made if the file does not know it yet.

    `outlets`: what its outlet is called from now on; None leaves what the file has.
    """
    called = None if outlets is None else json.dumps(list(outlets), ensure_ascii=False)
    known = database.value("SELECT id FROM sources WHERE name = ?", (name,))
    written = database.execute(
        "INSERT INTO sources (name, home, created_at, outlets) VALUES (?1, ?2, ?3, coalesce(?4, '[]'))"
        " ON CONFLICT (name) DO UPDATE SET home = excluded.home, outlets = coalesce(?4, outlets)"
        " WHERE home <> excluded.home OR outlets <> coalesce(?4, outlets)",
        (name, home, utc_text(now), called),
    )
    if known is None:
        return int(written.lastrowid)
    if written.rowcount > 0:
        database.forget()  # whose its articles are: storage.stories.circles
    return int(known)


def states(database: Database, now: datetime) -> dict[str, SourceRow]:
    """The state of every source that the file knows, by name."""
    return States().read(database, now)


class States:
    """The same for who reads it again and again: a row that is as it was stays the same object."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[tuple[Any, ...], SourceRow]] = {}
        self.until: datetime | None = None
        """When the next ledger row may be fetched: until then nothing is another by the passing of time alone."""

    def read(self, database: Database, now: datetime) -> dict[str, SourceRow]:
        """The state of every source that the file knows, by name."""
        ready = {row[0]: row for row in database.rows(_READY, {"now": utc_text(now)})}
        self.until = _time(min((row[2] for row in ready.values() if row[2] is not None), default=None))
        kept, self._kept = self._kept, {}
        for row in database.rows("SELECT * FROM sources"):
            waiting = ready.get(row["id"])
            values = (*row, waiting[1] if waiting else 0)
            known = kept.get(row["name"])
            self._kept[row["name"]] = known if known and known[0] == values else (values, _row(row, values[-1]))
        return {name: row for name, (_, row) in self._kept.items()}


_READY = (
    "SELECT source_id, sum(next_at <= :now), min(CASE WHEN next_at > :now THEN next_at END) FROM urls"
    " WHERE state = 'pending' AND next_at IS NOT NULL AND lease_job IS NULL GROUP BY source_id"
)
"""By source: the ledger rows that may be fetched now, and when the next one may be."""


def state(database: Database, source_id: int, now: datetime) -> SourceRow:
    """The state of one source; of its ledger rows that wait, no more than one is counted."""
    row = database.row("SELECT * FROM sources WHERE id = ?", (source_id,))
    assert row is not None, f"no source {source_id}"
    waiting = database.value(
        "SELECT EXISTS (SELECT 1 FROM urls WHERE source_id = ? AND state = 'pending' AND next_at <= ?"
        " AND lease_job IS NULL)",
        (source_id, utc_text(now)),
    )
    return _row(row, int(waiting))


def ids(database: Database, names: Iterable[str]) -> tuple[int, ...]:
    """The ids of those of the sources that the file knows."""
    found = (database.value("SELECT id FROM sources WHERE name = ?", (name,)) for name in names)
    return tuple(int(source_id) for source_id in found if source_id is not None)


def set_rhythm(database: Database, source_id: int, rhythm: str) -> None:
    """None; what is known of the source's hours is kept."""
    database.execute("UPDATE sources SET rhythm = ? WHERE id = ?", (rhythm, source_id))


def attempted(database: Database, source_id: int, now: datetime) -> None:
    """None; the source's schedule slot is taken."""
    database.execute("UPDATE sources SET last_attempt_at = ? WHERE id = ?", (utc_text(now), source_id))


def succeeded(database: Database, source_id: int, now: datetime, error: str | None = None) -> None:
    """None; failures are forgotten. `error`: what went wrong in a part of it."""
    database.execute(
        "UPDATE sources SET last_success_at = ?, failures = 0, not_before = NULL, last_error = ? WHERE id = ?",
        (utc_text(now), error, source_id),
    )


def pause(database: Database, source_id: int, not_before: datetime) -> None:
    """None; the source is left alone until then, because it asked for it."""
    database.execute("UPDATE sources SET not_before = ? WHERE id = ?", (utc_text(not_before), source_id))


def not_attempted(database: Database, source_id: int) -> None:
    """None; the slot of an attempt that was cut short is free again, so that the next run takes it."""
    database.execute("UPDATE sources SET last_attempt_at = last_success_at WHERE id = ?", (source_id,))


def cut_short(database: Database, *, but: Collection[str] = ()) -> list[int]:
    """The ids of the sources whose entry points were being asked when the coordinator died; not by the jobs `but`."""
    rows = database.rows(
        "SELECT DISTINCT source_id FROM run_source_log WHERE finished_at IS NULL AND with_entries = 1"
        " AND job_id NOT IN (SELECT value FROM json_each(?))",
        (json.dumps(list(but)),),
    )
    return [row[0] for row in rows]


def failures(database: Database, source_id: int) -> int:
    """How many attempts in a row have failed."""
    return int(database.value("SELECT failures FROM sources WHERE id = ?", (source_id,)))


def failed(database: Database, source_id: int, not_before: datetime, error: str) -> None:
    """None; one more failure in a row, and the time before which the source is left alone."""
    database.execute(
        "UPDATE sources SET failures = failures + 1, not_before = ?, last_error = ? WHERE id = ?",
        (utc_text(not_before), error, source_id),
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else from_utc_text(text)


def _row(row: Row, pending_ready: int) -> SourceRow:
    pauses = "paused_at" in row.keys()  # noqa: SIM118 - of a row; a file that is still of an older version has none
    return SourceRow(
        id=row["id"],
        name=row["name"],
        created_at=from_utc_text(row["created_at"]),
        last_attempt_at=_time(row["last_attempt_at"]),
        last_success_at=_time(row["last_success_at"]),
        failures=row["failures"],
        not_before=_time(row["not_before"]),
        pending_ready=pending_ready,
        rhythm=row["rhythm"],
        paused_at=_time(row["paused_at"]) if pauses else None,
        paused_why=row["paused_why"] if pauses else None,
    )
