"""`dibao run` as a process: what it crawls, how it stops, reads its configuration again, and outlives faults."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from storage import alive
from storage.database import open_reader
from storage.faults import StorageFault

PATIENCE_SECONDS = 60.0
QUICK = "[dibao]\ntick_seconds = 0.2\nheartbeat_seconds = 0.2\nshutdown_seconds = 2\nmin_free_bytes = 0\n"


class Running:
    """A daemon in a folder. Its log is a list of JSON objects."""

    def __init__(self, command: str, folder: Path, server: WorldServer) -> None:
        self.folder, self.server, self._command = folder, server, command
        self.config, self.database, self._log = folder / "dibao.toml", folder / "news.db", folder / "log"
        self.configure()
        self.process = self.start()

    def configure(self, every: str = "30d", more: str = "") -> None:
        text = self.server.config_toml("news.db", every=every).replace("[dibao]\n", QUICK, 1)
        self.config.write_text(text + more, encoding="utf-8")

    def start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [self._command, "run", "--log-format", "json"], cwd=self.folder, stdout=log, stderr=log
            )
        return self.process

    def stop(self) -> tuple[int, float]:
        """The exit code after SIGTERM, and the seconds that it took."""
        began = time.monotonic()
        self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS), time.monotonic() - began

    def value(self, sql: str) -> Any:
        with suppress(StorageFault), open_reader(self.database) as database:
            return database.value(sql)
        return None

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.read_text(encoding="utf-8").splitlines()]

    def said(self, words: str) -> bool:
        return any(words in line["event"] for line in self.log())

    def until(self, happened: Callable[[], Any]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not happened():
            assert self.process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.05)

    @property
    def workers(self) -> list[psutil.Process]:
        children = psutil.Process(self.process.pid).children()
        return [child for child in children if "crawler.worker" in child.cmdline()]


@contextmanager
def running(command: str, folder: Path, server: WorldServer) -> Iterator[Running]:
    daemon = Running(command, folder, server)
    try:
        yield daemon
    finally:
        daemon.process.kill()
        daemon.process.wait()


def test_it_crawls_beats_reads_its_configuration_again_and_is_alone(dibao_command: str, tmp_path: Path) -> None:
    with WorldServer(World(sites=1, articles=2, kinds=["daily"])) as server, \
            WorldServer(World(sites=1, articles=3, seed=4, kinds=["city"])) as other, \
            running(dibao_command, tmp_path, server) as daemon:  # fmt: skip
        daemon.until(lambda: daemon.value("SELECT count(*) FROM articles") == 2)
        assert daemon.value("SELECT pid FROM heartbeats") == daemon.process.pid
        beat = daemon.value("SELECT at FROM heartbeats")
        daemon.until(lambda: daemon.value("SELECT at FROM heartbeats") > beat)

        second = subprocess.run([dibao_command, "run"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert second.returncode == 3
        assert f"process {daemon.process.pid} is writing" in second.stderr

        good = daemon.config.read_text()
        for bad in (good + "\nnonsense = 1\n", None):
            if bad is None:
                daemon.config.unlink()
            else:
                daemon.config.write_text(bad)
            before = len(daemon.log())
            daemon.process.send_signal(signal.SIGHUP)
            daemon.until(lambda: any("the old one stays" in line["event"] for line in daemon.log()[before:]))  # noqa: B023

        daemon.configure(more=other.source_toml())
        daemon.process.send_signal(signal.SIGHUP)
        daemon.until(lambda: daemon.value("SELECT count(*) FROM articles") == 5)
        code, seconds = daemon.stop()
        assert code == 0
        assert seconds < 2 + 23
        assert daemon.value("SELECT count(*) FROM runs WHERE status <> 'ok'") == 0
        assert daemon.said("the daemon has stopped")
        assert alive.verdict_of(daemon.database, datetime.now(UTC)).state == "stopped"


@pytest.mark.faults
def test_it_stops_in_time_while_a_site_stalls_and_the_next_start_takes_the_work_up(
    dibao_command: str, tmp_path: Path
) -> None:
    world = World(sites=1, articles=3, kinds=["daily"])
    for article in world.articles():
        world.stall(article, seconds=600)
    with WorldServer(world) as server, running(dibao_command, tmp_path, server) as daemon:
        daemon.until(lambda: daemon.value("SELECT count(*) FROM urls WHERE lease_job IS NOT NULL") == 3)
        family = psutil.Process(daemon.process.pid).children(recursive=True)
        code, seconds = daemon.stop()
        assert code == 0
        assert seconds < 2 + 23
        assert psutil.wait_procs(family, timeout=30)[1] == []
        assert daemon.value("SELECT count(*) FROM urls WHERE lease_job IS NOT NULL") == 0
        world.heal()
        daemon.start()
        daemon.until(lambda: daemon.value("SELECT count(*) FROM articles") == 3)
        assert not daemon.said("took up after an unclean end")


@pytest.mark.faults
def test_a_killed_worker_is_replaced_and_its_source_asked_again_after_its_back_off(
    dibao_command: str, tmp_path: Path
) -> None:
    world = World(sites=1, articles=2, kinds=["daily"])
    world.stall("/sitemap.xml", seconds=600)
    with WorldServer(world) as server, running(dibao_command, tmp_path, server) as daemon:
        daemon.until(lambda: "/robots.txt" in {request.path for request in server.requests()})
        daemon.workers[0].kill()
        daemon.until(lambda: daemon.value("SELECT failures FROM sources") == 1)
        assert daemon.value("SELECT error FROM run_sources").startswith("crashed: ")
        assert daemon.value("SELECT not_before > last_attempt_at FROM sources") == 1
        assert daemon.value("SELECT status FROM runs") == "failed"
        world.heal()
        time.sleep(1)  # several ticks, in which the source is left alone
        assert daemon.value("SELECT count(*) FROM runs") == 1
        assert daemon.stop()[0] == 0
        # As if the back-off had passed: the clock of a process cannot be set.
        _forget_back_off(daemon.database)
        daemon.start()
        daemon.until(lambda: daemon.value("SELECT count(*) FROM articles") == 2)
        assert daemon.value("SELECT failures FROM sources") == 0


@pytest.mark.faults
def test_what_a_killed_daemon_had_begun_is_done_by_the_next(dibao_command: str, tmp_path: Path) -> None:
    world = World(sites=1, articles=2, kinds=["daily"])
    world.stall("/sitemap.xml", seconds=600)
    with WorldServer(world) as server, running(dibao_command, tmp_path, server) as daemon:
        daemon.until(lambda: daemon.value("SELECT count(*) FROM run_sources") == 1)
        daemon.process.kill()
        daemon.process.wait()
        world.heal()
        daemon.start()
        daemon.until(lambda: daemon.value("SELECT count(*) FROM articles") == 2)
        assert daemon.value("SELECT status FROM runs ORDER BY id LIMIT 1") == "interrupted"
        assert daemon.said("took up after an unclean end")


@pytest.mark.faults
def test_a_full_disk_is_survived_and_nothing_is_lost(dibao_command: str, tmp_path: Path, small_disk: Path) -> None:
    # An empty database and its log take most of a MiB.
    subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
    world = World(sites=1, articles=6, kinds=["daily"])
    world.stall("/sitemap.xml", seconds=1.5)
    with WorldServer(world) as server, running(dibao_command, tmp_path, server) as daemon:
        daemon.process.terminate()
        daemon.process.wait()
        daemon.config.write_text(daemon.config.read_text().replace('"news.db"', f'"{small_disk}/news.db"'))
        daemon.database = small_disk / "news.db"
        daemon.start()
        daemon.until(lambda: daemon.value("SELECT count(*) FROM run_sources") == 1)
        ballast = small_disk / "ballast"
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        daemon.until(lambda: daemon.said("trying again every"))
        ballast.unlink()
        daemon.until(lambda: daemon.value("SELECT count(*) FROM articles") == 6)
        daemon.until(lambda: daemon.said("can be written again"))
        daemon.until(lambda: daemon.value("SELECT count(*) FROM runs WHERE finished_at IS NULL") == 0)
        assert daemon.stop()[0] == 0


def _forget_back_off(path: Path) -> None:
    from storage.database import open_writer  # noqa: PLC0415

    assert os.path.exists(path)  # noqa: PTH110
    with open_writer(path) as database, database.transaction():
        database.execute("UPDATE sources SET not_before = NULL, last_attempt_at = NULL")
