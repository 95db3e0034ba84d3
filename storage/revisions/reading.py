"""What readers ask of revisions: two of one article side by side, and the edits that nobody was told of."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from storage.database import Database, Row
from storage.revisions.comparison import Comparison, Revision, compare
from storage.revisions.revising import SAID, said_in


@dataclass(frozen=True, slots=True, kw_only=True)
class StealthEdit:
    """A revision that changed headline or text without a word. `fetched_at`: when we saw it, ISO-8601 UTC."""

    article_id: int
    revision: int
    fetched_at: str
    source: str
    url: str
    changed: tuple[str, ...]
    title: str | None
    reverts_to: int | None


def newest(database: Database, article_id: int) -> int:
    """The number of an article's newest revision; 0 where there is no such article."""
    return int(database.value("SELECT revision FROM article_heads WHERE id = ?", (article_id,)) or 0)


def compared(database: Database, article_id: int, old: int, new: int) -> Comparison | None:
    """What became of one revision of an article in another; None where it has not both."""
    head = database.row(
        "SELECT a.url, a.revision, s.name FROM article_heads a JOIN sources s ON s.id = a.source_id WHERE a.id = ?",
        (article_id,),
    )
    before, after = _revision(database, article_id, old), _revision(database, article_id, new)
    if head is None or before is None or after is None:
        return None
    return compare(article_id, head["url"], head["name"], before, after, newest=head["revision"])


def between_articles(database: Database, one: int, other: int) -> Comparison | None:
    """What an article says otherwise than another one, both as they are now; None where either is not here.

    It is told of the other: its address and source, and the revision that each of them has.
    """
    head = database.row(
        "SELECT a.url, a.revision, s.name FROM article_heads a JOIN sources s ON s.id = a.source_id WHERE a.id = ?",
        (other,),
    )
    before, after = (_revision(database, article, newest(database, article)) for article in (one, other))
    if head is None or before is None or after is None:
        return None
    # What is noted of a revision is said of the one before it, not of another article.
    apart = replace(after, reverts_to=None, stealth=False, cause="crawl")
    return compare(other, head["url"], head["name"], before, apart, newest=head["revision"])


def stealth_edits(database: Database, source: str | None = None, limit: int = 50) -> list[StealthEdit]:
    """The revisions that changed headline or text without a note or a new time of change, newest first."""
    rows = database.rows(
        "SELECT article_id, revision, fetched_at, source, url, changed, title, reverts_to FROM revisions"
        " WHERE stealth = 1 AND (?1 IS NULL OR source = ?1) ORDER BY fetched_at DESC, article_id, revision DESC"
        " LIMIT ?2",
        (source, limit),
    )
    return [StealthEdit(**{**dict(row), "changed": tuple(json.loads(row["changed"]))}) for row in rows]


def _revision(database: Database, article_id: int, number: int) -> Revision | None:
    row = database.row(
        f"SELECT r.cause, r.fetched_at, r.reverts_to, r.stealth, {SAID} FROM article_revisions r"
        " JOIN article_texts t ON t.revision_id = r.id"
        " WHERE r.article_id = ? AND r.revision = ?",
        (article_id, number),
    )
    return None if row is None else _as_revision(row)


def _as_revision(row: Row) -> Revision:
    return Revision(
        number=row["revision"],
        fetched_at=row["fetched_at"],
        cause=row["cause"],
        said=said_in(row),
        reverts_to=row["reverts_to"],
        stealth=bool(row["stealth"]),
    )
