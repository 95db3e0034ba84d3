"""Many that want to write, one that may: nobody meets `database is locked`, nothing is stored twice."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from scheduler.cli import exit_codes
from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from storage.database import open_reader
from tests import digest
from tests.nightly import long_form

pytestmark = pytest.mark.faults

# Kinds with a sitemap: one crawl finds all their articles.
KINDS = ("mirror", "bay", "gazette", "daily")
SITES, ARTICLES = len(KINDS), 15
CRAWLERS = 4
# Each time: the crawls have the file for a while, then the daemon takes it, works, and is stopped.
ALONE_SECONDS, TOGETHER_SECONDS = 4.0, 12.0
SOON_SECONDS = 60.0
# Until it is the turn of the last crawl: each took 10 s where ten other programs ran.
TURN_SECONDS = 120
MAY_END_WITH = {exit_codes.OK, exit_codes.LOCKED, exit_codes.INTERRUPTED}
DIBAO = str(Path(sys.executable).with_name("dibao"))


@dataclass
class Reader:
    """A consumer who never stops asking: how often it was answered, and what went wrong."""

    database: Path
    answers: int = 0
    problems: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        seen = 0
        while not self.stop.is_set():
            if not self.database.exists():
                self.stop.wait(0.05)
                continue
            try:
                with open_reader(self.database) as database:
                    for _ in range(20):
                        count = database.value("SELECT count(length(text)) FROM articles")
                        if count < seen:
                            self.problems.append(f"{count} articles after {seen}")
                        seen, self.answers = count, self.answers + 1
                        self.stop.wait(0.01)
            except Exception as error:  # noqa: BLE001 - whatever it is, the test reports it
                self.problems.append(repr(error))


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[WorldServer]:
    """A world and a configuration for it, in which every source is due each minute."""
    with WorldServer(World(sites=SITES, articles=ARTICLES, seed=5, kinds=KINDS)) as server:
        text = server.config_toml("news.db", every="1m").replace("[dibao]", "[dibao]\ntick_seconds = 0.2", 1)
        (tmp_path / "dibao.toml").write_text(text, encoding="utf-8")
        yield server


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    """A list for what a test starts: all of it, each a session of its own, is dead after the test."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        family = []
        with contextlib.suppress(psutil.NoSuchProcess):
            family = psutil.Process(process.pid).children(recursive=True)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for each in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()


@pytest.mark.parametrize("rounds", long_form(1, 2))
def test_crawls_beside_a_daemon_write_in_turn_and_store_everything_once(
    portal: WorldServer, tmp_path: Path, processes: list[subprocess.Popen[bytes]], rounds: int
) -> None:
    reader = Reader(tmp_path / "news.db")
    reading = threading.Thread(target=reader.read)
    reading.start()
    try:
        codes = _compete(portal.world, tmp_path, processes, rounds)
        last = [_start(processes, tmp_path, "crawl", "--wait", str(TURN_SECONDS), "--all") for _ in range(CRAWLERS)]
        assert [crawl.wait(2 * TURN_SECONDS) for crawl in last] == [exit_codes.OK] * CRAWLERS
    finally:
        reader.stop.set()
        reading.join()
    print(f"\nexit codes beside the daemon: {sorted(codes)}; the reader was answered {reader.answers} times")
    # The daemon may be stopped while it does what one of them asked for; what that one saw is told as interrupted.
    assert {exit_codes.OK, exit_codes.LOCKED} <= set(codes) <= MAY_END_WITH
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert "database is locked" not in log
    assert "Traceback" not in log
    assert reader.problems == []
    assert reader.answers > 0
    _assert_everything_is_stored_once(tmp_path / "news.db", portal)
    _assert_runs_did_not_overlap(tmp_path / "news.db")


def _compete(world: World, folder: Path, processes: list[subprocess.Popen[bytes]], rounds: int) -> list[int]:
    """The exit codes of the crawls that several loops started while a daemon came and went."""
    codes: list[int] = []
    enough = threading.Event()

    def crawl_again_and_again() -> None:
        while not enough.is_set():
            codes.append(_start(processes, folder, "crawl", "--all").wait(120))

    loops = [threading.Thread(target=crawl_again_and_again) for _ in range(CRAWLERS)]
    for loop in loops:
        loop.start()
    try:
        for number in range(rounds):
            enough.wait(ALONE_SECONDS)
            daemon = _start(processes, folder, "run", "--wait", str(SOON_SECONDS))
            _await_start(daemon, folder / "log", number + 1)
            world.publish(world.sites[number])
            enough.wait(TOGETHER_SECONDS)
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(SOON_SECONDS) == 0
    finally:
        enough.set()
        for loop in loops:
            loop.join()
    return codes


def _start(processes: list[subprocess.Popen[bytes]], folder: Path, *words: str) -> subprocess.Popen[bytes]:
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen([DIBAO, *words], cwd=folder, stdout=log, stderr=log, start_new_session=True)
    processes.append(process)
    return process


def _await_start(daemon: subprocess.Popen[bytes], log: Path, starts: int) -> None:
    deadline = time.monotonic() + SOON_SECONDS
    while log.read_text(encoding="utf-8").count("the daemon has started") < starts:
        assert daemon.poll() is None, log.read_text(encoding="utf-8")[-2000:]
        assert time.monotonic() < deadline, "the daemon did not get the file"
        time.sleep(0.1)


def _assert_everything_is_stored_once(path: Path, portal: WorldServer) -> None:
    with open_reader(path) as database:
        stored = [url for (url,) in database.rows("SELECT url FROM articles")]
        # What the portal repeats may be learned meanwhile; a page is read again then, and nothing else makes revisions.
        revisions = database.value("SELECT count(*) FROM article_revisions WHERE cause <> 'chrome'")
    assert sorted(stored) == sorted(portal.url_of(article) for article in portal.world.articles())
    assert revisions == len(stored)
    assert digest.is_sound(path)


def _assert_runs_did_not_overlap(path: Path) -> None:
    """One program's runs may overlap, those of two may not: the last ones are one run a program."""
    with open_reader(path) as database:
        runs = database.rows("SELECT started_at, finished_at FROM runs ORDER BY id DESC LIMIT ?", (CRAWLERS,))
    for later, earlier in pairwise(runs):
        assert earlier["finished_at"] <= later["started_at"]
