"""How a cluster is, in few queries: who lives, who is gone, what waits, and what the coordinator keeps of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from scheduler.engines.cluster.coordinator.looking import Looking
from scheduler.engines.cluster.coordinator.reaper import Reaper
from scheduler.engines.cluster.overview import NotInstalled, overview, seen_of, session_name
from tests.scheduler.engines.cluster.peopled import Peopled
from tests.scheduler.engines.cluster.stage import Cluster

pytestmark = pytest.mark.cluster
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def peopled(cluster: Cluster) -> Iterator[Peopled]:
    made = Peopled(cluster)
    yield made
    made.close()


def test_of_an_empty_cluster_it_is_known_that_nobody_was_there(peopled: Peopled) -> None:
    with peopled.cluster.coordinator() as session:
        found = overview(session)
    assert (found.schema, found.owner, found.workers) == (peopled.cluster.schema, None, ())
    assert not found.has_coordinator
    assert (found.queued, found.doing, found.backlog_bytes, found.oldest_event_seconds) == (0, 0, 0, None)
    assert found.coordinator_silent_seconds is None
    assert found.server_version.split(".")[0].isdigit()


def test_the_living_the_lost_and_the_frozen_are_told_apart(peopled: Peopled) -> None:
    peopled.coordinator()
    peopled.worker("well")
    peopled.worker("gone", silent_seconds=31, has_session=False)
    peopled.worker("stiff", silent_seconds=31)
    drained = peopled.worker("tired")
    peopled.admin.execute("UPDATE workers SET wanted = 'drain' WHERE id = %s", (drained,))
    with peopled.cluster.coordinator() as session:
        found = overview(session)
    assert {worker.name: worker.condition for worker in found.workers} == {
        "gone": "lost", "stiff": "frozen", "tired": "draining", "well": "working",
    }  # fmt: skip
    assert [worker.name for worker in found.alive] == ["tired", "well"]
    assert found.has_coordinator
    seen = seen_of(found, "postgresql://db/d", NOW)
    assert (seen.workers, seen.draining, seen.is_reachable) == (2, 1, True)
    assert (seen.lost, seen.frozen) == (("gone", "stiff"), ("stiff",))


def test_a_worker_that_came_again_is_one_worker_and_not_lost(peopled: Peopled) -> None:
    peopled.coordinator()
    peopled.worker("w", silent_seconds=100, has_session=False)
    peopled.worker("w")
    (found,) = overview(peopled.admin).workers
    assert (found.name, found.condition) == ("w", "working")


def test_a_worker_that_was_killed_came_again_and_left_in_good_order_is_not_told_of(peopled: Peopled) -> None:
    peopled.coordinator()
    killed = peopled.worker("w", silent_seconds=100, has_session=False)
    peopled.job(1, "a.example", worker=killed)
    again = peopled.worker("w")
    Reaper().reap(peopled.admin, 30.0, lambda: 1000.0)
    peopled.admin.execute("SELECT goodbye(%s)", (again,))
    assert overview(peopled.admin).workers == ()


def test_a_session_of_the_same_name_for_another_schema_is_not_taken_for_it(peopled: Peopled) -> None:
    peopled.coordinator()
    peopled.worker("w", silent_seconds=100, has_session=False)
    with peopled.cluster.worker(session_name("another", "w")):
        (found,) = overview(peopled.admin).workers
    assert found.condition == "lost"


def test_a_silent_coordinator_is_not_at_work(peopled: Peopled) -> None:
    peopled.coordinator(ago_seconds=61)
    found = overview(peopled.admin)
    assert not found.has_coordinator
    assert found.coordinator_silent_seconds == pytest.approx(61, abs=5)


def test_jobs_are_counted_by_what_they_wait_for_and_whose_they_were(peopled: Peopled) -> None:
    peopled.coordinator()
    well, gone = peopled.worker("well"), peopled.worker("gone", silent_seconds=31, has_session=False)
    peopled.job(1, "a.cn", worker=well)
    peopled.job(2, "b.cn", worker=gone)
    peopled.job(3, "a.cn")
    peopled.job(4, "c.cn")
    found = overview(peopled.admin)
    assert (found.doing, found.queued, found.waiting_for_host, found.of_lost) == (2, 2, 1, 1)


def test_the_backlog_is_weighed_and_its_oldest_event_is_known(peopled: Peopled) -> None:
    peopled.events(16, 300_000, ago_seconds=90)
    peopled.events(4, 5)
    found = overview(peopled.admin)
    assert (found.backlog_batches, found.backlog_events, found.backlog_bytes) == (2, 20, 300_005)
    assert found.oldest_event_seconds == pytest.approx(90, abs=5)
    assert not found.is_over_limit
    peopled.admin.execute("UPDATE settings SET max_backlog_bytes = 300004")
    assert overview(peopled.admin).is_over_limit
    assert seen_of(overview(peopled.admin), "x", NOW).is_over_limit


def test_where_nothing_is_installed_or_may_be_seen_a_sentence_says_so(peopled: Peopled) -> None:
    with peopled.cluster.worker() as session, pytest.raises(NotInstalled, match="not of the workers'"):
        overview(session)
    peopled.admin.execute("SET search_path TO pg_temp")
    with pytest.raises(NotInstalled, match="run `dibao cluster init`"):
        overview(peopled.admin)


def test_it_is_looked_at_when_it_is_time_and_at_once_after_an_outage(peopled: Peopled) -> None:
    peopled.coordinator()
    now, elapsed = [NOW], [100.0]
    looking = Looking("postgresql://db/d", 10, lambda: now[0], lambda: elapsed[0])
    assert looking.seen is None
    looking.look(peopled.admin)
    peopled.worker("w")
    looking.look(peopled.admin)
    assert looking.seen is not None
    assert looking.seen.workers == 0
    elapsed[0] += 10
    looking.look(peopled.admin)
    assert looking.seen.workers == 1
    looking.lost("it cannot be reached")
    now[0] += timedelta(minutes=1)
    looking.lost("it cannot be reached now")
    assert (looking.seen.unreachable_since, looking.seen.at, looking.seen.error) == (
        NOW, now[0], "it cannot be reached now",
    )  # fmt: skip
    assert looking.seen.workers == 1
    looking.look(peopled.admin)
    assert looking.seen.is_reachable
    assert looking.seen.error is None


def test_a_lost_server_is_left_to_who_has_the_session(peopled: Peopled) -> None:
    session = peopled.cluster.coordinator()
    pid = session.info.backend_pid
    peopled.admin.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    with pytest.raises(psycopg.OperationalError):
        Looking("x", 10, lambda: NOW).look(session)


def test_workers_with_long_names_have_sessions_of_their_own(peopled: Peopled) -> None:
    peopled.coordinator()
    one, other = (f"{'ip-10-0-0-1.eu-central-1.compute.internal':x<60}.{number}" for number in (1, 2))
    peopled.worker(one, silent_seconds=400)
    peopled.worker(other, silent_seconds=400, has_session=False)
    found = overview(peopled.admin)
    assert found.named("frozen") == (one,)
    assert found.named("lost") == (other,)
