"""What was counted of each source: by day, by hour, and since ever. Batches are folded in as sums, not page by page."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.database import Database, Row
from storage.times import utc_text
from storage.watch import lags
from storage.watch.lags import Lags

HOURS_KEPT = timedelta(weeks=10)
"""Of the sums by hour. Those by day, of which there are 365 rows a year of a source, stay."""

POLLS = ("polls_ok", "polls_failed")
COUNTED = (*POLLS, "requests", "body_bytes", "stored", "revised", "unchanged", "duplicate", "rejected", "failed")
"""What days and totals both count."""
FACTS = ("articles", "titles", "times", "origins", "credits", "characters")
LINKS = ("polls_empty", "links", "new_links")
BY_DAY = (*COUNTED, *FACTS, *LINKS, "repeated")
_HOURLY = ("polls", "new")


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySums:
    """One day (UTC) of a source, or several of them together.

    `polls_...`: answers of entry points; `polls_empty`: of those that answered, with no link at all. `links`: that they
    showed; `new_links`: not known before. `stored` holds `revised`. `articles`: pages seen for the first time that are
    articles; of these, how many have a title, a time of their own, an origin, credits, and the sums of their
    characters and of their repeated shares. None: not counted, because the file was of an older version.
    """

    day: str
    polls_ok: int = 0
    polls_failed: int = 0
    requests: int = 0
    body_bytes: int = 0
    stored: int = 0
    revised: int = 0
    unchanged: int = 0
    duplicate: int = 0
    rejected: int = 0
    failed: int = 0
    articles: int = 0
    titles: int = 0
    times: int = 0
    origins: int = 0
    credits: int = 0
    characters: int = 0
    polls_empty: int | None = None
    links: int | None = None
    new_links: int | None = None
    repeated: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HourSums:
    """One hour (UTC) of a source. `polls`: entry points that answered; `new`: articles stored for the first time."""

    hour: str
    polls: int
    new: int


class Counts:
    """What one batch counts; `write` adds it to the file, in the transaction of the batch."""

    def __init__(self) -> None:
        self._days: dict[tuple[int, str], dict[str, float]] = defaultdict(_zeros)
        self._hours: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
        self._lags: dict[int, list[float]] = defaultdict(list)

    def add(self, source_id: int, at: str, counts: Mapping[str, float]) -> None:
        """None; `counts`, by names of BY_DAY, belong to the day of that moment (UTC text), and to all since ever."""
        sums = self._days[(source_id, at[:10])]
        for name, number in counts.items():
            sums[name] += number

    def add_hour(self, source_id: int, at: str, *, polls: int = 0, new: int = 0) -> None:
        """None; they belong to the hour of that moment (UTC text)."""
        sums = self._hours[(source_id, f"{at[:13]}:00:00Z")]
        sums[0] += polls
        sums[1] += new

    def add_lag(self, source_id: int, seconds: float) -> None:
        """None; an article came that long after its publication."""
        self._lags[source_id].append(seconds)

    def write(self, database: Database) -> None:
        """None; what was counted is in the file: a row for each day, hour and source, however many pages."""
        database.executemany(_ADD_DAY, [(*key, *sums.values()) for key, sums in self._days.items()])
        database.executemany(
            _ADD_TOTAL,
            [(source_id, *(sums[name] for name in COUNTED)) for (source_id, _), sums in self._days.items()],
        )
        database.executemany(_ADD_HOUR, [(*key, *sums) for key, sums in self._hours.items()])
        for source_id, seconds in self._lags.items():
            _add_lags(database, source_id, seconds)


def _zeros() -> dict[str, float]:
    return dict.fromkeys(BY_DAY, 0)


def _adding(table: str, key: Sequence[str], names: Sequence[str]) -> str:
    """The statement that adds to a row, which is made where there is none. What is not known stays so: NULL."""
    columns = ", ".join((*key, *names))
    return (
        f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * (len(key) + len(names)))})"
        f" {_conflict(key, names)}"
    )


def _conflict(key: Sequence[str], names: Sequence[str]) -> str:
    return f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET " + ", ".join(
        f"{name} = {name} + excluded.{name}" for name in names
    )


_ADD_DAY = _adding("day_log", ("source_id", "day"), BY_DAY)
_ADD_TOTAL = _adding("total_log", ("source_id",), COUNTED)
_ADD_HOUR = _adding("hour_log", ("source_id", "hour"), _HOURLY)


def _add_lags(database: Database, source_id: int, seconds: Iterable[float]) -> None:
    row = database.row("SELECT lag_buckets, lag_seconds, lag_count FROM total_log WHERE source_id = ?", (source_id,))
    more = (lags.of_row(row) if row else Lags()).with_more(seconds)
    database.execute(
        "INSERT INTO total_log (source_id, lag_buckets, lag_seconds, lag_count) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (source_id) DO UPDATE SET lag_buckets = excluded.lag_buckets,"
        " lag_seconds = excluded.lag_seconds, lag_count = excluded.lag_count",
        (source_id, json.dumps(more.buckets), more.seconds, more.count),
    )


def days(database: Database, since: str, source: str | None = None) -> dict[str, tuple[DaySums, ...]]:
    """The days from `since` (`2026-11-22`) on, oldest first, by source; of one source, or of all."""
    return {
        name: tuple(_day(row) for row in rows)
        for name, rows in _by_source(database, "day_log", "day", since, source).items()
    }


def hours(database: Database, since: datetime, source: str | None = None) -> dict[str, tuple[HourSums, ...]]:
    """The hours that ended after that moment and have something, oldest first, by source; of one source, or of all."""
    first = f"{utc_text(since)[:13]}:00:00Z"
    return {
        name: tuple(HourSums(hour=row["hour"], polls=row["polls"], new=row["new"]) for row in rows)
        for name, rows in _by_source(database, "hour_log", "hour", first, source).items()
    }


def bring_back(database: Database, now: datetime, by: timedelta) -> int:
    """How many sums of days and hours later than now were added to those in which it was: `by` earlier, now at most.

    For when the clock was set back (storage.clock). In a transaction.
    """
    moment, shift = utc_text(now), f"-{round(by.total_seconds())} seconds"
    later = 0
    for table, column, names, end in (("day_log", "day", BY_DAY, ""), ("hour_log", "hour", _HOURLY, ":00:00Z")):
        last = moment[:10] if not end else f"{moment[:13]}{end}"
        form = "%Y-%m-%d" if not end else f"%Y-%m-%dT%H{end}"
        sums = ", ".join(f"sum({name})" for name in names)
        database.execute(
            f"INSERT INTO {table} (source_id, {column}, {', '.join(names)})"
            f" SELECT source_id, min(?1, coalesce(strftime(?2, {column}, ?3), ?1)), {sums} FROM {table}"
            f" WHERE {column} > ?1 GROUP BY 1, 2 {_conflict(('source_id', column), names)}",
            (last, form, shift),
        )
        later += database.execute(f"DELETE FROM {table} WHERE {column} > ?", (last,)).rowcount
    return later


def forget_hours(database: Database, now: datetime) -> int:
    """How many sums of hours that are too old were forgotten. In a transaction."""
    before = f"{utc_text(now - HOURS_KEPT)[:13]}:00:00Z"
    return int(database.execute("DELETE FROM hour_log WHERE hour < ?", (before,)).rowcount)


def _by_source(
    database: Database, table: str, time: str, since: str, source: str | None
) -> dict[str, list[Row]]:
    """The rows of a table whose `time` is `since` or later, in that order, by the name of their source."""
    named, more = ("", ()) if source is None else (" AND s.name = ?", (source,))
    found: dict[str, list[Row]] = defaultdict(list)
    for row in database.rows(
        # By source, then by time: the order of the key, where the planner might sort instead.
        f"SELECT s.name AS source, t.* FROM sources s CROSS JOIN {table} t ON t.source_id = s.id"
        f" WHERE t.{time} >= ?{named} ORDER BY s.id, t.{time}",
        (since, *more),
    ):
        found[row["source"]].append(row)
    return dict(found)


def _day(row: Row) -> DaySums:
    return DaySums(day=row["day"], **{name: row[name] for name in BY_DAY})
