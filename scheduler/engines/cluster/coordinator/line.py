"""The coordinator's line to PostgreSQL: two sessions, and the terms on which it works there.

The ear hears that there are events, and holds the lock that makes this the only coordinator of the schema; jobs go out
by it. The hand takes batches of events, and has a transaction open as long as it holds some.
"""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from typing import Final

import psycopg
from psycopg import sql

from scheduler.engines.cluster import schema as schemas
from scheduler.engines.cluster.address import Address
from scheduler.engines.cluster.connecting import Refused, Unreachable, connect, fault_of
from scheduler.engines.cluster.coordinator import ends
from scheduler.engines.cluster.formats import QUEUE, READABLE, SUSPECTS

LOCK_TIMEOUT: Final = "5s"
"""Whoever locks a whole table (an upgrade, VACUUM FULL) may wait for the hand while the ear waits for him, which no
server sees to be a deadlock: then the line is opened anew."""


class Busy(Exception):
    """Another coordinator holds the schema, or the session of one that has died. The message is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the coordinator sets for all. `owner`: gives the id of the file that it folds events into."""

    owner: Callable[[], str]
    max_backlog_bytes: int = 1024**3
    heartbeat_seconds: float = 10.0
    stall_seconds: float = 30.0


@dataclass(slots=True)
class Line:
    """Both sessions."""

    ear: psycopg.Connection
    hand: psycopg.Connection
    socket: int
    """What can be read when the ear has heard something, or is lost."""

    def close(self) -> None:
        """None; what is not committed is rolled back."""
        for connection in (self.hand, self.ear):
            with contextlib.suppress(psycopg.Error):
                connection.close()

    def drain(self) -> None:
        """None; what the ear has heard is let go. Raises psycopg.OperationalError where the line is lost."""
        self.ear.pgconn.consume_input()
        while self.ear.pgconn.notifies():
            pass


def open_line(address: Address, schema: str, terms: Terms) -> Line:
    """The line of the schema's only coordinator. Raises Unreachable, Refused and Busy."""
    ear = connect(address, schema=schema, name=f"dibao run {platform.node()}")
    opened = [ear]
    try:
        _check_version(ear, address, schema)
        _hold(ear, schemas.COORDINATOR, address, schema)
        hand = connect(address, schema=schema, name=f"dibao run {platform.node()} (events)", autocommit=False)
        opened.append(hand)
        # An earlier one may be there yet, with rows that would be passed over: what a job had told after its end.
        _hold(hand, "events", address, schema)
        _begin(ear, address, schema, terms)
        for connection in opened:
            connection.execute("SELECT set_config('lock_timeout', %s, false)", (LOCK_TIMEOUT,))
        hand.commit()
    except BaseException as error:
        for connection in opened:
            connection.close()
        if isinstance(error, psycopg.Error):
            raise _meant(error, address, schema) from error
        raise
    # With nobody to hear them psycopg keeps, for ever, what the server says during a statement.
    ear.add_notify_handler(lambda _: None)
    return Line(ear, hand, ear.pgconn.socket)


def _check_version(ear: psycopg.Connection, address: Address, schema: str) -> None:
    """None; the schema is of this dibao's version, or Refused."""
    version = schemas.version_of(ear, schema)
    if version != schemas.VERSION:
        said = f"has no schema {schema} of Dibao" if version is None else f"has schema {schema} of version {version}"
        newer = ", or install a newer dibao here" if (version or 0) > schemas.VERSION else ""
        raise Refused(
            f"{address.shown} {said}, and this dibao works with version {schemas.VERSION}: run `dibao cluster init`"
            f" with the URL of an administrator{newer}"
        )


def _hold(session: psycopg.Connection, what: str, address: Address, schema: str) -> None:
    """None; the session has this lock, which is free again when it ends, however its process has. Raises Busy."""
    if _one(session, "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (f"{what}:{schema}",)):
        return
    host = _one(session, "SELECT coordinator_host FROM settings")
    raise Busy(
        f"another coordinator works with schema {schema} at {address.shown}, on {host or 'a machine without a name'}."
        " Stop it, or give this one a schema of its own (`schema` in [engine])"
    )


def _begin(ear: psycopg.Connection, address: Address, schema: str, terms: Terms) -> None:
    """None; workers know the terms. Jobs of another format that nobody has begun are out of the queue."""
    owner = terms.owner()
    with ear.transaction():
        ear.execute("UPDATE settings SET owner = %s WHERE owner IS NULL", (owner,))
        served = _one(ear, "SELECT owner FROM settings")
        if served != owner:
            raise Refused(
                f"schema {schema} at {address.shown} serves another database file (its id is {served}, this one's is"
                f" {owner}): events of the one would be lost in the other. Name that file in dibao.toml, or give this"
                " one a schema of its own, or run `dibao cluster init --take-over` where that file is no more"
            )
        ear.execute(
            "UPDATE settings SET formats = %s, max_backlog_bytes = %s, heartbeat_seconds = %s, stall_seconds = %s,"
            " coordinator_seen_at = now(), coordinator_host = %s, coordinator_version = %s",
            (
                sorted(READABLE),
                terms.max_backlog_bytes,
                terms.heartbeat_seconds,
                terms.stall_seconds,
                platform.node(),
                metadata.version("dibao"),
            ),
        )
        _drop_other_formats(ear)
    ear.execute(sql.SQL("LISTEN {}").format(sql.Identifier(f"{schema}_events")))


def _drop_other_formats(ear: psycopg.Connection) -> None:
    rows = ear.execute(
        "DELETE FROM procrastinate_jobs AS q USING jobs AS j WHERE j.queue_job = q.id AND q.status = 'todo'"
        " AND q.queue_name <> ALL(%s) RETURNING j.id",
        ([QUEUE, SUSPECTS],),
    ).fetchall()
    for (job_id,) in rows:
        ends.end(ear, job_id, "interrupted", "it was made by another version of dibao, and is planned again")


def _one(connection: psycopg.Connection, query: str, values: tuple[object, ...] = ()) -> object:
    """The first column of the first row."""
    row = connection.execute(query.encode(), values).fetchone()
    return None if row is None else row[0]


def _meant(error: psycopg.Error, address: Address, schema: str) -> Refused | Unreachable:
    if isinstance(error, psycopg.errors.InsufficientPrivilege | psycopg.errors.UndefinedTable):
        return Refused(
            f"{address.shown}: this role may not do a coordinator's work in schema {schema}; use the one that"
            f" `dibao cluster init` has made (PostgreSQL says: {' '.join(str(error).split())})"
        )
    return fault_of(error, address)
