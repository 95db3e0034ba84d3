"""What a file of many articles has beside them after two years: runs, days, refused addresses, revisions, a story."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from storage.database import Database, open_writer
from storage.records import utc_text
from tests.benchmarks.million_fill import FIRST, MINUTES, SOURCES

RUNS = 2_000
COPIES = 60
REVISIONS = 8
INCIDENTS = 400
REASONS = ("too_short", "listing", "http_404", "video", "soft_404", "no_text")
LAST = FIRST + timedelta(minutes=MINUTES)


def add(path: Path, articles: int) -> None:
    """None; the file has all that, three refused addresses for ten articles, once."""
    with open_writer(path) as database:
        if database.value("SELECT EXISTS (SELECT 1 FROM urls WHERE key = '//r0.test/0')"):
            return
        with database.transaction():
            _refused(database, articles * 3 // 10)
            _runs(database)
            _counted(database)
            _incidents(database)
            _revised(database, 2)
            _copied(database)


def _refused(database: Database, count: int) -> None:
    rows = (
        (f"//r{n % SOURCES}.test/{n}", f"https://r{n % SOURCES}.test/{n}", n % SOURCES + 1, REASONS[n % len(REASONS)],
         utc_text(FIRST + timedelta(minutes=n * 7919 % MINUTES)))
        for n in range(count)
    )  # fmt: skip
    database.executemany(
        "INSERT INTO urls (key, key_hash, site, url, source_id, state, reason, discovered_at, last_checked_at)"
        " VALUES (?1, randomblob(8), 'r.test', ?2, ?3, 'rejected', ?4, ?5, ?5)",
        rows,  # type: ignore[arg-type]  # as they are asked for
    )


def _runs(database: Database) -> None:
    first = int(database.value("SELECT max(id) FROM run_log")) + 1
    for run in range(first, first + RUNS):
        at = utc_text(LAST - timedelta(minutes=15 * (first + RUNS - run)))
        database.execute("INSERT INTO run_log VALUES (?, 'daemon', ?, ?, 'ok')", (run, at, at))
        database.executemany(
            "INSERT INTO run_source_log (run_id, source_id, job_id, started_at, finished_at, status, with_entries,"
            " discovered, stored, unchanged, requests, body_bytes, reasons) VALUES (?1, ?2, ?3, ?4, ?4, 'ok', 1, 12, 2,"
            " 10, 20, 900000, '{\"rejected:too_short\": 1}')",
            [(run, source, f"job-{run}-{source}", at) for source in range(1, SOURCES + 1)],
        )


def _counted(database: Database) -> None:
    for source in range(1, SOURCES + 1):
        days = [(source, (LAST - timedelta(days=back)).date().isoformat()) for back in range(730)]
        database.executemany(
            "INSERT OR REPLACE INTO day_log (source_id, day, polls_ok, polls_failed, polls_empty, links, new_links,"
            " stored, rejected, failed, requests, body_bytes, articles, titles, times, origins, credits, characters,"
            " repeated)"
            " VALUES (?, ?, 40, 0, 0, 900, 20, 20, 2, 1, 120, 9000000, 20, 20, 20, 16, 12, 18000, 1.2)",
            days,
        )
        top = LAST.replace(minute=0, second=0)
        hours = [(source, utc_text(top - timedelta(hours=back))) for back in range(24 * 70)]
        database.executemany("INSERT OR REPLACE INTO hour_log VALUES (?, ?, 2, 1)", hours)
        database.execute(
            "INSERT OR REPLACE INTO source_watch (source_id, at, state, reason, facts, next_run_at)"
            " VALUES (?1, ?2, 'ok', '', '{}', ?2)",
            (source, utc_text(LAST)),
        )
        database.execute(
            "INSERT INTO sample_log (source_id, url_id, at, outcome, article_id, has_title, has_time, has_origin,"
            " has_credits, characters, repeated) SELECT ?1, u.id, ?2, 'stored', u.article_id, 1, 1, 1, 1, 900, 0.05"
            " FROM urls u WHERE u.source_id = ?1 AND u.article_id IS NOT NULL LIMIT 240",
            (source, utc_text(LAST)),
        )


def _incidents(database: Database) -> None:
    facts = json.dumps({"failures": 3, "error": "timed out"})
    for number in range(INCIDENTS):
        at = utc_text(LAST - timedelta(hours=number))
        database.execute(
            "INSERT INTO incident_log (key, kind, severity, source_id, opened_at, updated_at, resolved_at, updates,"
            " facts) VALUES (?1, 'source_failing', 'warning', ?2, ?3, ?3, ?4, 1, ?5)",
            (f"page:{number}", number % SOURCES + 1, at, None if number < 3 else at, facts),
        )


def _revised(database: Database, article: int) -> None:
    """None; the article has further revisions, each a little other."""
    text = str(database.value("SELECT text FROM article_texts WHERE revision_id = ?", (article,)))
    top = int(database.value("SELECT max(id) FROM article_revisions"))
    for number in range(2, REVISIONS + 1):
        columns = _columns(database, "article_revisions", but=("id", "revision"))
        database.execute(
            f"INSERT INTO article_revisions (id, revision, {columns}) SELECT ?, ?, {columns} FROM article_revisions"
            " WHERE article_id = ? AND revision = 1",
            (top + number, number, article),
        )
        database.execute(
            "INSERT INTO article_texts (revision_id, text) VALUES (?, ?)",
            (top + number, f"{text}\n\n第{number}次改动。"),
        )
    database.execute("UPDATE article_heads SET revision = ? WHERE id = ?", (REVISIONS, article))


def _copied(database: Database) -> None:
    """None; the articles from 101 on are copies of 101, of which each two were compared."""
    copies = range(101, 101 + COPIES)
    text = database.value("SELECT text FROM article_texts WHERE revision_id = 101")
    for one in copies:
        database.execute("UPDATE article_texts SET text = ? WHERE revision_id = ?", (f"{text}\n\n编辑{one}。", one))
        database.execute("UPDATE fingerprints SET story_id = 101 WHERE article_id = ?", (one,))
        database.execute("DELETE FROM story_heads WHERE id = ? AND id <> 101", (one,))
        database.execute(
            "INSERT INTO story_log (article_id, from_id, story_id, why, at) VALUES (?, NULL, 101, 'text', ?)",
            (one, utc_text(LAST)),
        )
    database.executemany(
        "INSERT INTO pairs (a, b, verdict, jaccard, containment, numbers_same, numbers_differ)"
        " VALUES (?, ?, 'same', 0.97, 0.99, 12, 0)",
        [(a, b) for a in copies for b in copies if a < b],
    )
    database.execute("UPDATE story_heads SET articles = ?, sites = 20 WHERE id = 101", (COPIES,))


def _columns(database: Database, table: str, *, but: tuple[str, ...]) -> str:
    names = [row["name"] for row in database.rows(f"PRAGMA table_info({table})")]
    return ", ".join(name for name in names if name not in but)
