"""Sources and entry points as the file knows them: when each was asked, how it went, when it may be asked again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from storage.database import Database
from storage.records import EntryPoint, Validators, from_utc_text, utc_text


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One source's state. `pending_ready`: ledger rows that wait for a fetch now (unfinished work, due retries)."""

    id: int
    name: str
    last_attempt_at: datetime | None
    last_success_at: datetime | None
    failures: int
    not_before: datetime | None
    pending_ready: int


def ensure(database: Database, name: str, home: str, now: datetime) -> int:
    """The id of a source, which is made if the file does not know it yet."""
    database.execute(
        "INSERT INTO sources (name, home, created_at) VALUES (?, ?, ?) "
        "ON CONFLICT (name) DO UPDATE SET home = excluded.home WHERE home <> excluded.home",
        (name, home, utc_text(now)),
    )
    return int(database.value("SELECT id FROM sources WHERE name = ?", (name,)))


def states(database: Database, now: datetime) -> dict[str, SourceRow]:
    """The state of every source that the file knows, by name."""
    ready = dict(
        map(
            tuple,
            database.rows(
                "SELECT source_id, count(*) FROM urls "
                "WHERE state = 'pending' AND next_at <= ? AND lease_job IS NULL GROUP BY source_id",
                (utc_text(now),),
            ),
        )
    )
    return {
        row["name"]: SourceRow(
            id=row["id"],
            name=row["name"],
            last_attempt_at=_time(row["last_attempt_at"]),
            last_success_at=_time(row["last_success_at"]),
            failures=row["failures"],
            not_before=_time(row["not_before"]),
            pending_ready=ready.get(row["id"], 0),
        )
        for row in database.rows("SELECT * FROM sources")
    }


def with_validators(
    database: Database, source_id: int, entries: Iterable[EntryPoint], sites: Iterable[str]
) -> tuple[EntryPoint, ...]:
    """The entry points with the validators of their last good answer, known to the file from now on."""
    entries = tuple(entries)
    own = " ".join(sorted(sites))
    # What was read in another way (as another kind, with another link pattern, of other sites), or brought nothing at
    # all, is asked without validators: "unchanged" would keep from being seen what is now wanted of it.
    database.executemany(
        "INSERT INTO entry_points (source_id, kind, url, read_as) VALUES (?, ?, ?, ?) ON CONFLICT (source_id, url)"
        " DO UPDATE SET kind = excluded.kind, read_as = excluded.read_as, etag = NULL, last_modified = NULL"
        " WHERE read_as IS NOT excluded.read_as OR last_links = 0",
        [(source_id, entry.kind, entry.url, f"{entry.kind} {entry.links or ''} {own}") for entry in entries],
    )
    known: Mapping[str, Validators] = {
        row["url"]: Validators(etag=row["etag"], last_modified=row["last_modified"])
        for row in database.rows("SELECT url, etag, last_modified FROM entry_points WHERE source_id = ?", (source_id,))
    }
    return tuple(replace(entry, validators=known[entry.url]) for entry in entries)


def attempted(database: Database, source_id: int, now: datetime) -> None:
    """None; the source's schedule slot is taken."""
    database.execute("UPDATE sources SET last_attempt_at = ? WHERE id = ?", (utc_text(now), source_id))


def succeeded(database: Database, source_id: int, now: datetime, error: str | None = None) -> None:
    """None; failures are forgotten. `error`: what went wrong in a part of it."""
    database.execute(
        "UPDATE sources SET last_success_at = ?, failures = 0, not_before = NULL, last_error = ? WHERE id = ?",
        (utc_text(now), error, source_id),
    )


def pause(database: Database, source_id: int, not_before: datetime) -> None:
    """None; the source is left alone until then, because it asked for it."""
    database.execute("UPDATE sources SET not_before = ? WHERE id = ?", (utc_text(not_before), source_id))


def not_attempted(database: Database, source_id: int) -> None:
    """None; the slot of an attempt that was cut short is free again, so that the next run takes it."""
    database.execute("UPDATE sources SET last_attempt_at = last_success_at WHERE id = ?", (source_id,))


def cut_short(database: Database) -> list[int]:
    """The ids of the sources whose entry points were being asked when the coordinator died."""
    rows = database.rows("SELECT DISTINCT source_id FROM run_sources WHERE finished_at IS NULL AND with_entries = 1")
    return [row[0] for row in rows]


def failures(database: Database, source_id: int) -> int:
    """How many attempts in a row have failed."""
    return int(database.value("SELECT failures FROM sources WHERE id = ?", (source_id,)))


def failed(database: Database, source_id: int, not_before: datetime, error: str) -> None:
    """None; one more failure in a row, and the time before which the source is left alone."""
    database.execute(
        "UPDATE sources SET failures = failures + 1, not_before = ?, last_error = ? WHERE id = ?",
        (utc_text(not_before), error, source_id),
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else from_utc_text(text)
