"""What a worker may say to PostgreSQL, and what comes of it, two at once and too late included."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import psycopg
import pytest

from scheduler.engines.cluster.formats import FORMAT
from tests.scheduler.engines.cluster import queue_rows as rows
from tests.scheduler.engines.cluster.queue_rows import Taken
from tests.scheduler.engines.cluster.stage import Cluster

pytestmark = pytest.mark.cluster


@pytest.fixture
def one(cluster: Cluster, coordinator: psycopg.Connection) -> Iterator[psycopg.Connection]:
    with cluster.worker() as connection:
        yield connection


@pytest.fixture
def two(cluster: Cluster, coordinator: psycopg.Connection) -> Iterator[psycopg.Connection]:
    with cluster.worker() as connection:
        yield connection


def _taken(worker: psycopg.Connection, number: int) -> Taken:
    job = rows.take(worker, number)
    assert job is not None
    return job


def test_workers_that_take_at_once_get_each_job_once_and_no_lock_twice(
    cluster: Cluster, coordinator: psycopg.Connection
) -> None:
    """Jobs come in meanwhile, of mixed priorities: one may come before one of its lock that is just being taken."""
    jobs, sites, placed, broken = 120, 30, Event(), Event()
    doing = "SELECT count(*) - count(DISTINCT lock) FROM procrastinate_jobs WHERE status = 'doing'"

    def work(name: str) -> list[str]:
        try:
            return take_all(name)
        except BaseException:
            broken.set()  # the others would wait for what this one holds
            raise

    def take_all(name: str) -> list[str]:
        had = []
        with cluster.worker(name) as worker, cluster.coordinator() as looking:
            number = rows.hello(worker, name)
            while not broken.is_set() and not (placed.is_set() and rows.count(looking, "procrastinate_jobs") == 0):
                if job := rows.take(worker, number):
                    assert looking.execute(doing).fetchone() == (0,)
                    assert rows.tell(worker, number, job, ends=True)
                    had.append(job.job_id)
        return had

    with ThreadPoolExecutor() as pool:
        working = [pool.submit(work, f"w{n}") for n in range(4)]
        try:
            for n in range(jobs):
                rows.place(coordinator, f"job-{n:03}", site=f"{n % sites}.example", priority=n * 7 % 3)
        finally:
            placed.set()
        had = [future.result(timeout=60) for future in working]
    assert sorted(job for one in had for job in one) == [f"job-{n:03}" for n in range(jobs)]
    assert sum(bool(one) for one in had) > 1


def test_a_job_whose_lock_is_being_taken_at_the_moment_is_not_given(
    cluster: Cluster, coordinator: psycopg.Connection, one: psycopg.Connection, two: psycopg.Connection
) -> None:
    """The index says so only when the other has committed; the worker that waited gets nothing, not an error."""
    first, second = rows.hello(one, "one"), rows.hello(two, "two")
    rows.place(coordinator, "a", site="s.example")
    with ThreadPoolExecutor(1) as pool:
        with one.transaction():
            assert _taken(one, first).job_id == "a"
            rows.place(coordinator, "b", site="s.example", priority=5)
            late = pool.submit(rows.take, two, second)
            waits = "pg_stat_activity", f"pid = {two.info.backend_pid} AND wait_event_type = 'Lock'"
            with cluster.admin() as admin:
                while rows.count(admin, *waits) == 0:
                    assert not late.done(), "it did not wait for the other"
        assert late.result(timeout=30) is None
    assert rows.take(two, second) is None


def test_a_job_comes_with_all_that_a_worker_needs(coordinator: psycopg.Connection, one: psycopg.Connection) -> None:
    number = rows.hello(one)
    queued = rows.place(coordinator, "a", site="s.example", source="src")
    coordinator.execute("UPDATE jobs SET created_at = now() - interval '90 seconds'")
    job = _taken(one, number)
    assert job[:5] == (queued, "a", "src", ["s.example"], b"a")
    assert 90 <= job.waited_seconds < 120


@pytest.mark.parametrize(
    ("hindrance", "values"),
    [
        ("UPDATE settings SET paused = true", ()),
        ("UPDATE settings SET formats = %s", ([FORMAT + 1],)),
        ("UPDATE workers SET wanted = 'drain'", ()),
        ("UPDATE workers SET state = 'lost'", ()),
        ("DELETE FROM workers", ()),
        ("UPDATE procrastinate_jobs SET queue_name = 'crawl.v0'", ()),
        ("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 minute'", ()),
    ],
)
def test_nothing_is_given_while_there_is_a_reason(
    coordinator: psycopg.Connection, one: psycopg.Connection, hindrance: str, values: tuple[object, ...]
) -> None:
    number = rows.hello(one)
    rows.place(coordinator, "a")
    coordinator.execute(hindrance, values)
    assert rows.take(one, number) is None


def test_a_full_backlog_stops_taking_and_a_double_one_telling(
    cluster: Cluster, coordinator: psycopg.Connection, one: psycopg.Connection
) -> None:
    number = rows.hello(one)
    for job_id in "abc":
        rows.place(coordinator, job_id)
    rows.open_doors(coordinator, max_backlog_bytes=len(b"an event"))
    job = _taken(one, number)

    def after(first: int) -> tuple[bool, bool]:
        assert rows.tell(one, number, job, first)
        _measured(cluster, "-infinity")
        said = rows.beat(one, number)
        return said["backlog_full"], said["backlog_overfull"]

    assert after(1) == (False, False)
    assert after(2) == (True, False)
    assert rows.take(one, number) is None
    assert after(3) == (True, True)
    coordinator.execute("DELETE FROM events")
    _measured(cluster, "-infinity")
    assert _taken(one, number).job_id == "b"


def test_the_backlog_is_measured_at_most_once_a_second(
    cluster: Cluster, coordinator: psycopg.Connection, one: psycopg.Connection
) -> None:
    number = rows.hello(one)
    rows.place(coordinator, "a")
    job = _taken(one, number)
    _measured(cluster, "2100-01-01")
    assert rows.tell(one, number, job)
    for at, weighs in (("2100-01-01", 0), ("-infinity", len(b"an event"))):
        _measured(cluster, at)
        assert one.execute("SELECT backlog_bytes()").fetchone() == (weighs,)


def test_a_batch_is_written_once_however_often_it_is_told(
    coordinator: psycopg.Connection, one: psycopg.Connection
) -> None:
    number = rows.hello(one)
    rows.place(coordinator, "a")
    job = _taken(one, number)
    assert rows.tell(one, number, job)
    assert rows.tell(one, number, job)
    assert rows.tell(one, number, job, 2)
    told = coordinator.execute("SELECT job_id, first, last, events, format, payload, worker FROM events ORDER BY id")
    assert told.fetchall() == [("a", n, n, 1, FORMAT, b"an event", "one") for n in (1, 2)]


def test_the_last_batch_ends_the_job_in_the_same_transaction(
    coordinator: psycopg.Connection, one: psycopg.Connection
) -> None:
    number = rows.hello(one)
    rows.place(coordinator, "a")
    job = _taken(one, number)
    with one.transaction(force_rollback=True):
        assert rows.tell(one, number, job, ends=True)
    assert (rows.count(coordinator, "events"), rows.count(coordinator, "procrastinate_jobs")) == (0, 1)
    assert rows.tell(one, number, job, ends=True)
    assert (rows.count(coordinator, "events"), rows.count(coordinator, "procrastinate_jobs")) == (1, 0)
    # What the coordinator keeps there is its own to delete, when the end is in its file.
    assert rows.count(coordinator, "jobs") == 1
    assert not rows.tell(one, number, job, 2)


def test_a_worker_that_was_declared_lost_tells_nothing_and_knows_it(
    coordinator: psycopg.Connection, one: psycopg.Connection
) -> None:
    number = rows.hello(one)
    rows.place(coordinator, "a")
    rows.place(coordinator, "b")
    job = _taken(one, number)
    assert rows.beat(one, number)["known"]
    rows.declare_lost(coordinator, number)
    assert not rows.beat(one, number)["known"]
    assert not rows.tell(one, number, job)
    assert not rows.give_back(one, number, job)
    assert rows.take(one, number) is None
    assert rows.count(coordinator, "events") == 0
    assert rows.count(coordinator, "workers", "state = 'lost'") == 1


def test_no_worker_tells_of_anothers_job_nor_of_one_by_the_number_of_another(
    coordinator: psycopg.Connection, one: psycopg.Connection, two: psycopg.Connection
) -> None:
    first, second = rows.hello(one, "one"), rows.hello(two, "two")
    rows.place(coordinator, "a")
    rows.place(coordinator, "b")
    a, b = _taken(one, first), _taken(two, second)
    assert not rows.tell(two, second, a)
    assert not rows.give_back(two, second, a)
    assert not rows.tell(one, first, a._replace(job_id=b.job_id))
    assert not rows.give_back(one, first, a._replace(job_id=b.job_id))
    assert rows.count(coordinator, "events") == 0


def test_what_is_given_back_waits_a_while_at_most_two_minutes_and_keeps_its_count(
    coordinator: psycopg.Connection, one: psycopg.Connection
) -> None:
    number = rows.hello(one)
    queued = rows.place(coordinator, "a", priority=4)
    assert rows.give_back(one, number, _taken(one, number), 3600)
    found = coordinator.execute(
        "SELECT q.id <> %s, q.status::text, q.priority, q.queueing_lock, j.given_back, q.scheduled_at - now()"
        " BETWEEN interval '110 seconds' AND interval '120 seconds'"
        " FROM jobs AS j JOIN procrastinate_jobs AS q ON q.id = j.queue_job",
        (queued,),
    )
    assert found.fetchall() == [(True, "todo", 4, "source:of-a", 1, True)]
    assert rows.take(one, number) is None


def test_what_is_given_back_waits_beside_another_job_of_its_source(
    coordinator: psycopg.Connection, one: psycopg.Connection
) -> None:
    """Procrastinate's retry would leave it running for nobody here, for ever."""
    number = rows.hello(one)
    rows.place(coordinator, "a", source="src")
    job = _taken(one, number)
    rows.place(coordinator, "b", source="src")
    assert rows.give_back(one, number, job)
    taken = [_taken(one, number) for _ in "ab"]
    assert sorted(again.job_id for again in taken) == ["a", "b"]
    assert all(rows.tell(one, number, again, ends=True) for again in taken)
    assert rows.count(coordinator, "procrastinate_jobs") == 0


def test_a_job_that_the_coordinator_has_let_go_does_not_hold_its_lock(
    coordinator: psycopg.Connection, one: psycopg.Connection
) -> None:
    number = rows.hello(one)
    rows.place(coordinator, "a", site="s.example")
    rows.place(coordinator, "b", site="s.example")
    coordinator.execute("DELETE FROM jobs WHERE id = 'a'")
    assert rows.take(one, number) is None
    assert _taken(one, number).job_id == "b"


def test_the_heartbeat_is_seen_and_brings_what_is_wanted(
    coordinator: psycopg.Connection, one: psycopg.Connection
) -> None:
    number = rows.hello(one)
    rows.place(coordinator, "a")
    rows.place(coordinator, "b")
    _taken(one, number)
    coordinator.execute("UPDATE jobs SET stop_wanted = true")
    coordinator.execute("UPDATE workers SET wanted = 'drain', seen_at = '-infinity'")
    coordinator.execute("UPDATE procrastinate_workers SET last_heartbeat = '2020-01-01'")
    said = rows.beat(one, number, "draining")
    assert said["known"]
    assert said["wanted"] == "drain"
    assert said["stop_jobs"] == ["a"]  # not b, which is nobody's yet
    assert said["format_accepted"]
    assert rows.count(coordinator, "workers", "seen_at > now() - interval '1 minute' AND state = 'draining'") == 1
    assert rows.count(coordinator, "procrastinate_workers", "last_heartbeat > now() - interval '1 minute'") == 1
    rows.open_doors(coordinator, formats=[FORMAT + 1], paused=True)
    said = rows.beat(one, number)
    assert (said["format_accepted"], said["paused"]) == (False, True)


def test_a_worker_that_nobody_knows_is_told_so(coordinator: psycopg.Connection, one: psycopg.Connection) -> None:
    said = rows.beat(one, 999)
    assert (said["known"], said["wanted"], said["format_accepted"]) == (False, "drain", False)


def test_a_worker_that_goes_leaves_nothing_but_its_unfinished_jobs_to_nobody(
    coordinator: psycopg.Connection, one: psycopg.Connection
) -> None:
    number = rows.hello(one)
    rows.place(coordinator, "a")
    _taken(one, number)
    one.execute("SELECT goodbye(%s)", (number,))
    assert rows.count(coordinator, "workers") == rows.count(coordinator, "procrastinate_workers") == 0
    assert rows.count(coordinator, "procrastinate_jobs", "status = 'doing' AND worker_id IS NULL") == 1


def test_a_name_is_taken_while_its_session_lives_and_free_when_it_was_killed(
    coordinator: psycopg.Connection, cluster: Cluster, two: psycopg.Connection
) -> None:
    with cluster.worker() as first:
        number = rows.hello(first, "mill")
        words = r"a worker named mill is there already \(host host-a, process 77\)"
        with pytest.raises(psycopg.Error, match=words) as refused:
            rows.hello(two, "mill")
        assert refused.value.sqlstate == "DB002"
        assert rows.hello(two, "other") > number
        session = f"pid = {first.info.backend_pid}"
    while rows.count(coordinator, "pg_stat_activity", session):
        pass  # the server ends it a moment after the worker has
    again = rows.hello(two, "mill")
    assert rows.count(coordinator, "workers", f"id = {number} AND state = 'lost'") == 1
    assert rows.beat(two, again)["known"]


@pytest.mark.parametrize(
    ("settings", "state", "words"),
    [
        ({"owner": None}, "DB003", r"no coordinator has used schema \w+ yet: start `dibao run`"),
        ({"formats": []}, "DB003", r"no coordinator has used schema"),
        (
            {"formats": [FORMAT + 1, FORMAT + 2], "coordinator_version": "0.9.0"},
            "DB001",
            (
                rf"this worker is dibao 0.1.0 \(job format {FORMAT}\), the coordinator is dibao 0.9.0 "
                rf"\(formats {FORMAT + 1}, {FORMAT + 2}\): install dibao 0.9.0 here"
            ),
        ),
    ],
)
def test_a_worker_is_refused_in_words(
    coordinator: psycopg.Connection, one: psycopg.Connection, settings: dict[str, object], state: str, words: str
) -> None:
    rows.open_doors(coordinator, **settings)
    with pytest.raises(psycopg.Error, match=words) as refused:
        rows.hello(one)
    assert refused.value.sqlstate == state
    rows.open_doors(coordinator)
    assert rows.hello(one)


def test_workers_and_the_coordinator_are_woken_by_what_concerns_them(
    cluster: Cluster, coordinator: psycopg.Connection, one: psycopg.Connection
) -> None:
    number = rows.hello(one)
    with cluster.worker() as listening:
        for channel in ("workers", "events"):
            listening.execute(f"LISTEN {cluster.schema}_{channel}")

        def heard() -> list[tuple[str, str]]:
            listening.execute("SELECT 1")
            told = listening.notifies(timeout=0)
            return sorted((note.channel.removeprefix(f"{cluster.schema}_"), note.payload) for note in told)

        rows.place(coordinator, "a", site="s.example")
        assert heard() == [("workers", "jobs")]
        job = _taken(one, number)
        assert rows.tell(one, number, job)
        assert heard() == [("events", "")]
        coordinator.execute("UPDATE jobs SET stop_wanted = true")
        coordinator.execute("UPDATE settings SET paused = true")
        coordinator.execute("UPDATE workers SET wanted = 'drain'")
        assert heard() == [("workers", "drain"), ("workers", "pause"), ("workers", "stop")]
        coordinator.execute("UPDATE settings SET coordinator_seen_at = now()")
        rows.beat(one, number)
        assert heard() == []
        assert rows.tell(one, number, job, 2, ends=True)
        assert heard() == [("events", "")]


def test_the_end_of_a_job_wakes_workers_where_another_has_waited_for_its_lock(
    cluster: Cluster, coordinator: psycopg.Connection, one: psycopg.Connection
) -> None:
    number = rows.hello(one)
    rows.place(coordinator, "a", site="s.example")
    rows.place(coordinator, "b", site="s.example")
    job = _taken(one, number)
    with cluster.worker() as listening:
        listening.execute(f"LISTEN {cluster.schema}_workers")
        assert rows.tell(one, number, job, ends=True)
        listening.execute("SELECT 1")
        assert [note.payload for note in listening.notifies(timeout=0)] == ["jobs"]


def _measured(cluster: Cluster, at: str) -> None:
    """None; the backlog was measured then."""
    with cluster.admin() as admin:
        admin.execute("UPDATE backlog SET measured_at = %s", (at,))


def test_what_a_worker_says_of_itself_is_cut_and_what_is_larger_than_any_batch_is_not_taken(
    coordinator: psycopg.Connection, one: psycopg.Connection
) -> None:
    number = rows.hello(one, "n" * 1_000, version="v" * 1_000)
    one.execute("SELECT FROM beat(%s, 1, 1, 1, 'working', %s)", (number, "d" * 1_000))
    sizes = "SELECT length(name), length(version), length(detail) FROM workers"
    assert coordinator.execute(sizes).fetchone() == (100, 50, 300)
    rows.place(coordinator, "job")
    job = _taken(one, number)
    told = "SELECT tell(%s, %s, 'job', 1, 1, 1, %s, convert_to(repeat('x', %s), 'UTF8'), false)"
    for size, taken in ((80 * 1024**2 + 1, False), (1_000, True)):
        assert one.execute(told, (number, job.queue_job, FORMAT, size)).fetchone() == (taken,)
    assert rows.count(coordinator, "events") == 1
