"""What went wrong, from when to when: opened once, brought up to date, resolved once.

Each has a `key`, what it is about; of one key, one is open at a time, and its next one is another incident.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from storage.database import Database, Row
from storage.times import from_utc_text, utc_text

Severity = Literal["warning", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident. `kind`: a stable code (storage.watch.wording says it); `facts`: its numbers and texts.

    `source`: what it is about, None for the machine, or for the many `sources`; of one source, that is in `sources`
    too. `updates`: how often its facts have changed. `sample`: what shows it, by example. `resolved_at` None: it goes
    on. `acknowledged_at`: an operator has seen it.
    """

    id: int
    key: str
    kind: str
    severity: Severity
    source: str | None = None
    sources: tuple[str, ...] = ()
    opened_at: datetime
    updated_at: datetime
    resolved_at: datetime | None = None
    updates: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)
    sample: Mapping[str, Any] | None = None
    acknowledged_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it goes on."""
        return self.resolved_at is None


def open_(
    database: Database,
    *,
    key: str,
    kind: str,
    severity: Severity,
    facts: Mapping[str, Any],
    now: datetime,
    source: str | None = None,
    sources: Iterable[str] = (),
    sample: Mapping[str, Any] | None = None,
) -> int:
    """The id of the new incident. `source`: the one that it is about; `sources`: where it is about many.

    The caller is in a transaction, and has seen that none of the key is open. Raises BadValue where one is.
    """
    moment = utc_text(now)
    incident_id = int(
        database.execute(
            "INSERT INTO incident_log (key, kind, severity, source_id, opened_at, updated_at, facts, sample)"
            " VALUES (?, ?, ?, (SELECT id FROM sources WHERE name = ?), ?, ?, ?, ?)",
            (key, kind, severity, source, moment, moment, _json(facts), None if sample is None else _json(sample)),
        ).lastrowid
    )
    _concern(database, incident_id, sources)
    return incident_id


def update(
    database: Database,
    incident_id: int,
    now: datetime,
    *,
    facts: Mapping[str, Any],
    severity: Severity | None = None,
    sample: Mapping[str, Any] | None = None,
    sources: Iterable[str] = (),
) -> bool:
    """Whether anything of the open incident is another now; `sources` come to those that it is about.

    Severity and sample are left where they are None. In a transaction.
    """
    shown = None if sample is None else _json(sample)
    more = _concern(database, incident_id, sources)
    changed = database.execute(
        "UPDATE incident_log SET facts = ?1, severity = coalesce(?2, severity), sample = coalesce(?3, sample),"
        " updated_at = ?4, updates = updates + 1 WHERE id = ?5 AND resolved_at IS NULL"
        " AND (?6 OR facts <> ?1 OR severity <> coalesce(?2, severity) OR sample IS NOT coalesce(?3, sample))",
        (_json(facts), severity, shown, utc_text(now), incident_id, more),
    ).rowcount
    return bool(changed)


def resolve(database: Database, incident_id: int, now: datetime) -> bool:
    """Whether the incident was open; it is over now. In a transaction."""
    return bool(
        database.execute(
            "UPDATE incident_log SET resolved_at = ?1, updated_at = ?1 WHERE id = ?2 AND resolved_at IS NULL",
            (utc_text(now), incident_id),
        ).rowcount
    )


def acknowledge(database: Database, incident_id: int, now: datetime) -> bool:
    """Whether there is such an incident; an operator has seen it, from the first time on that this was said."""
    return bool(
        database.execute(
            "UPDATE incident_log SET acknowledged_at = coalesce(acknowledged_at, ?) WHERE id = ?",
            (utc_text(now), incident_id),
        ).rowcount
    )


def open_incidents(database: Database) -> tuple[Incident, ...]:
    """Those that go on, errors first, then the oldest first."""
    return _read(database, "i.resolved_at IS NULL", (), "i.severity, i.opened_at, i.id", None)


def find(database: Database, incident_id: int) -> Incident | None:
    """The incident of that id, or None."""
    found = _read(database, "i.id = ?", (incident_id,), "i.id", None)
    return found[0] if found else None


def find_all(database: Database, ids: Iterable[int]) -> dict[int, Incident]:
    """The incidents of these ids, without those that are not there."""
    found = _read(database, "i.id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),), "i.id", None)
    return {incident.id: incident for incident in found}


def history(
    database: Database,
    *,
    source: str | None = None,
    kind: str | None = None,
    since: datetime | None = None,
    before_id: int | None = None,
    limit: int = 100,
) -> tuple[Incident, ...]:
    """Incidents, the newest first, open ones and others.

    `source`: those that concern it; `since`: those that were not over by then; `before_id`: the page behind that one.
    """
    asked: list[tuple[str, Any]] = []
    if source is not None:
        asked.append((f"i.id IN (SELECT x.incident_id FROM {_CONCERNED} x WHERE x.name = ?)", source))
    if kind is not None:
        asked.append(("i.kind = ?", kind))
    if since is not None:
        asked.append(("(i.resolved_at IS NULL OR i.resolved_at >= ?)", utc_text(since)))
    if before_id is not None:
        asked.append(("i.id < ?", before_id))
    conditions = " AND ".join(condition for condition, _ in asked) or "1"
    return _read(database, conditions, [value for _, value in asked], "i.id DESC", limit)


def resolved_of_key(database: Database, key: str, since: datetime) -> tuple[Incident, ...]:
    """The incidents of a key that were over after that moment, newest first: what comes and goes is one trouble."""
    return _read(database, "i.key = ? AND i.resolved_at >= ?", (key, utc_text(since)), "i.id DESC", None)


def forget(database: Database, before: datetime, limit: int = 500) -> int:
    """How many incidents that were over before then are forgotten, with what was told of them. In a transaction."""
    ids = [
        row["id"]
        for row in database.rows(
            "SELECT id FROM incident_log WHERE resolved_at < ? ORDER BY id LIMIT ?", (utc_text(before), limit)
        )
    ]
    for table, column in (("alert_log", "incident_id"), ("incident_source_log", "incident_id"), ("incident_log", "id")):
        database.executemany(f"DELETE FROM {table} WHERE {column} = ?", [(one,) for one in ids])
    return len(ids)


_CONCERNED = (
    "(SELECT c.id AS incident_id, s.name FROM incident_log c JOIN sources s ON s.id = c.source_id"
    " UNION ALL SELECT c.incident_id, s.name FROM incident_source_log c JOIN sources s ON s.id = c.source_id)"
)


def _concern(database: Database, incident_id: int, sources: Iterable[str]) -> bool:
    """Whether any of the sources is new among those that the incident is about."""
    more = [
        database.execute(
            "INSERT OR IGNORE INTO incident_source_log (incident_id, source_id) SELECT ?, id FROM sources"
            " WHERE name = ?",
            (incident_id, name),
        ).rowcount
        for name in sources
    ]
    return any(more)


def _read(
    database: Database, condition: str, values: Iterable[Any], order: str, limit: int | None
) -> tuple[Incident, ...]:
    rows = database.rows(
        "SELECT i.*, s.name AS source FROM incident_log i LEFT JOIN sources s ON s.id = i.source_id"
        f" WHERE {condition} ORDER BY {order} LIMIT ?",
        (*values, -1 if limit is None else limit),
    )
    of_many = [row["id"] for row in rows if row["source_id"] is None]
    concerned = _concerned(database, of_many)
    return tuple(_incident(row, concerned.get(row["id"], ())) for row in rows)


def _concerned(database: Database, ids: list[int]) -> dict[int, tuple[str, ...]]:
    """The sources that incidents of many are about, by the incident's id."""
    found: dict[int, list[str]] = defaultdict(list)
    for row in database.rows(
        "SELECT x.incident_id, s.name FROM incident_source_log x JOIN sources s ON s.id = x.source_id"
        " WHERE x.incident_id IN (SELECT value FROM json_each(?)) ORDER BY x.incident_id, s.name",
        (json.dumps(ids),),
    ):
        found[row["incident_id"]].append(row["name"])
    return {incident_id: tuple(names) for incident_id, names in found.items()}


def _incident(row: Row, sources: tuple[str, ...]) -> Incident:
    return Incident(
        id=row["id"],
        key=row["key"],
        kind=row["kind"],
        severity=row["severity"],
        source=row["source"],
        sources=(row["source"],) if row["source"] is not None else sources,
        opened_at=from_utc_text(row["opened_at"]),
        updated_at=from_utc_text(row["updated_at"]),
        resolved_at=_time(row["resolved_at"]),
        updates=row["updates"],
        facts=json.loads(row["facts"]),
        sample=None if row["sample"] is None else json.loads(row["sample"]),
        acknowledged_at=_time(row["acknowledged_at"]),
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else from_utc_text(text)


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
