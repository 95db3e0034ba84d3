"""Webhooks beside real crawls: the daemon's, the one-shot's, and processes that are killed while they deliver."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from storage.database import open_reader, open_writer
from storage.outbox import feeding
from tests.scheduler.test_daemon import running
from tests.scheduler.webhooks.receiver import SECRET, Receiver, Reply
from tests.storage.conftest import START, Desk


def hook(receiver: Receiver, name: str = "newsroom", more: str = "") -> str:
    return f'[[webhook]]\nname = "{name}"\nurl = "{receiver.url}"\nsecret_file = "secret"\n{more}'


def test_the_daemon_tells_what_it_stores_and_takes_new_webhooks_with_its_configuration(
    dibao_command: str, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text(SECRET)
    world, more = World(sites=1, articles=1, kinds=["daily"]), World(sites=1, articles=2, seed=4, kinds=["city"])
    with WorldServer(world) as server, WorldServer(more) as other, Receiver(strict=True) as first, \
            Receiver() as second, running(dibao_command, tmp_path, server) as daemon:  # fmt: skip
        daemon.until(lambda: daemon.value("SELECT count(*) FROM articles") == 1)
        daemon.configure(more=hook(first))
        daemon.process.send_signal(signal.SIGHUP)
        daemon.until(lambda: daemon.value("SELECT count(*) FROM webhooks") == 1)
        daemon.configure(more=other.source_toml() + hook(first) + hook(second, "slow", "timeout_seconds = 20\n"))
        second.behave = lambda _told: Reply(stall_seconds=60)
        daemon.process.send_signal(signal.SIGHUP)
        first.until(lambda: len(first.taken) == 2)
        assert daemon.value("SELECT count(*) FROM articles") == 3
        assert first.bad == []
        daemon.until(lambda: daemon.value("SELECT count(*) FROM deliveries WHERE state = 'delivered'") == 2)
        code, seconds = daemon.stop()
        assert code == 0
        assert seconds < 2 + 2 + 23


def test_a_crawl_tells_what_is_due_although_no_source_is_and_no_webhook_changes_its_exit_code(
    dibao_command: str, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text(SECRET)
    with Receiver() as well, Receiver(lambda _told: Reply(500)) as ill:
        text = '[dibao]\ncontact = "ops@example.org"\n' + hook(well) + hook(ill, "ill") + hook(well, "new")
        (tmp_path / "dibao.toml").write_text(text, encoding="utf-8")
        with open_writer(tmp_path / "news.db") as database, database.transaction():
            feeding.adopt(database, ["newsroom", "ill"], START)
        _store(tmp_path / "news.db", ["one"])
        done = subprocess.run(
            [dibao_command, "crawl"], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )
        assert (done.returncode, done.stdout) == (0, "nothing was due\n")
        assert "webhook ill fails: HTTP 500" in done.stderr
        assert [told.id.split("-")[0] for told in well.told] == ["newsroom"]
        with open_reader(tmp_path / "news.db") as database:
            assert database.value("SELECT last_seq FROM webhooks WHERE name = 'new'") == 1


@pytest.mark.faults
def test_a_crawl_tells_what_it_stored_at_its_end_and_no_webhook_changes_its_exit_code(
    dibao_command: str, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "secret").chmod(0o644)
    with WorldServer(World(sites=1, articles=2, kinds=["daily"])) as server, Receiver() as well, \
            Receiver(lambda _told: Reply(500)) as ill:  # fmt: skip
        text = server.config_toml("news.db", delay_seconds=0.0) + hook(well) + hook(ill, "ill")
        (tmp_path / "dibao.toml").write_text(text, encoding="utf-8")
        done = subprocess.run(
            [dibao_command, "crawl"], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        with open_reader(tmp_path / "news.db") as database:
            seqs = [row[0] for row in database.rows("SELECT seq FROM changes WHERE op = 'insert' ORDER BY seq")]
        assert well.seqs == seqs
        assert len(seqs) == 2
        assert "webhook ill fails: HTTP 500" in done.stderr
        assert "every user of this machine can read it" in done.stderr


@pytest.mark.faults
def test_what_a_killed_deliverer_had_sent_comes_at_least_once_and_nothing_is_missed(
    dibao_command: str, tmp_path: Path
) -> None:
    chance = random.Random(5)
    oddities = [*[Reply(stall_seconds=0.002)] * 120, Reply(drop=True), Reply(500)]
    with Receiver(lambda _told: chance.choice(oddities)) as receiver:
        (tmp_path / "dibao.toml").write_text(
            '[dibao]\ncontact = "ops@example.org"\n' + hook(receiver, more="max_attempts = 100\n"), encoding="utf-8"
        )
        (tmp_path / "secret").write_text(SECRET)
        with open_writer(tmp_path / "news.db") as database, database.transaction():
            feeding.adopt(database, ["newsroom"], START)
        kills = 0
        for round_ in range(12):
            _store(tmp_path / "news.db", [f"{round_}-{number}" for number in range(150)])
            process = subprocess.Popen([dibao_command, "webhooks", "deliver"], cwd=tmp_path, stdout=subprocess.DEVNULL)
            before = len(receiver.told)
            enough = chance.randrange(1, 120)
            while len(receiver.told) < before + enough and process.poll() is None:
                time.sleep(0.002)
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
            process.wait(60)
            _make_all_due(tmp_path / "news.db")
        assert kills >= 6
        receiver.behave = lambda _told: Reply()
        subprocess.run([dibao_command, "webhooks", "deliver"], cwd=tmp_path, check=True, capture_output=True)
        with open_reader(tmp_path / "news.db") as database:
            wanted = [row[0] for row in database.rows("SELECT seq FROM changes WHERE op <> 'link' ORDER BY seq")]
            assert sorted(receiver.seqs) == wanted
            assert database.value("SELECT count(*) FROM deliveries WHERE state <> 'delivered'") == 0
            assert database.value("PRAGMA integrity_check") == "ok"
        print(f"{kills} kills, {len(receiver.taken)} messages taken for {len(receiver.seqs)} changes")


def _store(path: Path, names: list[str]) -> None:
    with open_writer(path) as database:
        desk = Desk(database)
        desk.begin()
        desk.take(desk.discovered(*names), *(desk.extracted(name, f"正文{name}。") for name in names))
        desk.end()


def _make_all_due(path: Path) -> None:
    """As if time had passed: the clock of a process cannot be set."""
    with open_writer(path) as database, database.transaction():
        database.execute("UPDATE outbox SET next_at = created_at WHERE state = 'pending'")
        database.execute("UPDATE webhooks SET not_before = NULL")
