"""What is to be sent now, and what became of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.database import Database
from storage.records import utc_text

GONE = 410
"""The answer by which a receiver ends it: nothing is sent any more until the operator says so (Standard Webhooks)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One change that is to be told to one webhook. `attempts`: those that failed."""

    id: int
    webhook: str
    seq: int
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an attempt failed, and for how long the delivery and its webhook are to wait; None: not at all.

    `delivery_waits`: None where there is no attempt left, so that the delivery is dead.
    """

    http_status: int | None
    error: str
    delivery_waits: timedelta | None
    webhook_waits: timedelta | None


def due(database: Database, webhook: str, now: datetime, limit: int) -> list[Delivery]:
    """Deliveries of a webhook whose time has come, in the order of the feed; none while the webhook itself waits."""
    at = utc_text(now)
    rows = database.rows(
        "SELECT o.id, o.seq, o.attempts FROM outbox o JOIN webhooks w ON w.name = o.webhook"
        " WHERE o.webhook = ? AND o.state = 'pending' AND o.next_at <= ? AND w.gone_at IS NULL"
        " AND (w.not_before IS NULL OR w.not_before <= ?) ORDER BY o.seq LIMIT ?",
        (webhook, at, at, limit),
    )
    return [Delivery(id=row[0], webhook=webhook, seq=row[1], attempts=row[2]) for row in rows]


def failures(database: Database, webhook: str) -> int:
    """Attempts of the webhook that failed since the last one that did not."""
    return int(database.value("SELECT failures FROM webhooks WHERE name = ?", (webhook,)) or 0)


def delivered(database: Database, delivery: Delivery, http_status: int, now: datetime) -> None:
    """None; the delivery is done, its webhook well and counted. Call it in a transaction."""
    at = utc_text(now)
    changed = database.execute(
        "UPDATE outbox SET state = 'delivered', attempts = attempts + 1, next_at = NULL, last_at = ?,"
        " http_status = ?, error = NULL WHERE id = ? AND state = 'pending'",
        (at, http_status, delivery.id),
    ).rowcount
    database.execute(
        "UPDATE webhooks SET delivered = delivered + ?, failures = 0, not_before = NULL, last_at = ?,"
        " http_status = ?, error = NULL WHERE name = ?",
        (changed, at, http_status, delivery.webhook),
    )


def failed(database: Database, delivery: Delivery, failure: Failure, now: datetime) -> None:
    """None; the delivery waits for another attempt or is dead, and its webhook waits. Call it in a transaction.

    One that is GONE keeps the delivery: nothing of what it has not been told is given up.
    """
    at = utc_text(now)
    gone = failure.http_status == GONE
    waits = timedelta() if gone else failure.delivery_waits
    database.execute(
        "UPDATE outbox SET state = ?, attempts = attempts + 1, next_at = ?, last_at = ?, http_status = ?, error = ?"
        " WHERE id = ? AND state = 'pending'",
        (
            "dead" if waits is None else "pending", None if waits is None else utc_text(now + waits), at,
            failure.http_status, failure.error, delivery.id,
        ),
    )  # fmt: skip
    database.execute(
        "UPDATE webhooks SET failures = failures + 1, not_before = ?, gone_at = ?, last_at = ?, http_status = ?,"
        " error = ? WHERE name = ?",
        (
            None if failure.webhook_waits is None else utc_text(now + failure.webhook_waits), at if gone else None, at,
            failure.http_status, failure.error, delivery.webhook,
        ),
    )  # fmt: skip


def waiting(database: Database, webhooks: Collection[str], now: datetime) -> int:
    """How many deliveries of these webhooks wait in the outbox and are due, or would be if their webhook were well."""
    return sum(
        int(
            database.value(
                "SELECT count(*) FROM outbox WHERE webhook = ? AND state = 'pending' AND next_at <= ?",
                (name, utc_text(now)),
            )
        )
        for name in webhooks
    )
