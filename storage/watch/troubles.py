"""What went wrong with the pages of one source, for whoever asks why: counts by reason, and examples of each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.database import Database
from storage.times import utc_text

LOOKED_AT = 2_000
"""The newest pages of a source that are looked through for examples."""
BAD = ("rejected", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """The runs of a source since a moment: how many ended in which way, and what came of their pages by reason.

    `reasons`: `("rejected", "listing")` and how many pages ended so, the most frequent first.
    """

    by_status: dict[str, int]
    reasons: tuple[tuple[tuple[str, str], int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTrouble:
    """An entry point that failed when it was asked last. Times are UTC text."""

    url: str
    kind: str
    failures: int
    reason: str | None
    detail: str | None
    checked_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A page that was not taken. `state`: rejected, failed, gone, or pending: it is asked again. Times are UTC text."""

    url: str
    state: str
    reason: str | None
    detail: str | None
    http_status: int | None
    checked_at: str
    link_title: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A page that an incident shows: the title of an article, or why a page is none."""

    id: int
    url: str
    says: str | None


def runs(database: Database, source: str, since: datetime) -> Runs:
    """What came of the runs of a source that began since a moment."""
    states: Counter[str] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()
    for row in database.rows(
        "SELECT r.status, r.reasons FROM sources s JOIN run_source_log r ON r.source_id = s.id"
        " WHERE s.name = ? AND r.started_at >= ?",
        (source, utc_text(since)),
    ):
        states[row["status"]] += 1
        for name, number in json.loads(row["reasons"]).items():
            outcome, _, reason = name.partition(":")
            if outcome in BAD:
                reasons[outcome, reason] += number
    return Runs(by_status=dict(states), reasons=tuple(reasons.most_common()))


def entries(database: Database, source: str) -> tuple[EntryTrouble, ...]:
    """The entry points of a source that failed when they were asked last, those that fail for longest first."""
    rows = database.rows(
        "SELECT e.url, e.kind, e.failures, e.last_reason, e.last_detail, e.last_checked_at FROM sources s"
        " JOIN entry_points e ON e.source_id = s.id WHERE s.name = ? AND e.failures > 0 ORDER BY e.failures DESC, e.id",
        (source,),
    )
    return tuple(
        EntryTrouble(
            url=row["url"],
            kind=row["kind"],
            failures=row["failures"],
            reason=row["last_reason"],
            detail=row["last_detail"],
            checked_at=row["last_checked_at"],
        )
        for row in rows
    )


def examples(database: Database, source: str, since: datetime, each: int = 3) -> dict[str, list[Example]]:
    """For each reason the newest pages of the source that ended so and still stand so, `each` at most.

    Not by outcome: a page that is not there counts as rejected when it is met first, and its address as failed.
    """
    found: dict[str, list[Example]] = {}
    for row in database.rows(
        "SELECT u.url, u.state, u.reason, u.detail, u.http_status, u.last_checked_at, u.link_title FROM urls u"
        " WHERE (u.state IN ('rejected', 'failed', 'gone') OR (u.state = 'pending' AND u.attempts > 0))"
        " AND u.last_checked_at >= ? AND u.source_id = (SELECT id FROM sources WHERE name = ?)"
        " ORDER BY u.last_checked_at DESC, u.id DESC LIMIT ?",
        (utc_text(since), source, LOOKED_AT),
    ):
        known = found.setdefault(row["reason"] or "", [])
        if len(known) < each:
            known.append(
                Example(
                    url=row["url"],
                    state=row["state"],
                    reason=row["reason"],
                    detail=row["detail"],
                    http_status=row["http_status"],
                    checked_at=row["last_checked_at"],
                    link_title=row["link_title"],
                )
            )
    return found


def articles(database: Database, ids: Collection[int]) -> tuple[Shown, ...]:
    """The articles of these ids that are still there, with their titles."""
    return _shown(database, "SELECT id, url, title AS says FROM articles WHERE id", ids)


def pages(database: Database, ids: Collection[int]) -> tuple[Shown, ...]:
    """The sampled pages of these ids that are still there, with what they ended as."""
    return _shown(database, "SELECT id, url, coalesce(reason, outcome) AS says FROM page_samples WHERE id", ids)


def _shown(database: Database, sql: str, ids: Collection[int]) -> tuple[Shown, ...]:
    values: list[Any] = [json.dumps(sorted(ids))]
    rows = database.rows(f"{sql} IN (SELECT value FROM json_each(?)) ORDER BY 1", values)
    return tuple(Shown(id=row["id"], url=row["url"], says=row["says"]) for row in rows)
