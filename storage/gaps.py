"""Gaps: polls at which an entry point showed nothing that was known, so that what came before it was missed, perhaps.

A gap is open until what lies behind it has been walked back to something known: at once, on the listing's further
pages, or later, when another entry point of the source shows known and new articles side by side. A walk that was cut
short leaves a gap that only a later walk of the same entry point closes.

The next jobs try again: the entry point owes a walk. After three walks to its end (or 24 that were cut short) the gap
stays open and listed, but is walked no more, and for a week the entry point opens no other one: what shows nothing
known at every poll would cost a dozen requests each time.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from storage.database import Database
from storage.times import from_utc_text, utc_text

if TYPE_CHECKING:
    from storage.records import EntryChecked

MOST_WALKS = 3
MOST_CUT_WALKS = 24
REST = timedelta(days=7)
CUT = "cut short"
_WALKS = re.compile(r"\(walk (\d{1,9})\)$")
# An entry point's last open gap is the one that is worked at.
_LAST_OPEN = (
    "SELECT e.url, g.id, g.opened_at, g.detail FROM gap_log g JOIN entry_points e ON e.id = g.entry_point_id"
    " WHERE e.source_id = ? AND g.closed_at IS NULL ORDER BY g.id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """An open gap of a source. `detail`: what was seen, and how often it has been walked."""

    source: str
    entry_url: str
    opened_at: datetime
    detail: str


def note(database: Database, source_id: int, event: EntryChecked, now: datetime) -> None:
    """None; a gap that the answer shows is opened, those that it bridges are closed."""
    if event.status != "ok":
        return
    if event.gap == "open":
        _open(database, source_id, event, now)
    elif event.gap == "closed" and event.url in _last_open(database, source_id):
        _close(database, source_id, now, event.url)
    elif event.gap == "closed":
        if not _was_closed_now(database, source_id, event.url):
            _open(database, source_id, event, now)
        _close(database, source_id, now, event.url)
    elif event.met and event.found_by == "fallback" and event.parent is None:
        # The home page: it reaches back to something known, and so behind whatever another entry point has skipped.
        _close(database, source_id, now, None)


def bridged(database: Database, source_id: int, url: str, now: datetime) -> None:
    """None; the open gaps of an entry point are closed."""
    _close(database, source_id, now, url)


def open_gaps(database: Database) -> tuple[Gap, ...]:
    """The gaps of all sources that nothing has bridged yet, oldest first."""
    rows = database.rows("SELECT * FROM gaps WHERE closed_at IS NULL ORDER BY opened_at, id")
    return tuple(
        Gap(
            source=row["source"],
            entry_url=row["entry_url"],
            opened_at=from_utc_text(row["opened_at"]),
            detail=row["detail"] or "",
        )
        for row in rows
    )


def is_open(database: Database, source_id: int, urls: Collection[str]) -> bool:
    """Whether one of these entry points of the source, those that are asked now, has an open gap that is walked."""
    return any(url in urls and not _is_given_up(row) for url, row in _last_open(database, source_id).items())


def owing(database: Database, source_id: int, now: datetime) -> dict[str, Literal["owing", "resting"]]:
    """Entry points with an open gap: those that owe a walk, and those that rest because theirs cannot be closed."""
    states: dict[str, Literal["owing", "resting"]] = {}
    for url, row in _last_open(database, source_id).items():
        if not _is_given_up(row):
            states[url] = "owing"
        elif _is_resting(row, now):
            states[url] = "resting"
    return states


def found_since(database: Database, source_id: int, urls: Collection[str]) -> bytes:
    """The key hashes, concatenated, of what the source has found since the oldest open gap of these entry points.

    Only gaps that are still walked count; empty for none.
    """
    gaps = _last_open(database, source_id).items()
    opened = [row["opened_at"] for url, row in gaps if url in urls and not _is_given_up(row)]
    if not opened:
        return b""
    rows = database.rows(
        "SELECT key_hash FROM urls WHERE source_id = ? AND discovered_at >= ?", (source_id, min(opened))
    )
    return b"".join(sorted(row[0] for row in rows))


def _last_open(database: Database, source_id: int) -> dict[str, Any]:
    """The last open gap of each entry point that has one."""
    return {row["url"]: row for row in database.rows(_LAST_OPEN, (source_id,))}


def _is_given_up(row: Any) -> bool:
    return _walks(row) >= (MOST_CUT_WALKS if (row["detail"] or "").startswith(CUT) else MOST_WALKS)


def _is_resting(row: Any, now: datetime) -> bool:
    return now - from_utc_text(row["opened_at"]) < REST


def _was_closed_now(database: Database, source_id: int, url: str) -> bool:
    """Whether the home page has closed the entry point's gap in this poll, so that there is nothing more to note."""
    return (
        database.row(
            "SELECT 1 FROM gap_log g"
            " JOIN entry_points e ON e.id = g.entry_point_id JOIN sources s ON s.id = e.source_id"
            " WHERE s.id = ? AND e.url = ? AND g.closed_at >= s.last_attempt_at",
            (source_id, url),
        )
        is not None
    )


def _walks(row: Any) -> int:
    told = _WALKS.search(row["detail"] or "")
    return int(told[1]) if told else 1


def _open(database: Database, source_id: int, event: EntryChecked, now: datetime) -> None:
    """None; the entry point's open gap has been walked once more, or it has a new one, from the poll's beginning on."""
    cut = event.detail.startswith(CUT)
    detail = event.detail.split(";")[0] if cut else f"{event.links} links and none that was known before"
    row = _last_open(database, source_id).get(event.url)
    if row is not None and (not _is_given_up(row) or _is_resting(row, now)):
        detail = f"{detail} (walk {_walks(row) + 1})"
        database.execute("UPDATE gap_log SET detail = ? WHERE id = ?", (detail, row["id"]))
        return
    database.execute(
        "INSERT INTO gap_log (entry_point_id, opened_at, detail)"
        " SELECT e.id, coalesce(s.last_attempt_at, :now), :detail"
        " FROM entry_points e JOIN sources s ON s.id = e.source_id WHERE s.id = :source AND e.url = :url",
        {"now": utc_text(now), "detail": detail, "source": source_id, "url": event.url},
    )


def _close(database: Database, source_id: int, now: datetime, url: str | None) -> None:
    """None; open gaps are closed: those of one entry point, or all of the source but walks that were cut short."""
    database.execute(
        "UPDATE gap_log SET closed_at = :now WHERE closed_at IS NULL AND entry_point_id IN"
        " (SELECT id FROM entry_points WHERE source_id = :source AND (:url IS NULL OR url = :url))"
        " AND (:url IS NOT NULL OR detail IS NULL OR detail NOT LIKE :cut)",
        {"now": utc_text(now), "source": source_id, "url": url, "cut": f"{CUT}%"},
    )
