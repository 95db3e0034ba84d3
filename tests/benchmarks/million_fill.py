"""A file of many articles with real rows in every table that readers use, made in bulk for benchmarks.

`python million_fill.py DATABASE UPTO`: the file then has that many articles, of 40 sources over two years, in no order
of time. All rows are as ingest writes them, but for what is found by them (anchors: tests.benchmarks.stored_articles).
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from storage.database import Database, open_writer
from storage.read_columns import read_columns
from storage.records import Article, Credit, Evidence, Image, PublicationTime, from_utc_text, utc_text
from storage.search import index
from storage.search.terms import terms
from storage.short_forms import kept
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
# As they are in 201 imported pages of the shared corpus, at the mean: three facts and 402 bytes, two credits and 136;
# two in five say nothing in Markdown but the text, the others have 290 bytes of pictures and links.
_CREDITS = (
    Credit(role="reporter", name="何欢喜", raw="（记者 何欢喜）", where="lead"),
    Credit(role="duty_editor", name="何欢喜", raw="[责任编辑：何欢喜]", where="tail"),
)
_PICTURE = Image(url="https://img.b.test/2026/1122/20261122083011.jpg")


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
            "bytes": len(text.encode()), **kept(_read(title, text, at, number))}  # fmt: skip


def _read(title: str, text: str, at: str, number: int) -> dict[str, Any]:
    """What a page fills of a revision, as it is read."""
    page = Article(
        title=title,
        text=text,
        markdown=text if number % 5 < 2 else _with_links(text),
        published=PublicationTime(at=from_utc_text(at), precision="minute", raw="2026年11月22日 08:30", where="head"),
        origin="望川日报",
        origin_raw="来源：望川日报",
        credits=_CREDITS,
        images=() if number % 2 else (_PICTURE,),
        encoding="utf-8",
        encoding_evidence="meta",
        extractor="",
    )
    assert page.published is not None
    evidence = (
        Evidence(fact="title", value=title, raw=title, where="headline", chosen=True),
        Evidence(fact="published", value=page.published.local, raw=page.published.raw, where="head", chosen=True),
        Evidence(fact="origin", value="望川日报", raw="来源：望川日报", where="head", chosen=True),
    )
    return read_columns(replace(page, evidence=evidence))


def _with_links(text: str) -> str:
    """The text with a picture above it and four links in it, as Markdown."""
    places = range(0, len(text) - 8, len(text) // 4)
    cut = [text[at:end] for at, end in pairwise([*places[:4], len(text)])]
    parts = [f"[{part[:4]}](http://news.b.test/zhuanti/{at}/index.html){part[4:]}" for at, part in enumerate(cut)]
    return f"![]({_PICTURE.url})\n\n{''.join(parts)}"


_ROWS = (
    """INSERT INTO article_heads (id, key, url, source_id, revision, first_seen_at, checked_at, text_digest, shown_at,
        text_bytes)
    VALUES (:id, '//' || :path, 'https://' || :path, :source, 1, :at, :at, lower(hex(randomblob(16))), :at, :bytes)""",
    """INSERT INTO article_revisions (id, article_id, revision, fetched_at, title, published_at, published_precision,
        published_local, published_raw, published_where, origin, origin_raw, authors, editors, credits, credits_short,
        evidence, evidence_short, images, images_short, lang, script, encoding, encoding_evidence, extractor,
        content_digest, characters, confidence, found_by)
    VALUES (:id, :id, 1, :at, :title, :at, :published_precision, :published_local, :published_raw, :published_where,
        :origin, :origin_raw, '["何欢喜"]', '[]', :credits, :credits_short, :evidence, :evidence_short, :images,
        :images_short, 'zh', 'Hans', 'utf-8', 'meta', 'trafilatura-2.3.1+steered-2+facts-3', lower(hex(randomblob(16))),
        :characters, 0.93, 'steered')""",
    """INSERT INTO article_texts (revision_id, text, markdown, markdown_pieces, digest)
    VALUES (:id, :text, :markdown, :markdown_pieces, randomblob(17))""",
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
            yield chunk


def _store(database: Database, chunk: list[dict[str, Any]]) -> None:
    for statement in _ROWS:
        database.executemany(statement, chunk)  # type: ignore[arg-type]  # a mapping for each row


if __name__ == "__main__":
    fill(Path(sys.argv[1]), int(sys.argv[2]))
