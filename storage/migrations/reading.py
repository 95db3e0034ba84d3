"""What pages say of themselves, what they count, and what sites repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.migrations.article_views import article_views
from storage.migrations.columns import time

if TYPE_CHECKING:
    from sqlite_utils import Database


def m006_facts(db: Database) -> None:
    """All that a page says of itself: columns of a revision, and the views that show them."""
    lists = ("sections", "keywords", "images", "evidence")
    columns = (
        *(f"{name} TEXT" for name in ("kicker", "subheadline")),
        time("modified_at"),
        "modified_local TEXT",
        "modified_precision TEXT CHECK (modified_precision IN ('day', 'minute', 'second'))",
        *(f"{name} TEXT" for name in ("origin_url", "origin_kind")),
        *(f"dateline_{part} TEXT" for part in ("place", "agency", "date", "raw")),
        *(f"{name} TEXT NOT NULL DEFAULT '[]' CHECK (json_valid({name}))" for name in lists),
        *(f"{name} TEXT" for name in ("print_page", "licence", "correction", "damage", "found_by")),
        "confidence REAL",
        "learned INTEGER NOT NULL DEFAULT 0",
    )
    for column in columns:
        db.execute(f"ALTER TABLE article_revisions ADD COLUMN {column}")
    db.execute("ALTER TABLE article_texts ADD COLUMN markdown TEXT")
    article_views(db)
    db.execute("""
        CREATE VIEW facts AS
        SELECT a.id AS article_id, s.name AS source, e.value ->> 'fact' AS fact, e.value ->> 'value' AS value,
               e.value ->> 'raw' AS raw, e.value ->> 'found_in' AS found_in, e.value ->> 'chosen' AS chosen
          FROM article_heads a
          JOIN sources s ON s.id = a.source_id
          JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision
          JOIN json_each(r.evidence) e""")
    db.execute("""
        CREATE VIEW credits AS
        SELECT a.id AS article_id, s.name AS source, c.value ->> 'role' AS role, c.value ->> 'name' AS name,
               coalesce(c.value ->> 'organisation', 0) AS organisation,
               nullif(c.value ->> 'raw', '') AS raw, nullif(c.value ->> 'found_in', '') AS found_in
          FROM article_heads a
          JOIN sources s ON s.id = a.source_id
          JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision
          JOIN json_each(r.credits) c""")


def m007_counts(db: Database) -> None:
    """What pages count of themselves, apart from revisions: a row each time that the numbers are others."""
    db.execute(f"""
        CREATE TABLE article_counts (
            article_id INTEGER NOT NULL REFERENCES article_heads(id),
            {time("at")} NOT NULL,
            reads INTEGER,
            comments INTEGER,
            PRIMARY KEY (article_id, at)
        ) STRICT""")
    db.execute("""
        CREATE VIEW counts AS
        SELECT c.article_id, s.name AS source, c.at, c.reads, c.comments
          FROM article_counts c
          JOIN article_heads a ON a.id = c.article_id
          JOIN sources s ON s.id = a.source_id""")


def m008_chrome(db: Database) -> None:
    """What the pages of a host show, what of it is chrome, and which answers are its error pages."""
    db.execute(f"""
        CREATE TABLE chrome_hosts (
            host TEXT NOT NULL,
            source_id INTEGER NOT NULL REFERENCES sources(id),
            {time("seen_at")} NOT NULL,
            PRIMARY KEY (source_id, host)
        ) STRICT""")
    # `blocks`: nine bytes a block, its key and what it weighs in the article's text (storage.observations).
    db.execute(f"""
        CREATE TABLE chrome_pages (
            id INTEGER PRIMARY KEY,
            host TEXT NOT NULL,
            entry_point_id INTEGER REFERENCES entry_points(id),
            article_id INTEGER NOT NULL UNIQUE REFERENCES article_heads(id),
            {time("seen_at")} NOT NULL,
            blocks BLOB NOT NULL
        ) STRICT""")
    db.execute("CREATE INDEX chrome_pages_by_host ON chrome_pages (host, id)")
    db.execute(f"""
        CREATE TABLE chrome_blocks (
            id INTEGER PRIMARY KEY,
            host TEXT NOT NULL,
            key BLOB NOT NULL CHECK (length(key) = 8),
            sample TEXT NOT NULL,
            pages INTEGER NOT NULL,
            {time("first_seen_at")},
            {time("last_seen_at")},
            verdict TEXT NOT NULL CHECK (verdict IN ('learned', 'keep', 'drop')),
            {time("since")} NOT NULL,
            job_id TEXT,
            UNIQUE (host, key)
        ) STRICT""")
    db.execute(f"""
        CREATE TABLE error_answers (
            host TEXT NOT NULL,
            fingerprint BLOB NOT NULL,
            url_id INTEGER NOT NULL REFERENCES urls(id),
            {time("seen_at")} NOT NULL,
            PRIMARY KEY (host, fingerprint, url_id)
        ) STRICT""")
    db.execute(f"""
        CREATE TABLE error_pages (
            host TEXT NOT NULL,
            fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 8),
            {time("since")} NOT NULL,
            {time("last_seen_at")} NOT NULL,
            job_id TEXT,
            PRIMARY KEY (host, fingerprint)
        ) STRICT""")
