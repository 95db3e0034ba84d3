"""The fence and the heart of a worker, in the threads that they are: whose hosts are whose, and what ends a worker."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psycopg
import pytest

from crawler.leash import Leash, held_at, now
from scheduler.engines.cluster.worker.fence import Fence, key_of
from scheduler.engines.cluster.worker.heart import Heart, Standing
from tests.scheduler.engines.cluster import queue_rows as rows
from tests.scheduler.engines.cluster.job_desk import until
from tests.scheduler.engines.cluster.stage import Cluster

pytestmark = pytest.mark.cluster

MakeFence = Callable[..., tuple[Fence, list[str]]]
MakeHeart = Callable[..., tuple[Heart, list[str]]]


@pytest.fixture
def leash() -> Iterator[Leash]:
    leash = Leash(60.0)
    yield leash
    leash.close()


@pytest.fixture
def fence(cluster: Cluster, leash: Leash) -> Iterator[MakeFence]:
    """Makes fences, each with a list of the reasons for which it was lost."""
    with ExitStack() as stack:

        def made(**options: float) -> tuple[Fence, list[str]]:
            reasons: list[str] = []
            fence = Fence(cluster.worker("a fence"), leash, reasons.append, **options)
            stack.callback(fence.close)
            return fence, reasons

        yield made


@pytest.fixture
def heart(cluster: Cluster) -> Iterator[MakeHeart]:
    """Makes the hearts of one worker that has said hello."""
    with cluster.coordinator() as coordinator, cluster.worker() as hall, ExitStack() as stack:
        rows.open_doors(coordinator)
        worker = rows.hello(hall)

        def made(
            turned_at: float, wake: Callable[[], object] = bool, every_seconds: float = 60.0
        ) -> tuple[Heart, list[str]]:
            reasons: list[str] = []
            standing = Standing(jobs=2, room=3, state="working", turned_at=turned_at)
            heart = Heart(
                cluster.worker("a heart"),
                cluster.schema,
                worker,
                every_seconds=every_seconds,
                standing=lambda: standing,
                wake=wake,
                lost=reasons.append,
            )
            stack.callback(heart.close)
            return heart, reasons

        yield made


def end_sessions(cluster: Cluster, name: str) -> None:
    with cluster.admin() as admin:
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s"
        assert admin.execute(ended, (name,)).fetchall()


def test_a_site_is_one_workers_at_a_time(fence: MakeFence) -> None:
    (one, _), (other, _) = fence(), fence()
    assert one.take({"a.example", "b.example"})
    assert not other.take({"b.example"})
    assert not one.take({"b.example", "c.example"}), "nor may two jobs of one worker ask it"
    one.free({"a.example", "b.example"})
    assert other.take({"b.example"})


def test_of_sites_that_cannot_all_be_had_none_is_kept(fence: MakeFence) -> None:
    (one, _), (other, _), (third, _) = fence(), fence(), fence()
    assert one.take({"b.example"})
    assert not other.take({"a.example", "b.example", "c.example"})
    assert third.take({"a.example", "c.example"})


def test_a_site_has_one_lock_in_all_schemas_of_a_database() -> None:
    assert key_of("a.example") == key_of("a.example") != key_of("b.example")
    assert -(2**63) <= key_of("a.example") < 2**63


def test_what_is_sure_is_said_to_the_leash(fence: MakeFence, leash: Leash) -> None:
    began = held_at(leash.descriptor)
    made, _ = fence(ping_seconds=0.01)
    until(lambda: held_at(leash.descriptor) > began)
    made.check()


def test_a_session_that_has_ended_is_noticed_within_two_seconds_whatever_the_main_thread_does(
    cluster: Cluster, fence: MakeFence
) -> None:
    _, reasons = fence()
    end_sessions(cluster, "a fence")
    until(lambda: reasons, 2.0)
    assert "the hosts may no longer be its own: " in reasons[0]


def test_who_was_frozen_is_not_sure_again_though_the_session_answers(fence: MakeFence, leash: Leash) -> None:
    made, reasons = fence(ping_seconds=0.2, lost_seconds=0.05)
    held = held_at(leash.descriptor)
    until(lambda: reasons)
    assert "this process was stopped" in reasons[0]
    assert held_at(leash.descriptor) == held < now()
    with pytest.raises(Exception, match="nothing was heard of PostgreSQL"):
        made.check()


def test_a_ping_that_waits_for_the_session_for_too_long_is_a_loss(fence: MakeFence) -> None:
    made, reasons = fence(ping_seconds=0.01, lost_seconds=0.5)
    with made._session:
        until(lambda: reasons, 2.0)


def test_the_heart_tells_how_the_worker_is_and_hears_what_is_wanted(cluster: Cluster, heart: MakeHeart) -> None:
    woken: list[float] = []
    made, _ = heart(time.monotonic(), lambda: woken.append(time.monotonic()))
    with cluster.coordinator() as coordinator:
        until(lambda: rows.count(coordinator, "workers", "jobs = 2 AND room = 3 AND resident_bytes > 0"))
        coordinator.execute("UPDATE settings SET paused = true")
        until(lambda: made.orders.paused and woken)
        coordinator.execute("UPDATE workers SET wanted = 'drain'")
        until(lambda: made.orders.wanted == "drain")
        assert not made.jobs_wait()
        rows.place(coordinator, "one")
        until(made.jobs_wait)
        assert not made.jobs_wait(), "it is said once"


def test_a_heart_whose_worker_was_declared_lost_says_so(cluster: Cluster, heart: MakeHeart) -> None:
    _, reasons = heart(time.monotonic(), every_seconds=0.05)
    with cluster.coordinator() as coordinator:
        rows.declare_lost(coordinator, rows_worker(coordinator))
    until(lambda: reasons)
    assert "declared this worker lost" in reasons[0]


def test_a_heart_without_a_session_says_so(cluster: Cluster, heart: MakeHeart) -> None:
    _, reasons = heart(time.monotonic())
    end_sessions(cluster, "a heart")
    until(lambda: reasons)
    assert "the heartbeat cannot be told" in reasons[0]


def test_a_main_loop_that_hangs_has_no_heart_that_beats(heart: MakeHeart) -> None:
    _, reasons = heart(time.monotonic() - 121)
    until(lambda: reasons)
    assert "its main loop has not turned for 121 s" in reasons[0]


def rows_worker(coordinator: psycopg.Connection) -> int:
    row = coordinator.execute("SELECT id FROM workers").fetchone()
    assert row is not None
    return int(row[0])


def test_more_sites_than_the_server_has_locks_for_are_not_ours_and_nothing_is_lost(
    fence: MakeFence, cluster: Cluster
) -> None:
    fenced, reasons = fence()
    many = [f"{number}.example" for number in range(100_000)]
    assert fenced.take(["a.cn"])
    assert not fenced.take(many)
    assert reasons == []
    (other, _) = fence()
    assert other.take(many[:10])
    assert not other.take(["a.cn"])


def test_a_heart_that_fails_of_itself_ends_the_worker(cluster: Cluster, caplog: pytest.LogCaptureFixture) -> None:
    def standing() -> Standing:
        raise OSError("too many open files")

    reasons: list[str] = []
    heart = Heart(
        cluster.worker(), cluster.schema, 1, every_seconds=60.0, standing=standing, wake=bool, lost=reasons.append
    )
    assert "too many open files" in until(lambda: reasons)[0]
    assert "in the heartbeat" in caplog.text
    heart.close()
