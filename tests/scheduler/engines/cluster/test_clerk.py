"""The coordinator's thread at PostgreSQL: what it must not do twice, too early, too often, or for ever."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import psycopg
import pytest

from scheduler.engines.cluster.address import Address
from scheduler.engines.cluster.coordinator import clerk, placing, reaper
from scheduler.engines.cluster.coordinator.engine import ClusterEngine
from scheduler.engines.cluster.coordinator.line import Busy, Terms, open_line
from scheduler.engines.cluster.coordinator.reaper import LOSSES, Reaper
from scheduler.engines.engine import EngineAway, JobOut
from tests.scheduler.engines.cluster.hand_worker import HandWorker
from tests.scheduler.engines.cluster.queue_rows import count, open_doors, place
from tests.scheduler.engines.cluster.stage import Cluster
from tests.scheduler.engines.cluster.test_engine import ended, events, is_empty, job, polled, taken, until, value

pytestmark = pytest.mark.cluster

TERMS = Terms(owner=lambda: "a file", heartbeat_seconds=0.4, stall_seconds=60)

Make = Callable[..., ClusterEngine]
Hand = Callable[[str], HandWorker]


@pytest.fixture
def make(cluster: Cluster) -> Iterator[Make]:
    """Makes engines that have asked for nothing yet."""
    with ExitStack() as stack:

        def made(patience_seconds: float = 10.0, terms: Terms = TERMS) -> ClusterEngine:
            address = Address.of(cluster.coordinator_url)
            engine = ClusterEngine(
                address, schema=cluster.schema, terms=terms, patience_seconds=patience_seconds, reap_seconds=0.1
            )
            stack.callback(engine.close)
            return engine

        yield made


@pytest.fixture
def engine(make: Make) -> ClusterEngine:
    """One that works."""
    made = make()
    made.jobs_out()
    return made


@pytest.fixture
def hand(cluster: Cluster) -> Iterator[Hand]:
    """Makes workers that do by hand what they do."""
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(HandWorker(cluster, name))


def test_nothing_is_heard_of_jobs_that_the_coordinator_does_not_know_to_be_out(
    make: Make, engine: ClusterEngine, hand: Hand
) -> None:
    """It has no lease of them yet: their events would be let go, and their ends with them."""
    worker = hand("one")
    taken(engine, worker, job("a"))
    worker.tell([*events("a", 1), ended("a")], ends=True)
    engine.close()
    late = make(patience_seconds=0.0)
    with pytest.raises(EngineAway):
        late.jobs_out()
    assert late.poll(1.0, limit=9) == []  # the server has answered meanwhile
    until(lambda: _asked(late) == [JobOut("a", b"a")])
    assert len(polled(late, 2)) == 2


def _asked(engine: ClusterEngine) -> list[JobOut]:
    try:
        return engine.jobs_out()
    except EngineAway:
        return []


def test_what_is_heard_is_not_kept(cluster: Cluster) -> None:
    """psycopg keeps every notification that comes during a statement, for somebody who asks for them."""
    opened = open_line(Address.of(cluster.coordinator_url), cluster.schema, TERMS)
    with cluster.coordinator() as other:
        for number in range(20):
            other.execute("SELECT pg_notify(%s, %s)", (f"{cluster.schema}_events", str(number)))
            opened.ear.execute("SELECT 1")
    assert not opened.ear._notifies_backlog
    opened.close()


def test_a_coordinator_does_not_begin_while_the_events_session_of_another_is_there(cluster: Cluster) -> None:
    """It holds rows that would be skipped: what a job had told first would come after its end."""
    address = Address.of(cluster.coordinator_url)
    first = open_line(address, cluster.schema, TERMS)
    first.ear.close()
    with pytest.raises(Busy):
        open_line(address, cluster.schema, TERMS)
    first.close()
    until(lambda: not _is_busy(address, cluster.schema))


def _is_busy(address: Address, schema: str) -> bool:
    try:
        open_line(address, schema, TERMS).close()
    except Busy:
        return True
    return False


def test_a_server_that_refuses_every_statement_is_told_of_once_and_asked_less_and_less_often(
    engine: ClusterEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[float] = []

    def full(*_: object) -> int:
        tries.append(time.monotonic())
        raise psycopg.errors.DiskFull("could not extend file: No space left on device")

    caplog.set_level(logging.WARNING, logger=clerk.__name__)
    with monkeypatch.context() as broken:
        broken.setattr(engine._clerk._reaper, "reap", full)
        until(lambda: len(tries) >= 4)
        assert tries[3] - tries[2] > 1.5 * (tries[1] - tries[0])
        assert len(caplog.records) == 1
        assert "No space left" in caplog.text
    until(lambda: "is there again" in caplog.text)
    assert len(caplog.records) == 2


def test_events_are_taken_and_deleted_also_where_no_job_can_be_sent(
    cluster: Cluster, engine: ClusterEngine, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full of events gets room by nothing else."""
    worker = hand("one")
    taken(engine, worker, job("a"))
    monkeypatch.setattr(clerk, "place", _full)
    engine.submit(job("b"), {"b.test"})
    worker.tell([ended("a")], ends=True)
    engine.committed(polled(engine, 1))
    until(lambda: is_empty(cluster))


def _full(*_: object) -> dict[str, str]:
    raise psycopg.errors.DiskFull("could not extend file: No space left on device")


def test_a_server_that_hangs_is_seen_to_be_away_until_it_answers(
    cluster: Cluster, engine: ClusterEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clerk, "DEAF_SECONDS", 1.5)
    until(lambda: engine.room > 0)
    cluster.postgres.pause()
    until(lambda: engine.seen is not None and not engine.seen.is_reachable)
    assert engine.room == 0
    cluster.postgres.resume()
    until(lambda: engine.seen is not None and engine.seen.is_reachable)


def test_a_job_that_is_given_back_while_it_is_to_be_stopped_does_not_begin_again(
    cluster: Cluster, engine: ClusterEngine, hand: Hand
) -> None:
    worker = hand("one")
    taken(engine, worker, job("a"))
    engine.stop_job("a")
    until(lambda: value(cluster, f"SELECT stop_wanted FROM {cluster.schema}.jobs"))
    worker.session.execute("SELECT give_back(%s, %s, 'a', 0)", (worker.worker, worker.queue_job))
    (end,) = polled(engine, 1)
    assert (end.job_id, end.reason) == ("a", "stopped")  # type: ignore[union-attr]
    assert not worker.take()


def test_a_stop_finds_a_job_that_is_given_back_at_the_same_moment(
    cluster: Cluster, engine: ClusterEngine, hand: Hand
) -> None:
    worker = hand("one")
    taken(engine, worker, job("a"))
    with worker.session.transaction():
        worker.session.execute("SELECT give_back(%s, %s, 'a', 0)", (worker.worker, worker.queue_job))
        engine.stop_job("a")
        waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%stop_wanted%'"
        until(lambda: value(cluster, waits))
    (end,) = polled(engine, 1)
    assert (end.job_id, end.reason) == ("a", "stopped")  # type: ignore[union-attr]


def test_jobs_that_wait_for_hosts_of_a_frozen_worker_take_no_room_from_others(
    engine: ClusterEngine, hand: Hand
) -> None:
    worker = hand("one")
    taken(engine, worker, job("a"))
    engine.poll(1.5, limit=1)
    before = engine.room
    worker.session.execute("SELECT give_back(%s, %s, 'a', 100)", (worker.worker, worker.queue_job))
    engine.poll(1.5, limit=1)
    assert engine.room == before


def test_a_loss_that_could_not_be_written_down_is_not_counted(
    cluster: Cluster, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cluster.coordinator() as session:
        open_doors(session)
        place(session, "a")
        assert hand("one").take()
        one = Reaper()
        with monkeypatch.context() as broken:
            broken.setattr(reaper, "_prune", _full)
            for _ in range(LOSSES):
                with pytest.raises(psycopg.errors.DiskFull):
                    one.reap(session, 0.0, lambda: 60.0)
        assert one.reap(session, 0.0, lambda: 60.0) == 1
        assert count(session, "events", "convert_from(substr(payload, 2), 'UTF8') LIKE '%interrupted%'") == 1


def test_large_jobs_go_out_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "AT_ONCE_BYTES", 1000)
    outbox = placing.Outbox()
    for number, size in enumerate((2000, 400, 400, 400)):
        outbox.add(replace(job(f"job-{number}"), known=bytes(size)), {f"{number}.test"}, b"")
    sent = []
    while found := outbox.first():
        sent.append(len(found))
        outbox.placed([one.job.id for one in found])
    assert sent == [1, 2, 1]
