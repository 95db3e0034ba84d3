"""The hosts on which a source has pages: what is learned of a host travels in the jobs of its sources."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.database import Database
from storage.records import utc_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Where and when something was seen, and by which job."""

    host: str
    source_id: int
    job_id: str
    at: datetime


def note(database: Database, seen: Seen) -> None:
    """None; the host has pages of the source."""
    database.execute(
        "INSERT INTO chrome_hosts (host, source_id, seen_at) VALUES (?, ?, ?)"
        " ON CONFLICT (source_id, host) DO UPDATE SET seen_at = excluded.seen_at",
        (seen.host, seen.source_id, utc_text(seen.at)),
    )


def of_source(database: Database, source_id: int) -> tuple[str, ...]:
    """The hosts of a source, by name."""
    rows = database.rows("SELECT host FROM chrome_hosts WHERE source_id = ? ORDER BY host", (source_id,))
    return tuple(row[0] for row in rows)
