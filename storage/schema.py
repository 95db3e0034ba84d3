"""The tables, as append-only migrations. A migration that was released is never edited; a new one is added below it.

Private tables hold the data; the views are what readers use. Times are ISO-8601 UTC text to the second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlite_utils import Migrations

if TYPE_CHECKING:
    from sqlite_utils import Database

migrations = Migrations("dibao")

_UTC = "'[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z'"


def _time(column: str) -> str:
    return f"{column} TEXT CHECK ({column} GLOB {_UTC})"


@migrations()
def m001_sources(db: Database) -> None:
    """Sources and their entry points."""
    db.execute(f"""
        CREATE TABLE sources (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            home TEXT NOT NULL,
            {_time("created_at")} NOT NULL,
            {_time("last_attempt_at")},
            {_time("last_success_at")},
            {_time("last_new_at")},
            failures INTEGER NOT NULL DEFAULT 0,
            {_time("not_before")},
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
            {_time("last_checked_at")},
            last_status TEXT CHECK (last_status IN ('ok', 'unchanged', 'failed')),
            last_reason TEXT,
            last_detail TEXT,
            last_links INTEGER,
            last_new INTEGER,
            failures INTEGER NOT NULL DEFAULT 0,
            last_job TEXT,
            UNIQUE (source_id, url)
        ) STRICT""")


@migrations()
def m002_runs(db: Database) -> None:
    """Runs, and what became of each source in each."""
    db.execute(f"""
        CREATE TABLE runs (
            id INTEGER PRIMARY KEY,
            trigger TEXT NOT NULL,
            {_time("started_at")} NOT NULL,
            {_time("finished_at")},
            status TEXT NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'ok', 'failed', 'interrupted'))
        ) STRICT""")
    db.execute(f"""
        CREATE TABLE run_sources (
            run_id INTEGER NOT NULL REFERENCES runs(id),
            source_id INTEGER NOT NULL REFERENCES sources(id),
            job_id TEXT NOT NULL UNIQUE,
            {_time("started_at")} NOT NULL,
            {_time("finished_at")},
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
            {_time("at")} NOT NULL,
            pid INTEGER NOT NULL,
            detail TEXT
        ) STRICT""")


@migrations()
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
            {_time("first_seen_at")} NOT NULL,
            {_time("checked_at")} NOT NULL,
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
            {_time("fetched_at")} NOT NULL,
            title TEXT,
            {_time("published_at")},
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
            {_time("at")} NOT NULL
        ) STRICT""")


@migrations()
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
            {_time("discovered_at")} NOT NULL,
            {_time("last_checked_at")},
            {_time("next_at")},
            {_time("missing_since")},
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


@migrations()
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



@migrations()
def m006_facts(db: Database) -> None:
    """All that a page says of itself: columns of a revision, and the views that show them."""
    lists = ("sections", "keywords", "images", "evidence")
    columns = (
        *(f"{name} TEXT" for name in ("kicker", "subheadline")),
        _time("modified_at"),
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
    _article_views(db)
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


def _article_views(db: Database, more: str = "", *, of_article: str = "", of_revision: str = "") -> None:
    """Make the views of articles anew: the columns of m005 in their order, those of m006 and `more` behind them.

    Last stand those that only articles have, and those that only revisions have.
    """
    behind = """r.kicker, r.subheadline, t.markdown, r.modified_at, r.modified_precision, r.modified_local,
               r.published_where AS published_found_in, r.published_offset_assumed, r.origin_raw, r.origin_url,
               r.origin_kind, r.dateline_place, r.dateline_agency, r.dateline_date, r.dateline_raw, r.sections,
               r.keywords, r.images, r.print_page, r.licence, r.correction, r.damage, r.canonical_url, r.confidence,
               r.found_by, r.learned, r.evidence""" + more
    db.execute("DROP VIEW articles")
    db.execute(f"""
        CREATE VIEW articles AS
        SELECT a.id, s.name AS source, a.url, r.title, t.text,
               r.published_at, r.published_precision, r.published_local, r.published_raw,
               r.origin, r.authors, r.editors, r.credits, r.lang, r.script,
               a.first_seen_at, r.fetched_at, a.revision, a.status, a.duplicate_of, a.checked_at,
               r.encoding, r.extractor,
               {behind}{of_article}
          FROM article_heads a
          JOIN sources s ON s.id = a.source_id
          JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision
          JOIN article_texts t ON t.revision_id = r.id""")
    db.execute("DROP VIEW revisions")
    db.execute(f"""
        CREATE VIEW revisions AS
        SELECT r.article_id, r.revision, s.name AS source, a.url, r.cause, r.fetched_at, r.title, t.text,
               r.published_at, r.origin, r.authors, r.editors, r.credits, r.extractor,
               r.published_precision, r.published_local, r.published_raw,
               {behind}{of_revision}
          FROM article_revisions r
          JOIN article_heads a ON a.id = r.article_id
          JOIN sources s ON s.id = a.source_id
          JOIN article_texts t ON t.revision_id = r.id""")


@migrations()
def m007_counts(db: Database) -> None:
    """What pages count of themselves, apart from revisions: a row each time that the numbers are others."""
    db.execute(f"""
        CREATE TABLE article_counts (
            article_id INTEGER NOT NULL REFERENCES article_heads(id),
            {_time("at")} NOT NULL,
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


@migrations()
def m008_chrome(db: Database) -> None:
    """What the pages of a host show, what of it is chrome, and which answers are its error pages."""
    db.execute(f"""
        CREATE TABLE chrome_hosts (
            host TEXT NOT NULL,
            source_id INTEGER NOT NULL REFERENCES sources(id),
            {_time("seen_at")} NOT NULL,
            PRIMARY KEY (source_id, host)
        ) STRICT""")
    # `blocks`: nine bytes a block, its key and what it weighs in the article's text (storage.observations).
    db.execute(f"""
        CREATE TABLE chrome_pages (
            id INTEGER PRIMARY KEY,
            host TEXT NOT NULL,
            entry_point_id INTEGER REFERENCES entry_points(id),
            article_id INTEGER NOT NULL UNIQUE REFERENCES article_heads(id),
            {_time("seen_at")} NOT NULL,
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
            {_time("first_seen_at")},
            {_time("last_seen_at")},
            verdict TEXT NOT NULL CHECK (verdict IN ('learned', 'keep', 'drop')),
            {_time("since")} NOT NULL,
            job_id TEXT,
            UNIQUE (host, key)
        ) STRICT""")
    db.execute(f"""
        CREATE TABLE error_answers (
            host TEXT NOT NULL,
            fingerprint BLOB NOT NULL,
            url_id INTEGER NOT NULL REFERENCES urls(id),
            {_time("seen_at")} NOT NULL,
            PRIMARY KEY (host, fingerprint, url_id)
        ) STRICT""")
    db.execute(f"""
        CREATE TABLE error_pages (
            host TEXT NOT NULL,
            fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 8),
            {_time("since")} NOT NULL,
            {_time("last_seen_at")} NOT NULL,
            job_id TEXT,
            PRIMARY KEY (host, fingerprint)
        ) STRICT""")


@migrations()
def m009_discovery(db: Database) -> None:
    """How articles are found and asked again: entry points' histories, hosts, gaps, forms of addresses, rhythms."""
    for table, columns in {
        # `found_by`: NULL for an entry point that the source names; else index, robots, page or fallback.
        "entry_points": (
            "parent TEXT", "found_by TEXT", "lastmod TEXT", "digest TEXT", "last_pages INTEGER",
            _time("first_seen_at"), _time("last_new_at"), _time("asked_plain_at"), _time("lies_since"),
        ),
        # `checks`, `edits`: looks at stored articles and what they found changed, each worth less with every later one.
        "sources": ("rhythm TEXT", "checks REAL NOT NULL DEFAULT 0", "edits REAL NOT NULL DEFAULT 0"),
        "urls": ("guid TEXT", "missing_times INTEGER NOT NULL DEFAULT 0"),
        "article_revisions": (
            "parts INTEGER NOT NULL DEFAULT 1",
            "missing_parts TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(missing_parts))",
        ),
        "run_sources": ("hosts TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(hosts))",),
    }.items():  # fmt: skip
        for column in columns:
            db.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    db.execute(f"""
        CREATE TABLE hosts (
            authority TEXT PRIMARY KEY,
            site TEXT NOT NULL,
            address TEXT,
            {_time("answered_at")},
            {_time("paused_until")},
            pause_reason TEXT,
            throttles INTEGER NOT NULL DEFAULT 0,
            {_time("lies_since")},
            robots_status INTEGER,
            {_time("robots_fetched_at")},
            robots_body TEXT
        ) STRICT""")
    db.execute("CREATE INDEX hosts_by_site ON hosts (site)")
    db.execute("CREATE INDEX run_sources_by_time ON run_sources (source_id, started_at)")
    db.execute(f"""
        CREATE TABLE gap_log (
            id INTEGER PRIMARY KEY,
            entry_point_id INTEGER NOT NULL REFERENCES entry_points(id),
            {_time("opened_at")} NOT NULL,
            {_time("closed_at")},
            detail TEXT
        ) STRICT""")
    db.execute("CREATE INDEX gap_log_open ON gap_log (entry_point_id) WHERE closed_at IS NULL")
    db.execute("""
        CREATE TABLE link_shapes (
            source_id INTEGER NOT NULL REFERENCES sources(id),
            shape TEXT NOT NULL,
            articles INTEGER NOT NULL DEFAULT 0,
            others INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (source_id, shape)
        ) STRICT""")
    _article_views(db, more=", r.parts, r.missing_parts")
    _discovery_views(db)


def _discovery_views(db: Database) -> None:
    """What readers see of how articles were found, and of what may have been missed."""
    db.execute("""
        CREATE VIEW discoveries AS
        SELECT u.article_id, s.name AS source, u.url, u.state, e.url AS entry_url, e.kind AS entry_kind,
               u.link_title, u.link_published, u.link_position, u.guid, u.discovered_at
          FROM urls u
          JOIN sources s ON s.id = u.source_id
          LEFT JOIN entry_points e ON e.id = u.entry_point_id""")
    db.execute("""
        CREATE VIEW gaps AS
        SELECT g.id, s.name AS source, e.url AS entry_url, g.opened_at, g.closed_at, g.detail
          FROM gap_log g
          JOIN entry_points e ON e.id = g.entry_point_id
          JOIN sources s ON s.id = e.source_id""")


@migrations()
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
            {_time("first_published_at")},
            {_time("changed_at")} NOT NULL
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
            {_time("at")} NOT NULL,
            {_time("undone_at")},
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
            {_time("at")} NOT NULL
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
    _article_views(
        db,
        more=", r.parts, r.missing_parts",
        of_article=""",
               (SELECT f.story_id FROM fingerprints f WHERE f.article_id = a.id) AS story_id,
               (SELECT h.canonical_id = f.article_id FROM fingerprints f JOIN story_heads h ON h.id = f.story_id
                 WHERE f.article_id = a.id) AS is_canonical""",
        of_revision=", r.changed, r.reverts_to, r.stealth",
    )
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


NAMES: tuple[str, ...] = (
    "m001_sources",
    "m002_runs",
    "m003_articles",
    "m004_ledger",
    "m005_views",
    "m006_facts",
    "m007_counts",
    "m008_chrome",
    "m009_discovery",
    "m010_stories",
)
VERSION = len(NAMES)


def apply(db: Database) -> None:
    """None; every pending migration is applied inside the transaction that the caller holds."""
    migrations.apply(db)


def applied(db: Database) -> tuple[str, ...]:
    """The names of the migrations that a file has, in the order in which it got them."""
    return tuple(migration.name for migration in migrations.applied(db))
