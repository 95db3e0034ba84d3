"""`dibao status`: what an operator and a monitor see."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.cli import status
from scheduler.config.file import load_config
from scheduler.demo.world import World
from scheduler.engines.local import LocalEngine
from storage import schema
from storage.care import checkups
from storage.database import open_writer
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


def test_without_a_source_it_says_how_to_add_one(dibao_here: Run, tmp_path: Path) -> None:
    (tmp_path / "dibao.toml").write_text("[dibao]\ncontact = 'a@b.org'\n")
    done = dibao_here("status")
    assert (done.returncode, "no source yet; add one: dibao add URL" in done.stdout) == (0, True)


def test_a_file_of_an_older_version_is_a_problem(dibao_here: Run, config_file: Path) -> None:
    with open_writer(config_file.parent / "news.db") as database:
        database.execute(f"PRAGMA user_version = {schema.VERSION - 1}")
    done = dibao_here("status", "--problems")
    assert (done.returncode, "dibao db migrate" in done.stdout) == (1, True)


def test_a_healthy_and_a_dead_source_are_told_apart(room: Newsroom) -> None:
    healthy, dead = status.report(room.config, NOW)["sources"]
    assert (healthy["failures_in_a_row"], healthy["articles_today"], healthy["last_error"]) == (0, 2, None)
    assert healthy["last_success_at"] is not None
    assert (dead["failures_in_a_row"], dead["last_success_at"]) == (1, None)
    assert "entry points failed" in dead["last_error"]
    assert dead["next_run_why"] == "again after a failure"
    assert dead["next_run_at"] > dead["last_attempt_at"]


def test_a_source_that_has_failed_for_two_weeks_is_called_dead(room: Newsroom) -> None:
    for days, expected in ((13, [False, False]), (15, [False, True])):
        now = NOW + timedelta(days=days)
        rows = status.report(room.config, now)["sources"]
        assert [row["dead"] for row in rows] == expected
    assert [status._cells(row, now)[5] for row in rows] == ["0", "1, dead"]


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


def test_the_file_its_log_its_disk_and_its_checks_are_told(room: Newsroom, dibao_here: Run) -> None:
    told = status.report(room.config, NOW)["file"]
    assert told["bytes"] == room.database.stat().st_size
    assert (told["log_bytes"], told["readers"], told["whole_check_at"], told["findings"]) == (0, None, None, [])
    assert told["quick_check_at"] == "2026-11-22T02:00:00Z"  # before the crawl
    assert told["free_bytes"] > 0
    assert told["sqlite_fault"] is None
    shown = dibao_here("status", "--config", str(room.path)).stdout.splitlines()
    assert any(line.startswith("file: ") and f"SQLite {told['sqlite']}" in line for line in shown)


def test_what_an_operator_has_to_see_to_is_a_line_each(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("scheduler.tidying.LARGE_LOG_BYTES", -1)
    text = room.path.read_text(encoding="utf-8").replace("[dibao]\n", f"[dibao]\nmin_free_bytes = {10**14}\n", 1)
    poor = room.path.with_name("poor.toml")
    poor.write_text(text, encoding="utf-8")
    with WriterLock(room.database), open_writer(room.database) as database:
        checkups.note(database, checkups.WHOLE, NOW, ("story: \x1b[31mevil",))
    monkeypatch.setattr("storage.database.sqlite_fault", lambda *_: "SQLite 3.40.1 has the WAL-reset bug")
    status._show(status.report(load_config(poor), NOW), NOW)
    shown = capsys.readouterr().out
    assert "fetching pauses: " in shown
    assert "min_free_bytes" in shown
    assert "while a program reads: none that this user can see" in shown
    assert "SQLite 3.40.1 has the WAL-reset bug" in shown
    assert "story: " in shown
    assert "\x1b[31mevil" not in shown
