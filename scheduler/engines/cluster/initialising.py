"""A server made ready for a cluster: schema, roles, passwords. What `dibao cluster init` does."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import LiteralString

import psycopg
from psycopg import sql

from scheduler.engines.cluster import roles as role_rights
from scheduler.engines.cluster import schema as schemas
from scheduler.engines.cluster.address import Address
from scheduler.engines.cluster.connecting import Refused, connect, fault_of
from scheduler.engines.cluster.roles import Roles

# CREATE OR REPLACE TRIGGER came with 14.
OLDEST_SERVER = 140000
_PASSWORD_BYTES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A role that may sign in. `password`: the one that was set now, None where it is as it was."""

    role: str
    made: bool
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Initialised:
    """What was done. `before`: version of the schema that was there, None for none."""

    schema: str
    before: int | None
    version: int
    coordinator: Member
    worker: Member
    released: bool = False


def initialise(
    address: Address,
    *,
    schema: str,
    coordinator_role: str | None = None,
    worker_role: str | None = None,
    coordinator_password: str | None = None,
    worker_password: str | None = None,
    take_over: bool = False,
) -> Initialised:
    """What was done; all of it or nothing. `address`: of an administrator, who may make roles and schemas.

    A role that is made without a password gets one by chance; a role that was there keeps its own, unless one is given.
    `take_over`: the file that the schema has served is let go, the next coordinator's takes its place. May be run again
    at any time, also by two at once. Raises Unreachable, Refused, schema.NewerSchema, and ValueError for names.
    """
    names = Roles.of(schemas.checked_name(schema), coordinator=coordinator_role, worker=worker_role)
    if len({names.owner, names.coordinator, names.worker}) < len(("owner", "coordinator", "worker")):
        raise ValueError("the owner of the tables, the coordinator and the workers need a role each; name three")
    with connect(address, schema=schema, name="dibao cluster init") as connection:
        _check_server(connection, address)
        try:
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('dibao cluster init', 0))")
                coordinator = _member(connection, names.coordinator, coordinator_password)
                worker = _member(connection, names.worker, worker_password)
                before = _install(connection, schema, names, address, take_over=take_over)
        except psycopg.errors.InsufficientPrivilege as error:
            raise _not_allowed(error, address) from error
        except psycopg.OperationalError as error:
            raise fault_of(error, address) from error
    return Initialised(
        schema=schema,
        before=before,
        version=schemas.VERSION,
        coordinator=coordinator,
        worker=worker,
        released=take_over,
    )


def _check_server(connection: psycopg.Connection, address: Address) -> None:
    if connection.info.server_version < OLDEST_SERVER:
        raise Refused(
            f"{address.shown} is PostgreSQL {connection.info.server_version // 10000}; 14 or newer is needed"
        )


def _member(connection: psycopg.Connection, role: str, password: str | None) -> Member:
    made = role_rights.make(connection, role, login=True)
    if not made and role_rights.is_mighty(connection, role):
        # What may be lent out is the rights of a worker; never an administrator's, to whoever has a worker's password.
        raise Refused(f"role {role} is an administrator of the server; give the cluster roles of its own")
    if made and password is None:
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
    if password is not None:
        role_rights.set_password(connection, role, password)
    return Member(role=role, made=made, password=password)


def _install(
    connection: psycopg.Connection, schema: str, names: Roles, address: Address, *, take_over: bool
) -> int | None:
    """The version before. All that is made belongs to the owner's role, whoever is the administrator."""
    role_rights.make(connection, names.owner, login=False)
    role_rights.bind(connection, names)
    if not schemas.is_there(connection, schema):
        _as_named(connection, "CREATE SCHEMA {} AUTHORIZATION {}", schema, names.owner)
    elif not schemas.is_ours_or_empty(connection, schema):
        raise Refused(f"{address.shown}: schema {schema} holds tables of something else; take another [engine] schema")
    elif schemas.version_of(connection, schema) is None:
        _as_named(connection, "ALTER SCHEMA {} OWNER TO {}", schema, names.owner)
    _as_named(connection, "SET LOCAL ROLE {}", names.owner)
    before = schemas.install(connection, schema)
    role_rights.grant(connection, schema, names)
    if take_over:
        _refuse_served(connection, schema, address)
        _as_named(connection, "UPDATE {}.settings SET owner = NULL", schema)
    connection.execute("RESET ROLE")
    return before


def _refuse_served(connection: psycopg.Connection, schema: str, address: Address) -> None:
    """None; no coordinator is at work, and none begins meanwhile: it would go on, and new workers find nobody there."""
    name = f"{schemas.COORDINATOR}:{schema}"
    row = connection.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", (name,)).fetchone()
    if row != (True,):
        at_work = f"a coordinator is at work with schema {schema}; stop that `dibao run`"
        raise Refused(f"{address.shown}: {at_work}, then run this again")


def _as_named(connection: psycopg.Connection, text: LiteralString, *names: str) -> None:
    connection.execute(sql.SQL(text).format(*map(sql.Identifier, names)))


def _not_allowed(error: psycopg.Error, address: Address) -> Refused:
    said = " ".join(str(error).split())
    return Refused(
        f"{address.shown}: this role may not do it; `dibao cluster init` needs one that may make roles and schemas, "
        f"as the server's administrator may (PostgreSQL says: {said})"
    )
