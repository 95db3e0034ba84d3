"""What pages count of themselves. Such numbers change at every look, so they are no part of a revision."""

from __future__ import annotations

from datetime import datetime

from storage.database import Database
from storage.records import Counts, utc_text

# More readers than people: such a number is an identifier or a joke, and from 64 bits on SQLite refuses it.
MOST = 10**11


def note(database: Database, article_id: int, counts: Counts | None, at: datetime) -> None:
    """None; the numbers are kept if one that the page names is another than the last that is known."""
    if counts is None:
        return
    reads, comments = _sane(counts.reads), _sane(counts.comments)
    last = database.row(
        "SELECT reads, comments FROM article_counts WHERE article_id = ? ORDER BY at DESC LIMIT 1", (article_id,)
    )
    before = (last["reads"], last["comments"]) if last else (None, None)
    # What the page does not name this time has not become unknown.
    now = tuple(old if new is None else new for new, old in zip((reads, comments), before, strict=True))
    if now != before:
        database.execute(
            "INSERT INTO article_counts (article_id, at, reads, comments) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (article_id, at) DO UPDATE SET reads = excluded.reads, comments = excluded.comments",
            (article_id, utc_text(at), *now),
        )


def _sane(number: int | None) -> int | None:
    return number if number is not None and 0 <= number <= MOST else None
