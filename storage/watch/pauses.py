"""An operator's pause of a source: it is asked for nothing until it is resumed, or named by somebody who asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.database import Database
from storage.records import from_utc_text, utc_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Since when a source is paused, and why, where that was said."""

    at: datetime
    why: str | None = None


def pause(database: Database, source: str, now: datetime, why: str | None = None) -> bool:
    """Whether the file knows the source; it is paused, from the first time on that this was said. In a transaction."""
    return bool(
        database.execute(
            "UPDATE sources SET paused_at = coalesce(paused_at, ?), paused_why = coalesce(?, paused_why)"
            " WHERE name = ?",
            (utc_text(now), why, source),
        ).rowcount
    )


def resume(database: Database, source: str) -> bool:
    """Whether the source was paused; it is so no longer. In a transaction."""
    return bool(
        database.execute(
            "UPDATE sources SET paused_at = NULL, paused_why = NULL WHERE name = ? AND paused_at IS NOT NULL", (source,)
        ).rowcount
    )


def paused(database: Database) -> dict[str, Pause]:
    """The pauses that there are, by the source's name."""
    rows = database.rows("SELECT name, paused_at, paused_why FROM sources WHERE paused_at IS NOT NULL")
    return {row["name"]: Pause(at=from_utc_text(row["paused_at"]), why=row["paused_why"]) for row in rows}
