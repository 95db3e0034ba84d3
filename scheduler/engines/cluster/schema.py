"""The schema in PostgreSQL: installed, brought up to date, recognised, dropped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import metadata, resources
from typing import LiteralString

import psycopg
from psycopg import sql

# Each brings the schema from its number less one to its number; a step that was released is never changed. Functions
# are no step: they are replaced whole at each installation (a step drops first what takes other values than before).
STEPS: tuple[str, ...] = ("schema.sql",)
VERSION = len(STEPS)
# With the schema's name, the advisory lock of the coordinator that is at work there.
COORDINATOR = "coordinator"
# Channels are named `<schema>_workers`, roles `<schema>_coordinator`, and PostgreSQL cuts names at 63 bytes.
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,39}")


class NewerSchema(Exception):
    """The schema is of a newer dibao than this one; nothing was changed."""


def checked_name(schema: str) -> str:
    """The name as it is. Raises ValueError for what would have to be quoted, or is PostgreSQL's own."""
    if not _NAME.fullmatch(schema) or schema.startswith("pg_") or schema in {"public", "information_schema"}:
        raise ValueError(
            f"[engine] schema is {schema!r}: take small Latin letters, digits and _, at most 40, and a name of its own"
        )
    return schema


def version_of(connection: psycopg.Connection, schema: str) -> int | None:
    """Version of what is installed, None where nothing is. Any role that may use the schema can ask."""
    function = f"{checked_name(schema)}.schema_version()"
    row = connection.execute("SELECT to_regprocedure(%s)", (function,)).fetchone()
    if row is None or row[0] is None:
        return None
    found = connection.execute(_query("SELECT {}.schema_version()", schema)).fetchone()
    return None if found is None else int(found[0])


def is_installed(connection: psycopg.Connection, schema: str) -> bool:
    """Whether the schema is there, in the version that this dibao speaks."""
    return version_of(connection, schema) == VERSION


def is_there(connection: psycopg.Connection, schema: str) -> bool:
    """Whether there is a schema of this name, whatever is in it."""
    row = connection.execute("SELECT to_regnamespace(%s)", (checked_name(schema),)).fetchone()
    return row is not None and row[0] is not None


def is_ours_or_empty(connection: psycopg.Connection, schema: str) -> bool:
    """Whether nobody else's tables lie in the schema."""
    if version_of(connection, schema) is not None:
        return True
    tables = "SELECT 1 FROM pg_class AS c WHERE c.relnamespace = to_regnamespace(%s) LIMIT 1"
    return connection.execute(tables, (schema,)).fetchone() is None


def install(connection: psycopg.Connection, schema: str, *, steps: Sequence[str] = STEPS) -> int | None:
    """The version that was there before, None for none. The schema is there afterwards, and up to date.

    One transaction (or a part of the one that is open), under a lock: of two installations at once one waits. The
    transaction sees this schema first afterwards. `steps`: names of SQL files of this package, or SQL. Raises
    NewerSchema.
    """
    with connection.transaction():
        lock = f"install:{checked_name(schema)}"
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (lock,))
        before = version_of(connection, schema)
        if before is not None and before > len(steps):
            raise NewerSchema(
                f"schema {schema} is of version {before}, this dibao speaks {len(steps)}: "
                "install the dibao that the coordinator has"
            )
        if not is_there(connection, schema):
            connection.execute(_query("CREATE SCHEMA {}", schema))
        connection.execute(_query("SET LOCAL search_path TO {}, pg_temp", schema))
        for number, step in enumerate(steps, start=1):
            if number > (before or 0):
                _take_step(connection, number, step)
        _run(connection, _text("functions.sql"))
    return before


def drop(connection: psycopg.Connection, schema: str) -> None:
    """None; the schema is gone with all that waited in it. Roles stay (roles.drop)."""
    connection.execute(_query("DROP SCHEMA IF EXISTS {} CASCADE", checked_name(schema)))


def _take_step(connection: psycopg.Connection, number: int, step: str) -> None:
    if number == 1:
        _run(connection, _procrastinate_tables())
    _run(connection, _text(step) if step.endswith(".sql") else step)
    if number == 1:
        release = metadata.version("procrastinate")
        connection.execute("INSERT INTO settings (version, procrastinate) VALUES (%s, %s)", (number, release))
    connection.execute("UPDATE settings SET version = %s", (number,))


def _procrastinate_tables() -> str:
    # Only installing needs it, and it takes .3 s to import.
    from procrastinate.schema import SchemaManager  # noqa: PLC0415

    return SchemaManager.get_schema()


def _text(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _run(connection: psycopg.Connection, statements: str) -> None:
    # Without values to bind, so that many statements are one message and `%` is a letter.
    connection.execute(statements.encode())


def _query(text: LiteralString, schema: str) -> sql.Composed:
    return sql.SQL(text).format(sql.Identifier(schema))
