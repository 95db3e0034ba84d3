"""The same world with pauses between requests, by 1, 2 and 4 `dibao worker`s that have one place each.

`pytest tests/benchmarks/test_cluster_speed.py -m benchmark -s` prints the table. With pauses a machine mostly waits, so
four workers on two cores say what four machines would. The time is from the first to the last request at the sites, so
that starting is left out: each worker has had a job before, and has its processes. A moment in which the machine stands
still is a large part of the ten seconds that four take: where they are too slow, they crawl twice more, and the median
of the three counts. `CLUSTER_SPEED_WORKERS=1,2,4`: how many workers are tried, between the first and the last as well.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import pytest
from aiohttp import web

from scheduler.demo.rendered import Answer
from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from storage.database import open_reader
from tests.benchmarks.cluster_programs import DIBAO, Machine, Worker, workers
from tests.benchmarks.rounds import until_well

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(sys.platform != "linux", reason="whole process trees are measured by Linux's means"),
]

COUNTS = tuple(map(int, os.environ.get("CLUSTER_SPEED_WORKERS", "1,4").split(",")))
SITES, ARTICLES = 8, 8
"""Of one kind, so that each job takes as long: it is the queue that is measured, not how work of all sizes fits."""
WARMINGS = 2
"""Crawls before the one that counts, of a new site for each worker: all have come when the second begins."""
DELAY_SECONDS = 0.5
LEAST_SPEED = 3.5
"""Times as fast with four as with one. Workers that wait for each other are twice as fast at most."""
CRAWL_SECONDS = 180


class Timed(WorldServer):
    """A world that knows when it was asked for what."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.asked: list[tuple[float, str]] = []

    def _answer(self, name: str, request: web.Request) -> Answer:
        self.asked.append((time.monotonic(), name))
        return super()._answer(name, request)


def test_four_workers_are_as_fast_as_four(machine: Machine, tmp_path: Path) -> None:
    first, *between, last = COUNTS
    took = {count: [_seconds(machine, tmp_path / str(count), count)] for count in (first, *between)}
    took[last] = []

    def take(number: int) -> None:
        took[last].append(_seconds(machine, tmp_path / f"{last}-{number}", last))

    def times(count: int) -> float:
        return median(took[first]) / median(took[count])

    until_well(take, lambda: times(last) >= LEAST_SPEED)
    print(f"\n\n{SITES} sites of {ARTICLES} articles, {DELAY_SECONDS:g} s between requests, one place a worker")
    for count, seconds in took.items():
        print(f"  {count} workers: {median(seconds):6.1f} s, {times(count):.2f} times, each: {seconds}")
    assert times(last) >= LEAST_SPEED


def _seconds(machine: Machine, folder: Path, count: int) -> float:
    """From the first request to the last, with so many workers."""
    folder.mkdir()
    machine.value("UPDATE settings SET owner = NULL RETURNING 1")
    world = World(SITES + WARMINGS * count, ARTICLES, kinds=["mirror"])
    names = [site.name for site in world.sites]
    with Timed(world) as server:
        config = server.config_toml("news.db", DELAY_SECONDS)
        (folder / "dibao.toml").write_text(config + machine.engine, encoding="utf-8")
        each = [f"worker-{count}-{number}" for number in range(count)]
        with workers(machine.worker_url, machine.schema, folder, each, "--jobs", "1", "--processes", "1") as started:
            for number in range(WARMINGS):
                _crawl(folder, names[SITES + number * count : SITES + (number + 1) * count])
            assert all(_is_warm(worker) for worker in started)
            server.asked.clear()
            _crawl(folder, names[:SITES])
            times = [at for at, _ in server.asked]
            assert [server.max_concurrent(name) for name in names[:SITES]] == [1] * SITES
    with open_reader(folder / "news.db") as database:
        assert database.value("SELECT count(*) FROM articles") == len(names) * ARTICLES
    return max(times) - min(times)


def _crawl(folder: Path, names: Sequence[str]) -> None:
    command = [DIBAO, "crawl", "--json", *names]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=CRAWL_SECONDS, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]


def _is_warm(worker: Worker) -> bool:
    """Whether it has crawled: it has started what crawls, and what reads pages."""
    lines = [" ".join(process.cmdline()) for process in worker.process.children(recursive=True)]
    return all(any(part in line for line in lines) for part in ("crawler.worker", "forkserver"))
