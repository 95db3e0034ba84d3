"""Sessions to PostgreSQL, and what is said when there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from scheduler.engines.cluster import schema as schemas
from scheduler.engines.cluster.pooling import is_lent

if TYPE_CHECKING:
    from scheduler.engines.cluster.address import Address

Session = psycopg.Connection[Any]
"""For those who hold one and do not import psycopg."""

# A session that is dead is noticed in this order: the worker's own pings (1 s), what was sent and not acknowledged
# (8 s), the server's keepalives (about 15 s), the heartbeat of its jobs (stall_seconds, 30 s).
_SEEN_DEAD: dict[str, Any] = {
    "connect_timeout": 10,
    "tcp_user_timeout": 8000,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
}
_SERVERS_KEEPALIVES = {"tcp_keepalives_idle": 6, "tcp_keepalives_interval": 3, "tcp_keepalives_count": 3}
_LENT = (
    "a pooler stands before PostgreSQL and lends its sessions by the transaction, so locks and LISTEN are lost; take"
    " the address of PostgreSQL itself, or set pool_mode = session in the pooler"
)
# PostgreSQL cuts the names of applications here.
_NAME_BYTES = 63


class Unreachable(Exception):
    """Nothing answers there, or not now: to be tried again. The message is a sentence with the address."""


class Refused(Exception):
    """The server answers and does not let us in, as it stands: to be put right. The message is a sentence."""


def connect(address: Address, *, schema: str, name: str, autocommit: bool = True) -> psycopg.Connection:
    """A session that sees the schema first. `name`: what it is called in pg_stat_activity.

    Raises Unreachable and Refused. It is not checked whether the schema is there (`schema.version_of`).
    """
    schemas.checked_name(schema)
    shown = name.encode()[:_NAME_BYTES].decode(errors="ignore")
    opened = partial(psycopg.connect, address.conninfo, autocommit=True, application_name=shown, **_SEEN_DEAD)
    try:
        connection = opened()
        try:
            _refuse_lent(connection, opened, address)
            _set_up(connection, schema)
        except (psycopg.Error, Refused):
            connection.close()
            raise
    except psycopg.Error as error:
        raise fault_of(error, address) from error
    connection.autocommit = autocommit
    return connection


@contextmanager
def in_words(address: Address, schema: str) -> Iterator[None]:
    """A block of statements whose errors are Refused and Unreachable, but for those that are our own mistakes."""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        who = address.user or "this role"
        raise Refused(f"{address.shown}: {who} may not do that; use the coordinator's role ({_said(error)})") from error
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedFunction) as error:
        older = f"schema {schema} is not Dibao's, or an older one; run `dibao cluster init`"
        raise Refused(f"{address.shown}: {older} ({_said(error)})") from error
    except psycopg.OperationalError as error:
        raise fault_of(error, address) from error


def fault_of(error: psycopg.Error, address: Address) -> Refused | Unreachable:
    """What the error of a connection means, as a sentence that says the next step."""
    said = _said(error)
    for words, meaning in _REFUSALS:
        if words in said:
            return Refused(f"{address.shown}: {meaning} (PostgreSQL says: {said})")
    return Unreachable(f"PostgreSQL at {address.shown} cannot be reached: {said}")


_ASKS_FOR_ONE = (
    "it asks for a password; write it into the address, or a line for this host, database and role into a .pgpass file"
    " (mode 600, of the user that runs this; named by `passfile` in the address or by PGPASSFILE)"
)
_NOT_LET_IN = "pg_hba.conf does not let this machine, role and database in; add a line there"
_OF_THE_SYSTEM = (
    "pg_hba.conf there asks for no password, but for a user of the system with the role's name; take `localhost` as the"
    " host, or add a line for this role with scram-sha-256 above that one"
)
# libpq gives no SQLSTATE for what fails before a session is there, so its words are read. What a server says in another
# language is Unreachable, and tried again: late, but not wrong.
_REFUSALS = (
    ("password authentication failed", "the name or the password is wrong; look at the address, or at its passfile"),
    ("no password supplied", _ASKS_FOR_ONE),
    ("no pg_hba.conf entry", _NOT_LET_IN),
    ("pg_hba.conf rejects connection", _NOT_LET_IN),
    ("Peer authentication failed", _OF_THE_SYSTEM),
    ("Ident authentication failed", _OF_THE_SYSTEM),
    ("does not support SSL", "it does not speak TLS; switch `ssl` on in its postgresql.conf, or reach it by loopback"),
    ("server certificate for", "the certificate is for another host name; use the name that it is for"),
    ("certificate verify failed", "no authority known here has signed its certificate; set sslrootcert in the URL"),
    ("root certificate file", "there are no authorities to check its certificate by; set sslrootcert in the URL"),
    ("is not permitted to log in", "the role may not log in; run `dibao cluster init`"),
    ("permission denied for database", "the role may not use this database; run `dibao cluster init` for it"),
    ('" does not exist', "there is no such role or database; create it, and run `dibao cluster init`"),
)


def _said(error: psycopg.Error) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _refuse_lent(connection: psycopg.Connection, opened: Callable[[], psycopg.Connection], address: Address) -> None:
    if is_lent(connection, opened):
        raise Refused(f"{address.shown}: {_LENT}")


def _set_up(connection: psycopg.Connection, schema: str) -> None:
    connection.execute(sql.SQL("SET search_path TO {}, pg_temp").format(sql.Identifier(schema)))
    if connection.info.host.startswith("/"):
        return
    for key, seconds in _SERVERS_KEEPALIVES.items():
        connection.execute("SELECT set_config(%s, %s, false)", (key, str(seconds)))
