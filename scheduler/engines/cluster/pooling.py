"""Whether a pooler stands before PostgreSQL that lends its processes by the transaction: PgBouncer, or one like it.

By such a one a lock or a LISTEN stays behind in a process that somebody else has next, and nobody is told. A pooler
signs its clients in by itself, so the number that it gives a session is not that of a process of the server: where it
is, that was all. Else a second session is opened: two that have one process, or one that has two, show that it is lent.
A quiet pool lends what came back last, so both have the same; one that goes round changes the first one's.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from multiprocessing.connection import wait
from typing import Any, Final

import psycopg

ROUNDS: Final = 8
"""Where others use the pool meanwhile, it is chance who has which process."""
SECOND_SECONDS: Final = 2.0
"""A second session that has no process after so long proves nothing: those that the pool may have are taken."""


def is_lent(session: psycopg.Connection[Any], another: Callable[[], psycopg.Connection[Any]]) -> bool:
    """Whether it was seen that others have the session's process between its transactions.

    `another` opens a session to the same place. Raises psycopg.Error where one is lost.
    """
    mine = {_process_of(session)}
    if session.info.backend_pid in mine:
        return False
    try:
        second = another()
    except psycopg.OperationalError:
        return False
    with closing(second):
        if not _has_one(second):
            return False
        theirs: set[int] = set()
        for _ in range(ROUNDS):
            theirs.add(_process_of(second))
            mine.add(_process_of(session))
            if len(mine) > 1 or len(theirs) > 1 or mine == theirs:
                return True
    return False


def _process_of(session: psycopg.Connection[Any]) -> int:
    # What psycopg prepares would stay behind in a process of others, too.
    row = session.execute("SELECT pg_backend_pid()", prepare=False).fetchone()
    assert row is not None, "it gives one row"
    return int(row[0])


def _has_one(second: psycopg.Connection[Any]) -> bool:
    """Whether the pool lets it have a process soon."""
    second.pgconn.send_query(b"SELECT")
    second.pgconn.flush()
    if not wait([second.pgconn.socket], SECOND_SECONDS):
        return False
    while second.pgconn.get_result() is not None:
        pass
    return True
