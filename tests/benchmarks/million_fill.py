"""A file of many articles with real rows in every table that readers use, made in bulk for benchmarks.

`python million_fill.py DATABASE UPTO`: the file then has that many articles, of 40 sources over two years, in no order
of time. All rows are as ingest writes them, but for what is found by them (anchors: tests.benchmarks.stored_articles).
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from storage.database import Database, open_writer
from storage.records import utc_text
from storage.search import index
from storage.search.terms import terms
from storage.similarity.fingerprint import VERSION
from tests.benchmarks import million_watch
from tests.benchmarks.news_words import Words
from tests.benchmarks.stored_articles import SHINGLES, add_anchors

SOURCES = 40
FIRST = datetime(2024, 11, 22, tzinfo=UTC)
MINUTES = 2 * 365 * 1440
_STRIDE = 7_919_993
"""A prime: numbers in a row lie far apart in time."""
CHUNK = 2_000
# As long as they are in 201 imported pages of the shared corpus, at the mean: 409 and 146 bytes.
EVIDENCE = json.dumps([{"fact": "published", "value": "2026-11-22", "raw": "2026年11月22日", "found_in": "head"}] * 4)
CREDITS = json.dumps([{"role": "reporter", "name": "何欢喜", "raw": "记者何欢喜", "organisation": False}] * 2)


@cache
def _words() -> Words:
    return Words()


@cache
def _paragraph(number: int) -> tuple[str, str]:
    """A paragraph of the pool, and what finds it."""
    text = _words().paragraph(number)
    return text, terms(text)


def article(number: int) -> dict[str, Any]:
    """One article's rows, from its number (1, 2, ...): what differs from one to the next.

    Its terms are those of its paragraphs, each once: no term spans two.
    """
    title, (*shared, own) = _words().item(number)
    parts = [*map(_paragraph, shared), _paragraph.__wrapped__(own)]
    text = "\n\n".join(part for part, _ in parts)
    found = dict.fromkeys(" ".join(part for _, part in parts).split(" "))
    at = utc_text(FIRST + timedelta(minutes=number * _STRIDE % MINUTES, seconds=number % 60))
    path = f"b{number % SOURCES}.test/{number * 7919 % 999983}/{number}.html"
    return {"id": number, "source": number % SOURCES + 1, "path": path, "title": title, "text": text, "at": at,
            "characters": len(text), "terms_title": terms(title), "terms_text": " ".join(found),
            "bytes": len(text.encode()), "markdown": "" if number % 5 < 2 else f"## {title}\n\n{text}"}  # fmt: skip


_ROWS = (
    """INSERT INTO article_heads (id, key, url, source_id, revision, first_seen_at, checked_at, text_digest, shown_at,
        text_bytes)
    VALUES (:id, '//' || :path, 'https://' || :path, :source, 1, :at, :at, lower(hex(randomblob(32))), :at, :bytes)""",
    """INSERT INTO article_revisions (id, article_id, revision, fetched_at, title, published_at, published_precision,
        published_local, published_raw, origin, authors, editors, credits, evidence, lang, script, encoding,
        encoding_evidence, extractor, content_digest, characters, confidence, found_by)
    VALUES (:id, :id, 1, :at, :title, :at, 'minute', :at, '2026年11月22日 08:30', '望川日报', '["何欢喜"]', '[]',
        :credits, :evidence, 'zh', 'Hans', 'utf-8', 'meta', 'trafilatura-2.3.1+steered-2+facts-3',
        lower(hex(randomblob(32))), :characters, 0.93, 'steered')""",
    "INSERT INTO article_texts (revision_id, text, markdown) VALUES (:id, :text, :markdown)",
    """INSERT INTO urls (key, key_hash, site, url, source_id, state, discovered_at, last_checked_at, article_id, run_id,
        run_outcome, link_title)
    VALUES ('//' || :path, randomblob(8), printf('b%d.test', :id % 40), 'https://' || :path, :source, 'stored', :at,
        :at, :id, 1, 'stored', :title)""",
    "INSERT INTO change_log (article_id, op, revision, at) VALUES (:id, 'insert', 1, :at)",
    f"""INSERT INTO fingerprints (article_id, version, digest, shingles, thin, story_id)
    VALUES (:id, {VERSION}, random() & 0x7fffffffffffffff, {SHINGLES}, 0, :id)""",
    """INSERT INTO story_heads (id, canonical_id, articles, sites, first_published_at, changed_at)
    VALUES (:id, :id, 1, 1, :at, :at)""",
    "INSERT INTO article_fts (rowid, title, text) VALUES (:id, :terms_title, :terms_text)",
    million_watch.REFUSED,
)


def fill(path: Path, upto: int, processes: int = 2) -> None:
    """None; the file has articles up to that number."""
    with open_writer(path) as database:
        for pragma in ("journal_mode = off", "synchronous = off", "foreign_keys = off", "cache_size = -400000"):
            database.execute(f"PRAGMA {pragma}")
        first = int(database.value("SELECT coalesce(max(id), 0) + 1 FROM article_heads"))
        if first > upto:
            return
        with database.transaction():
            if first == 1:
                _begin(database)
        for chunk in _chunks(first, upto, processes):
            with database.transaction():
                _store(database, chunk)
        with database.transaction():
            add_anchors(database, first, upto, as_they_come=False)
            million_watch.watch(database)
        database.execute("PRAGMA journal_mode = wal")


def _begin(database: Database) -> None:
    at = utc_text(FIRST)
    index.note_version(database)
    database.executemany(
        "INSERT INTO sources (id, name, home, created_at) VALUES (?, ?, ?, ?)",
        [(n + 1, f"b{n}", f"https://b{n}.test/", at) for n in range(SOURCES)],
    )
    database.execute("INSERT INTO run_log (trigger, started_at, status) VALUES ('crawl', ?, 'ok')", (at,))


def _chunks(first: int, upto: int, processes: int) -> Iterator[list[dict[str, Any]]]:
    """The articles' rows, CHUNK at a time. While some are stored, only the next are made: 10 kB each."""
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        numbers = [range(at, min(upto + 1, at + CHUNK)) for at in range(first, upto + 1, CHUNK)]
        made = pool.map_async(article, numbers[0], chunksize=200)
        for coming in [*numbers[1:], range(0)]:
            chunk = made.get()
            made = pool.map_async(article, coming, chunksize=200)
            yield [{**one, "credits": CREDITS, "evidence": EVIDENCE} for one in chunk]


def _store(database: Database, chunk: list[dict[str, Any]]) -> None:
    for statement in _ROWS:
        database.executemany(statement, chunk)  # type: ignore[arg-type]  # a mapping for each row


if __name__ == "__main__":
    fill(Path(sys.argv[1]), int(sys.argv[2]))
