"""A long queue in PostgreSQL: jobs queued and taken in a second, with the extra index and without.

`pytest tests/benchmarks/test_cluster_queue.py -m benchmark -s` prints the table for 10,000 jobs; with
`-m "benchmark and nightly"` it is 100,000, which takes minutes and 3 GB. Rates are this machine's. What is asserted is
CPU of the sessions, in the server: to take a job costs as much from a long queue as from a short one. The two are taken
seconds apart, between which the machine may become half as fast: where the long one is dearer than it may be, all is
measured twice more from the beginning, and the median counts.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from statistics import median
from typing import NamedTuple

import psutil
import psycopg
import pytest

from tests.benchmarks.cluster_programs import Machine
from tests.benchmarks.queued_jobs import cycles, fill, hello, session
from tests.benchmarks.rounds import until_well

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(sys.platform != "linux", reason="whole process trees are measured by Linux's means"),
]

SHORT = 500
ABOVE = 1_000_000
"""The numbers of the short queue's jobs begin here."""
TIMES_OF_SHORT = 2.0
"""A job taken from the long queue may cost so many times what one from a short queue does. With a plan that walks the
queue, which one made while it was empty may be, it is 20 times with 100,000."""
NEEDED = 280
"""Jobs a second at the peak of 100,000 sources."""


class Rate(NamedTuple):
    """Jobs a second, and milliseconds of CPU for each in the server's processes of the sessions."""

    jobs: int
    second: float
    server_ms: float

    def __str__(self) -> str:
        return f"{self.second:7,.0f} a second, {self.server_ms:7.3f} ms of the server ({self.jobs:,} jobs)"


@pytest.mark.parametrize("jobs_of_host", [1, 10])
def test_to_take_a_job_from_a_long_queue_costs_what_it_does_from_a_short_one(
    new_machine: Callable[[], AbstractContextManager[Machine]], jobs_of_host: int
) -> None:
    found: list[Times] = []

    def take(_: int) -> None:
        with new_machine() as machine:
            found.append(_measure(machine, 10_000, jobs_of_host))

    def of_short() -> float:
        return median(times.of_short for times in found)

    until_well(take, lambda: of_short() <= TIMES_OF_SHORT)
    assert of_short() <= TIMES_OF_SHORT


@pytest.mark.nightly
@pytest.mark.parametrize("jobs_of_host", [1, 10])
def test_a_queue_of_a_hundred_thousand_jobs(machine: Machine, jobs_of_host: int) -> None:
    times = _measure(machine, 100_000, jobs_of_host)
    assert times.of_short <= TIMES_OF_SHORT
    assert times.without_index >= 2


class Times(NamedTuple):
    """Times as much as a job of the short queue costs one of the long queue, and as that does one without the index."""

    of_short: float
    without_index: float


def _measure(machine: Machine, jobs: int, jobs_of_host: int) -> Times:
    """What a job costs. Prints all."""
    with session(machine.admin_url, machine.schema) as admin, session(machine.worker_url, machine.schema) as one:
        admin.execute("UPDATE settings SET owner = 'a benchmark', formats = '{1}'")
        worker = hello(one, "one")
        print(f"\n\n{jobs:,} jobs of 3 to 30 kB, {jobs_of_host} to a host")

        def queue(numbers: range, batch: int) -> None:
            _timed([admin], lambda: fill(admin, numbers, jobs_of_host, batch), f"queued by {batch}")

        def take(most: int, what: str) -> Rate:
            return _timed([one], lambda: len(list(cycles(one, worker, most))), what)

        queue(range(ABOVE, ABOVE + SHORT), 100)
        short = take(SHORT, f"taken of {SHORT}")
        queue(range(jobs), 500)
        queue(range(jobs, jobs + 200), 1)
        # Nobody has counted the table yet: this is a coordinator that has just begun.
        cold = take(500, "taken at once")
        admin.execute("VACUUM ANALYZE procrastinate_jobs")
        long = take(500, "taken, counted")
        both = _by_two(machine, one, worker)
        _bytes(admin)
        admin.execute("DROP INDEX dibao_jobs_lock")
        without = take(200, "without the index")
    assert 1000 / long.server_ms >= NEEDED
    assert both.jobs >= 500
    return Times(max(cold.server_ms, long.server_ms) / short.server_ms, without.server_ms / long.server_ms)


def _by_two(machine: Machine, one: psycopg.Connection, worker: int) -> Rate:
    """Two workers at once; no job is taken by both."""
    with session(machine.worker_url, machine.schema) as two, ThreadPoolExecutor(2) as pool:
        other = hello(two, "two")

        def taken() -> int:
            sides = [pool.submit(list, cycles(*side, 300)) for side in ((one, worker), (two, other))]
            ids = [job_id for side in sides for job_id, _ in side.result()]
            assert len(set(ids)) == len(ids)
            return len(ids)

        return _timed([one, two], taken, "taken by two")


def _timed(sessions: Sequence[psycopg.Connection], do: Callable[[], int], what: str) -> Rate:
    began, before = time.monotonic(), _server_seconds(sessions)
    jobs = do()
    seconds = time.monotonic() - began
    rate = Rate(jobs, jobs / seconds, (_server_seconds(sessions) - before) / max(1, jobs) * 1000)
    print(f"  {what:20}{rate}")
    return rate


def _server_seconds(sessions: Sequence[psycopg.Connection]) -> float:
    """CPU of the server's processes that serve these sessions; what it sweeps beside them is left out."""
    times = [psutil.Process(one.info.backend_pid).cpu_times() for one in sessions]
    return sum(each.user + each.system for each in times)


def _bytes(admin: psycopg.Connection) -> None:
    row = admin.execute(
        "SELECT count(*), avg(octet_length(payload)), pg_total_relation_size('jobs') / count(*),"
        " pg_total_relation_size('procrastinate_jobs') / count(*) FROM jobs"
    ).fetchone()
    assert row is not None
    print(f"  {row[0]:,} jobs: {row[1]:,.0f} bytes each packed; {row[2]:,} in `jobs`, {row[3]:,} in Procrastinate's")
