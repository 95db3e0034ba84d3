"""The clock against the year and against the file, and the time zones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.doctor import clock
from storage import alive
from storage.database import open_writer
from tests.scheduler.doctor.conftest import NOW, only


@pytest.mark.parametrize(
    ("now", "level"),
    [(NOW, "ok"), (NOW - timedelta(seconds=30), "ok"), (NOW - timedelta(hours=1), "fail"),
     (NOW + timedelta(days=6), "ok"), (NOW + timedelta(days=8), "warn"), (datetime(1970, 1, 1, tzinfo=UTC), "fail")],
)  # fmt: skip
def test_a_clock_is_compared_with_what_the_file_last_said(case, now, level) -> None:
    with open_writer(case.database) as database, database.transaction():
        alive.beat(database, NOW, 7, every_seconds=10, detail="")
    assert only(clock.is_right(replace(case, now=now))).level == level


def test_a_clock_alone_can_be_right(make_case) -> None:
    assert only(clock.is_right(make_case())).level == "ok"


def test_time_zones_that_are_not_known_here_fail(case, monkeypatch, tmp_path) -> None:
    assert only(clock.has_zones(case)).level == "ok"
    monkeypatch.setattr(clock, "_is_known", lambda name: name != "Asia/Shanghai")
    assert only(clock.has_zones(case)).says == "not known here: Asia/Shanghai"
    assert only(clock.has_zones(replace(case, config=None))).level == "fail"
