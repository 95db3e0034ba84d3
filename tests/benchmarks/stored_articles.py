"""A file that holds many articles, made in bulk: rows of every table that ingest looks into, for as many as are asked.

`python stored_articles.py DATABASE UPTO [as-they-come]` prints what `fill` says.

The texts of these articles say nothing, but each has as many anchors as a text of its length has, spread as the
smallest hashes of a text are, so that the trees in which the real ones are looked up are as deep and as wide.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from storage.database import Database, open_writer
from storage.similarity.fingerprint import ANCHORS, VERSION

BITS = 47
SHINGLES = 600
"""Different shingles of a text, at the median of those that tests.benchmarks.news_texts writes."""
AT = "2026-11-01T00:00:00Z"
HOSTS = 200

_MARKS = {"at": AT, "hosts": HOSTS, "version": VERSION, "shingles": SHINGLES}
_NUMBERS = """
    WITH RECURSIVE numbers (n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)"""
_ROWS = (
    f"""{_NUMBERS}
    INSERT INTO article_heads (id, key, url, source_id, revision, first_seen_at, checked_at, text_digest)
    SELECT n, printf('//b%d.test/%d/%d.html', n % :hosts, n * 7919 % 999983, n),
           printf('https://b%d.test/%d/%d.html', n % :hosts, n * 7919 % 999983, n), 1, 1, :at, :at,
           lower(hex(randomblob(32))) FROM numbers""",
    f"""{_NUMBERS}
    INSERT INTO article_revisions (id, article_id, revision, fetched_at, title, published_at, published_precision,
                                   authors, editors, credits, encoding, encoding_evidence, extractor, content_digest)
    SELECT n, n, 1, :at, printf('第%d篇', n), :at, 'second', '[]', '[]', '[]', 'utf-8', 'meta', 'bulk',
           lower(hex(randomblob(32))) FROM numbers""",
    f"{_NUMBERS} INSERT INTO article_texts (revision_id, text) SELECT n, printf('第%d篇没有正文。', n) FROM numbers",
    f"""{_NUMBERS}
    INSERT INTO urls (key, key_hash, site, url, source_id, state, discovered_at, last_checked_at, article_id, run_id,
                      run_outcome)
    SELECT printf('//b%d.test/%d/%d.html', n % :hosts, n * 7919 % 999983, n), randomblob(8),
           printf('b%d.test', n % :hosts), printf('https://b%d.test/%d/%d.html', n % :hosts, n * 7919 % 999983, n),
           1, 'stored', :at, :at, n, 1, 'stored' FROM numbers""",
    f"{_NUMBERS} INSERT INTO change_log (article_id, op, revision, at) SELECT n, 'insert', 1, :at FROM numbers",
)
_STORY_ROWS = (
    f"""{_NUMBERS}
    INSERT INTO fingerprints (article_id, version, digest, shingles, thin, story_id)
    SELECT n, :version, random() & 0x7fffffffffffffff, :shingles, 0, n FROM numbers""",
    f"""{_NUMBERS}
    INSERT INTO story_heads (id, canonical_id, articles, sites, first_published_at, changed_at)
    SELECT n, n, 1, 1, :at, :at FROM numbers""",
)


def fill(path: Path, upto: int, *, as_they_come: bool = False) -> float:
    """Bytes of the file that each article added takes for fingerprint, anchors and story; the file has `upto` articles.

    `as_they_come`: anchors are put in as in life, so that their pages are as full as in life; else in the order of the
    tree, which is quicker by far.
    """
    with open_writer(path) as database:
        for pragma in ("journal_mode = off", "synchronous = off", "foreign_keys = off", "cache_size = -2000000"):
            database.execute(f"PRAGMA {pragma}")
        first = int(database.value("SELECT coalesce(max(id), 0) + 1 FROM article_heads"))
        with database.transaction():
            if first == 1:
                database.execute(f"INSERT INTO sources (name, home, created_at) VALUES ('b', 'https://b.cn/', '{AT}')")
                database.execute(f"INSERT INTO run_log (trigger, started_at, status) VALUES ('crawl', '{AT}', 'ok')")
            _run(database, _ROWS, first, upto)
        before = _bytes(database)
        with database.transaction():
            _run(database, _STORY_ROWS, first, upto)
            add_anchors(database, first, upto, as_they_come=as_they_come)
        added = _bytes(database) - before
        database.execute("PRAGMA journal_mode = wal")
    return added / (upto - first + 1)


def add_anchors(database: Database, first: int, last: int, *, as_they_come: bool) -> None:
    """None; each article has the smallest of SHINGLES numbers that lie anywhere below 2**BITS."""
    luck = np.random.default_rng(first)
    steps = luck.standard_exponential((last - first + 1, ANCHORS), dtype=np.float64)
    hashes = (np.cumsum(steps, axis=1) / SHINGLES * (1 << BITS)).astype(np.int64).ravel()
    articles = np.repeat(np.arange(first, last + 1), ANCHORS)
    order = np.arange(len(hashes)) if as_they_come else np.argsort(hashes)
    for chunk in np.array_split(order, max(1, len(order) // 500_000)):
        rows = zip(hashes[chunk].tolist(), articles[chunk].tolist(), strict=True)
        database.executemany("INSERT OR IGNORE INTO anchors (hash, article_id) VALUES (?, ?)", list(rows))


def _run(database: Database, statements: tuple[str, ...], first: int, last: int) -> None:
    for statement in statements:
        given = {name: value for name, value in _MARKS.items() if f":{name}" in statement}
        database.execute(statement, {"first": first, "last": last, **given})


def _bytes(database: Database) -> int:
    return int(database.value("PRAGMA page_count")) * int(database.value("PRAGMA page_size"))


if __name__ == "__main__":
    print(fill(Path(sys.argv[1]), int(sys.argv[2]), as_they_come="as-they-come" in sys.argv))
