"""What one `dibao worker` does with jobs, by the real program, a real PostgreSQL and real sites."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from scheduler.demo.server import WorldServer
from scheduler.engines.cluster import batches
from scheduler.engines.cluster.worker.fence import key_of
from scheduler.engines.cluster.worker.relay import _read
from storage.records import JobFinished
from tests.scheduler.engines.cluster.job_desk import JobDesk, Worker, until
from tests.scheduler.engines.cluster.postgres import Postgres
from tests.scheduler.engines.cluster.stage import Cluster, fresh_cluster
from tests.scheduler.engines.jobs import NOW, short, sites_of

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def running(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cluster, JobDesk, Worker]]:
    """A cluster with one worker that all tests here give jobs to."""
    with ExitStack() as stack:
        made = stack.enter_context(fresh_cluster(postgres))
        desk = stack.enter_context(JobDesk(made))
        yield made, desk, stack.enter_context(Worker(made, tmp_path_factory.mktemp("worker"), "--name", "only"))


@pytest.fixture
def desk(running: tuple[Cluster, JobDesk, Worker]) -> JobDesk:
    return running[1]


def test_a_job_is_crawled_and_what_came_of_it_is_told_in_few_batches(desk: JobDesk, sites: WorldServer) -> None:
    job = short(sites, "told")
    desk.place(job)
    assert desk.end(job).reason == "finished"
    events = desk.events(job)
    assert [type(event).__name__ for event in events[:3]] == ["RobotsFetched", "Discovered", "EntryChecked"]
    assert sum(type(event).__name__ == "Extracted" for event in events) == 2
    assert desk.value("SELECT count(*) FROM events WHERE job_id = 'told'") <= 4
    assert desk.value("SELECT worker FROM events WHERE job_id = 'told' LIMIT 1") == "only"
    assert desk.value("SELECT count(*) FROM procrastinate_jobs") == 0


def test_a_job_waits_while_its_host_is_fenced_by_another_and_is_crawled_after_that(
    running: tuple[Cluster, JobDesk, Worker], sites: WorldServer
) -> None:
    cluster, desk, _ = running
    job = short(sites, "fenced")
    (site,) = sites_of(job)
    with cluster.worker("another") as other:
        other.execute("SELECT pg_advisory_lock(%s)", (key_of(site),))
        desk.place(job)
        until(lambda: desk.value("SELECT given_back FROM jobs WHERE id = 'fenced'"))
        assert desk.events(job) == []
    assert desk.end(job).reason == "finished"


def test_a_job_that_was_given_up_tells_nothing_more_and_its_hosts_are_free_when_it_has_ended_and_not_before(
    running: tuple[Cluster, JobDesk, Worker], sites: WorldServer
) -> None:
    cluster, desk, worker = running
    job = short(sites, "held", delay_seconds=3.0)
    (site,) = sites_of(job)
    desk.place(job)
    with cluster.worker("another") as other:
        free = "SELECT pg_try_advisory_lock(%s)"
        until(lambda: desk.events(job))  # it is `doing` a moment before its hosts are fenced
        assert other.execute(free, (key_of(site),)).fetchone() == (False,)
        desk.session.execute("DELETE FROM procrastinate_jobs WHERE id = (SELECT queue_job FROM jobs WHERE id = 'held')")
        desk.session.execute("DELETE FROM jobs WHERE id = 'held'")
        until(lambda: other.execute(free, (key_of(site),)).fetchone() == (True,))
    assert "is no longer this worker's" in worker.said()
    assert not any(isinstance(event, JobFinished) for event in desk.events(job))


def test_a_job_that_is_to_stop_ends_as_stopped(desk: JobDesk, sites: WorldServer) -> None:
    job = short(sites, "slow", delay_seconds=30.0)
    desk.place(job)
    until(lambda: desk.events(job))
    desk.session.execute("UPDATE jobs SET stop_wanted = true WHERE id = 'slow'")
    assert desk.end(job).reason == "stopped"


@pytest.mark.parametrize("payload", [b"", b"j[", b"zno frame of zstd", b'j["Stop",{}]', b"another's", b"late"])
def test_a_job_that_cannot_be_read_has_crashed_with_a_reason_and_the_worker_lives(
    desk: JobDesk, sites: WorldServer, payload: bytes
) -> None:
    job = short(sites, f"damaged {payload!r}")
    readable = {b"another's": replace(job, id="another"), b"late": replace(job, now=datetime.max.replace(tzinfo=UTC))}
    desk.place(job, payload=batches.pack_job(readable[payload]) if payload in readable else payload or b"?")
    end = desk.end(job)
    assert end.reason == "crashed"
    assert end.detail.startswith("the worker could not read the job: ")
    assert desk.value("SELECT count(*) FROM procrastinate_jobs") == 0


def test_a_job_of_a_newer_format_is_left_to_newer_workers(desk: JobDesk, sites: WorldServer) -> None:
    newer, ours = short(sites, "newer"), short(sites, "ours", site=2)
    desk.place(newer, queue="crawl.v999")
    desk.place(ours)
    desk.end(ours)
    assert not desk.is_doing(newer)
    desk.session.execute("DELETE FROM procrastinate_jobs WHERE queue_name = 'crawl.v999'")


def test_nothing_is_taken_while_the_cluster_is_paused(desk: JobDesk, sites: WorldServer) -> None:
    job, beat = short(sites, "paused"), "SELECT max(seen_at) FROM workers"
    desk.session.execute("UPDATE settings SET paused = true")
    seen = desk.value(beat)
    desk.place(job)
    until(lambda: desk.value(beat) > seen)
    assert not desk.is_doing(job)
    desk.session.execute("UPDATE settings SET paused = false")
    assert desk.end(job).reason == "finished"


def test_what_is_found_waits_in_the_worker_while_the_backlog_is_twice_too_large(
    desk: JobDesk, sites: WorldServer
) -> None:
    job = short(sites, "overfull", delay_seconds=1.0)
    desk.place(job)
    until(lambda: desk.is_doing(job))
    desk.session.execute("UPDATE settings SET max_backlog_bytes = -1, paused = false")  # wakes the workers
    until(lambda: desk.value("SELECT state FROM workers WHERE state <> 'lost'") == "backlogged")
    told = len(desk.events(job))
    seen = desk.value("SELECT max(seen_at) FROM workers")
    until(lambda: (desk.value("SELECT max(seen_at) FROM workers") - seen).total_seconds() > 3)
    assert len(desk.events(job)) == told
    desk.session.execute("UPDATE settings SET max_backlog_bytes = 1000000000, paused = false")
    assert desk.end(job).reason == "finished"


def test_the_time_of_a_job_goes_on_while_it_waits(sites: WorldServer) -> None:
    job = short(sites)
    assert _read(batches.pack_job(job), job.id, 90.0).now == NOW + timedelta(seconds=90)
    assert _read(batches.pack_job(job), job.id, -5.0).now == NOW, "the server's clock was set back"


def test_the_worker_says_how_it_is(desk: JobDesk) -> None:
    until(lambda: desk.value("SELECT jobs FROM workers WHERE state <> 'lost'") == 0)
    row = desk.session.execute("SELECT room, state, resident_bytes FROM workers WHERE state <> 'lost'").fetchone()
    assert row is not None
    room, state, resident = row
    assert state == "working"
    assert room >= 32
    assert resident > 50_000_000


def test_a_worker_that_has_all_the_jobs_that_it_may_rests(cluster: Cluster, sites: WorldServer, tmp_path: Path) -> None:
    job, later = short(sites, "one", delay_seconds=30.0), short(sites, "two", site=2)
    with JobDesk(cluster) as desk, Worker(cluster, tmp_path, "--jobs", "1") as worker:
        desk.place(job)
        desk.place(later)
        until(lambda: desk.events(job))
        process, seen = psutil.Process(worker.process.pid), "SELECT max(seen_at) FROM workers"
        began, used = desk.value(seen), sum(process.cpu_times()[:2])
        until(lambda: (desk.value(seen) - began).total_seconds() > 3)
        assert sum(process.cpu_times()[:2]) - used < 0.4, "seconds of work in three"
        assert not desk.is_doing(later)


def test_events_that_met_a_deadlock_are_told_again(cluster: Cluster, sites: WorldServer, tmp_path: Path) -> None:
    one, two = (short(sites, name, site=site, delay_seconds=1.0) for site, name in ((1, "one"), (2, "two")))
    lock = "SELECT FROM procrastinate_jobs q JOIN jobs j ON j.queue_job = q.id WHERE j.id = %s FOR UPDATE OF q"
    waits = "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'dibao worker%%' AND wait_event_type = 'Lock'"
    with JobDesk(cluster) as desk, cluster.admin() as other, Worker(cluster, tmp_path) as worker:
        desk.place(one)
        desk.place(two)
        until(lambda: desk.is_doing(one) and desk.is_doing(two))
        other.execute("SET deadlock_timeout = '1h'")  # so it is the worker's transaction that ends
        set_backlog = "UPDATE settings SET max_backlog_bytes = %s, paused = false"
        desk.session.execute(set_backlog, (-1,))  # so both have something to tell
        began = desk.value("SELECT max(seen_at) FROM workers")
        until(lambda: (desk.value("SELECT max(seen_at) FROM workers") - began).total_seconds() > 3)
        with other.transaction():
            other.execute(lock, ("two",))
            desk.session.execute(set_backlog, (10**9,))
            until(lambda: desk.value(waits))
            other.execute(lock, ("one",))
        assert [desk.end(job).reason for job in (one, two)] == ["finished", "finished"]
        assert "which are told again" in worker.said()


def test_what_reads_pages_does_not_know_the_address_and_a_typed_password_is_warned_of(
    cluster: Cluster, sites: WorldServer, tmp_path: Path
) -> None:
    warning = "everybody on this machine can read"
    password, job = cluster.worker_url.split("@")[0].rsplit(":", 1)[1], short(sites, delay_seconds=30.0)
    with JobDesk(cluster) as desk, Worker(cluster, tmp_path, env={"PGPASSWORD": password}) as worker:
        desk.place(job)
        until(worker.crawlers)
        assert all(password not in str(process.environ()) for process in worker.family())
        assert warning not in worker.said()
    with JobDesk(cluster), Worker(cluster, tmp_path, "--engine", cluster.worker_url) as worker:
        until(lambda: "is at work" in worker.said())
        assert warning in worker.said()
        assert password not in worker.said()
