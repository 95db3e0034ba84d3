"""What the round of the watch reads of all sources at once: few rows, so that it can come each minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.database import Database, Row
from storage.records import from_utc_text, utc_text

FAILING_FROM = 5
"""A webhook that has failed so often in a row is not reached: with its waits that is half an hour and more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSeen:
    """One source as its row has it. Where two of these are equal, its entry points were not asked in between."""

    name: str
    last_attempt_at: datetime | None
    last_success_at: datetime | None
    last_new_at: datetime | None
    failures: int
    last_error: str | None
    rhythm: str | None
    paused_at: datetime | None
    paused_why: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySeen:
    """An entry point that is not a part of an index: failures in a row, and why it failed last."""

    url: str
    failures: int
    last_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSeen:
    """A webhook that is not reached. `waiting`: what is to be sent once it is."""

    name: str
    failures: int
    waiting: int
    error: str | None


def sources(database: Database) -> dict[str, SourceSeen]:
    """Every source that the file knows, by its name."""
    return Sources().read(database)


class Sources:
    """The same for who reads it again and again: a row that is as it was stays the same object."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[tuple[Any, ...], SourceSeen]] = {}

    def read(self, database: Database) -> dict[str, SourceSeen]:
        """Every source that the file knows, by its name."""
        rows = database.rows(
            "SELECT name, last_attempt_at, last_success_at, last_new_at, failures, last_error, rhythm, paused_at,"
            " paused_why FROM sources"
        )
        kept, self._kept = self._kept, {}
        for row in rows:
            values, known = tuple(row), kept.get(row["name"])
            self._kept[row["name"]] = known if known and known[0] == values else (values, _seen(row))
        return {name: seen for name, (_, seen) in self._kept.items()}


def _seen(row: Row) -> SourceSeen:
    return SourceSeen(
        name=row["name"],
        last_attempt_at=_time(row["last_attempt_at"]),
        last_success_at=_time(row["last_success_at"]),
        last_new_at=_time(row["last_new_at"]),
        failures=row["failures"],
        last_error=row["last_error"],
        rhythm=row["rhythm"],
        paused_at=_time(row["paused_at"]),
        paused_why=row["paused_why"],
    )


def entries(database: Database, source: str) -> tuple[EntrySeen, ...]:
    """The entry points of a source, in the order in which they became known."""
    rows = database.rows(
        "SELECT e.url, e.failures, e.last_reason FROM sources s JOIN entry_points e ON e.source_id = s.id"
        " WHERE s.name = ? AND coalesce(e.found_by, '') <> 'index' ORDER BY e.id",
        (source,),
    )
    return tuple(EntrySeen(url=row["url"], failures=row["failures"], last_reason=row["last_reason"]) for row in rows)


def newest_sample(database: Database) -> int:
    """The id of the newest sample of any source; 0 where there is none."""
    return int(database.value("SELECT max(id) FROM sample_log") or 0)


def sampled_since(database: Database, sample_id: int) -> set[str]:
    """The names of the sources that have a sample newer than that one."""
    rows = database.rows(
        "SELECT DISTINCT s.name FROM sample_log p JOIN sources s ON s.id = p.source_id WHERE p.id > ?", (sample_id,)
    )
    return {row["name"] for row in rows}


def last_answer(database: Database) -> datetime | None:
    """When any host gave a good page last, to the minute; None where none ever did."""
    return _time(database.value("SELECT max(answered_at) FROM hosts"))


def failed_since(database: Database, source: str, since: datetime) -> int:
    """How many jobs of a source that asked its entry points and began after a moment have failed."""
    return int(
        database.value(
            "SELECT count(*) FROM sources s JOIN run_source_log r ON r.source_id = s.id"
            " WHERE s.name = ? AND r.started_at > ? AND r.status = 'failed' AND r.with_entries = 1",
            (source, utc_text(since)),
        )
    )


def failing_webhooks(database: Database) -> tuple[WebhookSeen, ...]:
    """The webhooks that are not reached: given up because their address is gone, or failing for long."""
    rows = database.rows(
        "SELECT w.name, w.failures, w.error, (SELECT count(*) FROM outbox o WHERE o.webhook = w.name"
        " AND o.state = 'pending') AS waiting FROM webhooks w"
        " WHERE w.failures >= ? OR w.gone_at IS NOT NULL ORDER BY w.name",
        (FAILING_FROM,),
    )
    return tuple(
        WebhookSeen(name=row["name"], failures=row["failures"], waiting=row["waiting"], error=row["error"])
        for row in rows
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else from_utc_text(text)
