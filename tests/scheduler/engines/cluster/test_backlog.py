"""Batches are numbered in one order and committed in another: whoever reads "what is above the last" loses the rest."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from scheduler.engines.cluster.address import Address
from scheduler.engines.cluster.coordinator.engine import ClusterEngine
from scheduler.engines.cluster.coordinator.line import Terms
from storage.records import CrawlJob, Event, Failed, JobFinished
from tests.scheduler.engines.cluster.hand_worker import HandWorker
from tests.scheduler.engines.cluster.stage import Cluster

pytestmark = pytest.mark.cluster

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
WRITERS, BATCHES, PATIENCE_SECONDS = 4, 60, 60.0


@pytest.fixture
def engine(cluster: Cluster) -> Iterator[ClusterEngine]:
    """An engine that nobody works for but who does it by hand."""
    terms = Terms(owner=lambda: "a newsroom")
    made = ClusterEngine(Address.of(cluster.coordinator_url), schema=cluster.schema, terms=terms)
    made.jobs_out()
    yield made
    made.close()


@pytest.fixture
def hands(cluster: Cluster, engine: ClusterEngine) -> Iterator[Callable[[int], list[HandWorker]]]:
    """So many workers, each with a job of its own."""
    with ExitStack() as stack:

        def begin(count: int) -> list[HandWorker]:
            for number in range(count):
                engine.submit(_job(number), {f"site-{number}.test"})
            made = [stack.enter_context(HandWorker(cluster, f"hand {number}")) for number in range(count)]
            for hand in made:
                _until(lambda hand=hand: hand.take() or engine.poll(0.05, limit=1))  # type: ignore[misc]
            return made

        yield begin


def test_a_batch_with_a_lower_number_that_is_committed_later_is_not_lost(
    cluster: Cluster, engine: ClusterEngine, hands: Callable[[int], list[HandWorker]]
) -> None:
    early, late = hands(2)
    with early.session.transaction():
        early.tell(_events(early, 0, 1))
        late.tell(_events(late, 0, 1))
        assert _taken(engine, 1) == [(late.job_id, 0)]
        _until(lambda: engine.poll(0.05, limit=9) == [] and _waiting(cluster) == 0)
    assert _taken(engine, 1) == [(early.job_id, 0)]
    _until(lambda: engine.poll(0.05, limit=9) == [] and _waiting(cluster) == 0)


def test_nothing_is_lost_nor_taken_twice_while_four_write(
    engine: ClusterEngine, hands: Callable[[int], list[HandWorker]]
) -> None:
    """By the same way of writing a reader of "id > last" was measured to lose 30 % of the rows."""
    workers = hands(WRITERS)
    threads = [threading.Thread(target=_write, args=(hand, number)) for number, hand in enumerate(workers)]
    for thread in threads:
        thread.start()
    told = defaultdict(list)
    ends, deadline = 0, time.monotonic() + PATIENCE_SECONDS
    while ends < WRITERS:
        assert time.monotonic() < deadline
        events = engine.poll(0.5, limit=7)
        engine.committed(events)
        for event in events:
            told[event.job_id].append(event.number)
            ends += isinstance(event, JobFinished)
    for thread in threads:
        thread.join()
    assert engine.poll(0.3, limit=7) == []
    assert all(numbers == list(range(len(numbers))) for numbers in told.values())
    assert {len(numbers) for numbers in told.values()} == {_count(seed) for seed in range(WRITERS)}


def _job(number: int) -> CrawlJob:
    return CrawlJob(
        id=f"job {number}",
        run_id=1,
        source=f"source {number}",
        home=f"http://site-{number}.test/",
        hosts=(f"site-{number}.test",),
        timezone="Asia/Shanghai",
        user_agent="dibao-test",
        now=NOW,
    )


def _events(hand: HandWorker, first: int, count: int) -> list[Event]:
    return [
        Failed(job_id=hand.job_id, number=number, key=f"key {number}", fetched_at=NOW, reason="connection")
        for number in range(first, first + count)
    ]


def _sizes(seed: int) -> list[list[int]]:
    """Transactions, each with the sizes of its batches."""
    chance = random.Random(seed)
    return [[chance.randint(1, 9) for _ in range(chance.randint(1, 4))] for _ in range(BATCHES)]


def _count(seed: int) -> int:
    return sum(map(sum, _sizes(seed))) + 1


def _write(hand: HandWorker, seed: int) -> None:
    """None; the job is told of in transactions of several batches, so that those of others come between them."""
    number = 0
    for sizes in _sizes(seed):
        with hand.session.transaction():
            for size in sizes:
                assert hand.tell(_events(hand, number, size))
                number += size
    assert hand.tell([JobFinished(job_id=hand.job_id, number=number, reason="finished")], ends=True)


def _taken(engine: ClusterEngine, count: int) -> list[tuple[str, int]]:
    """The next events, which are safe from now on."""
    found: list[Event] = []
    _until(lambda: len(found) >= count or found.extend(engine.poll(0.1, limit=9)))
    engine.committed(found)
    return [(event.job_id, event.number) for event in found]


def _waiting(cluster: Cluster) -> int:
    """How many batches wait that are committed."""
    with cluster.admin() as session:
        row = session.execute("SELECT count(*) FROM events").fetchone()
    assert row is not None
    return int(row[0])


def _until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline
