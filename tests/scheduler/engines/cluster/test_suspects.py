"""Jobs of which a worker may have died: who is held to blame for a worker that was lost, and who is given what then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import psycopg
import pytest

from scheduler.engines.cluster.address import Address
from scheduler.engines.cluster.batches import unpack
from scheduler.engines.cluster.coordinator import clerk, ends, line, reaper
from scheduler.engines.cluster.coordinator.engine import ClusterEngine
from scheduler.engines.cluster.coordinator.placing import ToPlace, place
from scheduler.engines.cluster.coordinator.reaper import ALONE_FROM, LOSSES, Reaper
from scheduler.engines.cluster.formats import QUEUE, SUSPECTS
from storage.records import JobFinished
from tests.scheduler.engines.cluster import queue_rows as rows
from tests.scheduler.engines.cluster.hand_worker import HandWorker
from tests.scheduler.engines.cluster.queue_rows import Taken
from tests.scheduler.engines.cluster.stage import Cluster
from tests.scheduler.engines.cluster.test_engine import job, polled, taken, until

pytestmark = pytest.mark.cluster

STALL_SECONDS = 3600.0
"""No worker is lost by itself."""


class Hand:
    """A worker that has as many jobs at once as it is given. `jobs`: by their source. `ended`: sources."""

    def __init__(self, session: psycopg.Connection, name: str) -> None:
        self.name, self.jobs, self.ended = name, dict[str, Taken](), set[str]()
        self._session, self._number = session, rows.hello(session, name)

    def take(self) -> str | None:
        """The source of the job that it has now, too; None for no job."""
        taken = rows.take(self._session, self._number)
        if taken is None:
            return None
        self.jobs[taken.source] = taken
        return taken.source

    def take_all(self) -> set[str]:
        """The sources of all jobs that it was given."""
        return set(iter(self.take, None))

    def end(self, source: str) -> None:
        """None; the job has ended well."""
        assert rows.tell(self._session, self._number, self.jobs.pop(source), ends=True)
        self.ended.add(source)

    def give_back(self, source: str) -> None:
        """None; the job waits again."""
        assert rows.give_back(self._session, self._number, self.jobs.pop(source))

    def say_goodbye(self) -> None:
        """None; it has left, whatever it had."""
        self._session.execute("SELECT goodbye(%s)", (self._number,))


class Desk:
    """A coordinator as far as its queue goes: sources are crawled by one job at a time, and anew when one was lost."""

    def __init__(self, cluster: Cluster, stack: ExitStack) -> None:
        self._cluster, self._stack = cluster, stack
        self.session = stack.enter_context(cluster.coordinator())
        self.reaper = Reaper()
        self.reasons: dict[str, list[str]] = {}
        self._placed = 0
        rows.open_doors(self.session)

    def worker(self, name: str) -> Hand:
        """A worker that has come, perhaps again."""
        return Hand(self._stack.enter_context(self._cluster.worker()), name)

    def plan(self, *sources: str) -> None:
        """None; a job of each waits."""
        made = []
        for source in sources:
            self._placed += 1
            crawl = replace(job(f"job{self._placed}"), source=source)
            made.append(ToPlace(job=crawl, sites=(f"{source}.test",), memo=b""))
        assert place(self.session, made, self.reaper.suspects) == {}

    def lose(self, worker: Hand) -> set[str]:
        """Sources that this was held against: they back off. The others of the worker's are planned anew."""
        self.session.execute("UPDATE workers SET state = 'lost' WHERE name = %s", (worker.name,))
        self.reap()
        struck = {source for source in worker.jobs if self.reasons[source][-1] == "crashed"}
        self.plan(*sorted(worker.jobs.keys() - struck))
        return struck

    def reap(self) -> None:
        """None; the jobs of lost workers have ended, and those ends are known, as those that workers have told."""
        self.reaper.reap(self.session, STALL_SECONDS, lambda: STALL_SECONDS)
        told = "SELECT e.job_id, j.source, e.payload, e.worker FROM events AS e JOIN jobs AS j ON j.id = e.job_id"
        ended = self.session.execute(told).fetchall()
        self.reaper.heed(self.session, [job_id for job_id, *_ in ended])
        for _, source, payload, worker in ended:
            if worker == ends.NOBODY:
                (event,) = unpack(payload)
                assert isinstance(event, JobFinished)
                self.reasons.setdefault(source, []).append(event.reason)
        self.session.execute("DELETE FROM events")
        ends.forget(self.session, [job_id for job_id, *_ in ended])

    def losses(self, source: str) -> int:
        """How often in a row a worker was lost of the source."""
        return self.reaper._losses.get(source, 0)

    def plan_suspects(self, *sources: str) -> None:
        """None; a job of each waits, and a worker may have died of it."""
        self.reaper._losses |= dict.fromkeys(sources, ALONE_FROM)
        self.plan(*sources)


@pytest.fixture
def desk(cluster: Cluster) -> Iterator[Desk]:
    with ExitStack() as stack:
        yield Desk(cluster, stack)


@pytest.fixture
def engine(cluster: Cluster) -> Iterator[ClusterEngine]:
    """An engine that works."""
    made = ClusterEngine(
        Address.of(cluster.coordinator_url),
        schema=cluster.schema,
        terms=line.Terms(owner=lambda: rows.FILE),
        patience_seconds=10.0,
        reap_seconds=0.1,
    )
    try:
        made.jobs_out()
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("alone_from", [1, 2])
def test_who_kills_three_workers_is_struck_out_and_none_that_was_beside_it(
    desk: Desk, alone_from: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One worker, so that all are with the one that kills whenever they may be; what is not a suspect runs on."""
    monkeypatch.setattr(reaper, "ALONE_FROM", alone_from)
    innocents = {f"innocent{number}" for number in range(4)}
    desk.plan("poison", *sorted(innocents))
    killed, most, stored = 0, dict.fromkeys(innocents, 0), set[str]()
    for life in range(50):
        worker = desk.worker(f"life {life}")
        worker.take_all()
        if "poison" in worker.jobs:
            killed += 1
            struck = desk.lose(worker)
            most = {source: max(losses, desk.losses(source)) for source, losses in most.items()}
            if struck:
                break
        else:
            for source in tuple(worker.jobs):
                worker.end(source)
                stored.add(source)
            desk.reap()
            worker.say_goodbye()
            desk.plan(*sorted(worker.ended))  # they are due again at once, and beside the other again
    assert (killed, struck) == (LOSSES, {"poison"})
    assert max(most.values()) == alone_from < LOSSES
    assert stored
    assert all(set(reasons) == {"interrupted"} for source, reasons in desk.reasons.items() if source in innocents)


def test_a_worker_has_one_suspect_at_a_time_and_all_else_that_waits(desk: Desk) -> None:
    desk.plan("w")
    desk.plan_suspects("a", "b", "c")
    desk.plan("x", "y")
    one, two = desk.worker("one"), desk.worker("two")
    assert one.take_all() == {"w", "a", "x", "y"}
    desk.plan("z")
    assert two.take_all() == {"b", "z"}  # while the first has its own
    one.end("x")
    assert one.take() is None
    one.end("a")
    assert one.take_all() == {"c"}


def test_a_suspect_has_its_turn_before_what_came_later(desk: Desk) -> None:
    desk.plan("w")
    desk.plan_suspects("a")
    desk.plan("x")
    worker = desk.worker("one")
    assert [worker.take() for _ in range(4)] == ["w", "a", "x", None]


def test_a_suspect_that_is_given_back_is_one_still_and_makes_room_for_another(desk: Desk) -> None:
    desk.plan_suspects("a", "b")
    one, two = desk.worker("one"), desk.worker("two")
    assert one.take_all() == {"a"}
    one.give_back("a")
    assert one.take_all() == {"b"}
    assert two.take_all() == {"a"}


def test_of_a_lost_workers_jobs_the_suspect_alone_is_to_blame_and_of_those_with_none_all(desk: Desk) -> None:
    desk.plan_suspects("suspect")
    desk.plan("x", "y")
    one, two = desk.worker("one"), desk.worker("two")
    assert one.take_all() == {"suspect", "x", "y"}
    desk.plan("z")
    assert two.take_all() == {"z"}
    desk.session.execute("UPDATE workers SET state = 'lost' WHERE name = 'two'")
    assert desk.lose(one) == {"suspect"}
    losses = [desk.losses(source) for source in ("suspect", "x", "y", "z")]
    assert losses == [ALONE_FROM + 1, 0, 0, 1]


def test_who_was_there_before_is_to_blame_and_nobody_who_is_there_for_the_first_time(desk: Desk) -> None:
    desk.plan("a", "b")
    one = desk.worker("one")
    assert one.take_all() == {"a", "b"}
    assert desk.lose(one) == set()
    desk.plan("x")
    two, three = desk.worker("two"), desk.worker("three")
    assert two.take() == "a"
    assert three.take_all() == {"b", "x"}  # after one loss they run as ever
    desk.lose(three)
    assert [desk.losses(source) for source in "abx"] == [1, 2, 0]


def test_a_good_end_clears_a_suspect(desk: Desk) -> None:
    desk.plan_suspects("a", "b")
    worker = desk.worker("one")
    assert worker.take_all() == {"a"}
    worker.end("a")
    desk.reap()
    assert desk.losses("a") == 0
    assert worker.take_all() == {"b"}
    desk.plan("a")
    assert worker.take_all() == {"a"}


def test_a_worker_that_goes_by_itself_strikes_nobody(desk: Desk) -> None:
    desk.plan("a")
    worker = desk.worker("one")
    assert worker.take_all() == {"a"}
    worker.say_goodbye()
    desk.reap()
    assert desk.reasons == {"a": ["interrupted"]}
    assert desk.losses("a") == 0


@pytest.mark.parametrize(("sure_seconds", "losses"), [(-2.0, 0), (0.0, 0), (60.0, 1)])
def test_nobody_is_struck_for_a_worker_that_was_not_seen_since_the_server_was_there_all_the_time(
    desk: Desk, sure_seconds: float, losses: int
) -> None:
    """Where the server goes all workers end: each job of each would be a suspect."""
    desk.plan("a")
    worker = desk.worker("one")
    assert worker.take_all() == {"a"}
    desk.session.execute("UPDATE workers SET state = 'lost'")
    assert desk.reaper.reap(desk.session, STALL_SECONDS, lambda: sure_seconds) == 1
    desk.reap()
    assert desk.reasons == {"a": ["interrupted"]}
    assert desk.losses("a") == losses


@pytest.mark.parametrize("hangs", [False, True])
def test_a_coordinator_that_the_server_has_kept_waiting_strikes_nobody(
    engine: ClusterEngine, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, *, hangs: bool
) -> None:
    monkeypatch.setattr(clerk, "HUNG_SECONDS", 0.5)
    with HandWorker(cluster, "one") as worker, cluster.admin() as session:
        taken(engine, worker, job("a"))
        with session.transaction():
            session.execute("UPDATE workers SET state = 'lost'")
            if hangs:
                session.execute("LOCK TABLE workers")
                time.sleep(2 * clerk.LOOK_SECONDS)  # it asks for them each second
        (end,) = polled(engine, 1)
    assert isinstance(end, JobFinished)
    assert end.reason == "interrupted"
    until(lambda: bool(engine._clerk._reaper._losses) is not hangs)


def test_a_coordinator_that_has_just_begun_knows_suspects_by_their_queue(desk: Desk, cluster: Cluster) -> None:
    desk.plan_suspects("a", "b")
    desk.plan("x")
    one, two = desk.worker("one"), desk.worker("two")
    desk.reaper = Reaper()
    terms = line.Terms(owner=lambda: rows.FILE)
    line.open_line(Address.of(cluster.coordinator_url), cluster.schema, terms).close()  # they go on waiting
    assert one.take_all() == {"a", "x"}
    assert two.take_all() == {"b"}
    desk.lose(one)
    assert [desk.losses(source) for source in ("a", "b", "x")] == [ALONE_FROM + 1, 0, 0]


def test_suspects_that_wait_do_not_keep_other_jobs_from_being_sent(engine: ClusterEngine, cluster: Cluster) -> None:
    with cluster.coordinator() as session:
        until(lambda: engine.poll(0.1, limit=1) == [] and engine.room > 0)
        before = engine.room
        for number in range(3):
            rows.place(session, f"job{number}")
        until(lambda: engine.poll(0.1, limit=1) == [] and engine.room == before - 3)
        session.execute("UPDATE procrastinate_jobs SET queue_name = %s", (SUSPECTS,))
        until(lambda: engine.poll(0.1, limit=1) == [] and engine.room == before)


def test_an_engine_sends_the_job_of_a_suspect_as_one(engine: ClusterEngine, cluster: Cluster) -> None:
    queues = "SELECT string_agg(queue_name, ' ' ORDER BY id) FROM procrastinate_jobs"
    engine._clerk._reaper._losses["suspect"] = ALONE_FROM
    for name in ("suspect", "innocent"):
        engine.submit(replace(job(name), source=name), {f"{name}.test"})
    with cluster.coordinator() as session:
        until(lambda: engine.poll(0.1, limit=1) == [] and rows.count(session, "jobs") == 2)
        assert session.execute(queues).fetchone() == (f"{SUSPECTS} {QUEUE}",)
