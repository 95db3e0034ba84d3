"""Making the stored keys anew after the rules that make them have changed: `dibao db rekey`.

Two addresses may have one key by the new rules. Nothing is deleted then:

* of two articles, the older keeps the key. The younger stays an article, with the key and `#id` behind it, which no
  address has; if it says the same, it is a copy of the older one (`duplicate_of`).
* of two addresses in the ledger, the one that has the article, or is nearest to having one, keeps the key. The other
  becomes an alias of it and is never asked for again; what its link said, and the run that it counts in, stay.

All of it is one transaction: the file is of the old rules or of the new ones, never between.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from storage.database import Database, open_writer
from storage.faults import StorageFault
from storage.identity import KEY_RULES, BadUrl, key_hash, url_key
from storage.ledger import site_of_key
from storage.records import utc_text

BATCH = 10_000
"""Rows that are in memory at a time."""

# The first rules by which an article may stand under an address that its page claimed (storage.canonical).
CLAIMS_SINCE = 2

# What is to be changed; in temporary tables, because it may be millions. `new`: the key, `keeper`: the row to which
# another one loses it.
_TABLES = """
    CREATE TEMP TABLE new_heads (id INTEGER PRIMARY KEY, old TEXT NOT NULL, new TEXT NOT NULL, keeper INTEGER);
    CREATE TEMP TABLE new_urls (id INTEGER PRIMARY KEY, old TEXT NOT NULL, new TEXT NOT NULL, keeper INTEGER);
    CREATE INDEX temp.new_heads_by_key ON new_heads (new);
    CREATE INDEX temp.new_urls_by_key ON new_urls (new)"""
# All rows of a table that would have one key, the keeper first.
_CONTESTED = """
    WITH contested AS (
        SELECT new FROM new_{table} GROUP BY new HAVING count(*) > 1
        UNION
        SELECT n.new FROM new_{table} n JOIN {stored} s ON s.key = n.new WHERE s.id NOT IN (SELECT id FROM new_{table})
    ), members AS (
        SELECT n.id, n.new AS key FROM new_{table} n WHERE n.new IN (SELECT new FROM contested)
        UNION ALL
        SELECT s.id, s.key FROM {stored} s WHERE s.key IN (SELECT new FROM contested)
           AND s.id NOT IN (SELECT id FROM new_{table})
    ), placed AS (
        SELECT s.id, s.key AS old, m.key AS new, first_value(s.id) OVER places AS keeper
          FROM members m JOIN {stored} s ON s.id = m.id
        WINDOW places AS (PARTITION BY m.key ORDER BY {order})
    )
    INSERT OR REPLACE INTO new_{table} (id, old, new, keeper)
    SELECT id, old, new || '#' || id, keeper FROM placed WHERE id <> keeper"""
# A row that lost its key before stays the loser. Then comes what is nearest to an article: what is asked for it, what
# leads to it, what may become one, what was none; and of several, the address of the article that keeps the key.
_URL_ORDER = """
    instr(s.key, '#') > 0,
    CASE s.state WHEN 'stored' THEN 0 WHEN 'alias' THEN 1 WHEN 'pending' THEN 2 WHEN 'gone' THEN 3
                 WHEN 'rejected' THEN 4 ELSE 5 END,
    s.article_id IS NOT coalesce((SELECT h.id FROM new_heads h WHERE h.new = m.key),
                                 (SELECT a.id FROM article_heads a WHERE a.key = m.key
                                     AND a.id NOT IN (SELECT id FROM new_heads))),
    s.article_id IS NULL,
    s.id"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rekeyed:
    """What re-keying has done, or would do.

    `rules`: those of the file before; `urls`, `articles`: rows in all; `changed`: addresses whose key is another;
    `merged`: addresses that are aliases of another now; `apart`: articles that lost their key to an older one, and
    `linked`: those of them that are now copies of it; `left`: rows whose stored address is no URL.
    """

    rules: int
    urls: int
    articles: int
    changed: int
    merged: int
    apart: int
    linked: int
    left: int


def rekey_file(path: Path, now: datetime) -> Rekeyed:
    """What was changed in the file at that path, which must be there. The caller holds the writer lock.

    Raises StorageFault, as `rekey` does; the file is then as it was.
    """
    if not path.exists():
        raise StorageFault(f"{path} does not exist yet; `dibao crawl` or `dibao run` makes it")
    with open_writer(path, any_key_rules=True) as database:
        return rekey(database, now)


def rekey(database: Database, now: datetime) -> Rekeyed:
    """What was changed; the keys of the file are of today's rules. The caller is the writer.

    Raises StorageFault where a newer Dibao made the keys; nothing is changed then, or on any other fault.
    """
    with database.transaction(), _plan(database) as plan:
        linked = _link(database, now)
        _apply_to_articles(database)
        _apply_to_urls(database)
        database.execute(
            "INSERT INTO meta (name, value) VALUES ('key_rules', ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (str(KEY_RULES),),
        )
        return _summed(database, plan, linked)


def preview(database: Database) -> Rekeyed:
    """What `rekey` would do; the file is only read. Raises StorageFault as it does."""
    database.execute("BEGIN")
    try:
        with _plan(database) as plan:
            return _summed(database, plan, len(_to_link(database)))
    finally:
        database.execute("ROLLBACK")


def key_rules(database: Database) -> int:
    """The version of the rules by which the keys of a file were made."""
    return int(database.value("SELECT value FROM meta WHERE name = 'key_rules'") or 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    rules: int
    urls: int
    articles: int
    left: int


@contextmanager
def _plan(database: Database) -> Iterator[_Plan]:
    """A block in which temporary tables say what is to be changed, with every key once."""
    rules = key_rules(database)
    if rules > KEY_RULES:
        raise StorageFault(
            f"{database.path} has keys of rules {rules}, this Dibao knows {KEY_RULES}; upgrade Dibao to write it"
        )
    for statement in _TABLES.split(";"):
        database.execute(statement)
    articles, bad_articles = _scan(database, "heads", _article_keys(database, rules))
    database.execute(_CONTESTED.format(table="heads", stored="article_heads", order="s.id"))
    urls, bad_urls = _scan(database, "urls", _url_keys(database))
    database.execute(_CONTESTED.format(table="urls", stored="urls", order=_URL_ORDER))
    yield _Plan(rules=rules, urls=urls, articles=articles, left=bad_articles + bad_urls)
    for table in ("new_heads", "new_urls"):
        database.execute(f"DROP TABLE temp.{table}")


def _scan(database: Database, table: str, keys: Iterator[tuple[Any, str | None, bool]]) -> tuple[int, int]:
    """How many rows there are, and how many have no valid address. The others that are out of date are written down."""
    seen = bad = 0
    changes = []
    for row, new, current in keys:
        seen += 1
        bad += new is None
        if new is not None and not current:
            changes.append((row["id"], row["key"], new))
        if len(changes) >= BATCH:
            database.executemany(f"INSERT INTO new_{table} (id, old, new) VALUES (?, ?, ?)", changes)
            changes = []
    database.executemany(f"INSERT INTO new_{table} (id, old, new) VALUES (?, ?, ?)", changes)
    return seen, bad


def _url_keys(database: Database) -> Iterator[tuple[Any, str | None, bool]]:
    """Each row of the ledger with its key by today's rules (None: no URL), and whether it has that, hash and site."""
    for row in _each(database, "SELECT id, key, key_hash, site, url FROM urls"):
        new = _key(row["url"], row["key"])
        yield (
            row,
            new,
            new is not None
            and new == row["key"]
            and (key_hash(new), site_of_key(new)) == (row["key_hash"], row["site"]),
        )


def _article_keys(database: Database, rules: int) -> Iterator[tuple[Any, str | None, bool]]:
    """Each article with its key by today's rules (None: no URL), and whether it has that."""
    articles = _each(
        database,
        "SELECT a.id, a.key, a.url, r.canonical_url FROM article_heads a"
        " LEFT JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision",
    )
    for row in articles:
        claimed = rules >= CLAIMS_SINCE and _is_claimed(database, row)
        new = _key(row["canonical_url"] if claimed else row["url"], row["key"])
        yield row, new, new == row["key"]


def _is_claimed(database: Database, row: Any) -> bool:
    """Whether an article's key is that of the address which its page claimed, not of the one at which it was read."""
    key = row["key"].removesuffix(f"#{row['id']}")
    if not row["canonical_url"] or key == _key(row["url"], key):
        return False
    if key in {_key(row["canonical_url"], ""), row["canonical_url"].partition(":")[2]}:
        return True
    # By rules that are forgotten: then the ledger knows the page at its own address by another key.
    return (
        database.row("SELECT 1 FROM urls WHERE article_id = ? AND url = ? AND key <> ?", (row["id"], row["url"], key))
        is not None
    )


def _key(url: str, key: str) -> str | None:
    """The key of a stored address, None for one that is no URL. Addresses of imported files are their own keys."""
    if url == key:
        return key
    try:
        return url_key(url)
    except BadUrl:
        return None


def _each(database: Database, query: str) -> Iterator[Any]:
    cursor = database.execute(query)
    while batch := cursor.fetchmany(BATCH):
        yield from batch


def _to_link(database: Database) -> list[tuple[int, int]]:
    """The articles that lose their key to one that says the same and is not known for its original: (loser, keeper)."""
    rows = database.rows(
        "SELECT l.id, k.id FROM new_heads n JOIN article_heads l ON l.id = n.id JOIN article_heads k ON k.id = n.keeper"
        " WHERE l.text_digest = k.text_digest AND l.pruned_at IS NULL AND l.duplicate_of IS NOT k.id"
        " AND (l.duplicate_of IS NULL OR k.duplicate_of IS NULL) ORDER BY l.id"
    )
    return [tuple(row) for row in rows]


def _link(database: Database, now: datetime) -> int:
    """How many articles are copies of the one that keeps their key from now on, and so are their own copies."""
    pairs = _to_link(database)
    for loser, keeper in pairs:
        _point(database, keeper, None, now)
        copies = database.rows("SELECT id FROM article_heads WHERE duplicate_of = ? ORDER BY id", (loser,))
        for copy in (loser, *(row["id"] for row in copies)):
            _point(database, copy, keeper, now)
    return len(pairs)


def _point(database: Database, article_id: int, original: int | None, now: datetime) -> None:
    """None; the article is a copy of that one (None: of none), and the feed says so if it was not."""
    done = database.execute(
        "UPDATE article_heads SET duplicate_of = ?1 WHERE id = ?2 AND duplicate_of IS NOT ?1", (original, article_id)
    )
    if done.rowcount:
        database.execute(
            "INSERT INTO change_log (article_id, op, revision, at)"
            " SELECT id, 'link', revision, ? FROM article_heads WHERE id = ?",
            (utc_text(now), article_id),
        )


def _apply_to_articles(database: Database) -> None:
    _make_way(database, "heads", "article_heads")
    database.execute("UPDATE article_heads SET key = n.new FROM temp.new_heads n WHERE n.id = article_heads.id")


def _apply_to_urls(database: Database) -> None:
    _make_way(database, "urls", "urls")
    cursor = database.execute("SELECT id, new FROM new_urls")
    while batch := cursor.fetchmany(BATCH):
        database.executemany(
            "UPDATE urls SET key = ?, key_hash = ?, site = ? WHERE id = ?",
            [(row["new"], key_hash(row["new"]), site_of_key(row["new"]), row["id"]) for row in batch],
        )
    # Neither the lease nor the run is touched: a run that was cut short counts its addresses when it is closed.
    database.execute(
        "UPDATE urls SET state = 'alias', reason = 'same_address', detail = NULL, next_at = NULL,"
        " article_id = coalesce(urls.article_id, k.article_id)"
        " FROM temp.new_urls n JOIN urls k ON k.id = n.keeper WHERE n.id = urls.id AND urls.state <> 'alias'"
    )


def _make_way(database: Database, table: str, stored: str) -> None:
    """None; rows that have the key that another one is to get have one of their own for the moment."""
    database.execute(
        f"UPDATE {stored} SET key = '#' || id WHERE id IN (SELECT o.id FROM new_{table} o"
        f" WHERE o.old <> o.new AND o.old IN (SELECT new FROM new_{table}))"
    )


def _summed(database: Database, plan: _Plan, linked: int) -> Rekeyed:
    return Rekeyed(
        rules=plan.rules,
        urls=plan.urls,
        articles=plan.articles,
        changed=int(database.value("SELECT count(*) FROM new_urls WHERE old <> new")),
        merged=int(database.value("SELECT count(*) FROM new_urls WHERE keeper IS NOT NULL AND old <> new")),
        apart=int(database.value("SELECT count(*) FROM new_heads WHERE keeper IS NOT NULL AND old <> new")),
        linked=linked,
        left=plan.left,
    )
