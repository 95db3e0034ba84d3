"""Stored times after the clock was wrong: what decides is brought back, what says how things were is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from storage import clock, health, ledger, runs, sources
from storage.database import Database, open_writer
from storage.records import Candidate, from_utc_text, utc_text

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)


@pytest.fixture
def database(tmp_path: Path, quick_files: None) -> Iterator[Database]:
    with open_writer(tmp_path / "news.db") as opened:
        yield opened


def asked(database: Database, now: datetime, name: str = "enshi", addresses: int = 3) -> int:
    """The id of a source that was asked then, with addresses that were found and not fetched, and a sign of life."""
    with database.transaction():
        source_id = sources.ensure(database, name, f"https://{name}.cn/", now)
        sources.attempted(database, source_id, now)
        run_id = runs.begin(database, "daemon", now)
        runs.add_source(database, run_id, source_id, f"{name} {now}", now, planned=0, with_entries=True)
        found = [Candidate(url=f"https://{name}.cn/{n}", key=f"//{name}.cn/{n}") for n in range(addresses)]
        ledger.discover(
            database, run_id=run_id, job_id="j", source_id=source_id, entry_url="", candidates=found, taken=0, now=now
        )
        health.beat(database, "daemon", now, 1)
    return source_id


def brought_back(database: Database, now: datetime, by: timedelta) -> int:
    with database.transaction():
        return clock.bring_back(database, now, by)


def may_delete(database: Database, now: datetime) -> bool:
    with database.transaction():
        return clock.may_delete(database, now)


def times_of(database: Database) -> list[tuple[str, str]]:
    """Every column of the file that holds a time of ours, with its table."""
    return [
        (table, column)
        for table, sql in database.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'table'")
        for (column,) in database.rows("SELECT name FROM pragma_table_info(?)", (table,))
        if f"CHECK ({column} GLOB '[0-9]" in sql
    ]


def later_than(database: Database, now: datetime) -> set[str]:
    """The columns in which there is a later time."""
    return {
        f"{table}.{column}"
        for table, column in times_of(database)
        if database.value(f"SELECT 1 FROM {table} WHERE {column} > ?", (utc_text(now),))
    }


def test_what_was_noted_by_a_clock_a_year_ahead_is_brought_back_to_when_it_was(database: Database) -> None:
    source_id = asked(database, NOW - HOUR + YEAR)
    with database.transaction():
        sources.failed(database, source_id, NOW + YEAR, "failed")
        database.execute("INSERT INTO hosts (authority, site, paused_until, answered_at) VALUES ('a', 'a', ?, ?)",
                         (utc_text(NOW + YEAR + HOUR), utc_text(NOW + YEAR)))  # fmt: skip
    assert ledger._ready(database, source_id, ("pending",), NOW, 10) == []
    assert brought_back(database, NOW, YEAR) > 0
    state = sources.state(database, source_id, NOW)
    assert state.last_attempt_at == NOW - HOUR
    assert state.not_before == NOW
    assert len(ledger._ready(database, source_id, ("pending",), NOW, 10)) == 3
    assert runs.requests_since(database, [source_id], NOW - 2 * HOUR)[1] == NOW - HOUR
    beat = health.heartbeat(database, "daemon")
    assert beat is not None
    assert beat.at == NOW - HOUR
    # A host that asked for a pause has it, though not for a year.
    paused = from_utc_text(database.value("SELECT paused_until FROM hosts"))
    assert NOW < paused <= NOW + clock.LONGEST_WAIT
    assert later_than(database, NOW) == {"hosts.paused_until", "sources.created_at"}


def test_every_time_of_the_file_that_somebody_waits_for_is_known_to_the_repair(database: Database) -> None:
    """A column that is added must be told apart: it decides when something is asked, or it says how things were."""
    repaired = {f"{table}.{column}" for table, columns in clock._HAPPENED.items() for column in columns}
    repaired |= {f"{table}.{column}" for table, column, _ in (*clock._PLANNED, *clock._BOUNDED)}
    repaired |= {"sources.last_attempt_at", "day_log.day", "hour_log.hour"}
    left = {
        # They say how things were: nothing waits for them, and ages are counted from them.
        "archive_files.closed_at", "archive_files.last_at", "archive_files.opened_at", "archive_pages.fetched_at",
        "article_counts.at", "article_heads.checked_at", "article_heads.first_seen_at", "article_heads.pruned_at",
        "article_heads.shown_at", "article_revisions.fetched_at", "change_log.at", "quarantine.quarantined_at",
        "sources.created_at", "story_decisions.at", "story_decisions.undone_at", "story_heads.changed_at",
        "story_log.at", "webhooks.created_at", "webhooks.gone_at", "chrome_blocks.since", "error_pages.since",
        # Pages say them.
        "article_revisions.modified_at", "article_revisions.published_at", "story_heads.first_published_at",
    }  # fmt: skip
    assert repaired | left == {f"{table}.{column}" for table, column in times_of(database)}
    assert not repaired & left


def test_what_is_not_later_than_now_is_left_as_it_is(database: Database) -> None:
    asked(database, NOW - HOUR)
    before = [tuple(row) for row in database.rows("SELECT * FROM urls")]
    assert brought_back(database, NOW, HOUR) == 0
    assert [tuple(row) for row in database.rows("SELECT * FROM urls")] == before


def test_the_next_slot_of_a_source_is_as_far_away_as_it_was_unless_it_is_that_of_the_day(database: Database) -> None:
    often, daily = asked(database, NOW - HOUR / 6, "often"), asked(database, NOW + HOUR / 6, "daily")
    with database.transaction():
        clock.bring_back(database, NOW, HOUR / 15, {"daily"})
    assert sources.state(database, often, NOW).last_attempt_at == NOW - HOUR / 6 - HOUR / 15
    assert sources.state(database, daily, NOW).last_attempt_at == NOW + HOUR / 6
    with database.transaction():
        sources.attempted(database, daily, NOW + 2 * DAY)
        clock.bring_back(database, NOW, 3 * DAY, {"daily"})
    assert sources.state(database, daily, NOW).last_attempt_at == NOW - DAY


def test_a_step_of_an_hour_moves_a_retry_that_was_planned_before_it_by_an_hour(database: Database) -> None:
    source_id = asked(database, NOW + HOUR / 2)
    with database.transaction():
        database.execute("UPDATE urls SET next_at = ?", (utc_text(NOW + 2 * HOUR),))
        sources.failed(database, source_id, NOW + HOUR + HOUR / 4, "failed")
    brought_back(database, NOW, HOUR)
    assert database.value("SELECT DISTINCT next_at FROM urls") == utc_text(NOW + HOUR)
    assert sources.state(database, source_id, NOW).not_before == NOW + HOUR / 4


def test_a_look_at_an_article_that_a_right_clock_planned_stays_where_it_is(database: Database) -> None:
    asked(database, NOW - DAY)
    with database.transaction():
        database.execute("UPDATE urls SET state = 'stored', next_at = ?", (utc_text(NOW + 6 * DAY),))
    assert brought_back(database, NOW, YEAR) == 0
    assert database.value("SELECT DISTINCT next_at FROM urls") == utc_text(NOW + 6 * DAY)


def test_a_source_that_was_never_asked_stays_so(database: Database) -> None:
    source_id = asked(database, NOW + HOUR)
    with database.transaction():
        sources.not_attempted(database, source_id)
    brought_back(database, NOW, HOUR)
    assert sources.state(database, source_id, NOW).last_attempt_at is None


def test_the_end_of_time_is_brought_back_too(database: Database) -> None:
    end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    source_id = asked(database, end)
    assert clock.newest(database) == end
    brought_back(database, NOW, end - NOW)
    assert sources.state(database, source_id, NOW).last_attempt_at == NOW
    assert len(ledger._ready(database, source_id, ("pending",), NOW, 10)) == 3


def test_a_new_file_has_no_newest_time(database: Database) -> None:
    assert clock.newest(database) is None
    asked(database, NOW)
    assert clock.newest(database) == NOW


# Deleting


def looks(database: Database, start: datetime, **step: Any) -> Iterator[bool]:
    """What is said at each look, so far apart."""
    now = start
    while True:
        yield may_delete(database, now)
        now += timedelta(**step)


def test_a_clock_a_year_ahead_deletes_nothing_for_a_day(database: Database) -> None:
    asked(database, NOW)
    assert may_delete(database, NOW)
    said = looks(database, NOW + YEAR, hours=1)
    assert [next(said) for _ in range(25)] == [False] * 24 + [True]


def test_a_clock_that_is_set_right_again_deletes_at_once_by_the_right_time(database: Database) -> None:
    assert may_delete(database, NOW)
    assert not may_delete(database, NOW + YEAR)
    assert may_delete(database, NOW + HOUR)
    assert not may_delete(database, NOW + YEAR)


def test_steps_do_not_count_as_time_that_went_by(database: Database) -> None:
    assert may_delete(database, NOW)
    said = looks(database, NOW + YEAR, days=30)
    assert [next(said) for _ in range(5)] == [False] * 4 + [True]  # six hours each


def test_a_machine_that_was_off_for_a_week_deletes_as_ever(database: Database) -> None:
    assert may_delete(database, NOW)
    assert may_delete(database, NOW + 7 * DAY)
    assert may_delete(database, NOW + 14 * DAY)


def test_a_file_of_an_older_version_is_held_against_its_last_sign_of_life(database: Database) -> None:
    asked(database, NOW)
    assert not may_delete(database, NOW + YEAR)


def test_a_clock_that_was_never_set_deletes_nothing_and_is_not_noted(database: Database) -> None:
    assert may_delete(database, NOW)
    assert not may_delete(database, datetime(1970, 1, 1, tzinfo=UTC))
    assert may_delete(database, NOW + HOUR)


def test_a_clock_that_is_believed_is_noted_now_and_then_and_not_at_each_look(database: Database) -> None:
    def noted() -> str:
        return str(database.value("SELECT value FROM meta WHERE name = 'clock'"))

    may_delete(database, NOW)
    first = noted()
    may_delete(database, NOW + timedelta(minutes=9))
    assert noted() == first
    may_delete(database, NOW + timedelta(minutes=11))
    assert noted() != first
