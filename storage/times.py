"""A time as the file has it: text, in UTC, to the second."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_text(moment: datetime) -> str:
    """ISO-8601 UTC to the second, as every time is stored: 2026-11-21T00:30:00Z. Raises ValueError for a naive time."""
    if moment.tzinfo is None:
        raise ValueError(f"a time without offset cannot be stored: {moment!r}")
    # In half the time of strftime, and as it: a year before 1000 is not filled up, and no column takes it.
    return moment.astimezone(UTC).isoformat()[:19].lstrip("0") + "Z"


def from_utc_text(text: str) -> datetime:
    """The aware UTC time of a stored text."""
    return datetime.fromisoformat(text)
