"""`dibao status`: what an operator and a monitor see."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scheduler.cli import status
from scheduler.demo.world import World
from scheduler.engines.local import LocalEngine
from storage.lock import WriterLock, lock_path
from tests.scheduler.newsroom import NOW, Newsroom

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, engine: LocalEngine) -> Iterator[Newsroom]:
    """Two sites after one crawl; the second is dead."""
    with Newsroom(tmp_path_factory.mktemp("status"), World(sites=2, articles=2), engine) as room:
        room.world.fail(room.world.sites[1], status=500)
        room.crawl()
        yield room


def test_before_the_first_crawl_every_source_was_never_asked(dibao_here: Run, config_file: Path) -> None:
    done = dibao_here("status", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, done.stderr, document["daemon"], document["writer_pid"]) == (0, "", None, None)
    assert [row["last_attempt_at"] for row in document["sources"]] == [None, None, None]
    assert not (config_file.parent / "news.db").exists()


def test_a_healthy_and_a_dead_source_are_told_apart(room: Newsroom) -> None:
    healthy, dead = status.report(room.config, NOW)["sources"]
    assert (healthy["failures_in_a_row"], healthy["articles_today"], healthy["last_error"]) == (0, 2, None)
    assert healthy["last_success_at"] is not None
    assert (dead["failures_in_a_row"], dead["last_success_at"]) == (1, None)
    assert "entry points failed" in dead["last_error"]
    assert dead["next_run_why"] == "again after a failure"
    assert dead["next_run_at"] > dead["last_attempt_at"]


def test_people_get_a_table_with_the_error(room: Newsroom, dibao_here: Run) -> None:
    done = dibao_here("status", "--config", str(room.path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "entry points failed" in done.stdout
    assert "daemon: never run" in done.stdout


def test_the_writer_is_named_while_it_lives(room: Newsroom) -> None:
    with WriterLock(room.database):
        assert status.report(room.config, NOW)["writer_pid"] == os.getpid()
    assert status.report(room.config, NOW)["writer_pid"] is None


def test_a_writer_that_was_killed_is_not_named(room: Newsroom) -> None:
    with subprocess.Popen(["true"]) as dead:
        pass
    lock_path(room.database).write_text(f"{dead.pid}\n")
    assert status.report(room.config, NOW)["writer_pid"] is None


def test_a_foreign_file_is_exit_code_4(config_file: Path, dibao_here: Run) -> None:
    (config_file.parent / "news.db").write_text("my diary")
    assert dibao_here("status").returncode == 4
