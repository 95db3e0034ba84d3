"""How fast the file and its raw pages grow, from sums that are kept: articles are never counted for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from storage.database import Database
from storage.records import from_utc_text, utc_text

LOOKED_AT = timedelta(days=28)
FEWEST_DAYS = 2
"""Whole days that must have passed: a first crawl brings a backlog of weeks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Bytes and articles a day, as of the last four weeks. `since`: when the first run began."""

    since: datetime
    articles_a_day: float
    file_bytes_a_day: float
    archive_bytes_a_day: float
    archive_bytes: int


def grown(database: Database, now: datetime) -> Growth | None:
    """How fast it has grown, None where too few days have passed. Raises StorageFault.

    The first day of the file is left out, for its backlog; so is today, which is not over. An article takes as much as
    one does at the mean, with its index, its revisions and its address.
    """
    first = database.value("SELECT started_at FROM run_log ORDER BY id LIMIT 1")
    if first is None:
        return None
    since = from_utc_text(first)
    begin = max(since.date() + timedelta(days=1), (now - LOOKED_AT).date())
    days = (now.date() - begin).days
    if days < FEWEST_DAYS:
        return None
    articles = _articles(database, begin, now.date()) / days
    kept, lately = _archived(database, begin, now)
    return Growth(
        since=since,
        articles_a_day=articles,
        file_bytes_a_day=articles * _bytes_each(database),
        archive_bytes_a_day=lately / days,
        archive_bytes=kept,
    )


def _articles(database: Database, begin: date, end: date) -> int:
    """The new articles of the days from one to before another."""
    return int(
        database.value(
            "SELECT coalesce(sum(articles), 0) FROM sources s JOIN day_log d ON d.source_id = s.id"
            " WHERE d.day >= ? AND d.day < ?",
            (begin.isoformat(), end.isoformat()),
        )
    )


def _bytes_each(database: Database) -> float:
    """Bytes of the file by article: ids are given in a row, so that the largest says how many there are."""
    largest = int(database.value("SELECT coalesce(max(id), 0) FROM article_heads"))
    pages = int(database.value("PRAGMA page_count")) - int(database.value("PRAGMA freelist_count"))
    return pages * int(database.value("PRAGMA page_size")) / max(largest, 1)


def _archived(database: Database, begin: date, now: datetime) -> tuple[int, int]:
    """Bytes of all files of raw pages, and of those that were opened since."""
    row = database.row(
        "SELECT coalesce(sum(bytes), 0), coalesce(sum(bytes) FILTER (WHERE opened_at BETWEEN ? AND ?), 0)"
        " FROM archive_files",
        (f"{begin.isoformat()}T00:00:00Z", utc_text(now)),
    )
    assert row is not None, "an aggregate has one row"
    return int(row[0]), int(row[1])
