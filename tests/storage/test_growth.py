"""How fast the file grows, from sums that are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from storage.growth import grown
from storage.records import utc_text

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def day(database: Any, ago: int, articles: int) -> None:
    database.execute(
        "INSERT INTO day_log (source_id, day, articles) VALUES (1, ?, ?)", (f"{NOW - ago * DAY:%Y-%m-%d}", articles)
    )


def begun(desk: Any, ago: int) -> None:
    """None; the file has one article, and its first run began so many days ago."""
    desk.stored("1")
    desk.database.execute("DELETE FROM day_log")
    desk.database.execute("UPDATE run_log SET started_at = ?", (utc_text(NOW - ago * DAY),))


def test_an_article_takes_what_one_takes_at_the_mean_and_the_first_day_is_left_out(desk) -> None:
    begun(desk, 4)
    for ago, articles in ((4, 10_000), (3, 10), (2, 20), (1, 30), (0, 500)):
        day(desk.database, ago, articles)
    found = grown(desk.database, NOW)
    pages = desk.database.value("PRAGMA page_count") - desk.database.value("PRAGMA freelist_count")
    assert found.articles_a_day == 20
    assert found.file_bytes_a_day == 20 * pages * desk.database.value("PRAGMA page_size")
    assert found.since == NOW - 4 * DAY


def test_no_more_than_four_weeks_are_looked_at(desk) -> None:
    begun(desk, 400)
    day(desk.database, 29, 9_000)
    day(desk.database, 28, 280)
    assert grown(desk.database, NOW).articles_a_day == 10


def test_raw_pages_are_those_of_files_that_were_begun_meanwhile(desk) -> None:
    begun(desk, 100)
    desk.database.execute("DELETE FROM archive_files")
    for ago, size in ((90, 1_000), (20, 2_800), (1, 2_800)):
        desk.database.execute(
            "INSERT INTO archive_files (name, bytes, opened_at) VALUES (?, ?, ?)",
            (str(ago), size, utc_text(NOW - ago * DAY)),
        )
    found = grown(desk.database, NOW)
    assert (found.archive_bytes, found.archive_bytes_a_day) == (6_600, 200)


def test_a_file_of_two_days_says_nothing_yet_and_an_empty_one_neither(desk) -> None:
    assert grown(desk.database, NOW) is None
    begun(desk, 2)
    assert grown(desk.database, NOW) is None
