"""What every engine owes its coordinator, as tests. A file of an engine takes them over and gives the `stage`."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections import defaultdict
from dataclasses import replace

from scheduler.demo.server import WorldServer
from scheduler.engines.engine import Engine
from storage.identity import url_key
from storage.records import CrawlJob, Failed, PageRequest
from tests.crawler.crawling.portal import Portal, article, news
from tests.faults.poison import marked
from tests.scheduler.engines.jobs import PATIENCE_SECONDS, collected, end, short, sites_of

NAMES = ["RobotsFetched", "Discovered", "EntryChecked", "Extracted", "Extracted", "HostAsked", "JobFinished"]


class Stage(ABC):
    """An engine at work, and what a test must be able to do to it."""

    engine: Engine

    def submit(self, *jobs: CrawlJob) -> None:
        """None; these jobs run as soon as they can."""
        for job in jobs:
            self.engine.submit(job, sites_of(job), memo=job.id.encode())

    @abstractmethod
    def restart(self) -> list[str]:
        """What is left of the engine after it was closed; there is a new one then."""


class EngineContract:
    """Every engine passes these. Names of jobs are not used twice: an engine may remember them."""

    def test_a_job_gives_its_events_in_order_and_one_end(self, stage: Stage, sites: WorldServer) -> None:
        stage.submit(short(sites, "one"))
        events = collected(stage.engine, "one")
        assert [type(event).__name__ for event in events] == NAMES
        assert [event.number for event in events] == list(range(1, len(events) + 1))
        assert end(events, "one").reason == "finished"

    def test_jobs_side_by_side_come_to_one_end_each(self, stage: Stage, sites: WorldServer) -> None:
        jobs = [short(sites, f"beside {site}", site) for site in (1, 2, 3)]
        stage.submit(*jobs)
        events = collected(stage.engine, *(job.id for job in jobs))
        by_job = defaultdict(list)
        for event in events:
            by_job[event.job_id].append(event.number)
        assert [end(events, job.id).reason for job in jobs] == ["finished"] * 3
        assert list(by_job.values()) == [list(range(1, len(NAMES) + 1))] * 3

    def test_what_was_committed_does_not_come_again(self, stage: Stage, sites: WorldServer) -> None:
        stage.submit(short(sites, "safe"))
        collected(stage.engine, "safe")
        assert stage.engine.poll(0.3, limit=100) == []
        assert stage.engine.jobs_out() == []

    def test_a_poll_with_a_small_limit_loses_nothing_and_keeps_the_order(
        self, stage: Stage, sites: WorldServer
    ) -> None:
        """What came together is not divided: the limit says when no more is taken."""
        stage.submit(short(sites, "few", 1), short(sites, "few too", 2))
        events = collected(stage.engine, "few", "few too", limit=1)
        for name in ("few", "few too"):
            assert [event.number for event in events if event.job_id == name] == list(range(1, len(NAMES) + 1))

    def test_a_poll_waits_no_longer_than_it_was_told(self, stage: Stage) -> None:
        """A sign of life, one a second of each worker, may end one of them early."""
        began = time.monotonic()
        for _ in range(5):
            assert stage.engine.poll(0.2, limit=10) == []
        assert 0.4 < time.monotonic() - began < 30

    def test_a_poll_that_waits_is_woken_from_another_thread(self, stage: Stage) -> None:
        threading.Timer(0.2, stage.engine.wake).start()
        assert _waited(stage.engine, 30) < 15

    def test_an_engine_that_was_woken_before_does_not_wait(self, stage: Stage) -> None:
        for _ in range(70_000):  # more than a pipe holds
            stage.engine.wake()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while _waited(stage.engine, 0.5) < 0.5:  # each poll may take only some of the wakes
            assert time.monotonic() < deadline

    def test_a_stopped_job_ends_with_what_was_in_flight_and_the_others_go_on(
        self, stage: Stage, sites: WorldServer
    ) -> None:
        # Without a delay it may come to its end before the worker reads that it is to stop.
        stage.submit(short(sites, "cut short", 1, delay_seconds=1.0), short(sites, "goes on", 2))
        stage.engine.stop_job("cut short")
        stage.engine.stop_job("unknown")
        events = collected(stage.engine, "cut short", "goes on")
        assert (end(events, "cut short").reason, end(events, "goes on").reason) == ("stopped", "finished")

    def test_all_jobs_end_where_all_are_stopped_and_later_ones_run(self, stage: Stage, sites: WorldServer) -> None:
        stage.submit(*(short(sites, f"all {site}", site, delay_seconds=1.0) for site in (1, 2, 3)))
        stage.engine.stop_jobs()
        names = [f"all {site}" for site in (1, 2, 3)]
        events = collected(stage.engine, *names)
        assert [end(events, name).reason for name in names] == ["stopped"] * 3
        stage.submit(short(sites, "after all"))
        assert end(collected(stage.engine, "after all"), "after all").reason == "finished"

    def test_room_falls_by_what_is_out_and_rises_again(self, stage: Stage, sites: WorldServer) -> None:
        _until_room(stage.engine, 1)
        before = stage.engine.room
        stage.submit(*(short(sites, f"room {site}", site, delay_seconds=0.2) for site in (1, 2, 3)))
        assert stage.engine.room <= before - 3
        collected(stage.engine, *(f"room {site}" for site in (1, 2, 3)))
        _until_room(stage.engine, before)

    def test_a_job_that_cannot_run_is_its_own_outcome(self, stage: Stage, sites: WorldServer) -> None:
        broken = replace(short(sites, "broken", 1), allow_networks=("no network",))
        stage.submit(broken, short(sites, "whole", 2))
        events = collected(stage.engine, "broken", "whole")
        assert (end(events, "broken").reason, end(events, "whole").reason) == ("crashed", "finished")
        assert end(events, "broken").detail

    def test_nothing_is_left_of_an_engine_that_was_closed_and_what_outlives_it_comes_again(
        self, own_stage: Stage, sites: WorldServer
    ) -> None:
        own_stage.submit(short(sites, "before"))
        collected(own_stage.engine, "before")
        own_stage.submit(short(sites, "told"), short(sites, "slow", 2, delay_seconds=60.0))
        _until_it_tells(own_stage.engine, "told")
        closed = own_stage.engine
        assert own_stage.restart() == []
        closed.wake()
        outlived = {"told": b"told", "slow": b"slow"} if closed.outlives else {}
        assert {one.job_id: one.memo for one in own_stage.engine.jobs_out()} == outlived
        if not outlived:
            assert own_stage.engine.poll(0.1, limit=100) == []
            return
        own_stage.engine.stop_job("slow")
        events = collected(own_stage.engine, "told", "slow")
        assert [type(event).__name__ for event in events if event.job_id == "told"] == NAMES
        assert (end(events, "told").reason, end(events, "slow").reason) == ("finished", "stopped")

    def test_a_page_that_kills_its_worker_process_is_struck_and_no_other(
        self, poisoned_stage: Stage, portals: tuple[Portal, Portal]
    ) -> None:
        killer, neighbour = (_one_page(portal, f"portal {at}") for at, portal in enumerate(portals))
        (path,) = news(1)
        portals[0].routes[path] = marked(article(), "worker", "exit")
        # A page that is in hand when the process dies is struck, too: this one is still on its way.
        has_died = threading.Event()
        portals[1].routes[path] = lambda _request: article() if has_died.wait(PATIENCE_SECONDS) else 503
        try:
            poisoned_stage.submit(killer, neighbour)
            events = collected(poisoned_stage.engine, killer.id, neighbour.id)
        finally:
            has_died.set()
        struck = [(event.job_id, event.key, event.poison) for event in events if isinstance(event, Failed)]
        assert struck == [(killer.id, killer.pages[0].key, True)]
        assert end(events, killer.id).reason == "crashed"
        assert end(events, neighbour.id).reason == "interrupted"


def _one_page(portal: Portal, name: str) -> CrawlJob:
    """A job for one page of the portal, which is an article."""
    (path,) = news(1)
    portal.routes[path] = article()
    page = PageRequest(url=portal.base + path, key=url_key(portal.base + path))
    return portal.job(id=name, source=name, pages=(page,))


def _waited(engine: Engine, seconds: float) -> float:
    began = time.monotonic()
    assert engine.poll(seconds, limit=10) == []
    return time.monotonic() - began


def _until_room(engine: Engine, room: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while engine.room < room:
        assert time.monotonic() < deadline, (engine.room, room)
        engine.poll(0.1, limit=10)


def _until_it_tells(engine: Engine, job_id: str) -> None:
    """None; an event of the job has come, and nobody has confirmed it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not any(event.job_id == job_id for event in engine.poll(0.5, limit=100)):
        assert time.monotonic() < deadline
