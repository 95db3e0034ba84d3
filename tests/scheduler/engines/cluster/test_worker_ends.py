"""How `dibao worker` ends: with what exit code, what of its jobs is told, and that nothing of it goes on alone."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from scheduler.demo.server import WorldServer
from scheduler.engines.cluster.worker.fence import LEASH_SECONDS
from storage.records import CrawlJob
from tests.scheduler.engines.cluster.job_desk import JobDesk, Worker, until
from tests.scheduler.engines.cluster.queue_rows import declare_lost
from tests.scheduler.engines.cluster.stage import Cluster
from tests.scheduler.engines.jobs import endless, short

pytestmark = pytest.mark.cluster

Begin = Callable[[CrawlJob], tuple[Worker, list[psutil.Process]]]


@pytest.fixture
def desk(cluster: Cluster) -> Iterator[JobDesk]:
    with JobDesk(cluster) as desk:
        yield desk


@pytest.fixture
def begin(cluster: Cluster, desk: JobDesk, tmp_path: Path) -> Iterator[Begin]:
    """A worker that has a job, and its processes that ask sites."""
    with ExitStack() as stack:

        def begun(job: CrawlJob) -> tuple[Worker, list[psutil.Process]]:
            desk.place(job)
            worker = stack.enter_context(Worker(cluster, tmp_path))
            until(lambda: worker.crawlers() and (desk.events(job) or desk.is_doing(job)))
            return worker, worker.crawlers()

        yield begun


def all_dead(processes: list[psutil.Process], seconds: float) -> bool:
    until(lambda: not any(map(lives, processes)), seconds)
    return True


def lives(process: psutil.Process) -> bool:
    """Whether it does anything; whoever is frozen leaves the dead lying."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def workers_left(desk: JobDesk) -> int:
    return int(desk.value("SELECT count(*) FROM workers"))


def test_sigterm_lets_jobs_stop_and_tells_their_end(desk: JobDesk, begin: Begin, sites: WorldServer) -> None:
    job = short(sites, delay_seconds=30.0)
    worker, crawlers = begin(job)
    until(lambda: desk.events(job))
    worker.send(signal.SIGTERM)
    assert worker.ended() == 0, worker.said()
    assert desk.end(job).reason == "stopped"
    assert workers_left(desk) == 0
    assert all_dead(crawlers, 2)


def test_a_second_signal_ends_at_once_what_the_first_has_let_finish(
    desk: JobDesk, begin: Begin, sites: WorldServer
) -> None:
    job = endless(sites)
    worker, crawlers = begin(job)
    until(lambda: desk.events(job))
    worker.send(signal.SIGINT)
    until(lambda: desk.value("SELECT state FROM workers") == "draining")
    assert worker.process.poll() is None
    worker.send(signal.SIGTERM)
    assert worker.ended(5) == 130, worker.said()
    assert desk.end(job).reason == "stopped"
    assert workers_left(desk) == 0
    assert all_dead(crawlers, 2)


def test_a_worker_that_is_drained_finishes_its_jobs_takes_no_more_and_ends_well(
    desk: JobDesk, begin: Begin, sites: WorldServer
) -> None:
    job, later = short(sites, delay_seconds=1.0), short(sites, "later", site=2)
    worker, _ = begin(job)
    desk.session.execute("UPDATE workers SET wanted = 'drain'")
    until(lambda: desk.value("SELECT state FROM workers") == "draining")
    desk.place(later)
    assert worker.ended() == 0, worker.said()
    assert desk.end(job).reason == "finished"
    assert not desk.is_doing(later)


def test_a_format_that_is_no_longer_accepted_ends_jobs_and_worker_with_a_sentence(
    desk: JobDesk, begin: Begin, sites: WorldServer
) -> None:
    job = short(sites, delay_seconds=30.0)
    worker, _ = begin(job)
    until(lambda: desk.events(job))
    desk.session.execute("UPDATE settings SET formats = '{999}'")
    assert worker.ended() == 78, worker.said()
    assert "install its version of dibao here" in worker.said()
    assert desk.end(job).reason == "stopped"


def test_when_postgresql_dies_the_worker_and_all_below_it_do_within_seconds(
    cluster: Cluster, begin: Begin, sites: WorldServer
) -> None:
    worker, crawlers = begin(endless(sites))
    try:
        cluster.postgres.kill_immediate()
        assert worker.ended(5) == 75, worker.said()
        assert all_dead(crawlers, 2)
    finally:
        cluster.postgres.start()


def test_when_postgresql_does_not_answer_any_more_the_worker_ends_before_it_could_lose_its_hosts(
    cluster: Cluster, begin: Begin, sites: WorldServer
) -> None:
    worker, crawlers = begin(endless(sites))
    cluster.postgres.pause()  # as where a network swallows what is sent
    try:
        assert worker.ended(LEASH_SECONDS + 3) == 75, worker.said()
        assert "nothing was heard of PostgreSQL for" in worker.said()
        assert all_dead(crawlers, 2)
    finally:
        cluster.postgres.resume()


def test_what_is_below_a_worker_that_is_killed_dies_too(desk: JobDesk, begin: Begin, sites: WorldServer) -> None:
    job = endless(sites)
    worker, crawlers = begin(job)
    until(lambda: desk.events(job))  # one that is still being loaded asks nobody, and looks up later
    family = worker.family()
    worker.send(signal.SIGKILL)
    worker.ended()
    assert all_dead(crawlers, 2)
    assert all_dead(family, 10), "what reads pages asks nobody: it may come a little later"


@pytest.mark.parametrize("session", ["fence", "others"])
def test_a_worker_whose_session_is_ended_dies_with_all_below_it(
    cluster: Cluster, desk: JobDesk, begin: Begin, sites: WorldServer, session: str
) -> None:
    job = endless(sites)
    worker, crawlers = begin(job)
    until(lambda: desk.events(job))
    has_locks = "pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')"
    which = has_locks if session == "fence" else f"NOT {has_locks}"
    theirs = "application_name LIKE 'dibao worker %%'"
    end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {theirs} AND {which}"
    with cluster.admin() as admin:
        assert admin.execute(end).fetchall()
    assert worker.ended(5) == 75, worker.said()
    assert all_dead(crawlers, 2)
    assert desk.is_doing(job), "nobody has told its end: the reaper does"


def test_a_worker_that_was_declared_lost_ends_at_once(desk: JobDesk, begin: Begin, sites: WorldServer) -> None:
    job = endless(sites)
    worker, crawlers = begin(job)
    declare_lost(desk.session, desk.value("SELECT id FROM workers"))
    told = len(desk.events(job))
    assert worker.ended(5) == 75, worker.said()
    assert "declared this worker lost" in worker.said()
    assert all_dead(crawlers, 2)
    assert len(desk.events(job)) == told


def test_the_processes_below_a_frozen_worker_end_by_themselves_and_it_ends_when_it_wakes(
    desk: JobDesk, begin: Begin, sites: WorldServer
) -> None:
    job = endless(sites)
    worker, crawlers = begin(job)
    until(lambda: desk.events(job))
    told = len(desk.events(job))
    worker.send(signal.SIGSTOP)
    assert all_dead(crawlers, LEASH_SECONDS + 3)
    worker.send(signal.SIGCONT)
    assert worker.ended(5) == 75, worker.said()
    assert all_dead(crawlers, 2)
    assert len(desk.events(job)) == told, "it told of no crash of the process that it found dead"


def test_on_a_machine_where_no_worker_process_lives_one_job_crashes_and_the_next_is_given_back(
    cluster: Cluster, desk: JobDesk, tmp_path: Path, sites: WorldServer
) -> None:
    (tmp_path / "scrapy.py").write_text("raise ImportError('this machine is broken')\n", encoding="utf-8")
    first, next_ = short(sites, "first"), short(sites, "next", site=2)
    with Worker(cluster, tmp_path, env={"PYTHONPATH": str(tmp_path)}) as worker:
        desk.place(first)
        desk.place(next_)
        assert worker.ended() == 78, worker.said()
        assert "no worker process lives on this machine" in worker.said()
    assert desk.end(first).reason == "crashed"
    assert desk.value("SELECT given_back FROM jobs WHERE id = 'next'") == 1
    assert desk.events(next_) == []
    assert workers_left(desk) == 0


def test_a_worker_that_can_start_no_further_process_is_to_be_started_again(
    desk: JobDesk, begin: Begin, sites: WorldServer
) -> None:
    first = endless(sites, "first")
    worker, (crawler,) = begin(first)
    until(lambda: desk.value("SELECT room FROM workers") > 1)  # its process has lived
    psutil.Process(worker.process.pid).rlimit(psutil.RLIMIT_NOFILE, (3, 3))
    crawler.kill()
    assert desk.end(first).reason == "crashed"
    desk.place(short(sites, "next", site=2))
    assert worker.ended() == 75, worker.said()
    assert "no further worker process can be started" in worker.said()
    assert desk.value("SELECT given_back FROM jobs WHERE id = 'next'") == 1
    assert workers_left(desk) == 0
