"""What becomes of an article that is given up: a tombstone, and nothing else of it.

Its head stays, with its id, its addresses and why it went; so do the rows of its addresses in the ledger, which are
never asked for again, and what was once told of it: the feed, the log of stories and what people decided. All else
goes: texts, revisions, counts, fingerprint, pairs, what its page taught of its host, the index by which it was found.
Its raw pages go after that (storage.retention.pruning).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from storage import ledger, tombstones
from storage.database import Database, Row
from storage.identity import BadUrl, key_hash, url_key
from storage.records import utc_text
from storage.retention.choosing import Why

_THESE = "(SELECT value FROM json_each(?))"


def give_up(database: Database, articles: Collection[int], why: Why, now: datetime) -> int:
    """How many of the articles were given up now; the others were before, or never were. Followers are told.

    Inside the caller's transaction.
    """
    from storage.dedup.leaving import leave  # noqa: PLC0415  # numpy
    from storage.search import index  # noqa: PLC0415  # the dictionary of words
    from storage.stories.components import listed  # noqa: PLC0415

    heads = _heads(database, listed(articles))
    if not heads:
        return 0
    ids = listed(row["id"] for row in heads)
    for row in heads:
        index.remove(database, row["id"])
        _know_claimed(database, row, now)
    leave(database, {int(row["id"]) for row in heads}, now)
    _pass_on(database, heads, now)
    _delete(database, ids)
    _bury(database, heads, why, now)
    database.execute(
        "UPDATE urls SET next_at = NULL, etag = NULL, last_modified = NULL, link_title = NULL, link_published = NULL,"
        f" detail = NULL, missing_since = NULL, missing_times = 0, reason = ? WHERE article_id IN {_THESE}",
        (tombstones.PRUNED, ids),
    )
    return len(heads)


def _heads(database: Database, ids: str) -> list[Row]:
    return database.rows(
        "SELECT a.id, a.key, a.url, a.source_id, a.revision, r.title, r.canonical_url FROM article_heads a"
        " LEFT JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision"
        f" WHERE a.id IN {_THESE} AND a.pruned_at IS NULL ORDER BY a.id",
        (ids,),
    )


def _know_claimed(database: Database, head: Row, now: datetime) -> None:
    """None; the address that the article's page claimed as its own is in the ledger too, and never asked for."""
    key = head["key"]
    if "#" in key or database.row("SELECT 1 FROM urls WHERE key = ?", (key,)) is not None:
        return
    claimed = head["canonical_url"]
    database.execute(
        "INSERT INTO urls (key, key_hash, site, url, source_id, state, reason, article_id, discovered_at)"
        " VALUES (?, ?, ?, ?, ?, 'alias', ?, ?, ?)",
        (
            key,
            key_hash(key),
            ledger.site_of_key(key),
            claimed if claimed and _key_of(claimed) == key else f"https:{key}",
            head["source_id"],
            tombstones.PRUNED,
            head["id"],
            utc_text(now),
        ),
    )


def _key_of(url: str) -> str | None:
    try:
        return url_key(url)
    except BadUrl:
        return None


def _pass_on(database: Database, heads: Sequence[Row], now: datetime) -> None:
    """None; of the copies of what an article said, the first that stays is the original of the others."""
    going = {row["id"] for row in heads}
    for head in heads:
        rows = database.rows(
            "SELECT id, revision FROM article_heads WHERE duplicate_of = ? ORDER BY id", (head["id"],)
        )
        copies = [row for row in rows if row["id"] not in going]
        for copy in copies:
            heir = None if copy is copies[0] else copies[0]["id"]
            database.execute("UPDATE article_heads SET duplicate_of = ? WHERE id = ?", (heir, copy["id"]))
            _tell(database, copy, "link", now)


def _delete(database: Database, ids: str) -> None:
    """None; the rows that hang on the articles are gone."""
    revisions = f"(SELECT id FROM article_revisions WHERE article_id IN {_THESE})"
    database.execute(f"DELETE FROM article_texts WHERE revision_id IN {revisions}", (ids,))
    sources = f"(SELECT source_id FROM article_heads WHERE id IN {_THESE})"
    database.execute(f"DELETE FROM sample_log WHERE source_id IN {sources} AND article_id IN {_THESE}", (ids, ids))
    for table in ("article_revisions", "article_counts", "chrome_pages"):
        database.execute(f"DELETE FROM {table} WHERE article_id IN {_THESE}", (ids,))


def _bury(database: Database, heads: Sequence[Row], why: Why, now: datetime) -> None:
    database.executemany(
        "UPDATE article_heads SET pruned_at = ?, pruned_why = ?, text_digest = ?, text_bytes = 0, duplicate_of = NULL"
        " WHERE id = ?",
        [(utc_text(now), why, tombstones.mark(row["title"]), row["id"]) for row in heads],
    )
    for row in heads:
        _tell(database, row, "prune", now)


def _tell(database: Database, head: Row, op: str, now: datetime) -> None:
    database.execute(
        "INSERT INTO change_log (article_id, op, revision, at) VALUES (?, ?, ?, ?)",
        (head["id"], op, head["revision"], utc_text(now)),
    )
