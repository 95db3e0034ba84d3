"""The coordinator's engine against a real PostgreSQL: what waits, what is lost with whom, and what comes again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler import wire
from scheduler.engines.cluster import batches
from scheduler.engines.cluster.address import Address
from scheduler.engines.cluster.coordinator import placing
from scheduler.engines.cluster.coordinator.engine import ClusterEngine
from scheduler.engines.cluster.coordinator.line import Terms
from scheduler.engines.engine import EngineAway, EngineRefused, JobOut
from storage.records import CrawlJob, Event, Failed, JobFinished
from tests.scheduler.engines.cluster.hand_worker import HandWorker
from tests.scheduler.engines.cluster.stage import Cluster

pytestmark = pytest.mark.cluster

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
OWNER = "0123abcd"
STALL_SECONDS = 1.0
PATIENCE_SECONDS = 30.0

Make = Callable[..., ClusterEngine]
Hand = Callable[[str], HandWorker]


@pytest.fixture
def make(cluster: Cluster) -> Iterator[Make]:
    """Makes engines, each of which has asked for what is out."""
    with ExitStack() as stack:

        def made(
            owner: str = OWNER,
            *,
            asks: bool = True,
            patience_seconds: float = 10.0,
            stall_seconds: float = STALL_SECONDS,
        ) -> ClusterEngine:
            engine = ClusterEngine(
                Address.of(cluster.coordinator_url),
                schema=cluster.schema,
                terms=Terms(owner=lambda: owner, heartbeat_seconds=0.4, stall_seconds=stall_seconds),
                patience_seconds=patience_seconds,
                reap_seconds=0.1,
            )
            stack.callback(engine.close)
            if asks:
                engine.jobs_out()
            return engine

        yield made


@pytest.fixture
def engine(make: Make) -> ClusterEngine:
    """An engine that works."""
    return make()


@pytest.fixture
def hand(cluster: Cluster) -> Iterator[Hand]:
    """Makes workers that do by hand what they do."""
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(HandWorker(cluster, name))


def job(name: str, source: str | None = None) -> CrawlJob:
    return CrawlJob(
        id=name,
        run_id=1,
        source=source or f"source-of-{name}",
        home=f"https://{name}.test/",
        hosts=(f"{name}.test",),
        timezone="Asia/Shanghai",
        user_agent="dibao-test",
        now=NOW,
    )


def events(name: str, *numbers: int) -> list[Event]:
    return [Failed(job_id=name, number=one, key=f"//{name}/{one}", fetched_at=NOW, reason="dns") for one in numbers]


def ended(name: str, number: int = 99) -> JobFinished:
    return JobFinished(job_id=name, number=number, reason="finished")


def batch_of(name: str) -> bytes:
    return batches.pack([wire.encode(event) for event in events(name, 1)])


def until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < deadline, "it does not come about"
        time.sleep(0.02)


def polled(engine: ClusterEngine, count: int) -> list[Event]:
    """So many events, none of which is confirmed."""
    found: list[Event] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(found) < count:
        assert time.monotonic() < deadline, found
        found += engine.poll(0.2, limit=count - len(found))
    return found


def value(cluster: Cluster, query: str) -> object:
    with cluster.admin() as session:
        row = session.execute(query).fetchone()
    return None if row is None else row[0]


def is_empty(cluster: Cluster) -> bool:
    """Whether PostgreSQL has neither jobs nor events."""
    query = "SELECT (SELECT count(*) FROM {0}.jobs) + (SELECT count(*) FROM {0}.events) + (SELECT count(*) FROM {1})"
    return value(cluster, query.format(cluster.schema, f"{cluster.schema}.procrastinate_jobs")) == 0


def taken(engine: ClusterEngine, worker: HandWorker, *jobs: CrawlJob) -> None:
    for one in jobs:
        engine.submit(one, {f"{one.id}.test"}, one.id.encode())
    engine.poll(0, limit=1)
    until(worker.take)


def test_what_was_taken_and_not_confirmed_comes_again_and_what_was_confirmed_does_not(
    cluster: Cluster, engine: ClusterEngine, make: Make, hand: Hand
) -> None:
    worker = hand("one")
    taken(engine, worker, job("a"))
    worker.tell(events("a", 1, 2))
    worker.tell(events("a", 3))
    first = polled(engine, 3)
    engine.committed(first[:2])
    until(lambda: value(cluster, f"SELECT count(*) FROM {cluster.schema}.events") == 1)
    engine.close()
    again = make(asks=False)
    assert again.poll(0.3, limit=9) == []  # not before it is known which jobs are out
    assert again.jobs_out() == [JobOut("a", b"a")]
    assert polled(again, 1) == first[2:]
    worker.tell([ended("a")], ends=True)
    again.committed([*first[2:], *polled(again, 1)])
    until(lambda: is_empty(cluster))
    assert again.jobs_out() == []


def test_a_batch_stays_until_the_last_of_its_events_is_safe(
    cluster: Cluster, engine: ClusterEngine, hand: Hand
) -> None:
    worker = hand("one")
    taken(engine, worker, job("a"))
    worker.tell([*events("a", 1, 2, 3), ended("a")], ends=True)
    for number in range(3):
        (event,) = polled(engine, 1)
        assert event.number == number + 1
        engine.committed([event])
    time.sleep(0.2)  # long enough for a clerk that deletes too early
    assert value(cluster, f"SELECT count(*) FROM {cluster.schema}.events") == 1
    engine.committed(polled(engine, 1))
    until(lambda: is_empty(cluster))


def test_a_server_that_is_killed_and_comes_back_has_lost_nothing_and_no_poll_waits_for_it(
    cluster: Cluster, make: Make, hand: Hand, caplog: pytest.LogCaptureFixture
) -> None:
    engine, worker = make(stall_seconds=60), hand("one")
    taken(engine, worker, job("a"))
    worker.tell(events("a", 1))
    first = polled(engine, 1)
    until(lambda: engine.room > 0)
    cluster.postgres.kill_immediate()
    until(lambda: engine.room == 0)
    engine.submit(job("b"), {"b.test"})
    engine.committed(first)
    engine.wake()
    began = time.monotonic()
    assert engine.poll(60.0, limit=9) == []
    assert time.monotonic() - began < 30
    cluster.postgres.start()
    until(lambda: value(cluster, f"SELECT count(*) FROM {cluster.schema}.jobs") == 2)
    until(lambda: value(cluster, f"SELECT count(*) FROM {cluster.schema}.events") == 0)
    assert engine.poll(0.2, limit=9) == []
    told = [one.getMessage() for one in caplog.records if "tried again" in one.getMessage()]
    assert len(told) == 1
    assert "is there again" in caplog.text


def test_a_job_whose_worker_is_lost_is_interrupted_after_all_that_it_had_told(
    cluster: Cluster, engine: ClusterEngine, hand: Hand
) -> None:
    worker = hand("one")
    taken(engine, worker, job("a"))
    worker.tell(events("a", 1, 2))
    found = polled(engine, 3)
    assert [event.number for event in found[:2]] == [1, 2]
    (end,) = found[2:]
    assert isinstance(end, JobFinished)
    assert (end.reason, end.detail) == ("interrupted", "worker one was lost")
    assert not worker.tell(events("a", 3))  # it was frozen only, and wakes up
    engine.committed(found)
    until(lambda: is_empty(cluster))


def test_a_source_at_which_workers_are_lost_three_times_running_has_crashed(
    engine: ClusterEngine, hand: Hand, cluster: Cluster
) -> None:
    reasons = []
    for number in range(4):
        worker = hand(f"hand {number}")
        taken(engine, worker, job(f"job{number}", "poison"))
        found = polled(engine, 1)
        reasons.append(found[0].reason)  # type: ignore[union-attr]
        engine.committed(found)
        until(lambda: is_empty(cluster))
    assert reasons == ["interrupted", "interrupted", "crashed", "crashed"]


def test_an_end_that_a_worker_tells_clears_what_was_lost_at_a_source(
    engine: ClusterEngine, hand: Hand, cluster: Cluster
) -> None:
    reasons = []
    for number in range(4):
        worker = hand(f"hand {number}")
        taken(engine, worker, job(f"job{number}", "unlucky"))
        if number == 2:
            worker.tell([ended(worker.job_id)], ends=True)
        found = polled(engine, 1)
        reasons.append(found[0].reason)  # type: ignore[union-attr]
        engine.committed(found)
        until(lambda: is_empty(cluster))
    assert reasons == ["interrupted", "interrupted", "finished", "interrupted"]


def test_the_reaper_ends_a_job_whose_source_waits_in_the_queue_again(
    cluster: Cluster, engine: ClusterEngine, hand: Hand
) -> None:
    """With Procrastinate's retry the first would violate the unique index, and stay `doing` for ever."""
    worker = hand("one")
    taken(engine, worker, job("a", "same"))
    engine.submit(job("b", "same"), {"a.test"})
    found = polled(engine, 1)
    assert found[0].job_id == "a"
    engine.committed(found)
    until(lambda: value(cluster, f"SELECT string_agg(id, '') FROM {cluster.schema}.jobs") == "b")
    other = hand("two")
    until(other.take)
    assert other.job_id == "b"


def test_a_worker_that_says_goodbye_leaves_no_job_behind(engine: ClusterEngine, hand: Hand) -> None:
    worker = hand("one")
    taken(engine, worker, job("a"))
    worker.session.execute("SELECT goodbye(%s)", (worker.worker,))
    (end,) = polled(engine, 1)
    assert end.reason == "interrupted"  # type: ignore[union-attr]


def test_a_job_that_was_taken_out_of_the_queue_by_hand_ends(cluster: Cluster, engine: ClusterEngine) -> None:
    engine.submit(job("a"), {"a.test"})
    engine.poll(0, limit=1)
    until(lambda: value(cluster, f"DELETE FROM {cluster.schema}.procrastinate_jobs RETURNING 1"))
    (end,) = polled(engine, 1)
    assert (end.job_id, end.reason) == ("a", "interrupted")  # type: ignore[union-attr]


@pytest.mark.parametrize("damage", [(1, b"no batch"), (99, b"j[]"), (1, batch_of("b"))])
def test_a_batch_that_cannot_be_read_is_set_aside_and_the_rest_goes_on(
    cluster: Cluster, make: Make, hand: Hand, damage: tuple[int, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    engine = make(stall_seconds=60)
    workers = [hand("one"), hand("two")]
    for worker, name in zip(workers, "ab", strict=True):
        taken(engine, worker, job(name))
    with cluster.admin() as session:
        session.execute(
            "INSERT INTO events (job_id, first, last, events, format, payload, worker)"
            " VALUES ('a', 1, 1, 1, %s, %s, 'one')",
            damage,
        )
    workers[1].tell([*events("b", 1), ended("b")], ends=True)
    found = polled(engine, 3)
    engine.committed(found)
    (crashed,) = (event for event in found if event.job_id == "a")
    assert isinstance(crashed, JobFinished)
    assert crashed.reason == "crashed"
    assert "cannot be read" in crashed.detail
    assert not workers[0].tell(events("a", 2))
    assert "set aside" in caplog.text
    assert value(cluster, f"SELECT count(*) FROM {cluster.schema}.damaged WHERE reason <> ''") == 1


def test_a_job_that_waits_is_stopped_at_once_and_one_that_runs_is_told_to(
    cluster: Cluster, engine: ClusterEngine, hand: Hand
) -> None:
    worker = hand("one")
    taken(engine, worker, job("a"), job("b"))
    engine.stop_jobs()
    (end,) = polled(engine, 1)
    assert isinstance(end, JobFinished)
    assert {end.job_id, worker.job_id} == {"a", "b"}
    assert end.reason == "stopped"
    until(lambda: value(cluster, f"SELECT id FROM {cluster.schema}.jobs WHERE stop_wanted") == worker.job_id)
    engine.submit(job("c"), {"c.test"})  # what comes after it is not stopped
    engine.poll(0, limit=1)
    other = hand("two")
    until(other.take)
    assert other.job_id == "c"


def test_a_job_is_stopped_that_was_not_even_sent(make: Make, cluster: Cluster) -> None:
    engine = make()
    cluster.postgres.kill_immediate()
    engine.submit(job("a"), {"a.test"})
    engine.stop_job("a")
    (end,) = polled(engine, 1)
    assert (end.job_id, end.reason) == ("a", "stopped")  # type: ignore[union-attr]
    cluster.postgres.start()
    until(lambda: engine.room > 0)
    assert is_empty(cluster)


def test_a_job_that_the_coordinator_gives_up_is_gone_and_its_worker_can_tell_nothing(
    cluster: Cluster, engine: ClusterEngine, hand: Hand
) -> None:
    worker = hand("one")
    taken(engine, worker, job("a"))
    worker.tell(events("a", 1, 2, 3))
    (first,) = polled(engine, 1)  # and two of the batch are never asked for
    engine.committed([first, JobFinished(job_id="a", number=0, reason="stopped")])
    until(lambda: is_empty(cluster))
    assert not worker.tell(events("a", 4))


def test_a_job_of_a_source_that_waits_already_takes_the_place_of_the_older_one(
    cluster: Cluster, engine: ClusterEngine, make: Make, hand: Hand
) -> None:
    engine.submit(job("old", "same"), {"a.test"})
    engine.close()  # which sends it
    newer = make()
    newer.submit(job("new", "same"), {"a.test"})
    (end,) = polled(newer, 1)
    assert (end.job_id, end.reason) == ("old", "stopped")  # type: ignore[union-attr]
    worker = hand("one")
    until(worker.take)
    assert worker.job_id == "new"


def test_a_job_that_is_too_large_to_send_crashes_alone(
    engine: ClusterEngine, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.engines.cluster.batches.MOST_BYTES", 10_000)
    engine.submit(replace(job("large"), known=bytes(20_000)), {"large.test"})
    engine.submit(job("small"), {"small.test"})
    (end,) = polled(engine, 1)
    assert (end.job_id, end.reason) == ("large", "crashed")  # type: ignore[union-attr]
    worker = hand("one")
    until(worker.take)
    assert worker.job_id == "small"


def test_a_job_that_postgresql_refuses_does_not_hold_up_the_others(engine: ClusterEngine, hand: Hand) -> None:
    engine.submit(job("bad"), {"no\0host"})
    engine.submit(job("good"), {"good.test"})
    (end,) = polled(engine, 1)
    assert (end.job_id, end.reason) == ("bad", "crashed")  # type: ignore[union-attr]
    worker = hand("one")
    until(worker.take)
    assert worker.job_id == "good"


def test_what_was_placed_when_the_line_broke_is_not_placed_twice(cluster: Cluster, engine: ClusterEngine) -> None:
    one = placing.ToPlace(job=job("a"), sites=("a.test",), memo=b"")
    with cluster.coordinator() as session:
        assert placing.place(session, [one]) == placing.place(session, [one]) == {}
    assert value(cluster, f"SELECT count(*) FROM {cluster.schema}.procrastinate_jobs") == 1


def test_there_is_room_for_what_workers_have_and_some_that_wait(make: Make, hand: Hand) -> None:
    engine = make(stall_seconds=60)
    until(lambda: engine.room == 32)
    worker = hand("one")
    worker.session.execute("SELECT beat(%s, 0, 5, 1, 'working', '')", (worker.worker,))
    until(lambda: engine.room == 37)
    engine.submit(job("a"), {"a.test"})
    assert engine.room == 36
    engine.poll(1.5, limit=1)
    assert engine.room == 36


def test_a_schema_has_one_coordinator_and_is_free_again_when_its_session_ends(make: Make, cluster: Cluster) -> None:
    first = make()
    second = make(asks=False, patience_seconds=0.5)
    with pytest.raises(EngineAway):
        second.jobs_out()
    first.close()
    until(lambda: _has_begun(second))


def _has_begun(engine: ClusterEngine) -> bool:
    try:
        engine.jobs_out()
    except EngineAway:
        return False
    return True


def test_a_schema_that_serves_another_file_is_refused_in_words(make: Make) -> None:
    make("the first file").close()
    with pytest.raises(EngineRefused, match=r"serves another database file \(its id is the first file, this one's is"):
        make("other")


def test_a_role_that_may_not_is_refused_in_words(cluster: Cluster) -> None:
    engine = ClusterEngine(
        Address.of(cluster.worker_url), schema=cluster.schema, terms=Terms(owner=lambda: OWNER), patience_seconds=10
    )
    with pytest.raises(EngineRefused, match="may not do a coordinator's work"):
        engine.jobs_out()
    engine.close()


def test_a_server_without_the_schema_is_refused_in_words(cluster: Cluster) -> None:
    engine = ClusterEngine(
        Address.of(cluster.coordinator_url), schema="elsewhere", terms=Terms(owner=lambda: OWNER), patience_seconds=10
    )
    with pytest.raises(EngineRefused, match=r"has no schema elsewhere of Dibao.*dibao cluster init"):
        engine.jobs_out()
    engine.close()


def test_jobs_of_another_format_that_nobody_has_begun_are_planned_again(
    make: Make, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(placing, "QUEUE", "crawl.v0")
        engine = make()
        engine.submit(job("a"), {"a.test"})
        engine.close()
    newer = make()
    (end,) = polled(newer, 1)
    assert (end.job_id, end.reason) == ("a", "interrupted")  # type: ignore[union-attr]
    assert value(cluster, f"SELECT count(*) FROM {cluster.schema}.procrastinate_jobs") == 0


def test_no_transaction_stays_open_while_the_coordinator_cannot_write(
    cluster: Cluster, make: Make, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL sweeps nothing that was deleted since the oldest one began."""
    monkeypatch.setattr("scheduler.engines.cluster.coordinator.backlog.LONGEST_SECONDS", 0.1)
    engine, worker = make(stall_seconds=60), hand("one")
    taken(engine, worker, job("a"))
    worker.tell(events("a", 1))
    found = polled(engine, 1)
    oldest = (
        "SELECT max(clock_timestamp() - xact_start) < '1.3 s' FROM pg_stat_activity"
        " WHERE application_name LIKE '%(events)'"
    )
    for _ in range(20):
        assert value(cluster, oldest) is not False
        time.sleep(0.1)
    assert engine.poll(0, limit=9) == []  # it is held all the same
    engine.committed(found)


def test_who_locks_a_whole_table_does_not_stop_the_coordinator_for_ever(
    cluster: Cluster, engine: ClusterEngine, hand: Hand
) -> None:
    """The hand holds rows of it, the ear is to write into it, and both wait for one thread."""
    worker = hand("one")
    taken(engine, worker, job("a"))
    worker.tell(events("a", 1))
    found = polled(engine, 1)
    with cluster.admin() as session, session.transaction():
        session.execute("LOCK TABLE events")  # granted when the line has been given up, or the hand rests
        time.sleep(STALL_SECONDS)
    engine.committed(found)
    (end,) = polled(engine, 1)
    assert isinstance(end, JobFinished)
    assert end.reason == "interrupted"


def test_a_closed_engine_may_be_woken_and_closed_again(make: Make) -> None:
    engine = make()
    engine.close()
    engine.wake()
    engine.close()


def test_a_server_that_is_not_there_is_away_and_is_found_when_it_comes(make: Make, cluster: Cluster) -> None:
    cluster.postgres.kill_immediate()
    engine = make(asks=False, patience_seconds=0.3)
    with pytest.raises(EngineAway, match="has not answered"):
        engine.jobs_out()
    assert engine.seen is not None
    assert not engine.seen.is_reachable
    cluster.postgres.start()
    until(lambda: _has_begun(engine))


def test_nothing_of_the_engine_is_left_in_postgresql_when_it_is_closed(make: Make, cluster: Cluster) -> None:
    make().close()
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'dibao run%'"
    until(lambda: value(cluster, query) == 0)


def test_another_fault_than_a_lost_server_does_not_end_the_thread(
    engine: ClusterEngine, hand: Hand, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(engine._clerk._reaper, "reap", _breaks)
        until(lambda: "a fault of Dibao" in caplog.text)
    worker = hand("one")
    taken(engine, worker, job("a"))
    worker.tell(events("a", 1))
    assert polled(engine, 1)


def _breaks(*_: object) -> int:
    raise KeyError("a bug")


def test_sessions_that_the_server_ends_are_opened_again(make: Make, cluster: Cluster, hand: Hand) -> None:
    engine, worker = make(stall_seconds=60), hand("one")
    taken(engine, worker, job("a"))
    with cluster.admin() as session:
        session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'dibao run%'"
        )
    worker.tell(events("a", 1))
    assert polled(engine, 1) == events("a", 1)
