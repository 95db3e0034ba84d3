"""What is to be known of a server that is trusted with the work: how it is reached, by whom, what keeps it fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import psycopg
from psycopg.rows import dict_row

NEEDED: Final = ("settings", "jobs", "events", "workers", "procrastinate_jobs", "procrastinate_workers")
"""Tables of which the coordinator reads and changes rows."""
_WHO: Final = """
    SELECT current_user AS role, r.rolsuper AS is_superuser, coalesce(s.ssl, false) AS has_tls,
           s.version AS tls_version, current_setting('autovacuum') = 'on' AS has_autovacuum
      FROM pg_roles AS r LEFT JOIN pg_stat_ssl AS s ON s.pid = pg_backend_pid() WHERE r.rolname = current_user"""
_RIGHTS: Final = """
    SELECT array(SELECT t FROM unnest(%(tables)s::text[]) AS t
                  WHERE to_regclass(t) IS NULL OR NOT has_table_privilege(t, 'SELECT')
                     OR NOT (has_table_privilege(t, 'UPDATE') OR has_any_column_privilege(t, 'UPDATE'))) AS lacking,
           EXISTS (SELECT 1 FROM pg_index AS i WHERE i.indexrelid = to_regclass('dibao_jobs_lock') AND i.indisvalid)
               AS has_index,
           coalesce((SELECT max(n_dead_tup) FROM pg_stat_user_tables WHERE schemaname = current_schema()), 0)
               AS dead_rows,
           (SELECT extract(epoch FROM clock_timestamp() - min(a.xact_start))::double precision
              FROM pg_stat_activity AS a WHERE a.datname = current_database() AND a.pid <> pg_backend_pid())
               AS longest_transaction_seconds"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """A server as this session finds it. `lacking`: tables that its role may not use.

    `clock_ahead`: how far the server's clock is ahead of this machine's, to half of `round_trip`.
    """

    role: str
    is_superuser: bool
    has_tls: bool
    tls_version: str | None
    has_autovacuum: bool
    lacking: tuple[str, ...]
    has_index: bool
    dead_rows: int
    longest_transaction_seconds: float | None
    clock_ahead: timedelta
    round_trip: timedelta


def probe(connection: psycopg.Connection[Any], clock: Callable[[], datetime]) -> Probed:
    """How the server is. Raises psycopg.Error where it is lost."""
    with connection.cursor(row_factory=dict_row) as cursor:
        who = cursor.execute(_WHO).fetchone() or {}
        rights = cursor.execute(_RIGHTS, {"tables": list(NEEDED)}).fetchone() or {}
        before = clock()
        row = cursor.execute("SELECT clock_timestamp() AS now").fetchone() or {}
        after = clock()
    ahead: timedelta = row["now"] - (before + (after - before) / 2)
    lacking = tuple(rights.pop("lacking"))
    return Probed(**who, **rights, lacking=lacking, clock_ahead=ahead, round_trip=after - before)
