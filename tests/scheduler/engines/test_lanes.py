"""Sources that hang do not keep the others from being asked: the coordinator and the lanes, in simulated time."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from scheduler import dispatching
from scheduler.config.file import load_config
from scheduler.crawl import crawl
from scheduler.engines import lanes
from scheduler.engines.local import LocalEngine
from scheduler.leasing import Planned
from storage.database import open_writer
from storage.runs import SourceRun
from tests.faults.hostile import EVERYBODY, HostileServer, Reply, answer
from tests.faults.hostile_replies import page
from tests.scheduler.simulated import Answer, Daemon, Simulation, write_config
from tests.scheduler.test_plan import NOW

# Ten pages, one a second; and three requests that get no answer in half a minute each.
GOOD, HANGING = Answer(seconds=10.0), Answer(seconds=90.0, hangs=True)
MOST_LOST = 0.10


def is_bad(name: str) -> bool:
    return name.endswith("bad")


def names(count: int, bad: int) -> list[str]:
    """So many sources, those that hang spread evenly among them, also by name."""
    return [f"s{n:04d}-{'bad' if (n * bad) % count < bad else 'good'}" for n in range(count)]


def seconds_of_the_good(folder: Path, count: int, bad: int, *, known: bool = False) -> tuple[float, Simulation]:
    """How long it takes to ask all sources that answer. `known`: the others have failed before, and are due again."""
    path = write_config(folder, names(count, bad), every="30d")
    world = Simulation(NOW, lambda name: HANGING if is_bad(name) else GOOD)
    with open_writer(folder / "news.db") as database:
        daemon = Daemon(path, database, world)
        if known:
            daemon.tick(0)
            while not daemon.coordinator.is_idle:
                daemon.tick(5)
            with database.transaction():
                database.execute("UPDATE sources SET last_attempt_at = '2026-01-01T00:00:00Z', not_before ="
                                 " CASE WHEN failures THEN '2026-01-02T00:00:00Z' END")  # fmt: skip
            world.ended.clear()
        began = world.real
        daemon.tick(0)
        while sum(not is_bad(name) for name in world.ended) < count - bad:
            world.real += 0.5
            daemon.carry_on()
            assert world.real - began < 3_600
        return world.real - began, world


@pytest.mark.faults
@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
@pytest.mark.parametrize("count", [100, pytest.param(1_000, marks=pytest.mark.nightly)])
def test_thirty_in_a_hundred_sources_that_hang_cost_the_others_a_tenth_at_most(
    tmp_path: Path, quick_files: None, count: int, *, known: bool
) -> None:
    for name in ("alone", "beside"):
        (tmp_path / name).mkdir()
    bad = count * 3 // 10
    alone, _ = seconds_of_the_good(tmp_path / "alone", count - bad, 0, known=known)
    beside, world = seconds_of_the_good(tmp_path / "beside", count, bad, known=known)
    print(f"{count} sources: {alone:.1f} s alone, {beside:.1f} s beside {bad} that hang"
          f"{' and are known to' * known}, {world.most_at_once} at once")  # fmt: skip
    assert beside <= alone * (1 + MOST_LOST)


def test_sources_that_failed_are_not_asked_all_at_once_beside_others(tmp_path: Path, quick_files: None) -> None:
    path = write_config(tmp_path, names(48, 16), every="30d")
    world = Simulation(NOW, lambda name: HANGING if is_bad(name) else GOOD)
    with open_writer(tmp_path / "news.db") as database:
        daemon = Daemon(path, database, world)
        due = daemon.coordinator.due()
        daemon.coordinator.start_run(due, "daemon")
        for planned in list(daemon.coordinator._queue.waiting):
            if is_bad(planned.source.name):
                daemon.coordinator._queue.waiting.remove(planned)
                daemon.coordinator._queue.waiting.insert(0, _suspect(planned))
        daemon.carry_on()
        bad = [one for one in world.running.values() if is_bad(one.job.source)]
        assert len(bad) == dispatching.SUSPECTS_BESIDE_OTHERS
        assert len(world.running) == lanes.JOBS_PER_WORKER
        while not daemon.coordinator.is_idle:
            world.real += 5
            daemon.carry_on()
        assert len(world.ended) == 48


def _suspect(planned: Planned) -> Planned:
    return replace(planned, suspect=True)


def test_jobs_of_which_something_comes_hold_a_place_and_silent_ones_do_not_up_to_a_bound() -> None:
    per, beside = lanes.JOBS_PER_WORKER, lanes.SILENT_PER_WORKER
    brisk = lanes.Silence(lanes.SILENT_SECONDS, proven=True)
    silent = lanes.Silence(lanes.SILENT_SECONDS + 0.1, proven=True)
    new, hanging = lanes.Silence(lanes.UNPROVEN_SECONDS, proven=False), lanes.Silence(1.1, proven=False)
    assert lanes.room(2, []) == 2 * per
    assert lanes.room(1, [brisk] * 20 + [new] * 12) == 0
    assert lanes.room(1, [brisk] * per + [silent] * 60 + [hanging] * 60) == 0
    assert lanes.room(1, [silent] * beside) == per
    assert lanes.room(1, [hanging] * (beside + 3)) == per - 3
    assert lanes.room(1, [silent] * (beside + per)) == 0
    assert lanes.room(1, [brisk] * (per + 5)) == -5


class Ended:
    """A listener that notes when the jobs of those that answer have ended."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.good: list[float] = []

    def started(self, source: str, job: object) -> None:
        """A job is out."""

    def noted(self, source: str, noted: object) -> None:
        """An event is stored."""

    def finished(self, result: SourceRun) -> None:
        """A source is done."""
        if not is_bad(result.source):
            assert result.stored + result.duplicate == ARTICLES, result
            self.good.append(time.monotonic() - self.began)


ARTICLES = 4


def portal(path: str) -> Reply:
    if path == "/robots.txt":
        return EVERYBODY
    if path == "/":
        link = '<a href="/2026/11/22/{}.html">冬季供暖工作第{}次会议召开</a>'
        return answer("".join(link.format(n, n) for n in range(ARTICLES)))
    return answer(page(f"冬季供暖工作第{path[-6]}次会议"))


@pytest.mark.faults
@pytest.mark.nightly
def test_a_real_worker_asks_seventy_sources_as_fast_beside_thirty_that_hang(tmp_path: Path) -> None:
    """A second between two requests, as by default: what is short is places, not the processor."""
    seconds = []
    with HostileServer(portal, address="0.0.0.0") as good, HostileServer(_silence, address="0.0.0.0") as bad, \
            closing(LocalEngine(log_level="CRITICAL")) as engine:  # fmt: skip
        good_names = [name for name in names(100, 30) if not is_bad(name)]
        # The first is to start the worker.
        for number, chosen in enumerate((good_names, good_names, names(100, 30))):
            folder = tmp_path / str(number)
            folder.mkdir()
            path = write_config(folder, chosen, every="30d")
            text = path.read_text(encoding="utf-8").replace("delay_seconds = 0", "delay_seconds = 1\n" + LOOPBACK)
            for place, name in enumerate(chosen):
                home = f"http://127.{place >> 8}.{place & 255}.2"
                port = bad.port if is_bad(name) else good.port
                text = text.replace(f'"{home}/"', f'"http://127.0.{place + 10}.2:{port}/"')
            path.write_text(text, encoding="utf-8")
            listener = Ended()
            crawl(load_config(path), clock=lambda: NOW, engine=engine, listener=listener)
            assert len(listener.good) == 70
            seconds.append(max(listener.good))
    _, alone, beside = seconds
    print(f"{alone:.1f} s alone, {beside:.1f} s beside 30 that hang")
    assert beside <= alone * (1 + MOST_LOST)


LOOPBACK = 'timeout_seconds = 30\nallow_networks = ["127.0.0.0/8"]'


def _silence(_path: str) -> Reply:
    return Reply((), "hang")
