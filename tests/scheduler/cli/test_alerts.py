"""`dibao alerts`: what an operator sees of those who are told, and what is told again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.database import open_reader, open_writer
from storage.lock import WriterLock
from storage.watch import alerts, incidents
from tests.scheduler.alerting.chats import SECRET, TOKEN, Chat, Reply, chat

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def robot() -> Iterator[Chat]:
    with chat("dingtalk", SECRET) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, robot: Chat, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with a robot, and a line in the log."""
    monkeypatch.setenv("ROBOT", robot.url)
    (tmp_path / "robot.secret").write_text(SECRET)
    (tmp_path / "robot.secret").chmod(0o600)
    (tmp_path / "dibao.toml").write_text(
        '[dibao]\ncontact = "ops@example.org"\n[alerts]\ngroup_seconds = 0\n'
        '[[alert]]\nname = "duty"\nkind = "dingtalk"\nurl_env = "ROBOT"\nsecret_file = "robot.secret"\n'
        "max_attempts = 2\n"
        '[[alert]]\nname = "lines"\nkind = "log"\n',
        encoding="utf-8",
    )
    return tmp_path


def test_a_test_of_no_alert_or_an_unknown_one_lists_those_that_there_are(dibao_here: Run, folder: Path) -> None:
    for arguments, said in (((), "there are: duty, lines"), (("dutty",), 'did you mean "duty"?')):
        done = dibao_here("alerts", "test", *arguments)
        assert (done.returncode, said in done.stderr) == (2, True)


def queue(folder: Path, count: int = 1, *sinks: str) -> None:
    with open_writer(folder / "news.db") as database, database.transaction():
        for _ in range(count):
            now = datetime.now(UTC)
            made = incidents.open_(
                database, key=f"{time.monotonic_ns()}", kind="disk_low", severity="error", facts={}, now=now
            )
            alerts.queue(database, made, sinks or ["duty"], "opened", now)


def kill_off(folder: Path, *ids: int) -> None:
    with open_writer(folder / "news.db") as database, database.transaction():
        alerts.failed(database, ids, "errcode 310000: \x1b[31mkeywords not in content", None)


def test_alerts_are_listed_before_there_is_a_file_and_after(folder: Path, robot: Chat, dibao_here: Run) -> None:
    rows = json.loads(dibao_here("alerts", "list", "--json").stdout)["alerts"]
    assert [(row["name"], row["kind"], row["state"]) for row in rows] == [
        ("duty", "dingtalk", "new"), ("lines", "log", "new"),
    ]  # fmt: skip
    queue(folder, 3, "duty", "gone-one")
    kill_off(folder, 1)
    rows = json.loads(dibao_here("alerts", "list", "--json").stdout)["alerts"]
    assert [(row["name"], row["state"], row["waiting"], row["dead"]) for row in rows] == [
        ("duty", "failing", 2, 1), ("lines", "new", 0, 0), ("gone-one", "not configured", 3, 0),
    ]  # fmt: skip
    shown = dibao_here("alerts", "list").stdout
    assert "keywords not in content" in shown
    assert "\x1b" not in shown
    assert TOKEN not in shown


def test_a_test_arrives_signed_and_its_failure_is_exit_code_1(folder: Path, robot: Chat, dibao_here: Run) -> None:
    done = dibao_here("alerts", "test", "duty")
    assert (done.returncode, done.stdout) == (0, "duty: taken, HTTP 200\n")
    assert "测试" in robot.taken[0]["markdown"]["text"]
    robot.say = lambda _number: Reply(document={"errcode": 310000, "errmsg": f"no {TOKEN}\x1b[31m"})
    done = dibao_here("alerts", "test", "duty")
    assert (done.returncode, done.stdout) == (1, "duty: not taken: errcode 310000: no … [31m\n")
    assert dibao_here("alerts", "test", "lines").returncode == 0
    assert not (folder / "news.db").exists()


def test_what_was_given_up_is_listed_and_told_again(folder: Path, robot: Chat, dibao_here: Run) -> None:
    queue(folder, 3)
    kill_off(folder, 1, 2, 3)
    (row, *_) = json.loads(dibao_here("alerts", "dead", "duty", "--json").stdout)["dead"]
    assert (row["id"], row["alert"], row["attempts"]) == (3, "duty", 1)
    assert "\x1b" not in dibao_here("alerts", "dead").stdout
    assert dibao_here("alerts", "dead", "lines").stderr == "no alert was given up\n"
    assert dibao_here("alerts", "replay", "duty", "2").stdout == "duty: alerts to be told again: 1\n"
    done = dibao_here("alerts", "replay", "duty", "1", "2")
    assert done.returncode == 2
    assert "Nothing was changed" in done.stderr
    assert dibao_here("alerts", "replay", "duty").stdout == "duty: alerts to be told again: 2\n"
    with WriterLock(folder / "news.db"):
        assert dibao_here("alerts", "replay", "duty").returncode == 3


def test_a_secret_that_cannot_be_had_ends_a_command_with_its_line(
    folder: Path, dibao_here: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ROBOT")
    for command in (("validate",), ("alerts", "test", "duty"), ("crawl",), ("run",)):
        done = dibao_here(*command)
        assert done.returncode == 2, command
        assert 'dibao.toml:8: alert "duty" url_env: the environment has no ROBOT' in done.stderr
    assert dibao_here("alerts", "list").returncode == 0


def test_a_crawl_tells_what_is_due_and_no_command_shows_a_secret(folder: Path, robot: Chat, dibao_here: Run) -> None:
    queue(folder, 2, "duty", "lines")
    said = [dibao_here("crawl", "--log-level", "debug")]
    assert "Dibao 2 条告警" in robot.taken[0]["markdown"]["title"]
    assert said[0].stderr.count("scheduler.alerting.log: 磁盘空间不足") == 2
    robot.say = lambda _number: Reply(500, body=robot.url.encode())
    queue(folder)
    (folder / "robot.secret").chmod(0o644)
    commands = [
        ("crawl", "--log-format", "json", "--log-level", "debug"), ("alerts", "list", "--json"), ("alerts", "dead"),
        ("alerts", "test", "duty"), ("validate",), ("status", "--json"),
    ]  # fmt: skip
    said += [dibao_here(*command) for command in commands]
    assert "every user of this machine can read it" in said[1].stderr
    assert "alert duty fails: HTTP 500" in said[1].stderr
    everything = "".join(one.stdout + one.stderr for one in said)
    stored = b"".join(path.read_bytes() for path in folder.glob("news.db*") if path.is_file())
    for secret in (TOKEN, SECRET, SECRET[3:], robot.url):
        assert secret not in everything
        assert secret.encode() not in stored


@pytest.mark.faults
def test_what_a_killed_crawl_had_told_is_told_at_least_once_and_nothing_is_missed(
    folder: Path, robot: Chat, dibao_command: str
) -> None:
    """Killed while its messages are on their way; the file is whole, and each alert arrives."""
    kills, number = 0, 0
    for round_ in range(8):
        number += 5
        queue(folder, 5)
        robot.say = lambda _number: Reply(document={"errcode": 0, "errmsg": "ok"}, stall_seconds=0.05)
        before = robot.asked
        process = subprocess.Popen([dibao_command, "crawl"], cwd=folder, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while robot.asked == before and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(0.02 * (round_ % 5))
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        process.wait(30)
    assert kills >= 4
    robot.say = lambda _number: None
    with open_reader(folder / "news.db") as database:
        waiting = alerts.counts(database).get(("duty", "pending"), 0)
    subprocess.run([dibao_command, "crawl"], cwd=folder, check=True, capture_output=True)
    with open_reader(folder / "news.db") as database:
        assert alerts.counts(database) == {("duty", "sent"): number}
        assert database.value("PRAGMA integrity_check") == "ok"
    print(f"{kills} kills, {robot.asked} messages, {waiting} alerts told after the last of them")
