from dataclasses import replace

import pytest

from scheduler.bench.estimate import ARTICLES, DAY_SECONDS, POLLS, estimate
from tests.scheduler.bench.results import MACHINE, crawls

HALF_A_DAY_MS = DAY_SECONDS * 1000 / 2


def test_a_machine_of_few_cores_carries_what_its_cores_do():
    found = estimate(replace(MACHINE, cores=1), crawls(coordinator=2, worker=1, pool=5), 10**12)
    assert found.bound == "cores"
    assert found.pages_day == pytest.approx(HALF_A_DAY_MS / 8, rel=1e-3)


def test_with_many_cores_the_one_that_writes_is_full_first():
    found = estimate(replace(MACHINE, cores=64), crawls(coordinator=2, worker=1, pool=5), 10**12)
    assert found.bound == "writer"
    assert found.pages_day == pytest.approx(HALF_A_DAY_MS / 2, rel=1e-3)


def test_a_worker_that_costs_most_is_named():
    assert estimate(replace(MACHINE, cores=64), crawls(coordinator=1, worker=3), 10**12).bound == "worker"


def test_sources_cost_their_polls_too():
    dear = estimate(replace(MACHINE, cores=1), crawls(coordinator=2, worker=1, pool=5, poll_ms=100), 10**12)
    assert dear.sources == pytest.approx(HALF_A_DAY_MS / (ARTICLES * 8 + POLLS * 100), rel=1e-3)


def test_the_days_until_the_disk_is_full_are_those_of_that_many_sources():
    found = estimate(MACHINE, crawls(), 10**11)
    assert found.day_bytes == found.sources * ARTICLES * 8_000
    assert found.day_raw_bytes == found.sources * ARTICLES * 12_000
    small = estimate(MACHINE, crawls(), 10**10)
    assert small.disk_days == 10**10 // (found.day_bytes + found.day_raw_bytes)


def test_raw_pages_fill_no_more_of_the_disk_than_is_kept_of_them():
    found = estimate(MACHINE, crawls(), 10**12)
    assert found.raw_bytes_kept == 20 * 2**30
    assert found.disk_days == (10**12 - 20 * 2**30) // found.day_bytes
