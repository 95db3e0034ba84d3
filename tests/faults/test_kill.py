"""kill -9 of anything at any time: after the next run the file is that of an undisturbed run."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from tests import digest
from tests.nightly import thinned

pytestmark = pytest.mark.faults

# Kinds with a sitemap: one crawl finds all their articles.
KINDS = ("mirror", "bay", "gazette", "daily")
SITES, ARTICLES = len(KINDS), 75
ROUNDS, KILLS = 6, 5
# Of the rounds, one for every change: each takes a minute of CPU.
EVERY = 6
VICTIMS = ("worker", "coordinator", "group", "pool")


@pytest.fixture(scope="module")
def large_world() -> Iterator[WorldServer]:
    with WorldServer(World(sites=SITES, articles=ARTICLES, seed=3, kinds=KINDS)) as server:
        yield server


@pytest.fixture(scope="module")
def undisturbed(large_world: WorldServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a crawl that nobody disturbs."""
    folder = tmp_path_factory.mktemp("undisturbed")
    _configure(folder, large_world)
    assert _start(folder).wait(300) == 0
    assert len(digest.articles(folder / "news.db")) == SITES * ARTICLES
    return folder / "news.db"


@pytest.mark.parametrize("seed", thinned(range(ROUNDS), EVERY))
def test_a_crawl_that_is_killed_again_and_again_ends_like_an_undisturbed_one(
    seed: int, large_world: WorldServer, undisturbed: Path, tmp_path: Path
) -> None:
    """Kills KILLS crawls at random moments; where one came to its end first, a new file is begun."""
    chance = random.Random(seed)
    victims: list[str] = []
    while len(victims) < KILLS:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        _configure(folder, large_world)
        while len(victims) < KILLS:
            crawl = _start(folder)
            try:
                crawl.wait(chance.uniform(0.2, 6.0))
                break
            except subprocess.TimeoutExpired:
                victims.append(chance.choice(VICTIMS))
                _kill(crawl, victims[-1])
            crawl.wait(300)
            assert not (folder / "news.db").exists() or digest.is_sound(folder / "news.db")
        assert _start(folder).wait(300) == 0
        database = folder / "news.db"
        assert digest.is_sound(database)
        assert digest.articles(database) == digest.articles(undisturbed)
        assert digest.copies(database) == digest.copies(undisturbed)


def test_nothing_outlives_a_killed_coordinator(large_world: WorldServer, tmp_path: Path) -> None:
    _configure(tmp_path, large_world)
    crawl = _start(tmp_path)
    family = _family_with_pool(crawl)
    crawl.kill()
    crawl.wait()
    _, alive = psutil.wait_procs(family, timeout=30)
    assert [process.cmdline() for process in alive] == []


def _configure(folder: Path, server: WorldServer) -> None:
    text = server.config_toml("news.db", delay_seconds=0.0)
    text = text.replace("[fetch]", "[fetch]\nmax_pages_per_run = 1000", 1)
    (folder / "dibao.toml").write_text(text, encoding="utf-8")


def _start(folder: Path) -> subprocess.Popen[bytes]:
    command = [str(Path(sys.executable).with_name("dibao")), "crawl", "--all", "--wait", "20"]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, start_new_session=True)


def _kill(crawl: subprocess.Popen[bytes], victim: str) -> None:
    """kill -9 of the coordinator, of everything at once, of the worker, or of one process of its pool."""
    try:
        family = psutil.Process(crawl.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return
    workers = [process for process in family if _runs(process, "crawler.worker")]
    pool = [process for process in family if _runs(process, "forkserver")]
    if victim == "group":
        os.killpg(crawl.pid, signal.SIGKILL)
    elif victim == "coordinator" or not workers:
        crawl.kill()
    elif victim == "pool" and pool:
        pool[-1].kill()
    else:
        workers[0].kill()


def _runs(process: psutil.Process, what: str) -> bool:
    try:
        return any(what in word for word in process.cmdline())
    except psutil.Error:
        return False


def _family_with_pool(crawl: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The children of a crawl, once its pool works too."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        family = psutil.Process(crawl.pid).children(recursive=True)
        if sum(_runs(process, "forkserver") for process in family) >= 2:
            return family
        time.sleep(0.1)
    raise AssertionError("the pool did not start within a minute")
