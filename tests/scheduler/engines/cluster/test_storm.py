"""Workers that take, give back, tell, leave and are lost while jobs are stopped: each ends once, nothing hangs."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest

from scheduler.engines.cluster.address import Address
from scheduler.engines.cluster.coordinator.engine import ClusterEngine
from scheduler.engines.cluster.coordinator.line import Terms
from storage.records import JobFinished
from tests.scheduler.engines.cluster.hand_worker import HandWorker
from tests.scheduler.engines.cluster.stage import Cluster
from tests.scheduler.engines.cluster.test_engine import ended, events, is_empty, job, until

pytestmark = pytest.mark.cluster

WORKERS, SOURCES, AT_ONCE = 5, 60, 40
TERMS = Terms(owner=lambda: "a file", heartbeat_seconds=0.4, stall_seconds=1.5)


@pytest.fixture
def engine(cluster: Cluster) -> Iterator[ClusterEngine]:
    address = Address.of(cluster.coordinator_url)
    made = ClusterEngine(address, schema=cluster.schema, terms=TERMS, patience_seconds=10, reap_seconds=0.3)
    made.jobs_out()
    yield made
    made.close()


class Unruly(threading.Thread):
    """A worker after the other, each of which ends as it likes. `faults`: what PostgreSQL has refused them."""

    def __init__(self, cluster: Cluster, number: int, faults: list[str]) -> None:
        super().__init__(daemon=True)
        self.over = threading.Event()
        self._cluster, self._number, self._faults = cluster, number, faults
        self._dice = random.Random(number)

    def run(self) -> None:
        """None, when it is over."""
        life = 0
        while not self.over.is_set():
            life += 1
            with HandWorker(self._cluster, f"unruly {self._number}.{life}") as worker:
                try:
                    self._live(worker)
                except psycopg.Error as error:
                    self._faults.append(str(error))

    def _live(self, worker: HandWorker) -> None:
        for _ in range(self._dice.randint(5, 60)):
            worker.session.execute("SELECT beat(%s, 1, 3, 1, 'working', '')", (worker.worker,))
            if self.over.is_set():
                return
            if not worker.take():
                self.over.wait(0.01)
            elif self._dice.random() < 0.4:
                values = (worker.worker, worker.queue_job, worker.job_id, self._dice.random() * 0.05)
                worker.session.execute("SELECT give_back(%s, %s, %s, %s)", values)
            elif worker.tell(events(worker.job_id, 1)) and self._dice.random() < 0.95:
                worker.tell([ended(worker.job_id)], ends=True)
        if self._dice.random() < 0.5:
            worker.session.execute("SELECT goodbye(%s)", (worker.worker,))


@pytest.mark.parametrize("jobs", [300, pytest.param(8000, marks=pytest.mark.nightly)])
def test_each_job_ends_once_and_nothing_is_left_and_no_two_wait_for_each_other(
    cluster: Cluster, engine: ClusterEngine, jobs: int
) -> None:
    faults: list[str] = []
    threads = [Unruly(cluster, number, faults) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    ends = _played(engine, jobs)
    for thread in threads:
        thread.over.set()
        thread.join()
    assert faults == []
    assert len(ends) == jobs
    assert set(ends.values()) == {1}
    until(lambda: is_empty(cluster))


def _played(engine: ClusterEngine, jobs: int) -> Counter[str]:
    """How often each job has ended. Some are stopped meanwhile, now and then all."""
    dice, ends, out, made = random.Random(99), Counter[str](), dict[str, int](), 0
    while made < jobs or out:
        source = dice.randrange(SOURCES)
        if made < jobs and len(out) < AT_ONCE and source not in out.values():
            made += 1
            out[f"j{made}"] = source
            engine.submit(job(f"j{made}", f"source-{source}"), {f"{source}.test"})
        if dice.random() < 0.05:
            engine.stop_job(dice.choice([*out, "unknown"]))
        if dice.random() < 0.003:
            engine.stop_jobs()
        found = engine.poll(0.01, limit=50)
        for event in found:
            if isinstance(event, JobFinished):
                ends[event.job_id] += 1
                out.pop(event.job_id, None)
        engine.committed(found)
    return ends
