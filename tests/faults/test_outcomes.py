"""Every address that a job takes on comes to one outcome, whatever is lost, stuck or killed on the way."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import psutil
import pytest

from scheduler.config.file import load_config
from scheduler.crawl import crawl
from scheduler.engines import local
from scheduler.engines.local import LocalEngine
from tests.crawler.crawling.portal import Portal
from tests.faults.poison import arm, config
from tests.faults.test_poison_pages import NOW, adds_up, crawler, rows, serve, states

pytestmark = pytest.mark.faults


@pytest.fixture
def portals() -> Iterator[list[Portal]]:
    """Two portals that answer 404."""
    with ExitStack() as stack:
        yield [stack.enter_context(Portal(f"127.0.0.{number}")) for number in (1, 2)]


def test_a_request_that_is_lost_is_a_failure_and_is_asked_for_again(
    portals: list[Portal], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arm(tmp_path, monkeypatch)
    urls = serve(portals[0], 6, {2: ("worker", "lose"), 4: ("worker", "lose")})
    path = config(tmp_path, portals[0].base)
    with closing(LocalEngine(processes=1, log_level="CRITICAL")) as engine:
        run = crawler(path, engine)
        result = run(0)
        assert (result.total("stored"), result.total("failed"), result.total("pending")) == (4, 2, 0)
        assert result.sources[0].reasons == {"failed:no_outcome": 2}
        assert states(path)[urls[2]] == ("pending", "no_outcome", 0)
        serve(portals[0], 6, {})
        assert run(1).total("stored") == 2


def test_a_page_that_is_stuck_costs_its_job_and_no_other(
    portals: list[Portal], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arm(tmp_path, monkeypatch)
    urls = serve(portals[0], 4, {1: ("worker", "wait")})
    serve(portals[1], 4, {})
    path = config(tmp_path, *(portal.base for portal in portals), timeout_seconds=20)
    ahead = [0.0]
    told: list[str] = []
    since: list[float] = []
    engine = LocalEngine(
        processes=1, log_level="CRITICAL", hang_seconds=1e9, monotonic=lambda: time.monotonic() + ahead[0]
    )

    def pass_the_time() -> bool:
        """Never whether to stop: ten minutes pass as soon as nothing more comes, and then one more."""
        for worker in engine._workers:
            held = [one.key for one in worker.in_hand]
            if len(worker.jobs) == 1 and len(held) == 1 and len(portals[0].paths) == 5 and not ahead[0]:
                since.append(time.monotonic())
                # Its next sign of life may still say that something has come since the last.
                if since[-1] - since[0] > 5:
                    told.extend(held)
                    ahead[0] = local.STUCK_SECONDS + 1
            elif worker.told_to_end and ahead[0] < local.STUCK_SECONDS + local.STUCK_GRACE_SECONDS:
                ahead[0] += local.STUCK_GRACE_SECONDS + 1
        return False

    with closing(engine):
        result = crawl(load_config(path), clock=lambda: NOW, engine=engine, everything=True, should_stop=pass_the_time)
        sums = {one.source: (one.status, one.stored, one.failed) for one in result.sources}
        assert (sums, adds_up(result)) == ({"a": ("failed", 3, 1), "b": ("ok", 4, 0)}, True)
        assert states(path)[urls[1]] == ("pending", "stuck", 0)
        assert len(told) == 1
        assert not rows(path, "SELECT 1 FROM urls WHERE lease_job IS NOT NULL")


@pytest.mark.parametrize("kills", [3, pytest.param(60, marks=pytest.mark.nightly)])
def test_workers_that_are_killed_at_any_moment_lose_no_page_and_condemn_none_for_good(
    kills: int, portals: list[Portal], tmp_path: Path
) -> None:
    """A kill from outside is held against what was in hand, so two may condemn a page: `retry` takes that back."""
    chance = random.Random(kills)
    urls = [url for portal in portals for url in serve(portal, 60, {})]
    path = config(tmp_path, *(portal.base for portal in portals))
    left = kills
    with closing(LocalEngine(processes=1, log_level="CRITICAL")) as engine:
        engine._young_deaths = -kills  # a worker that is killed young says nothing of the machine here
        run = crawler(path, engine)
        for hours in range(4 * kills):
            timers = [threading.Timer(chance.uniform(0.5, 3.0), kill, [engine])] if left else []
            left -= len(timers)
            for timer in timers:
                timer.start()
            result = run(hours)
            assert adds_up(result)
            for timer in timers:
                timer.cancel()
            done = states(path)
            if not left and set(done) == set(urls) and all(state != "pending" for state, _, _ in done.values()):
                break
    found = states(path)
    condemned = {row["url"] for row in rows(path, "SELECT url FROM quarantined_pages")}
    assert {url for url, (state, _, _) in found.items() if state != "stored"} == condemned
    assert len(condemned) <= kills // 2
    assert not rows(path, "SELECT 1 FROM urls WHERE lease_job IS NOT NULL")


def kill(engine: LocalEngine) -> None:
    """None; the worker is dead, if there is one."""
    for pid in engine.worker_pids:
        with suppress(psutil.NoSuchProcess):
            psutil.Process(pid).kill()
