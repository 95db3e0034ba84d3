"""Sources, runs, articles, the ledger, and the first views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.migrations.columns import time

if TYPE_CHECKING:
    from sqlite_utils import Database


def m001_sources(db: Database) -> None:
    """Sources and their entry points."""
    db.execute(f"""
        CREATE TABLE sources (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            home TEXT NOT NULL,
            {time("created_at")} NOT NULL,
            {time("last_attempt_at")},
            {time("last_success_at")},
            {time("last_new_at")},
            failures INTEGER NOT NULL DEFAULT 0,
            {time("not_before")},
            last_error TEXT
        ) STRICT""")
    db.execute(f"""
        CREATE TABLE entry_points (
            id INTEGER PRIMARY KEY,
            source_id INTEGER NOT NULL REFERENCES sources(id),
            kind TEXT NOT NULL CHECK (kind IN ('feed', 'sitemap', 'listing')),
            url TEXT NOT NULL,
            read_as TEXT,
            etag TEXT,
            last_modified TEXT,
            {time("last_checked_at")},
            last_status TEXT CHECK (last_status IN ('ok', 'unchanged', 'failed')),
            last_reason TEXT,
            last_detail TEXT,
            last_links INTEGER,
            last_new INTEGER,
            failures INTEGER NOT NULL DEFAULT 0,
            last_job TEXT,
            UNIQUE (source_id, url)
        ) STRICT""")


def m002_runs(db: Database) -> None:
    """Runs, and what became of each source in each."""
    db.execute(f"""
        CREATE TABLE runs (
            id INTEGER PRIMARY KEY,
            trigger TEXT NOT NULL,
            {time("started_at")} NOT NULL,
            {time("finished_at")},
            status TEXT NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'ok', 'failed', 'interrupted'))
        ) STRICT""")
    db.execute(f"""
        CREATE TABLE run_sources (
            run_id INTEGER NOT NULL REFERENCES runs(id),
            source_id INTEGER NOT NULL REFERENCES sources(id),
            job_id TEXT NOT NULL UNIQUE,
            {time("started_at")} NOT NULL,
            {time("finished_at")},
            status TEXT NOT NULL DEFAULT 'running'
                CHECK (status IN ('running', 'ok', 'partial', 'failed', 'interrupted')),
            error TEXT,
            with_entries INTEGER NOT NULL,
            discovered INTEGER NOT NULL DEFAULT 0,
            stored INTEGER NOT NULL DEFAULT 0,
            revised INTEGER NOT NULL DEFAULT 0,
            unchanged INTEGER NOT NULL DEFAULT 0,
            duplicate INTEGER NOT NULL DEFAULT 0,
            rejected INTEGER NOT NULL DEFAULT 0,
            failed INTEGER NOT NULL DEFAULT 0,
            pending INTEGER NOT NULL DEFAULT 0,
            entries_ok INTEGER NOT NULL DEFAULT 0,
            entries_failed INTEGER NOT NULL DEFAULT 0,
            requests INTEGER NOT NULL DEFAULT 0,
            body_bytes INTEGER NOT NULL DEFAULT 0,
            reasons TEXT NOT NULL DEFAULT '{{}}' CHECK (json_valid(reasons)),
            PRIMARY KEY (run_id, source_id)
        ) STRICT""")
    db.execute("CREATE INDEX run_sources_by_source ON run_sources (source_id, run_id)")
    db.execute(f"""
        CREATE TABLE heartbeats (
            name TEXT PRIMARY KEY,
            {time("at")} NOT NULL,
            pid INTEGER NOT NULL,
            detail TEXT
        ) STRICT""")


def m003_articles(db: Database) -> None:
    """Articles: a narrow head, a row per revision, the body text apart."""
    db.execute(f"""
        CREATE TABLE article_heads (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            url TEXT NOT NULL,
            source_id INTEGER NOT NULL REFERENCES sources(id),
            revision INTEGER NOT NULL DEFAULT 0,
            status TEXT NOT NULL DEFAULT 'live' CHECK (status IN ('live', 'gone')),
            {time("first_seen_at")} NOT NULL,
            {time("checked_at")} NOT NULL,
            text_digest TEXT NOT NULL,
            duplicate_of INTEGER REFERENCES article_heads(id)
        ) STRICT""")
    db.execute("CREATE INDEX article_heads_by_text ON article_heads (text_digest)")
    db.execute("CREATE INDEX article_heads_by_source ON article_heads (source_id, first_seen_at)")
    db.execute("CREATE INDEX article_heads_by_original ON article_heads (duplicate_of) WHERE duplicate_of IS NOT NULL")
    db.execute(f"""
        CREATE TABLE article_revisions (
            id INTEGER PRIMARY KEY,
            article_id INTEGER NOT NULL REFERENCES article_heads(id),
            revision INTEGER NOT NULL,
            cause TEXT NOT NULL DEFAULT 'crawl',
            {time("fetched_at")} NOT NULL,
            title TEXT,
            {time("published_at")},
            published_local TEXT,
            published_precision TEXT CHECK (published_precision IN ('day', 'minute', 'second')),
            published_raw TEXT,
            published_where TEXT,
            published_offset_assumed INTEGER CHECK (published_offset_assumed IN (0, 1)),
            origin TEXT,
            origin_raw TEXT,
            authors TEXT NOT NULL CHECK (json_valid(authors)),
            editors TEXT NOT NULL CHECK (json_valid(editors)),
            credits TEXT NOT NULL CHECK (json_valid(credits)),
            lang TEXT,
            script TEXT,
            encoding TEXT NOT NULL,
            encoding_evidence TEXT NOT NULL,
            canonical_url TEXT,
            extractor TEXT NOT NULL,
            content_digest TEXT NOT NULL,
            UNIQUE (article_id, revision)
        ) STRICT""")
    db.execute("CREATE INDEX article_revisions_by_time ON article_revisions (published_at)")
    db.execute("""
        CREATE TABLE article_texts (
            revision_id INTEGER PRIMARY KEY REFERENCES article_revisions(id),
            text TEXT NOT NULL CHECK (text <> '')
        ) STRICT""")
    db.execute(f"""
        CREATE TABLE changes (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            article_id INTEGER NOT NULL REFERENCES article_heads(id),
            op TEXT NOT NULL CHECK (op IN ('insert', 'revise', 'link', 'gone', 'back')),
            revision INTEGER NOT NULL,
            {time("at")} NOT NULL
        ) STRICT""")


def m004_ledger(db: Database) -> None:
    """The ledger: every URL that was ever discovered, and when it is to be asked again."""
    db.execute(f"""
        CREATE TABLE urls (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            key_hash BLOB NOT NULL,
            site TEXT NOT NULL,
            url TEXT NOT NULL,
            source_id INTEGER NOT NULL REFERENCES sources(id),
            entry_point_id INTEGER REFERENCES entry_points(id),
            link_title TEXT,
            link_published TEXT,
            link_position INTEGER,
            state TEXT NOT NULL CHECK (state IN ('pending', 'stored', 'alias', 'rejected', 'failed', 'gone')),
            reason TEXT,
            detail TEXT,
            http_status INTEGER,
            attempts INTEGER NOT NULL DEFAULT 0,
            {time("discovered_at")} NOT NULL,
            {time("last_checked_at")},
            {time("next_at")},
            {time("missing_since")},
            etag TEXT,
            last_modified TEXT,
            article_id INTEGER REFERENCES article_heads(id),
            lease_job TEXT,
            run_id INTEGER REFERENCES runs(id),
            run_outcome TEXT CHECK (run_outcome IN
                ('stored', 'unchanged', 'duplicate', 'rejected', 'failed', 'pending'))
        ) STRICT""")
    db.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")
    # Keys are compared as text: those of other rules would have to be made again.
    db.execute("INSERT INTO meta (name, value) VALUES ('key_rules', '1')")
    db.execute("CREATE INDEX urls_ready ON urls (source_id, state, next_at) WHERE next_at IS NOT NULL")
    db.execute("CREATE INDEX urls_by_site ON urls (site, key_hash)")
    db.execute("CREATE INDEX urls_by_source ON urls (source_id, key_hash)")
    db.execute("CREATE INDEX urls_leased ON urls (lease_job) WHERE lease_job IS NOT NULL")
    db.execute("CREATE INDEX urls_by_run ON urls (run_id, source_id, run_outcome)")
    db.execute("CREATE INDEX urls_by_article ON urls (article_id) WHERE article_id IS NOT NULL")


def m005_views(db: Database) -> None:
    """What readers use."""
    db.execute("""
        CREATE VIEW articles AS
        SELECT a.id, s.name AS source, a.url, r.title, t.text,
               r.published_at, r.published_precision, r.published_local, r.published_raw,
               r.origin, r.authors, r.editors, r.credits, r.lang, r.script,
               a.first_seen_at, r.fetched_at, a.revision, a.status, a.duplicate_of, a.checked_at,
               r.encoding, r.extractor
          FROM article_heads a
          JOIN sources s ON s.id = a.source_id
          JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision
          JOIN article_texts t ON t.revision_id = r.id""")
    db.execute("""
        CREATE VIEW revisions AS
        SELECT r.article_id, r.revision, s.name AS source, a.url, r.cause, r.fetched_at, r.title, t.text,
               r.published_at, r.origin, r.authors, r.editors, r.credits, r.extractor
          FROM article_revisions r
          JOIN article_heads a ON a.id = r.article_id
          JOIN sources s ON s.id = a.source_id
          JOIN article_texts t ON t.revision_id = r.id""")
    db.execute("""
        CREATE VIEW rejections AS
        SELECT u.url, s.name AS source, u.state, u.reason, u.detail, u.http_status, u.attempts,
               u.discovered_at, u.last_checked_at, u.next_at, u.link_title
          FROM urls u JOIN sources s ON s.id = u.source_id
         WHERE u.state IN ('rejected', 'failed', 'gone') OR (u.state = 'pending' AND u.attempts > 0)""")
