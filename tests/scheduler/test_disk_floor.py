"""Fetching pauses before a disk is full, and goes on by itself; it is said once."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler import disk_floor as module
from scheduler.config.file import Config
from scheduler.coordinator import Coordinator
from scheduler.crawl import crawl
from scheduler.disk_floor import DiskFloor, DiskLow, folders, refuse, room
from storage.database import open_reader, open_writer

GIB = 1024**3
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def disk(total: int, free: int):
    return lambda _: (total, total - free, free)


@pytest.mark.parametrize(
    ("total", "floor", "enough"),
    [(10 * GIB, GIB, 2 * GIB), (20 * GIB, GIB, 2 * GIB), (40 * GIB, 2 * GIB, 3 * GIB), (80 * GIB, 4 * GIB, 5 * GIB),
     (4000 * GIB, 4 * GIB, 5 * GIB)],
)  # fmt: skip
def test_the_floor_is_a_gibibyte_or_a_twentieth_of_a_larger_disk(total: int, floor: int, enough: int) -> None:
    below = room([Path("/")], GIB, disk(total, floor - 1))
    at = room([Path("/")], GIB, disk(total, floor))
    above = room([Path("/")], GIB, disk(total, enough))
    assert below is not None
    assert at is not None
    assert above is not None
    assert (below.floor, below.enough) == (floor, enough)
    assert (below.is_low(was_low=False), at.is_low(was_low=False), at.is_low(was_low=True)) == (True, False, True)
    assert not above.is_low(was_low=True)


def test_the_tighter_of_two_disks_counts_and_one_that_does_not_answer_does_not() -> None:
    def usage(folder: Path) -> tuple[int, int, int]:
        if folder == Path("/"):
            return 10 * GIB, 0, 9 * GIB
        raise OSError

    found = room([Path("/"), Path("/tmp")], GIB, usage)
    assert found is not None
    assert found.free == 9 * GIB
    assert room([Path("/tmp")], GIB, usage) is None
    assert room([Path("/")], 0, disk(GIB, 0)) is None


def test_it_is_said_once_that_fetching_pauses_and_once_that_it_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    free, now = [5 * GIB], [0.0]
    floor = DiskFloor(lambda _: (10 * GIB, 0, free[0]), lambda: now[0])
    said = []
    for left in (5 * GIB, GIB - 1, GIB - 2, 2 * GIB - 1, 2 * GIB, 5 * GIB):
        free[0] = left
        now[0] += 5.0
        floor.look([Path("/")], GIB)  # too soon for another look
        now[0] += 5.0
        said.append(floor.look([Path("/")], GIB))
    assert said == [False, True, True, True, False, False]
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
    assert "goes on by itself at 2048 MiB" in caplog.text


def test_a_crawl_of_a_full_disk_is_refused_with_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both = folders(tmp_path / "news.db")
    assert both == (tmp_path, tmp_path / "news.db.archive")
    refuse(both, 1)
    with pytest.raises(DiskLow, match=r"nothing is crawled: \d+ MiB are free .*min_free_bytes"):
        refuse(both, 10**14)
    assert module._existing(both[1]) == tmp_path


class Waiting:
    """An engine that takes jobs and never ends one."""

    room = 32
    outlives = False
    seen = None

    def __init__(self) -> None:
        self.jobs: list[str] = []
        self.stopped = 0

    def submit(self, job, sites=(), memo=b"") -> None:
        self.jobs.append(job.id)

    def jobs_out(self) -> list:
        return []

    def poll(self, timeout_seconds: float, *, limit: int) -> list:
        return []

    def wake(self) -> None:
        pass

    def committed(self, events) -> None:
        pass

    def stop_jobs(self) -> None:
        self.stopped += 1

    def close(self) -> None:
        pass


@pytest.fixture
def config(tmp_path: Path) -> Config:
    source = {"name": "a", "home": "http://127.0.0.1:9/"}
    section = {"contact": "a@example.cn", "database": tmp_path / "news.db", "shutdown_seconds": 0}
    return Config.model_validate({"dibao": section, "source": [source]})


@pytest.mark.usefixtures("quick_files")
def test_no_job_goes_out_while_the_disk_is_full_and_what_is_out_is_stopped_once(config: Config) -> None:
    free, now, engine = [0], [0.0], Waiting()
    with open_writer(config.dibao.database) as database:
        coordinator = Coordinator(config, database, engine, lambda: NOW)
        coordinator._floor = DiskFloor(lambda _: (10 * GIB, 0, free[0]), lambda: now[0])
        coordinator.recover()
        due = coordinator.due()
        assert len(due) == 1
        coordinator.start_run(due, "test")
        for free[0], jobs, stopped in ((GIB - 1, 0, 1), (5 * GIB, 1, 1), (GIB - 1, 1, 2), (GIB - 1, 1, 2)):
            now[0] += 10
            coordinator.step(0)
            assert (len(engine.jobs), engine.stopped) == (jobs, stopped)
            assert coordinator.is_paused == (free[0] < GIB)
        assert coordinator.due() == ()
        coordinator.abandon()


@pytest.mark.usefixtures("quick_files")
def test_a_crawl_in_whose_midst_the_disk_fills_ends_and_gives_its_addresses_back(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Waiting()
    monkeypatch.setattr(module, "LOOK_SECONDS", -1.0)
    looks = iter((5 * GIB, 5 * GIB, 0))
    real = DiskFloor.look

    def look(floor: DiskFloor, *rest) -> bool:
        floor._usage = disk(10 * GIB, next(looks))
        return real(floor, *rest)

    monkeypatch.setattr(DiskFloor, "look", look)
    with pytest.raises(DiskLow, match="the crawl ended early"):
        crawl(config, clock=lambda: NOW, engine=engine, everything=True)
    with open_reader(config.dibao.database) as database:
        assert database.value("SELECT count(*) FROM urls WHERE lease_job IS NOT NULL") == 0
        assert database.value("SELECT status FROM runs") == "interrupted"
    poor = config.dibao.model_copy(update={"min_free_bytes": 10**14})
    with pytest.raises(DiskLow, match="nothing is crawled"):
        crawl(config.model_copy(update={"dibao": poor}), clock=lambda: NOW, engine=engine, everything=True)
