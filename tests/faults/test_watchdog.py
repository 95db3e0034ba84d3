"""A daemon whose main loop hangs is no longer fed for, is ended and started again; its file says so meanwhile."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from storage import alive
from storage.database import open_reader

pytestmark = pytest.mark.faults

PATIENCE_SECONDS = 60.0
WATCHDOG_SECONDS = 3.0
PROGRAM = Path(__file__).with_name("wedged_daemon.py")
ROOT = Path(__file__).resolve().parents[2]


class Manager:
    """What systemd does for a unit of Type=notify with WatchdogSec=: hears it, ends it with SIGABRT, starts another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(folder / "notify"))
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "NOTIFY_SOCKET": str(self._folder / "notify"),
            "WATCHDOG_USEC": str(int(WATCHDOG_SECONDS * 1e6)),
        }
        with (self._folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, PROGRAM], cwd=self._folder, env=environment, stdout=log, stderr=log
            )
        return self.process

    def heard(self, seconds: float) -> list[str]:
        """The words of the next message; none where nothing comes for so long."""
        self._socket.settimeout(seconds)
        try:
            return self._socket.recv(4096).decode().split("\n")
        except TimeoutError:
            return []

    def until(self, word: str) -> list[str]:
        """The words of the first message that has this one."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while word not in (words := self.heard(1.0)):
            assert self.process.poll() is None, (self._folder / "log").read_text()
            assert time.monotonic() < deadline, (self._folder / "log").read_text()
        return words

    def is_fed(self) -> bool:
        """Whether it is fed within the time that the watchdog waits."""
        deadline = time.monotonic() + WATCHDOG_SECONDS
        while (left := deadline - time.monotonic()) > 0:
            if "WATCHDOG=1" in self.heard(left):
                return True
        return False

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._socket.close()


@contextmanager
def managed(folder: Path) -> Iterator[Manager]:
    manager = Manager(folder)
    try:
        yield manager
    finally:
        manager.close()


def test_a_loop_that_hangs_is_ended_and_one_that_turns_is_fed(tmp_path: Path) -> None:
    with WorldServer(World(sites=1, articles=2, kinds=["daily"])) as server:
        quick = "[dibao]\nheartbeat_seconds = 0.2\nmin_free_bytes = 0\n"
        toml = server.config_toml("news.db").replace("[dibao]\n", quick)
        (tmp_path / "dibao.toml").write_text(toml, encoding="utf-8")
        with managed(tmp_path) as manager:
            manager.until("READY=1")
            assert all(manager.is_fed() for _ in range(3))
            deadline = time.monotonic() + PATIENCE_SECONDS
            while articles(tmp_path) < 2:
                assert time.monotonic() < deadline
                manager.heard(0.2)

            manager.process.send_signal(signal.SIGHUP)
            assert manager.until("RELOADING=1")[1].startswith("MONOTONIC_USEC=")
            manager.until("READY=1")

            (tmp_path / "wedge").touch()
            while manager.is_fed():  # what it said before it hung
                pass
            # Its process is up and its threads run, and still it is known to hang: by systemd, and by its file.
            assert manager.process.poll() is None
            with open_reader(tmp_path / "news.db") as database:
                later = datetime.now(UTC) + timedelta(minutes=1)
                assert alive.verdict(database, later).state == "silent"
            manager.process.send_signal(signal.SIGABRT)
            assert manager.process.wait(PATIENCE_SECONDS) == -signal.SIGABRT

            (tmp_path / "wedge").unlink()
            manager.start()
            manager.until("READY=1")
            assert manager.is_fed()
            manager.process.terminate()
            manager.until("STOPPING=1")
            assert manager.process.wait(PATIENCE_SECONDS) == 0
        with open_reader(tmp_path / "news.db") as database:
            assert alive.verdict(database, datetime.now(UTC)).state == "stopped"
        assert articles(tmp_path) == 2


def articles(folder: Path) -> int:
    with open_reader(folder / "news.db") as database:
        return int(database.value("SELECT count(*) FROM articles"))
