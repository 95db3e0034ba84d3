"""How a `dibao worker` comes to its cluster: it waits for a server and for a coordinator, and heeds a refusal."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import psycopg

from scheduler.engines.cluster import schema as schemas
from scheduler.engines.cluster.connecting import Refused, Unreachable, connect
from scheduler.engines.cluster.formats import FORMAT
from scheduler.engines.cluster.overview import session_name

if TYPE_CHECKING:
    from scheduler.engines.cluster.address import Address

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 15.0
TOLD_EVERY_SECONDS: Final = 60.0
NAME_SECONDS: Final = 45.0
"""How long a name may be another's: the session of a machine that lost its power ends after about 15 s."""


class NameTaken(Exception):
    """Another worker has the name. The message says which, and what to do."""


class NotYet(Exception):
    """The server is there, and something is missing that somebody will bring. The message says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """Who the worker is."""

    name: str
    host: str
    pid: int
    version: str
    processes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The three sessions of a worker, and its number. That of the `fence` is the one that holds its name."""

    worker: int
    heartbeat_seconds: float
    work: psycopg.Connection
    fence: psycopg.Connection
    heart: psycopg.Connection


def join(
    address: Address,
    schema: str,
    introduction: Introduction,
    *,
    pause: Callable[[float], bool],
    name_seconds: float = NAME_SECONDS,
) -> Membership | None:
    """The membership, after however many tries; None where `pause`, which sleeps, says that it is not wanted any more.

    Raises Refused, and NameTaken where the name has been another's all the time.
    """
    seconds, told_at, began = FIRST_PAUSE_SECONDS, float("-inf"), time.monotonic()
    while True:
        try:
            membership = _joined(address, schema, introduction)
        except (Unreachable, NotYet, NameTaken) as error:
            now = time.monotonic()
            if isinstance(error, NameTaken) and now - began > name_seconds:
                raise
            if now - told_at >= TOLD_EVERY_SECONDS:
                told_at = now
                logger.warning("%s; it is tried again", error)
        else:
            logger.info("worker %s is at work for schema %s at %s", introduction.name, schema, address.shown)
            return membership
        if pause(seconds):
            return None
        seconds = min(2 * seconds, LONGEST_PAUSE_SECONDS)


def _joined(address: Address, schema: str, introduction: Introduction) -> Membership:
    with ExitStack() as opened:

        def session() -> psycopg.Connection[Any]:
            return opened.enter_context(connect(address, schema=schema, name=session_name(schema, introduction.name)))

        fence, heart, work = session(), session(), session()
        try:
            _check_version(fence, schema, address)
            row = _hello(fence, introduction)
            _warn_of_rights(fence, address)
        except psycopg.Error as error:
            raise _meaning(error, address, schema) from error
        opened.pop_all()
    worker, heartbeat_seconds, _stall_seconds = row
    return Membership(worker=worker, heartbeat_seconds=heartbeat_seconds, work=work, fence=fence, heart=heart)


def _check_version(connection: psycopg.Connection, schema: str, address: Address) -> None:
    """None, where the schema is the one that this program speaks to."""
    found = schemas.version_of(connection, schema)
    if found is None:
        raise NotYet(f"{address.shown} has no schema {schema} of Dibao yet; run `dibao cluster init`")
    if found < schemas.VERSION:
        raise NotYet(f"schema {schema} is of an older Dibao (version {found}); run `dibao cluster init` of this one")
    if found > schemas.VERSION:
        raise Refused(f"schema {schema} is of a newer Dibao (version {found}); install the coordinator's version here")


def _hello(connection: psycopg.Connection, who: Introduction) -> tuple[Any, ...]:
    told = (who.name, who.host, who.pid, who.version, FORMAT, who.processes)
    row = connection.execute("SELECT * FROM hello(%s, %s, %s, %s, %s, %s)", told).fetchone()
    assert row is not None, "it gives one row"
    return tuple(row)


def _warn_of_rights(connection: psycopg.Connection, address: Address) -> None:
    """None; it is logged where who takes this machine over could read and change the queue of all."""
    if connection.execute("SELECT has_table_privilege('settings', 'SELECT')").fetchone() == (True,):
        logger.warning("%s: this role may do more than a worker must; give workers their own", address.shown)


def _meaning(error: psycopg.Error, address: Address, schema: str) -> Exception:
    said = error.diag.message_primary or " ".join(str(error).split())
    match error.sqlstate:
        case "DB001":
            return Refused(said)
        case "DB002":
            return NameTaken(said)
        case "DB003":
            return NotYet(said)
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return Refused(
            f"{address.shown}: the role may not be a worker in schema {schema} ({said});"
            " use the workers' role, or let `dibao cluster init` give it its rights again"
        )
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return Unreachable(f"{address.shown} was lost while saying hello: {said}")
    return NotYet(f"schema {schema} at {address.shown} cannot be used: {said}")
