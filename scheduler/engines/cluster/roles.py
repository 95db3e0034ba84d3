"""Who may do what in PostgreSQL, and no more than that.

The owner cannot sign in; the tables and functions are its own, so that no function runs with the rights of an
administrator. The coordinator reads and writes rows and makes nothing. A worker calls eight functions and sees no
table: of another's work it learns nothing, and it can tell of its own jobs only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, LiteralString

import psycopg
from psycopg import sql

WORKERS_FUNCTIONS: Final = ("hello", "beat", "take", "tell", "give_back", "goodbye", "schema_version", "backlog_bytes")
_ROWS = (
    "jobs", "events", "damaged", "workers",
    "procrastinate_jobs", "procrastinate_events", "procrastinate_workers", "procrastinate_periodic_defers",
)  # fmt: skip
# Not `version` and `procrastinate`, which say what was installed.
_SETTINGS = (
    "formats", "owner", "paused", "max_backlog_bytes", "heartbeat_seconds", "stall_seconds",
    "coordinator_seen_at", "coordinator_host", "coordinator_version",
)  # fmt: skip

_MEMBERS_MAY_NOT_SET = 160000


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """The names of the three roles of a schema."""

    owner: str
    coordinator: str
    worker: str

    @classmethod
    def of(cls, schema: str, *, coordinator: str | None = None, worker: str | None = None) -> Roles:
        """`dibao_owner`, `dibao_coordinator` and `dibao_worker` for the schema `dibao`, or the names given."""
        return cls(
            owner=f"{schema}_owner",
            coordinator=coordinator or f"{schema}_coordinator",
            worker=worker or f"{schema}_worker",
        )


def exists(connection: psycopg.Connection, role: str) -> bool:
    """Whether the server has a role of this name."""
    return connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is not None


def is_mighty(connection: psycopg.Connection, role: str) -> bool:
    """Whether the role may do what no role of a cluster may: all, or make roles and databases."""
    mighty = "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls FROM pg_roles WHERE rolname = %s"
    return connection.execute(mighty, (role,)).fetchone() == (True,)


def make(connection: psycopg.Connection, role: str, *, login: bool) -> bool:
    """Whether the role was made now; False: it was there, and is as it was.

    Roles belong to the whole server: another database's installation may make it at the same moment.
    """
    if exists(connection, role):
        return False
    try:
        with connection.transaction():
            may = sql.SQL("LOGIN" if login else "NOLOGIN")
            connection.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(role), may))
    except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        return False
    return True


def set_password(connection: psycopg.Connection, role: str, password: str) -> None:
    """None; the role signs in with it. What is sent is SCRAM's verifier: no log of the server ever has the password."""
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    connection.execute(
        sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier)),
    )


def bind(connection: psycopg.Connection, roles: Roles) -> None:
    """None; said by an administrator: who may act as whom, and that both may sign in to this database.

    The coordinator is a worker too: it may see the sessions of workers, and end them (`dibao cluster evict`).
    """
    # Since 16 who makes a role is a member of it that may not act as it.
    may = "SET" if connection.info.server_version >= _MEMBERS_MAY_NOT_SET else "MEMBER"
    if connection.execute("SELECT pg_has_role(%s, %s)", (roles.owner, may)).fetchone() != (True,):
        _say(connection, "GRANT {} TO CURRENT_USER", roles.owner)
    _say(connection, "GRANT {} TO {}", roles.worker, roles.coordinator)
    for role in (roles.coordinator, roles.worker):
        asked = connection.execute("SELECT has_database_privilege(%s, current_database(), 'CONNECT')", (role,))
        if asked.fetchone() == (False,):
            _say(connection, "GRANT CONNECT ON DATABASE {} TO {}", connection.info.dbname, role)


def grant(connection: psycopg.Connection, schema: str, roles: Roles) -> None:
    """None; said by the owner: the roles' rights are these, whatever they were, and PUBLIC has none."""
    both = (schema, roles.coordinator, roles.worker)
    _say(connection, "REVOKE ALL ON ALL TABLES IN SCHEMA {} FROM PUBLIC, {}, {}", *both)
    _say(connection, "REVOKE ALL ON ALL SEQUENCES IN SCHEMA {} FROM PUBLIC, {}, {}", *both)
    _say(connection, "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {} FROM PUBLIC, {}, {}", *both)
    _say(connection, "REVOKE ALL ON SCHEMA {} FROM PUBLIC, {}, {}", *both)
    _say(connection, "GRANT USAGE ON SCHEMA {} TO {}, {}", *both)
    for name in WORKERS_FUNCTIONS:
        _say(connection, "GRANT EXECUTE ON FUNCTION {} TO {}", (schema, name), roles.worker)
    _grant_coordinator(connection, schema, roles.coordinator)


def drop(connection: psycopg.Connection, roles: Roles) -> None:
    """None; the roles are gone, with what they own and may do in this database. Sessions of theirs must have ended."""
    for role in (roles.coordinator, roles.worker, roles.owner):
        if exists(connection, role):
            _say(connection, "DROP OWNED BY {} CASCADE", role)
            _say(connection, "DROP ROLE {}", role)


def _grant_coordinator(connection: psycopg.Connection, schema: str, role: str) -> None:
    _say(connection, "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {} TO {}", schema, role)
    _say(connection, "GRANT USAGE ON ALL SEQUENCES IN SCHEMA {} TO {}", schema, role)
    for table in _ROWS:
        _say(connection, "GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}", (schema, table), role)
    for table in ("settings", "backlog"):
        _say(connection, "GRANT SELECT ON {} TO {}", (schema, table), role)
    columns = sql.SQL(", ").join(map(sql.Identifier, _SETTINGS))
    connection.execute(
        sql.SQL("GRANT UPDATE ({}) ON {} TO {}").format(
            columns, sql.Identifier(schema, "settings"), sql.Identifier(role)
        )
    )


def _say(connection: psycopg.Connection, text: LiteralString, *names: str | Sequence[str]) -> None:
    said = [sql.Identifier(name) if isinstance(name, str) else sql.Identifier(*name) for name in names]
    connection.execute(sql.SQL(text).format(*said))
