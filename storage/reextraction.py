"""Articles whose kept pages are read again: which, what is stored of them, and the one way in which a change is stored.

What is read as it is stored touches no row. What is read otherwise becomes the article's newest revision, with `cause`
`reextract`: it is no look at the page (`checked_at` stays) and no edit of the publisher (`changed` is empty, nothing is
stealth, no share of re-checks moves), and its `fetched_at` is that of the page, which is as old as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from storage import articles
from storage.archive.keeping import repeat
from storage.database import Database
from storage.faults import BadValue
from storage.identity import content_digest
from storage.read_columns import read_columns
from storage.records import Article, Extracted, Fingerprint, SearchTerms, from_utc_text, utc_text
from storage.revisions import kinds, revising
from storage.revisions.comparison import Comparison, Revision, compare
from storage.selection import Selection
from storage.short_forms import as_read

if TYPE_CHECKING:
    from storage.search.index import Entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """How many articles a selection has, and of how many of them the page of the newest revision is kept."""

    articles: int
    kept: int

    @property
    def not_archived(self) -> int:
        """How many cannot be read again."""
        return self.articles - self.kept


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReading:
    """The newest revision of an article. `columns`: as storage.read_columns names them."""

    article_id: int
    revision: int
    source_id: int
    source: str
    url: str
    cause: str
    fetched_at: datetime
    columns: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """What a kept page says today. `revision`: that it was kept for; `fetched_at`: when the page was had.

    `signature`, `terms`: as in records.Extracted.
    """

    article_id: int
    revision: int
    fetched_at: datetime
    article: Article
    signature: Fingerprint | None = None
    terms: SearchTerms | None = None


def selected(database: Database, selection: Selection) -> Selected:
    """How many articles there are to read again; those that were pruned are none. Raises UnknownSource."""
    where, values = selection.where(database)
    row = database.row(
        "SELECT count(*) AS articles, coalesce(sum(EXISTS (SELECT 1 FROM archive_pages p"
        " WHERE p.article_id = a.id AND p.revision = a.revision)), 0) AS kept"
        f" FROM article_heads a WHERE a.pruned_at IS NULL AND {where}",
        values,
    )
    assert row is not None
    return Selected(articles=row["articles"], kept=row["kept"])


def stored(database: Database, article_id: int, revision: int) -> StoredReading | None:
    """What is stored of an article's newest revision; None where it has a newer one by now, or was pruned."""
    row = database.row(
        "SELECT a.id AS article_id, a.source_id, a.url, s.name AS source, r.revision, r.cause, r.fetched_at,"
        f" {_columns()} FROM article_heads a JOIN sources s ON s.id = a.source_id"
        " JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision"
        " JOIN article_texts t ON t.revision_id = r.id WHERE a.id = ? AND a.revision = ?",
        (article_id, revision),
    )
    if row is None:
        return None
    return StoredReading(
        article_id=row["article_id"],
        revision=row["revision"],
        source_id=row["source_id"],
        source=row["source"],
        url=row["url"],
        cause=row["cause"],
        fetched_at=from_utc_text(row["fetched_at"]),
        columns={name: row[name] for name in _names()},
    )


def shown(before: StoredReading, now: Reread) -> Comparison:
    """What is stored beside what would be stored, as `dibao diff` shows two revisions."""
    old = Revision(
        number=before.revision,
        fetched_at=utc_text(before.fetched_at),
        cause=before.cause,
        said=revising.said_in(before.columns),
    )
    new = Revision(
        number=before.revision + 1,
        fetched_at=utc_text(now.fetched_at),
        cause="reextract",
        said=kinds.said_by(now.article),
    )
    return compare(before.article_id, before.url, before.source, old, new, newest=before.revision)


def write(database: Database, changed: Sequence[Reread], now: datetime) -> list[bool]:
    """Of each article whether it has a new revision, in one transaction; on any fault nothing of it is written.

    Where a value does not fit (BadValue), they are taken one by one, and only its own is left as it is. So is one that
    has another newest revision by now. The caller holds the writer lock. Raises StorageFault.
    """
    try:
        return _together(database, changed, now)
    except BadValue:
        return [_alone(database, one, now) for one in changed]


def _alone(database: Database, one: Reread, now: datetime) -> bool:
    try:
        return _together(database, [one], now)[0]
    except BadValue:
        return False


def _together(database: Database, changed: Sequence[Reread], now: datetime) -> list[bool]:
    # numpy takes a tenth of a second to load, and only who stores articles needs it.
    from storage.search import index  # noqa: PLC0415

    with database.transaction():
        entries = index.Entries(database)
        written = [_write(database, one, entries, now) for one in changed]
        entries.write()
    return written


def _write(database: Database, one: Reread, entries: Entries, now: datetime) -> bool:
    # As above.
    from storage.dedup.placing import place  # noqa: PLC0415

    head = database.row(
        "SELECT * FROM article_heads WHERE id = ? AND revision = ? AND pruned_at IS NULL",
        (one.article_id, one.revision),
    )
    if head is None:
        return False
    event = _as_event(head, one)
    edit = revising.reread(database, head, one.article, event.digest)
    new = articles.reread(database, event, head, edit, now)
    repeat(database, one.article_id, one.revision, new.revision)
    place(database, one.article_id, one.signature, now, "revision")
    entries.put(one.article_id, new.revision, one.article.title, one.article.text, terms=one.terms)
    return True


def _as_event(head: Any, one: Reread) -> Extracted:
    """What was read, as a worker would have said it."""
    return Extracted(
        job_id="",
        number=0,
        key=head["key"],
        url=head["url"],
        final_url=head["url"],
        final_key=head["key"],
        fetched_at=one.fetched_at,
        article=one.article,
        digest=content_digest(one.article),
        signature=one.signature,
        terms=one.terms,
    )


@cache
def _names() -> tuple[str, ...]:
    """The columns that reading a page fills."""
    return tuple(read_columns(Article(title=None, text="", encoding="", encoding_evidence="", extractor="")))


@cache
def _columns() -> str:
    return as_read(_names())
