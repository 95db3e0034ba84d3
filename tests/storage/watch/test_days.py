"""Sums of an older file, and of a clock that was set back."""

from datetime import timedelta

from storage.database import Database, open_writer
from storage.watch import days
from storage.watch.days import COUNTED
from tests.storage.conftest import START
from tests.storage.contract.test_released_files import unpacked

DAY = timedelta(days=1)


def total(database: Database, name: str, table: str = "total_log") -> int:
    return int(database.value(f"SELECT coalesce(sum({name}), 0) FROM {table}"))


def test_a_file_of_before_has_sums_of_its_runs_and_of_its_articles_at_once(tmp_path):
    with open_writer(unpacked(12, tmp_path)) as database:
        for name in ("stored", "revised", "duplicate", "rejected", "failed", "requests"):
            of_runs = database.value(f"SELECT sum({name}) FROM run_source_log")
            assert total(database, name) == total(database, name, "day_log") == of_runs
        assert total(database, "polls_ok") == database.value("SELECT sum(entries_ok) FROM run_source_log") > 0
        kept = "SELECT count(*) FROM article_heads WHERE pruned_at IS NULL"
        assert total(database, "articles", "day_log") == total(database, "new", "hour_log") == database.value(kept) > 5
        assert total(database, "characters", "day_log") == database.value(
            "SELECT sum(characters) FROM article_revisions WHERE revision = 1"
        )
        assert total(database, "times", "day_log") == 1, "of all others, only the address says a day"
        assert {day.links for name in "ab" for day in days.days(database, "2026-01-01")[name]} == {None}
        assert database.value("SELECT count(*) FROM sample_log") == 0


def test_what_an_older_file_never_counted_stays_unknown_on_its_last_day(desk):
    desk.begin()
    desk.database.execute("INSERT INTO day_log (source_id, day, stored) VALUES (1, '2026-11-22', 3)")
    desk.take(desk.checked(links=9), desk.discovered("1"), desk.extracted("1"))
    (day,) = days.days(desk.database, "2026-11-22")["a"]
    assert (day.stored, day.polls_ok, day.links, day.repeated) == (4, 1, None, None)


def test_sums_of_a_clock_that_was_ahead_are_added_to_the_days_and_hours_in_which_it_was(desk):
    desk.stored("1")
    desk.now = START + 400 * DAY
    for name in ("2", "3"):
        desk.stored(name, f"第{name}篇。")
        desk.now += DAY
    before = {name: total(desk.database, name, "day_log") for name in COUNTED}
    now = START + DAY + timedelta(hours=1)
    with desk.database.transaction():
        assert days.bring_back(desk.database, now, 400 * DAY) == 4
    assert {name: total(desk.database, name, "day_log") for name in COUNTED} == before
    assert [(day.day, day.stored) for day in days.days(desk.database, "2026-11-01")["a"]] == [
        ("2026-11-22", 2), ("2026-11-23", 1),
    ]  # fmt: skip
    assert [(one.hour[:13], one.new) for one in days.hours(desk.database, START - DAY)["a"]] == [
        ("2026-11-22T09", 2), ("2026-11-23T09", 1),
    ]  # fmt: skip
    with desk.database.transaction():
        assert days.bring_back(desk.database, now, DAY) == 0


def test_of_a_source_of_which_nothing_was_counted_there_is_nothing(desk):
    desk.begin(source="b")
    assert days.days(desk.database, "2026-01-01", "b") == days.hours(desk.database, START, "b") == {}
