"""A backlog of events in PostgreSQL, drained: events a second, and the memory of who drains it.

`pytest tests/benchmarks/test_cluster_backlog.py -m benchmark -s` drains 50,000 events of 500 jobs by the engine alone,
and 2,000 of 4 into a file, by a coordinator that comes after one that was killed; with `-m "benchmark and nightly"` it
is a million of 10,000, and 20,000 of 10, which takes minutes and 4 GB.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import linear_regression
from typing import Any

import psycopg
import pytest

from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from storage.database import open_reader
from tests.benchmarks.cluster_programs import DIBAO, Machine, until
from tests.benchmarks.contenders import measured
from tests.benchmarks.instant_worker import answer_all
from tests.benchmarks.process_trees import cpu_seconds
from tests.benchmarks.queued_jobs import session
from tests.benchmarks.waiting_events import EVENTS_OF_JOB, fill

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(sys.platform != "linux", reason="whole process trees are measured by Linux's means"),
]

LEAST_A_SECOND = 1_500
"""Events: a coordinator stores some 200 pages a second, and what is before it must not be what it waits for."""
MOST_GROWTH = 40.0
"""Bytes by an event that its process may grow in the second half: 4 MB in 100,000. Packed batches of 8 MB are held, and
what the allocator keeps goes up and down by as much."""
MOST_RESIDENT = 200e6


def test_a_backlog_is_drained_quickly(machine: Machine) -> None:
    _drain(machine, 500)


@pytest.mark.nightly
def test_a_million_events_are_drained_in_the_memory_of_a_few(machine: Machine) -> None:
    seen = _drain(machine, 10_000)["resident"]
    half = [point for point in seen if point[0] >= seen[-1][0] // 2]
    growth = linear_regression([events for events, _ in half], [size for _, size in half]).slope
    print(f"  grows by {growth:.1f} bytes an event in the second half")
    assert growth < MOST_GROWTH


@pytest.mark.parametrize(
    ("sites", "articles"), [(4, 500), pytest.param(10, 2_000, marks=pytest.mark.nightly)]
)
def test_a_coordinator_stores_what_waits_from_before_it(
    machine: Machine, tmp_path: Path, sites: int, articles: int
) -> None:
    with WorldServer(World(sites, articles, kinds=["mirror"])) as server:
        config = server.config_toml("news.db", every="6h") + machine.engine
        (tmp_path / "dibao.toml").write_text(config, encoding="utf-8")
        crawl = [DIBAO, "crawl", "--all", "--json"]
        with (tmp_path / "first").open("wb") as log:
            first = subprocess.Popen(crawl, cwd=tmp_path, stdout=log, stderr=log)
        until(lambda: machine.value("SELECT count(*) FROM jobs") == sites, "the jobs did not come")
        first.kill()
        first.wait()
        with session(machine.worker_url, machine.schema) as worker:
            events = answer_all(worker, server)
            before = cpu_seconds(machine.postmaster)
            report = _second(crawl, tmp_path, worker, server)
    taken = cpu_seconds(machine.postmaster) - before
    used = report["roles"]["coordinator"]
    print(f"\n\n{events:,} events that waited: {events / report['wall_seconds']:,.0f} a second into the file, starting")
    print(f"  included; {used / events * 1000:.2f} ms of the coordinator and {taken / events * 1000:.2f} ms of", end="")
    print(f" PostgreSQL each; {report['peaks']['coordinator'] / 1e6:.0f} MB at most")
    with open_reader(tmp_path / "news.db") as database:
        assert database.value("SELECT count(*) FROM articles") == sites * articles
    assert report["peaks"]["coordinator"] < MOST_RESIDENT


def _second(crawl: list[str], folder: Path, worker: psycopg.Connection, server: WorldServer) -> dict[str, Any]:
    """What the next crawl cost. What it asks anew is answered too: nothing is new then."""
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(measured, crawl, folder)
        while not running.done():
            answer_all(worker, server)
            time.sleep(0.2)
        return running.result()


def _drain(machine: Machine, jobs: int) -> dict[str, Any]:
    with session(machine.admin_url, machine.schema) as admin:
        events, unpacked = fill(admin, jobs)
        size, total = admin.execute(
            "SELECT sum(octet_length(payload)), pg_total_relation_size('events') FROM events"
        ).fetchone() or (0, 0)
        before = cpu_seconds(machine.postmaster)
        report = _side(machine, events)
        server = cpu_seconds(machine.postmaster) - before
        left = admin.execute("SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM jobs)").fetchone()
    rate = events / report["seconds"]
    json_bytes, packed, table = (each / events for each in (unpacked, size, total))
    ours, theirs = (1e6 * each / events for each in (report["cpu_seconds"], server))
    print(f"\n\n{events:,} events of {jobs:,} jobs, {json_bytes:,.0f} bytes each as JSON,", end="")
    print(f" {packed:,.0f} packed, {table:,.0f} in the table:\n  {rate:,.0f} a second;", end="")
    print(f" each {ours:.0f} us of the coordinator, {theirs:.0f} us of PostgreSQL\n  resident, MB: ", end="")
    print(", ".join(f"{done // 1000}k {size / 1e6:.0f}" for done, size in report["resident"]))
    assert left == (0, 0)
    assert report["jobs"] == jobs == events // EVENTS_OF_JOB
    assert rate >= LEAST_A_SECOND
    assert max(size for _, size in report["resident"]) < MOST_RESIDENT
    return report


def _side(machine: Machine, events: int) -> dict[str, Any]:
    command = [sys.executable, str(Path(__file__).with_name("drain_side.py")), machine.schema]
    environment = os.environ | {"DIBAO_ENGINE_URL": machine.coordinator_url}
    side = subprocess.run(
        [*command, str(events), str(events // 10)], env=environment, stdout=subprocess.PIPE, check=True, timeout=1200
    )
    report: dict[str, Any] = json.loads(side.stdout)
    return report
