"""What operators ask of the outbox, and what they decide: dead deliveries, sending again, dropping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.database import Database
from storage.faults import StorageFault
from storage.outbox.feeding import newest
from storage.records import utc_text

KEPT_FOR = timedelta(days=7)
"""How long a delivery that was made is listed in `deliveries`. The webhook's count keeps it for ever."""
FORGOTTEN_AT_ONCE = 10_000
"""Rows that one transaction removes: 50 ms. The rest is for the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookState:
    """One webhook as the file knows it. Times are UTC text; None means never.

    `lag`: changes that were not looked at yet for it. `failures`: attempts that failed since the last that did not.
    """

    name: str
    last_seq: int
    lag: int
    pending: int
    delivered: int
    dead: int
    failures: int
    not_before: str | None
    gone_at: str | None
    last_at: str | None
    http_status: int | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    """A delivery that was given up. `title`: None where the article has none or was pruned."""

    id: int
    webhook: str
    seq: int
    op: str
    article_id: int
    title: str | None
    attempts: int
    last_at: str | None
    http_status: int | None
    error: str | None


class UnknownWebhook(StorageFault):
    """A webhook was named that the file does not know."""


class BadReplay(StorageFault):
    """Nothing can be sent again as it was asked."""


def states(database: Database) -> list[HookState]:
    """All webhooks that the file knows, by name; those of the past too."""
    rows = database.rows("""
        SELECT w.name, w.last_seq, w.delivered, w.failures, w.not_before, w.gone_at, w.last_at, w.http_status, w.error,
               (SELECT count(*) FROM change_log c WHERE c.seq > w.last_seq) AS lag,
               (SELECT count(*) FROM outbox o WHERE o.webhook = w.name AND o.state = 'pending') AS pending,
               (SELECT count(*) FROM outbox o WHERE o.webhook = w.name AND o.state = 'dead') AS dead
          FROM webhooks w ORDER BY w.name""")
    return [HookState(**{key: row[key] for key in row.keys()}) for row in rows]  # noqa: SIM118 - rows are no mappings


def dead(database: Database, webhook: str | None = None) -> list[Dead]:
    """Deliveries that were given up, of one webhook or of all, in the order of the feed. Raises UnknownWebhook."""
    if webhook is not None:
        _known(database, webhook)
    rows = database.rows(
        "SELECT o.id, o.webhook, o.seq, c.op, c.article_id, r.title, o.attempts, o.last_at, o.http_status, o.error"
        " FROM outbox o JOIN change_log c ON c.seq = o.seq JOIN article_heads a ON a.id = c.article_id"
        " LEFT JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision"
        " WHERE o.state = 'dead' AND (?1 IS NULL OR o.webhook = ?1) ORDER BY o.webhook, o.seq",
        (webhook,),
    )
    return [Dead(**{key: row[key] for key in row.keys()}) for row in rows]  # noqa: SIM118 - rows are no mappings


def resume(database: Database, webhook: str, now: datetime) -> int:
    """How many deliveries that wait are due at once, for the webhook counts as well again. Call it in a transaction.

    Raises UnknownWebhook.
    """
    _known(database, webhook)
    database.execute("UPDATE webhooks SET failures = 0, not_before = NULL, gone_at = NULL WHERE name = ?", (webhook,))
    return int(
        database.execute(
            "UPDATE outbox SET next_at = ? WHERE webhook = ? AND state = 'pending'", (utc_text(now), webhook)
        ).rowcount
    )


def replay(database: Database, webhook: str, ids: Sequence[int] | None, now: datetime) -> int:
    """How many deliveries are sent again, with all their attempts: those named, or all dead ones where `ids` is None.

    Call it in a transaction. Raises UnknownWebhook, and BadReplay where a named one is not this webhook's.
    """
    resume(database, webhook, now)
    chosen, values = ("state = 'dead'", []) if ids is None else _own(database, webhook, ids)
    return int(
        database.execute(
            f"UPDATE outbox SET state = 'pending', attempts = 0, next_at = ? WHERE webhook = ? AND {chosen}",
            (utc_text(now), webhook, *values),
        ).rowcount
    )


def replay_from(database: Database, webhook: str, seq: int, now: datetime) -> int:
    """How many changes from that number on are looked at again for a webhook, which may be new. In a transaction.

    Raises BadReplay where changes would be passed over.
    """
    last, cursor = newest(database), database.value("SELECT last_seq FROM webhooks WHERE name = ?", (webhook,))
    most = (last if cursor is None else int(cursor)) + 1
    if seq > most:
        raise BadReplay(f"{webhook} has been told of changes up to {most - 1}; name {most} or a smaller number")
    if cursor is None:
        database.execute(
            "INSERT INTO webhooks (name, last_seq, created_at) VALUES (?, ?, ?)", (webhook, seq - 1, utc_text(now))
        )
    else:
        database.execute("DELETE FROM outbox WHERE webhook = ? AND seq >= ?", (webhook, seq))
        resume(database, webhook, now)
        database.execute("UPDATE webhooks SET last_seq = ? WHERE name = ?", (seq - 1, webhook))
    return int(database.value("SELECT count(*) FROM change_log WHERE seq >= ?", (seq,)))


def drop(database: Database, webhook: str, ids: Sequence[int] | None) -> int:
    """How many dead deliveries were removed: those named, or all where `ids` is None. Call it in a transaction.

    Raises UnknownWebhook, and BadReplay where a named one is not this webhook's.
    """
    _known(database, webhook)
    chosen, values = ("1", []) if ids is None else _own(database, webhook, ids)
    return int(
        database.execute(
            f"DELETE FROM outbox WHERE webhook = ? AND state = 'dead' AND {chosen}", (webhook, *values)
        ).rowcount
    )


def forget_webhook(database: Database, webhook: str) -> None:
    """None; all that the file knows of a webhook is gone: cursor, counts, deliveries. Call it in a transaction.

    Raises UnknownWebhook.
    """
    _known(database, webhook)
    database.execute("DELETE FROM outbox WHERE webhook = ?", (webhook,))
    database.execute("DELETE FROM webhooks WHERE name = ?", (webhook,))


def forget_delivered(database: Database, now: datetime) -> int:
    """How many deliveries were removed that were made more than KEPT_FOR ago; it writes only where there are any."""
    before = utc_text(now - KEPT_FOR)
    old = "state = 'delivered' AND last_at < ?"
    if database.row(f"SELECT 1 FROM outbox WHERE {old} LIMIT 1", (before,)) is None:
        return 0
    with database.transaction():
        return int(
            database.execute(
                f"DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE {old} LIMIT {FORGOTTEN_AT_ONCE})",
                (before,),
            ).rowcount
        )


def _known(database: Database, webhook: str) -> None:
    if database.row("SELECT 1 FROM webhooks WHERE name = ?", (webhook,)) is None:
        names = ", ".join(row[0] for row in database.rows("SELECT name FROM webhooks ORDER BY name"))
        raise UnknownWebhook(f"{database.path} has no webhook {webhook!r}; there are: {names or 'none yet'}")


def _own(database: Database, webhook: str, ids: Sequence[int]) -> tuple[str, list[int]]:
    """A condition over `outbox` for these deliveries, and its values. Raises BadReplay where one is another's."""
    for one in ids:
        if database.value("SELECT webhook FROM outbox WHERE id = ?", (one,)) != webhook:
            raise BadReplay(f"{webhook} has no delivery {one}; `dibao webhooks dead {webhook}` lists them")
    return f"id IN ({', '.join('?' * len(ids))})", list(ids)
