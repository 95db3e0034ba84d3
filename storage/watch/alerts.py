"""What is still to be told of incidents, and what was: queued in the transaction of the incident, told afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from storage.database import Database, Row
from storage.times import from_utc_text, utc_text

Told = Literal["opened", "escalated", "resolved"]
State = Literal["pending", "sent", "dead", "dropped"]
LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedAlert:
    """One alert of an incident to one sink. `next_at`: when it is tried; None once it is over.

    `dead`: it failed too often. `dropped`: before it was told, the incident was over, or its sink was removed.
    """

    id: int
    incident_id: int
    sink: str
    event: Told
    state: State
    created_at: datetime
    next_at: datetime | None = None
    attempts: int = 0
    sent_at: datetime | None = None
    error: str | None = None


def queue(
    database: Database,
    incident_id: int,
    sinks: Iterable[str],
    event: Told,
    now: datetime,
    *,
    not_before: datetime | None = None,
) -> None:
    """None; each sink is to be told, now or from `not_before` on. In the transaction of the incident."""
    database.executemany(
        "INSERT INTO alert_log (incident_id, sink, event, created_at, next_at) VALUES (?, ?, ?, ?, ?)",
        [(incident_id, sink, event, utc_text(now), utc_text(not_before or now)) for sink in sinks],
    )


def due(database: Database, now: datetime, limit: int = 100) -> tuple[QueuedAlert, ...]:
    """What is to be told by now, in the order in which it was to be."""
    return _read(database, "state = 'pending' AND next_at <= ? ORDER BY next_at, id LIMIT ?", (utc_text(now), limit))


def next_due(database: Database) -> datetime | None:
    """When something is to be told next, or None where nothing is."""
    found = database.value("SELECT min(next_at) FROM alert_log WHERE state = 'pending'")
    return None if found is None else from_utc_text(found)


def pending(database: Database) -> tuple[QueuedAlert, ...]:
    """All that waits to be told, due or not."""
    return _read(database, "state = 'pending' ORDER BY next_at, id", ())


def put_off(database: Database, ids: Sequence[int], next_at: datetime) -> None:
    """None; these are told at `next_at`, and were not tried yet. In a transaction."""
    database.executemany(
        "UPDATE alert_log SET next_at = ? WHERE id = ? AND state = 'pending'",
        [(utc_text(next_at), one) for one in ids],
    )


def done(database: Database, ids: Sequence[int], now: datetime) -> None:
    """None; these were told. In a transaction.

    Where the incident was over while its alert was on its way, and so dropped, the sink is told that it is over.
    """
    for one in ids:
        database.execute(
            "INSERT INTO alert_log (incident_id, sink, event, created_at, next_at)"
            " SELECT incident_id, sink, 'resolved', ?1, ?1 FROM alert_log a"
            " WHERE id = ?2 AND state = 'dropped' AND event <> 'resolved' AND NOT EXISTS (SELECT 1 FROM alert_log b"
            " WHERE b.incident_id = a.incident_id AND b.sink = a.sink AND b.event = 'resolved')",
            (utc_text(now), one),
        )
    database.executemany(
        "UPDATE alert_log SET state = 'sent', sent_at = ?, attempts = attempts + 1, next_at = NULL, error = NULL"
        " WHERE id = ? AND state IN ('pending', 'dropped')",
        [(utc_text(now), one) for one in ids],
    )


def failed(database: Database, ids: Sequence[int], error: str, next_at: datetime | None) -> None:
    """None; these could not be told; they are tried again at `next_at`, never where it is None. In a transaction."""
    database.executemany(
        "UPDATE alert_log SET state = CASE WHEN ?1 IS NULL THEN 'dead' ELSE 'pending' END, next_at = ?1,"
        " attempts = attempts + 1, error = ?2 WHERE id = ?3 AND state = 'pending'",
        [(None if next_at is None else utc_text(next_at), error[:LONGEST_ERROR], one) for one in ids],
    )


def drop(database: Database, incident_id: int) -> tuple[str, ...]:
    """The sinks that had not been told of the incident yet, and are not now: it is over. In a transaction."""
    rows = database.rows(
        "UPDATE alert_log SET state = 'dropped', next_at = NULL WHERE incident_id = ? AND state = 'pending'"
        " RETURNING sink",
        (incident_id,),
    )
    return tuple(sorted({row["sink"] for row in rows}))


def drop_others(database: Database, sinks: Sequence[str]) -> int:
    """How many alerts waited for sinks that are none of these, and wait no longer. In a transaction."""
    return int(
        database.execute(
            "UPDATE alert_log SET state = 'dropped', next_at = NULL WHERE state = 'pending'"
            " AND sink NOT IN (SELECT value FROM json_each(?))",
            (json.dumps(list(sinks)),),
        ).rowcount
    )


def told(database: Database, incident_id: int) -> tuple[str, ...]:
    """The sinks that were told that the incident was opened or became worse, and so want to hear that it is over."""
    rows = database.rows(
        "SELECT DISTINCT sink FROM alert_log WHERE incident_id = ? AND state = 'sent' AND event <> 'resolved'"
        " ORDER BY sink",
        (incident_id,),
    )
    return tuple(row["sink"] for row in rows)


def history(database: Database, *, limit: int = 100) -> tuple[QueuedAlert, ...]:
    """Alerts, the newest first."""
    return _read(database, "1 ORDER BY id DESC LIMIT ?", (limit,))


def dead(database: Database, *, limit: int = 1_000) -> tuple[QueuedAlert, ...]:
    """The alerts that were given up, the newest first."""
    return _read(database, "state = 'dead' ORDER BY id DESC LIMIT ?", (limit,))


def of_incident(database: Database, incident_id: int) -> tuple[QueuedAlert, ...]:
    """The alerts of one incident, in their order."""
    return _read(database, "incident_id = ? ORDER BY id", (incident_id,))


def replay(database: Database, now: datetime, ids: Sequence[int] = (), *, sink: str | None = None) -> int:
    """How many dead alerts are tried again from now on: those named, or all, of a sink or of any. In a transaction."""
    chosen = f" AND id IN ({', '.join('?' * len(ids))})" if ids else ""
    return int(
        database.execute(
            "UPDATE alert_log SET state = 'pending', next_at = ?, attempts = 0 WHERE state = 'dead'"
            f" AND sink = coalesce(?, sink){chosen}",
            (utc_text(now), sink, *ids),
        ).rowcount
    )


def last_told(database: Database, sink: str) -> datetime | None:
    """When the sink was told something last, or None where it never was."""
    return _time(database.value("SELECT max(sent_at) FROM alert_log WHERE state = 'sent' AND sink = ?", (sink,)))


def counts(database: Database) -> dict[tuple[str, str], int]:
    """How many alerts there are, by sink and state."""
    rows = database.rows("SELECT sink, state, count(*) AS number FROM alert_log GROUP BY sink, state")
    return {(row["sink"], row["state"]): int(row["number"]) for row in rows}


def _read(database: Database, rest: str, values: Sequence[Any]) -> tuple[QueuedAlert, ...]:
    return tuple(map(_alert, database.rows(f"SELECT * FROM alert_log WHERE {rest}", values)))


def _alert(row: Row) -> QueuedAlert:
    return QueuedAlert(
        id=row["id"],
        incident_id=row["incident_id"],
        sink=row["sink"],
        event=row["event"],
        state=row["state"],
        created_at=from_utc_text(row["created_at"]),
        next_at=_time(row["next_at"]),
        attempts=row["attempts"],
        sent_at=_time(row["sent_at"]),
        error=row["error"],
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else from_utc_text(text)
