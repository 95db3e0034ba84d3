"""One story once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.migrations.article_views import article_views
from storage.migrations.columns import time

if TYPE_CHECKING:
    from sqlite_utils import Database

OF_ARTICLE = """,
               (SELECT f.story_id FROM fingerprints f WHERE f.article_id = a.id) AS story_id,
               (SELECT h.canonical_id = f.article_id FROM fingerprints f JOIN story_heads h ON h.id = f.story_id
                 WHERE f.article_id = a.id) AS is_canonical"""
"""Columns of an article's story, for the view of articles."""

OF_REVISION = ", r.changed, r.reverts_to, r.stealth"
"""Columns of what a revision changed, for the view of revisions."""


def m010_stories(db: Database) -> None:
    """One story once: fingerprints, what is like what, stories, and the kinds of what a revision changed."""
    # What the source's outlet is called by others, where the operator says so; a JSON list, the name to show first.
    db.execute("ALTER TABLE sources ADD COLUMN outlets TEXT NOT NULL DEFAULT '[]'")
    # Of each article's newest revision. `story_id`: the smallest article id among those of its story.
    db.execute("""
        CREATE TABLE fingerprints (
            article_id INTEGER PRIMARY KEY REFERENCES article_heads(id),
            version INTEGER NOT NULL,
            digest INTEGER NOT NULL,
            shingles INTEGER NOT NULL,
            thin INTEGER NOT NULL CHECK (thin IN (0, 1)),
            story_id INTEGER NOT NULL REFERENCES article_heads(id)
        ) STRICT""")
    db.execute("CREATE INDEX fingerprints_by_digest ON fingerprints (digest)")
    db.execute("CREATE INDEX fingerprints_by_story ON fingerprints (story_id)")
    db.execute("""
        CREATE TABLE anchors (
            hash INTEGER NOT NULL,
            article_id INTEGER NOT NULL,
            PRIMARY KEY (hash, article_id)
        ) STRICT, WITHOUT ROWID""")
    db.execute("CREATE TABLE hot_anchors (hash INTEGER PRIMARY KEY) STRICT")
    db.execute("""
        CREATE TABLE pairs (
            a INTEGER NOT NULL REFERENCES article_heads(id),
            b INTEGER NOT NULL REFERENCES article_heads(id),
            verdict TEXT NOT NULL CHECK (verdict IN ('same', 'contains', 'related', 'template')),
            jaccard REAL NOT NULL,
            containment REAL NOT NULL,
            veto TEXT CHECK (veto IN ('numbers', 'title', 'age', 'names', 'lead')),
            numbers_same INTEGER NOT NULL,
            numbers_differ INTEGER NOT NULL,
            PRIMARY KEY (a, b),
            CHECK (a < b)
        ) STRICT, WITHOUT ROWID""")
    db.execute("CREATE INDEX pairs_by_b ON pairs (b)")
    db.execute(f"""
        CREATE TABLE story_heads (
            id INTEGER PRIMARY KEY REFERENCES article_heads(id),
            canonical_id INTEGER NOT NULL REFERENCES article_heads(id),
            articles INTEGER NOT NULL,
            sites INTEGER NOT NULL,
            {time("first_published_at")},
            {time("changed_at")} NOT NULL
        ) STRICT""")
    db.execute("CREATE TABLE story_aliases (old_id INTEGER PRIMARY KEY, story_id INTEGER NOT NULL) STRICT")
    db.execute("CREATE INDEX story_aliases_by_story ON story_aliases (story_id)")
    # What a person said of two articles: one story, or two. The newest counts; what was undone does not.
    db.execute(f"""
        CREATE TABLE story_decisions (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            a INTEGER NOT NULL REFERENCES article_heads(id),
            b INTEGER NOT NULL REFERENCES article_heads(id),
            verdict TEXT NOT NULL CHECK (verdict IN ('same', 'apart')),
            command TEXT NOT NULL,
            {time("at")} NOT NULL,
            {time("undone_at")},
            CHECK (a < b)
        ) STRICT""")
    db.execute("CREATE INDEX story_decisions_by_a ON story_decisions (a)")
    db.execute("CREATE INDEX story_decisions_by_b ON story_decisions (b)")
    # Each time that an article comes into a story with others, or leaves one.
    db.execute(f"""
        CREATE TABLE story_log (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            article_id INTEGER NOT NULL REFERENCES article_heads(id),
            from_id INTEGER,
            story_id INTEGER NOT NULL,
            why TEXT NOT NULL CHECK (why IN ('text', 'revision', 'decision', 'rededup')),
            {time("at")} NOT NULL
        ) STRICT""")
    db.execute("CREATE INDEX story_log_by_article ON story_log (article_id)")
    db.execute("CREATE INDEX story_log_by_story ON story_log (story_id)")
    # `changed`: title, body, facts, correction; of the first revision and of one that only we read otherwise: none.
    for column in (
        "changed TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(changed))",
        "reverts_to INTEGER",
        "stealth INTEGER NOT NULL DEFAULT 0 CHECK (stealth IN (0, 1))",
    ):
        db.execute(f"ALTER TABLE article_revisions ADD COLUMN {column}")
    article_views(db, more=", r.parts, r.missing_parts", of_article=OF_ARTICLE, of_revision=OF_REVISION)
    _story_views(db)


def _story_views(db: Database) -> None:
    """What readers see of stories: who is in which, what is like what, and what became of them."""
    db.execute("""
        CREATE VIEW article_story AS
        SELECT f.article_id, f.story_id, h.canonical_id = f.article_id AS is_canonical
          FROM fingerprints f
          JOIN story_heads h ON h.id = f.story_id""")
    db.execute("""
        CREATE VIEW article_pairs AS
        SELECT a, b, verdict, jaccard, containment, veto, numbers_same, numbers_differ
          FROM pairs""")
    db.execute("""
        CREATE VIEW stories AS
        SELECT h.id, h.canonical_id AS canonical_article_id, h.articles AS n_articles, h.sites AS n_sites,
               h.first_published_at, h.changed_at, r.title, a.url, s.name AS source
          FROM story_heads h
          JOIN article_heads a ON a.id = h.canonical_id
          JOIN sources s ON s.id = a.source_id
          JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision""")
    db.execute("""
        CREATE VIEW story_history AS
        SELECT seq, article_id, from_id AS from_story_id, story_id, why, at
          FROM story_log""")
    db.execute("""
        CREATE VIEW story_ids AS
        SELECT id, id AS story_id
          FROM story_heads
        UNION ALL
        SELECT old_id, story_id
          FROM story_aliases""")
    db.execute("""
        CREATE VIEW decisions AS
        SELECT id, a, b, verdict, command, at, undone_at
          FROM story_decisions""")
