"""What a cluster costs that has nothing to do: `dibao run` and a `dibao worker`, and what PostgreSQL hears of them.

`pytest tests/benchmarks/test_cluster_rest.py -m benchmark -s` prints the table. Settings are those that come, but for
the heartbeat, which is five times as frequent. CPU time is the kernel's own, over all threads of a process;
transactions are the server's own count, and each statement of these sessions is one; so are those of its own upkeep,
which comes now and then: where there are too many, it is looked twice more, and the median counts. DIBAO_REST_SECONDS
makes it longer.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest

from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from tests.benchmarks.cluster_programs import DIBAO, Machine, until, workers
from tests.benchmarks.process_trees import cpu_seconds
from tests.benchmarks.rounds import until_well
from tests.benchmarks.test_rest import _spent

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(sys.platform != "linux", reason="threads are measured by Linux's means"),
]

SECONDS = float(os.environ.get("DIBAO_REST_SECONDS", "20"))
MOST_SHARE = 0.02
"""Of one core, for either program."""
MOST_TRANSACTIONS = 10.0
"""A second, of both and of the server's own."""
PATIENCE_SECONDS = 180.0


def test_a_cluster_at_rest_costs_a_fiftieth_of_a_core_at_most(machine: Machine, tmp_path: Path) -> None:
    with (
        WorldServer(World(1, 3, kinds=["mirror"])) as server,
        _daemon(tmp_path, server.config_toml("news.db", every="6h") + machine.engine) as daemon,
        workers(machine.worker_url, machine.schema, tmp_path, ["one"]) as (worker,),
    ):
        until(lambda: machine.value("SELECT count(*) FROM workers") == 1, "no worker came", PATIENCE_SECONDS)
        jobs = "SELECT count(*) FROM jobs"
        until(lambda: server.hits() and machine.value(jobs) == 0, "the crawl did not end", PATIENCE_SECONDS)
        time.sleep(5)  # the crawl's last words, and its processes
        seen = {"coordinator": daemon, "worker": worker.process.pid}
        looks: list[Look] = []
        until_well(
            lambda _: looks.append(_look(machine, seen)),
            lambda: _dearest(looks) < MOST_SHARE and _busiest(looks) < MOST_TRANSACTIONS,
        )
    for look in looks:
        print(f"\n\nat rest, {SECONDS:.0f} s: {look.transactions:.1f} transactions a second; PostgreSQL has", end="")
        print(f" {100 * look.server:.2f} % of a core")
        for name, (share, wake_ups) in look.rates.items():
            print(f"  {name:12}{100 * share:6.3f} % of a core, {wake_ups:.1f} wake-ups a second")
    assert _dearest(looks) < MOST_SHARE
    assert _busiest(looks) < MOST_TRANSACTIONS


class Look(NamedTuple):
    """What was seen in SECONDS. `rates`: of each program, its share of a core and its wake-ups a second."""

    transactions: float
    server: float
    rates: dict[str, tuple[float, float]]


def _look(machine: Machine, seen: dict[str, int]) -> Look:
    server, transactions = cpu_seconds(machine.postmaster), _transactions(machine)
    spent, began = {name: _spent(pid) for name, pid in seen.items()}, time.monotonic()
    time.sleep(SECONDS)
    seconds = time.monotonic() - began
    return Look(
        rates={name: _share(spent[name], _spent(pid), seconds) for name, pid in seen.items()},
        transactions=(_transactions(machine) - transactions) / seconds,
        server=(cpu_seconds(machine.postmaster) - server) / seconds,
    )


def _dearest(looks: list[Look]) -> float:
    """The share of a core that the dearer program takes."""
    return median(max(share for share, _ in look.rates.values()) for look in looks)


def _busiest(looks: list[Look]) -> float:
    return median(look.transactions for look in looks)


def _share(before: tuple[float, int], after: tuple[float, int], seconds: float) -> tuple[float, float]:
    return (after[0] - before[0]) / seconds, (after[1] - before[1]) / seconds


def _transactions(machine: Machine) -> int:
    return int(
        machine.value("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()")
    )


@contextmanager
def _daemon(folder: Path, config: str) -> Iterator[int]:
    """The process id of a `dibao run` with this configuration."""
    (folder / "dibao.toml").write_text(config, encoding="utf-8")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([DIBAO, "run"], cwd=folder, stdout=log, stderr=log)
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


