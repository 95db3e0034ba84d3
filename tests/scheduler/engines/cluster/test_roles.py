"""Each role may do its work and nothing else: tried, statement by statement."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from scheduler.engines.cluster import roles
from tests.scheduler.engines.cluster import queue_rows as rows
from tests.scheduler.engines.cluster.stage import WORKERS, Cluster

pytestmark = pytest.mark.cluster

DENIED = psycopg.errors.InsufficientPrivilege


@pytest.fixture
def worker(cluster: Cluster, coordinator: psycopg.Connection) -> Iterator[psycopg.Connection]:
    with cluster.worker() as connection:
        yield connection


def _names(cluster: Cluster, of: str) -> list[str]:
    with cluster.admin() as admin:
        return [name for (name,) in admin.execute(of, (cluster.schema,)).fetchall()]


def _tables(cluster: Cluster) -> list[str]:
    return _names(cluster, "SELECT tablename FROM pg_tables WHERE schemaname = %s")


def test_a_worker_can_neither_read_nor_change_any_table(cluster: Cluster, worker: psycopg.Connection) -> None:
    tables = _tables(cluster)
    assert len(tables) == 10
    for table in tables:
        for statement in ("SELECT 1 FROM {}", "DELETE FROM {}", "INSERT INTO {} DEFAULT VALUES", "TRUNCATE {}",
                          "DROP TABLE {}", "ALTER TABLE {} ADD COLUMN x int"):  # fmt: skip
            with pytest.raises(DENIED):
                worker.execute(statement.format(table))
    with pytest.raises(DENIED):
        worker.execute("UPDATE settings SET paused = true")
    with pytest.raises(DENIED):
        worker.execute("SELECT nextval('events_id_seq')")


def test_a_worker_can_call_its_eight_functions_and_no_other(cluster: Cluster, worker: psycopg.Connection) -> None:
    functions = "SELECT p.oid::regprocedure::text FROM pg_proc AS p WHERE p.pronamespace = %s::regnamespace"
    of_worker = f"{functions} AND has_function_privilege('{cluster.schema}_worker', p.oid, 'EXECUTE')"
    callable_ = {name.split("(")[0].removeprefix(f"{cluster.schema}.") for name in _names(cluster, of_worker)}
    assert callable_ == {*roles.WORKERS_FUNCTIONS}
    assert len(_names(cluster, functions)) > len(callable_) + 15
    for call in ("procrastinate_finish_job_v1(1, 'failed', true)", "procrastinate_register_worker_v1()",
                 "procrastinate_fetch_job_v2(NULL, 1)", "procrastinate_prune_stalled_workers_v1(0)"):  # fmt: skip
        with pytest.raises(DENIED):
            worker.execute(f"SELECT {call}")


def test_a_worker_can_make_nothing(cluster: Cluster, worker: psycopg.Connection) -> None:
    for statement in (
        "CREATE TABLE mine (x int)",
        "CREATE TABLE public.mine (x int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "CREATE DATABASE mine",
        f"SET ROLE {cluster.schema}_coordinator",
        f"SET ROLE {cluster.schema}_owner",
        f"ALTER FUNCTION backlog_bytes() OWNER TO {cluster.schema}_worker",
        "COPY (SELECT 1) TO PROGRAM 'true'",
    ):
        with pytest.raises(DENIED):
            worker.execute(statement)


def test_a_workers_own_objects_are_not_taken_for_ours(
    cluster: Cluster, coordinator: psycopg.Connection, worker: psycopg.Connection
) -> None:
    """PostgreSQL looks into a session's temporary tables first, unless a function says where it is to look."""
    worker.execute("CREATE TEMP TABLE settings AS SELECT 'mine' AS owner, '{99}'::int[] AS formats")
    worker.execute("CREATE TEMP TABLE jobs (id text)")
    worker.execute("SET search_path TO pg_temp")
    rows.place(coordinator, "a")
    said = "SELECT worker FROM {}.hello('one', 'h', 1, '0', 99, 1)"
    with pytest.raises(psycopg.Error, match="job format 99"):
        worker.execute(said.format(cluster.schema))


def test_a_worker_reads_no_job_of_another(
    cluster: Cluster, coordinator: psycopg.Connection, worker: psycopg.Connection
) -> None:
    with cluster.worker() as other:
        first, second = rows.hello(worker, "one"), rows.hello(other, "two")
        rows.place(coordinator, "a", site="s.example")
        job = rows.take(worker, first)
        assert job is not None
        assert rows.take(other, second) is None
        assert not rows.tell(other, second, job)
        assert rows.beat(other, second)["stop_jobs"] == []


def test_the_coordinator_reads_and_writes_rows_and_makes_nothing(
    cluster: Cluster, coordinator: psycopg.Connection
) -> None:
    for table in _tables(cluster):
        coordinator.execute(f"SELECT 1 FROM {table}")
    for table in ("jobs", "events", "damaged", "workers", "procrastinate_jobs", "procrastinate_workers"):
        coordinator.execute(f"DELETE FROM {table}")
    for statement in (
        "CREATE TABLE mine (x int)",
        "DROP TABLE events",
        "TRUNCATE events",
        "ALTER TABLE events ADD COLUMN x int",
        "DROP FUNCTION backlog_bytes()",
        "CREATE ROLE mine",
        "UPDATE settings SET version = 99",
        "DELETE FROM settings",
        "UPDATE backlog SET bytes = 0",
        f"SET ROLE {cluster.schema}_owner",
    ):
        with pytest.raises(DENIED):
            coordinator.execute(statement)


def test_the_coordinator_sees_the_sessions_of_workers_and_may_end_them(
    cluster: Cluster, coordinator: psycopg.Connection, worker: psycopg.Connection
) -> None:
    pid = worker.info.backend_pid
    seen = coordinator.execute("SELECT application_name FROM pg_stat_activity WHERE pid = %s", (pid,))
    assert seen.fetchone() == ("test worker",)
    assert coordinator.execute("SELECT pg_terminate_backend(%s, 10000)", (pid,)).fetchone() == (True,)
    with pytest.raises(psycopg.OperationalError):
        worker.execute("SELECT 1")


def test_a_stranger_with_a_login_on_the_server_has_nothing(cluster: Cluster) -> None:
    with cluster.admin() as admin:
        admin.execute(sql.SQL("CREATE ROLE stranger LOGIN PASSWORD {}").format(WORKERS))
    try:
        with cluster.postgres.connect(user="stranger", password=WORKERS) as stranger:
            for statement in ("SELECT * FROM {}.settings", "SELECT {}.schema_version()", "SELECT {}.backlog_bytes()"):
                with pytest.raises(DENIED):
                    stranger.execute(statement.format(cluster.schema))
    finally:
        with cluster.admin() as admin:
            admin.execute("DROP ROLE stranger")


def test_no_function_runs_with_the_rights_of_an_administrator(cluster: Cluster) -> None:
    owners = (
        "SELECT DISTINCT r.rolname || ':' || r.rolsuper || r.rolcanlogin || r.rolcreaterole FROM pg_proc AS p"
        " JOIN pg_roles AS r ON r.oid = p.proowner WHERE p.pronamespace = %s::regnamespace"
    )
    assert _names(cluster, owners) == [f"{cluster.schema}_owner:falsefalsefalse"]
    open_paths = (
        "SELECT p.proname FROM pg_proc AS p WHERE p.pronamespace = %s::regnamespace AND p.prosecdef"
        " AND NOT coalesce(p.proconfig::text LIKE '%%search_path=%%pg_temp%%', false)"
    )
    assert _names(cluster, open_paths) == []
