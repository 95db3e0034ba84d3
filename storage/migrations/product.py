"""The file as a product: views over private tables, search, raw pages, what was pruned, and who is told of changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.migrations.article_views import article_views
from storage.migrations.columns import time
from storage.migrations.stories import OF_ARTICLE, OF_REVISION

if TYPE_CHECKING:
    from sqlite_utils import Database

FTS = """CREATE VIRTUAL TABLE article_fts
    USING fts5(title, text, content='', detail=none, tokenize='unicode61 remove_diacritics 2')"""
"""Contentless, of a built-in tokenizer: readable by any SQLite with FTS5. A row's id is the article's."""


def m011_product(db: Database) -> None:
    """What readers, archivists and other programs need of the file."""
    _articles(db)
    _change_log(db)
    _stories(db)
    _run_logs(db)
    db.execute(FTS)
    _archive(db)
    _webhooks(db)
    # What every public column means: storage.contract fills it, and makes the documentation from it.
    db.execute("""
        CREATE TABLE column_docs (
            view TEXT NOT NULL,
            position INTEGER NOT NULL,
            "column" TEXT NOT NULL,
            type TEXT NOT NULL,
            meaning TEXT NOT NULL,
            example TEXT,
            null_when TEXT,
            PRIMARY KEY (view, "column")
        ) STRICT, WITHOUT ROWID""")
    _views(db)


def _articles(db: Database) -> None:
    """By which time an article is listed, how long its text is, and whether its text was given up."""
    # The time that its page says if that can be, else when it was first seen.
    db.execute(f"ALTER TABLE article_heads ADD COLUMN {time('shown_at')}")
    db.execute(f"ALTER TABLE article_heads ADD COLUMN {time('pruned_at')}")
    db.execute(
        "ALTER TABLE article_heads ADD COLUMN pruned_why TEXT CHECK (pruned_why IN ('age', 'size', 'asked'))"
    )
    # UTF-8 bytes of the texts of all its revisions.
    db.execute("ALTER TABLE article_heads ADD COLUMN text_bytes INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE article_revisions ADD COLUMN characters INTEGER NOT NULL DEFAULT 0")
    db.execute("""
        UPDATE article_revisions
           SET characters = (SELECT length(t.text) FROM article_texts t WHERE t.revision_id = article_revisions.id)""")
    db.execute("""
        UPDATE article_heads
           SET shown_at = min(first_seen_at, coalesce((SELECT r.published_at FROM article_revisions r
                WHERE r.article_id = article_heads.id AND r.revision = article_heads.revision), first_seen_at))""")
    db.execute("""
        UPDATE article_heads
           SET text_bytes = (SELECT coalesce(sum(length(CAST(t.text AS BLOB))), 0) FROM article_revisions r
                JOIN article_texts t ON t.revision_id = r.id WHERE r.article_id = article_heads.id)""")
    # What retention looks through, oldest first: what was pruned must not lie in its way.
    db.execute("DROP INDEX article_heads_by_source")
    db.execute("""
        CREATE INDEX article_heads_kept ON article_heads (source_id, first_seen_at, text_bytes, pruned_at)
         WHERE pruned_at IS NULL""")
    db.execute("CREATE INDEX article_heads_pruned ON article_heads (pruned_at) WHERE pruned_at IS NOT NULL")
    db.execute("CREATE INDEX article_heads_by_shown ON article_heads (shown_at)")
    db.execute("CREATE INDEX article_heads_by_source_shown ON article_heads (source_id, shown_at)")
    # In the order of ids: the newest of one source as they were stored, without sorting all that it has.
    db.execute("CREATE INDEX article_heads_by_source ON article_heads (source_id)")


def _change_log(db: Database) -> None:
    """The feed as a private table under a view, with one more kind of change."""
    db.execute("ALTER TABLE changes RENAME TO old_changes")
    db.execute(f"""
        CREATE TABLE change_log (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            article_id INTEGER NOT NULL REFERENCES article_heads(id),
            op TEXT NOT NULL CHECK (op IN ('insert', 'revise', 'link', 'gone', 'back', 'prune')),
            revision INTEGER NOT NULL,
            {time("at")} NOT NULL
        ) STRICT""")
    db.execute("INSERT INTO change_log (seq, article_id, op, revision, at) SELECT * FROM old_changes ORDER BY seq")
    db.execute("DROP TABLE old_changes")
    # Which change of an article is its last: whoever follows the feed wants each article once.
    db.execute("CREATE INDEX change_log_by_article ON change_log (article_id, seq)")


def _stories(db: Database) -> None:
    """What becomes of stories when articles of theirs are pruned."""
    # The article that the id leads to, where the article of that id was pruned.
    db.execute("ALTER TABLE story_aliases ADD COLUMN heir INTEGER")
    db.execute("CREATE INDEX story_aliases_by_heir ON story_aliases (heir) WHERE heir IS NOT NULL")
    db.execute("DROP VIEW story_history")
    db.execute("ALTER TABLE story_log RENAME TO old_story_log")
    db.execute(f"""
        CREATE TABLE story_log (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            article_id INTEGER NOT NULL REFERENCES article_heads(id),
            from_id INTEGER,
            story_id INTEGER NOT NULL,
            why TEXT NOT NULL CHECK (why IN ('text', 'revision', 'decision', 'rededup', 'prune')),
            {time("at")} NOT NULL
        ) STRICT""")
    db.execute("INSERT INTO story_log SELECT * FROM old_story_log ORDER BY seq")
    db.execute("DROP TABLE old_story_log")
    db.execute("CREATE INDEX story_log_by_article ON story_log (article_id)")
    db.execute("CREATE INDEX story_log_by_story ON story_log (story_id)")
    db.execute("""
        CREATE VIEW story_history AS
        SELECT seq, article_id, from_id AS from_story_id, story_id, why, at
          FROM story_log""")


def _run_logs(db: Database) -> None:
    db.execute("ALTER TABLE runs RENAME TO run_log")
    db.execute("ALTER TABLE run_sources RENAME TO run_source_log")


def _archive(db: Database) -> None:
    """Where the raw pages of each revision stand: WARC files beside the database."""
    # In the names of this database's files: whoever begins anew beside the files of another touches none of them.
    db.execute("INSERT INTO meta (name, value) VALUES ('archive_id', lower(hex(randomblob(4))))")
    db.execute(f"""
        CREATE TABLE archive_files (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            bytes INTEGER NOT NULL DEFAULT 0,
            {time("opened_at")} NOT NULL,
            {time("closed_at")},
            {time("last_at")}
        ) STRICT""")
    # `part`: 1 for the page itself, 2 for the second page of an article of several, and so on.
    db.execute(f"""
        CREATE TABLE archive_pages (
            article_id INTEGER NOT NULL REFERENCES article_heads(id),
            revision INTEGER NOT NULL,
            part INTEGER NOT NULL,
            file_id INTEGER NOT NULL REFERENCES archive_files(id),
            offset INTEGER NOT NULL,
            length INTEGER NOT NULL,
            url TEXT NOT NULL,
            {time("fetched_at")} NOT NULL,
            http_status INTEGER,
            content_type TEXT,
            timezone TEXT NOT NULL,
            link_title TEXT,
            link_published TEXT,
            PRIMARY KEY (article_id, revision, part)
        ) STRICT, WITHOUT ROWID""")
    db.execute("CREATE INDEX archive_pages_by_file ON archive_pages (file_id)")


def _webhooks(db: Database) -> None:
    """Who is told of changes, how far each was told, and what is still to be told."""
    # `last_seq`: changes up to it are in the outbox or not for this webhook. `delivered`: ever, for what was delivered
    # does not stay. `failures`: attempts that failed since the last that did not. `gone_at`: it answered 410.
    db.execute(f"""
        CREATE TABLE webhooks (
            name TEXT PRIMARY KEY,
            last_seq INTEGER NOT NULL,
            {time("created_at")} NOT NULL,
            delivered INTEGER NOT NULL DEFAULT 0,
            failures INTEGER NOT NULL DEFAULT 0,
            {time("not_before")},
            {time("gone_at")},
            {time("last_at")},
            http_status INTEGER,
            error TEXT
        ) STRICT""")
    db.execute(f"""
        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            webhook TEXT NOT NULL REFERENCES webhooks(name),
            seq INTEGER NOT NULL,
            state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
            attempts INTEGER NOT NULL DEFAULT 0,
            {time("created_at")} NOT NULL,
            {time("next_at")},
            {time("last_at")},
            http_status INTEGER,
            error TEXT,
            UNIQUE (webhook, seq)
        ) STRICT""")
    db.execute("CREATE INDEX outbox_due ON outbox (webhook, next_at, id) WHERE state = 'pending'")
    db.execute("CREATE INDEX outbox_ended ON outbox (state, last_at) WHERE state <> 'pending'")


def _views(db: Database) -> None:
    """The views of articles with their new columns, and those that are new."""
    article_views(
        db,
        more=", r.parts, r.missing_parts",
        of_article=f"{OF_ARTICLE}, a.shown_at, r.characters",
        of_revision=f"{OF_REVISION}, r.characters",
        # Kept empty where it is the text itself (storage.read_columns).
        markdown="CASE t.markdown WHEN '' THEN t.text ELSE t.markdown END AS markdown",
    )
    # Without the text and without what only the page itself tells: for lists, and for viewers that show all columns.
    db.execute("""
        CREATE VIEW article_list AS
        SELECT a.id, s.name AS source, r.title, a.shown_at, r.published_local, r.origin, r.authors, r.lang,
               r.characters, a.revision, a.status,
               (SELECT f.story_id FROM fingerprints f WHERE f.article_id = a.id) AS story_id,
               (SELECT h.canonical_id = f.article_id FROM fingerprints f JOIN story_heads h ON h.id = f.story_id
                 WHERE f.article_id = a.id) AS is_canonical,
               a.duplicate_of, a.first_seen_at, r.published_at, r.published_precision, a.url
          FROM article_heads a
          JOIN sources s ON s.id = a.source_id
          JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision""")
    db.execute("""
        CREATE VIEW changes AS
        SELECT seq, article_id, op, revision, at
          FROM change_log""")
    db.execute("""
        CREATE VIEW tombstones AS
        SELECT a.id AS article_id, s.name AS source, a.url, a.first_seen_at, a.revision, a.pruned_at,
               a.pruned_why AS why
          FROM article_heads a
          JOIN sources s ON s.id = a.source_id
         WHERE a.pruned_at IS NOT NULL""")
    db.execute("""
        CREATE VIEW raw_pages AS
        SELECT p.article_id, p.revision, p.part, p.url, p.fetched_at, p.http_status, p.content_type,
               f.name AS warc_file, p.offset AS warc_offset, p.length AS warc_length
          FROM archive_pages p
          JOIN archive_files f ON f.id = p.file_id""")
    db.execute("""
        CREATE VIEW deliveries AS
        SELECT id, webhook, seq, state, attempts, created_at, next_at, last_at, http_status, error
          FROM outbox""")
    _run_views(db)


_COUNTED = (
    "discovered", "stored", "revised", "unchanged", "duplicate", "rejected", "failed", "pending", "requests",
    "body_bytes",
)  # fmt: skip


def _run_views(db: Database) -> None:
    """Runs with their sums, what became of each source in each, and how each source is."""
    sums = ",\n               ".join(
        f"(SELECT coalesce(sum(x.{name}), 0) FROM run_source_log x WHERE x.run_id = r.id) AS {name}"
        for name in _COUNTED
    )
    db.execute(f"""
        CREATE VIEW runs AS
        SELECT r.id, r.trigger, r.started_at, r.finished_at, r.status,
               (SELECT count(*) FROM run_source_log x WHERE x.run_id = r.id) AS n_sources,
               {sums}
          FROM run_log r""")
    db.execute("""
        CREATE VIEW run_sources AS
        SELECT r.run_id, r.source_id, r.job_id, r.started_at, r.finished_at, r.status, r.error, r.with_entries,
               r.discovered, r.stored, r.revised, r.unchanged, r.duplicate, r.rejected, r.failed, r.pending,
               r.entries_ok, r.entries_failed, r.requests, r.body_bytes, r.reasons, r.hosts, s.name AS source
          FROM run_source_log r
          JOIN sources s ON s.id = r.source_id""")
    # Sums of runs, never counts of articles: a page that counts these is too slow to be shown. A day's rows are joined
    # once for all sums: 40 ms of CPU for 1,000 sources of 200 runs, where a subquery for each sum took 72.
    db.execute("""
        CREATE VIEW source_health AS
        SELECT s.id AS source_id, s.name AS source, s.home,
               CASE WHEN s.last_attempt_at IS NULL THEN 'never'
                    WHEN s.failures > 0 THEN 'failing'
                    WHEN s.last_success_at IS NULL THEN 'never'
                    WHEN l.status = 'partial' THEN 'partial'
                    ELSE 'ok' END AS state,
               s.last_attempt_at, s.last_success_at, s.last_new_at, s.failures, s.last_error, s.not_before,
               l.run_id AS last_run_id, l.status AS last_status,
               coalesce(sum(d.stored - d.revised + d.duplicate
                 - coalesce(json_extract(d.reasons, '$."duplicate:same_address"'), 0)), 0) AS new_24h,
               coalesce(sum(d.failed), 0) AS failed_24h,
               coalesce(sum(d.requests), 0) AS requests_24h,
               (SELECT count(*) FROM entry_points e WHERE e.source_id = s.id) AS n_entry_points,
               (SELECT count(*) FROM entry_points e WHERE e.source_id = s.id AND e.failures > 0)
                 AS n_entry_points_failing,
               (SELECT count(*) FROM gap_log g JOIN entry_points e ON e.id = g.entry_point_id
                 WHERE e.source_id = s.id AND g.closed_at IS NULL) AS n_gaps_open,
               s.created_at
          FROM sources s
          LEFT JOIN run_source_log l ON l.source_id = s.id
               AND l.run_id = (SELECT max(m.run_id) FROM run_source_log m WHERE m.source_id = s.id)
          LEFT JOIN run_source_log d ON d.source_id = s.id
               AND d.started_at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 day')
         GROUP BY s.id""")
