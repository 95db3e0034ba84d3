"""From the change feed into the outbox: a window of rows for each webhook; what is behind its cursor is the backlog."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Database
from storage.records import utc_text

WINDOW = 1_000
"""Deliveries of one webhook that wait in the outbox; a million changes at once take no more rows than these."""
SCANNED = 5_000
"""Changes that one transaction looks at for one webhook: 10 ms, should it want none of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What one webhook is told of: changes of these kinds, and of these sources, or of all where none is named."""

    name: str
    ops: tuple[str, ...]
    sources: tuple[str, ...] = ()


def newest(database: Database) -> int:
    """The number of the newest change, 0 where there is none."""
    return int(database.value("SELECT max(seq) FROM change_log") or 0)


def unknown(database: Database, names: Iterable[str]) -> list[str]:
    """Those of the webhooks that the file does not know yet."""
    known = {row[0] for row in database.rows("SELECT name FROM webhooks")}
    return [name for name in names if name not in known]


def adopt(database: Database, names: Iterable[str], now: datetime) -> None:
    """None; webhooks that are new begin at the present end of the feed. Call it in a transaction."""
    seq = newest(database)
    for name in unknown(database, names):
        database.execute(
            "INSERT INTO webhooks (name, last_seq, created_at) VALUES (?, ?, ?)", (name, seq, utc_text(now))
        )


def behind(database: Database, wanted: Sequence[Wanted]) -> list[Wanted]:
    """The webhooks for which there are changes to look at and room to note them; nothing is written for others."""
    rows = database.rows(
        "SELECT w.name, w.last_seq, (SELECT count(*) FROM outbox o WHERE o.webhook = w.name AND o.state = 'pending')"
        " FROM webhooks w WHERE w.gone_at IS NULL AND w.last_seq < ?",
        (newest(database),),
    )
    with_room = {row[0] for row in rows if row[2] < WINDOW}
    return [one for one in wanted if one.name in with_room]


def feed(database: Database, wanted: Wanted, now: datetime) -> int:
    """How many deliveries were noted of the changes behind the cursor, which moved on. Call it in a transaction."""
    cursor = database.value("SELECT last_seq FROM webhooks WHERE name = ?", (wanted.name,))
    room = WINDOW - int(
        database.value("SELECT count(*) FROM outbox WHERE webhook = ? AND state = 'pending'", (wanted.name,))
    )
    changes = database.rows(
        "SELECT c.seq, c.op, s.name FROM change_log c JOIN article_heads a ON a.id = c.article_id"
        " JOIN sources s ON s.id = a.source_id WHERE c.seq > ? ORDER BY c.seq LIMIT ?",
        (cursor, SCANNED),
    )
    noted: list[int] = []
    for seq, op, source in changes:
        if len(noted) >= room:
            break
        cursor = seq
        if op in wanted.ops and (not wanted.sources or source in wanted.sources):
            noted.append(seq)
    at = utc_text(now)
    database.executemany(
        "INSERT INTO outbox (webhook, seq, created_at, next_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (webhook, seq) DO NOTHING",
        [(wanted.name, seq, at, at) for seq in noted],
    )
    database.execute("UPDATE webhooks SET last_seq = ? WHERE name = ?", (cursor, wanted.name))
    return len(noted)
