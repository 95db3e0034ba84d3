"""Whether there is room, on a disk that SQLite can work on, and for how long."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scheduler.doctor import disk
from storage.growth import Growth
from tests.scheduler.doctor.conftest import CONFIG, NOW, only

GIB, MIB = 1024**3, 1024**2
DAY = timedelta(days=1)


def growth(**values: Any) -> Growth:
    return Growth(**{
        "since": NOW - 100 * DAY, "articles_a_day": 100.0, "file_bytes_a_day": 10.0 * MIB,
        "archive_bytes_a_day": 0.0, "archive_bytes": 0, **values,
    })  # fmt: skip


def test_room_over_the_floor_is_well_and_below_it_fetching_pauses(make_case) -> None:
    assert only(disk.has_room(make_case(usage=lambda _: (100 * GIB, 0, 50 * GIB)))).level == "ok"
    found = only(disk.has_room(make_case(usage=lambda _: (100 * GIB, 0, GIB // 2))))
    assert (found.level, "fetching pauses" in found.says) == ("fail", True)


def test_no_floor_is_a_choice(make_case) -> None:
    assert only(disk.has_room(make_case(f"{CONFIG}min_free_bytes = 0\n"))).level == "ok"


@pytest.mark.parametrize(("kind", "level"), [("ext4", "ok"), ("nfs4", "fail"), ("9p", "fail"), ("", "ok")])
def test_a_disk_of_another_machine_fails(case, monkeypatch, kind, level) -> None:
    monkeypatch.setattr(disk, "_file_system", lambda _: kind)
    assert only(disk.is_local(case)).level == level


def test_the_file_system_of_this_machine_is_known() -> None:
    assert disk._file_system(Path("/proc/self")) == "proc"


def test_a_disk_that_runs_out_of_files_fails(make_case, monkeypatch) -> None:
    few = SimpleNamespace(f_files=100_000, f_favail=10)
    monkeypatch.setattr(disk.os, "statvfs", lambda _: few)
    asked = make_case(usage=lambda _: (100 * GIB, 0, 50 * GIB))
    assert [one.level for one in disk.has_room(asked)] == ["fail", "ok"]


def test_what_grows_evenly_lasts_as_long_as_the_room() -> None:
    assert disk.forecast(growth(), 100 * MIB, None, NOW).left == 10 * DAY
    assert disk.forecast(growth(file_bytes_a_day=0.0), 100 * MIB, None, NOW).left is None


def test_raw_pages_grow_up_to_their_bound(make_case) -> None:
    bounded = make_case(f"{CONFIG}[archive]\nmax_bytes = 31457280\nfile_bytes = 1000000\n").config
    grows = growth(archive_bytes_a_day=10.0 * MIB, archive_bytes=10 * MIB)
    # Two days at 20 MiB, then 10 MiB a day.
    assert disk.forecast(grows, 100 * MIB, bounded, NOW).left == 8 * DAY
    assert disk.forecast(grows, 30 * MIB, bounded, NOW).left == 1.5 * DAY
    off = make_case(f"{CONFIG}[archive]\nenabled = false\n").config
    assert disk.forecast(grows, 100 * MIB, off, NOW).left == 10 * DAY


def test_articles_that_are_given_up_make_room_for_others(make_case) -> None:
    kept = make_case(f'{CONFIG}[retention]\nkeep_for = "105d"\n').config
    assert disk.forecast(growth(), 100 * MIB, kept, NOW).left is None
    assert disk.forecast(growth(), 40 * MIB, kept, NOW).left == 4 * DAY


@pytest.mark.parametrize(("days", "level"), [(60, "ok"), (10, "warn"), (1, "fail")])
def test_a_disk_that_is_soon_full_is_told_of(case, make_case, monkeypatch, days, level) -> None:
    monkeypatch.setattr(disk, "grown", lambda *_: growth(file_bytes_a_day=1.0 * GIB))
    floor = 4 * GIB  # of a disk of 100
    found = only(disk.lasts(make_case(usage=lambda _: (100 * GIB, 0, floor + days * GIB))))
    assert (found.level, f"fetching pauses in {days} days" in found.says) == (level, True)


def test_a_young_file_says_nothing_of_its_growth(case) -> None:
    assert "too few days" in only(disk.lasts(case)).says
