"""Whether it is at work, by the file alone: a daemon that beats, hangs or was stopped; cron that comes, or not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage import alive, clock, health
from storage.database import open_reader
from storage.records import utc_text
from storage.watch import states

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def beat(database: Any, at: datetime, every_seconds: float = 10.0) -> None:
    with database.transaction():
        alive.beat(database, at, 7, every_seconds=every_seconds, detail="2 jobs")


def ran(database: Any, at: datetime, trigger: str = "crawl", *, ended: bool = True) -> None:
    with database.transaction():
        database.execute(
            "INSERT INTO run_log (trigger, started_at, finished_at, status) VALUES (?, ?, ?, ?)",
            (trigger, utc_text(at), utc_text(at) if ended else None, "ok" if ended else "running"),
        )


def is_next(database: Any, due: datetime | None, state: str = "ok", source: str = "a") -> None:
    with database.transaction():
        database.execute(
            "INSERT INTO sources (name, home, created_at) VALUES (?, 'https://a.cn/', ?) ON CONFLICT DO NOTHING",
            (source, utc_text(NOW)),
        )
        states.write(database, [states.SourceWatch(source=source, at=NOW, state=state, next_run_at=due)])


def state(database: Any, now: datetime) -> tuple[str, bool]:
    found = alive.verdict(database, now)
    assert all((check.step is None) is check.ok for check in found.checks)
    return found.state, found.ok


def test_a_file_that_nobody_has_worked_on_is_not_healthy(database) -> None:
    assert state(database, NOW) == ("never", False)


def test_a_daemon_that_beats_is_alive_and_one_that_does_not_is_silent(database) -> None:
    beat(database, NOW)
    assert state(database, NOW + 59 * timedelta(seconds=1)) == ("alive", True)
    assert state(database, NOW + 61 * timedelta(seconds=1)) == ("silent", False)


def test_a_daemon_that_means_to_beat_seldom_is_given_time(database) -> None:
    beat(database, NOW, every_seconds=600)
    assert state(database, NOW + 49 * MINUTE) == ("alive", True)
    assert state(database, NOW + 51 * MINUTE) == ("silent", False)


def test_the_heartbeat_of_a_version_that_did_not_say_how_often_is_believed_for_a_minute(database) -> None:
    health.beat(database, "daemon", NOW, 7)
    assert alive.last_beat(database) == alive.Beat(at=NOW, pid=7, every_seconds=None, stopped=False)
    assert state(database, NOW + 2 * MINUTE) == ("silent", False)


def test_a_daemon_that_was_stopped_is_neither_dead_nor_healthy(database) -> None:
    beat(database, NOW)
    alive.stopped(database, NOW + MINUTE, 7)
    assert state(database, NOW + 30 * DAY) == ("stopped", False)
    beat(database, NOW + 31 * DAY)
    assert state(database, NOW + 31 * DAY) == ("alive", True)


def test_a_heartbeat_to_come_is_no_sign_of_life(database) -> None:
    beat(database, NOW + 2 * HOUR)
    found = alive.verdict(database, NOW)
    assert not found.ok
    assert [check.name for check in found.checks if not check.ok] == ["clock"]
    with database.transaction():
        clock.bring_back(database, NOW, 2 * HOUR)
    assert state(database, NOW) == ("alive", True)


def test_a_clock_that_is_a_few_seconds_behind_is_no_fault(database) -> None:
    beat(database, NOW + timedelta(seconds=30))
    assert state(database, NOW) == ("alive", True)


def test_a_heartbeat_is_one_small_write(database) -> None:
    beat(database, NOW)
    before = database.connection.total_changes
    beat(database, NOW + timedelta(seconds=10))
    assert database.connection.total_changes == before + 1


def test_cron_that_comes_every_quarter_of_an_hour_is_late_an_hour_after_something_was_due(database) -> None:
    for quarter in range(800, 0, -1):
        ran(database, NOW - quarter * 15 * MINUTE)
    ran(database, NOW)
    is_next(database, NOW + 5 * MINUTE)
    assert state(database, NOW + 64 * MINUTE) == ("waiting", True)
    assert state(database, NOW + 66 * MINUTE) == ("late", False)


def test_cron_that_comes_once_a_day_is_not_late_for_what_is_due_each_five_minutes(database) -> None:
    for day in range(12, -1, -1):
        ran(database, NOW - day * DAY)
    is_next(database, NOW + 5 * MINUTE)
    assert state(database, NOW + 35 * HOUR) == ("waiting", True)
    assert state(database, NOW + 37 * HOUR) == ("late", False)


def test_nobody_is_late_before_something_is_due(database) -> None:
    for quarter in range(500, 0, -1):
        ran(database, NOW - quarter * 15 * MINUTE)
    ran(database, NOW)
    is_next(database, NOW + 7 * DAY)
    is_next(database, NOW, state="paused", source="b")
    is_next(database, None, state="off", source="c")
    assert state(database, NOW + 7 * DAY) == ("waiting", True)
    assert state(database, NOW + 7 * DAY + 2 * HOUR) == ("late", False)


def test_a_young_file_does_not_say_how_often_cron_comes(database) -> None:
    ran(database, NOW - 2 * MINUTE)
    ran(database, NOW)
    is_next(database, NOW + 5 * MINUTE)
    assert state(database, NOW + 25 * HOUR) == ("waiting", True)
    assert state(database, NOW + 27 * HOUR) == ("late", False)


def test_a_long_crawl_is_at_work_but_not_for_ever(database) -> None:
    ran(database, NOW - 10 * DAY)
    ran(database, NOW, ended=False)
    assert state(database, NOW + 5 * HOUR) == ("crawling", True)
    for quarter in range(1, 12):
        ran(database, NOW + quarter * 15 * MINUTE)
    ran(database, NOW + 3 * HOUR, ended=False)
    assert state(database, NOW + 10 * HOUR) == ("late", False)


def test_who_goes_over_from_a_daemon_to_cron_is_judged_by_the_runs(database) -> None:
    beat(database, NOW)
    ran(database, NOW, "daemon")
    assert state(database, NOW + HOUR) == ("silent", False)
    ran(database, NOW + HOUR)
    assert state(database, NOW + 2 * HOUR) == ("waiting", True)
    beat(database, NOW + 3 * HOUR)
    assert state(database, NOW + 3 * HOUR) == ("alive", True)


def test_imports_and_demos_are_no_sign_of_life(database) -> None:
    ran(database, NOW, "import")
    assert state(database, NOW) == ("never", False)


def test_a_file_of_an_older_schema_says_how_it_is_brought_up_to_date(database) -> None:
    database.execute("PRAGMA user_version = 12")
    found = alive.verdict(database, NOW)
    assert (found.state, found.ok) == ("outdated", False)
    assert "dibao db migrate" in str(found.checks[0].step)


@pytest.mark.parametrize("content", [None, b"", b"no database" * 100])
def test_a_file_that_cannot_be_read_is_a_verdict_too(tmp_path, content) -> None:
    path = tmp_path / "news.db"
    if content is not None:
        path.write_bytes(content)
    found = alive.verdict_of(path, NOW)
    assert (found.state, found.ok, len(found.checks)) == ("unreadable", False, 1)
    assert found.as_document()["checks"][0]["step"]


def test_a_file_at_work_is_read_where_it_is(database, path) -> None:
    beat(database, NOW)
    found = alive.verdict_of(path, NOW)
    assert found.as_document() | {"checks": []} == {"ok": True, "state": "alive", "checks": []}
    assert [check.name for check in found.checks] == ["file", "schema", "clock", "daemon"]
    with open_reader(path) as reader:
        assert alive.verdict(reader, NOW) == found
