"""How articles are found and asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.migrations.article_views import article_views
from storage.migrations.columns import time

if TYPE_CHECKING:
    from sqlite_utils import Database


def m009_discovery(db: Database) -> None:
    """How articles are found and asked again: entry points' histories, hosts, gaps, forms of addresses, rhythms."""
    for table, columns in {
        # `found_by`: NULL for an entry point that the source names; else index, robots, page or fallback.
        "entry_points": (
            "parent TEXT", "found_by TEXT", "lastmod TEXT", "digest TEXT", "last_pages INTEGER",
            time("first_seen_at"), time("last_new_at"), time("asked_plain_at"), time("lies_since"),
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
            {time("answered_at")},
            {time("paused_until")},
            pause_reason TEXT,
            throttles INTEGER NOT NULL DEFAULT 0,
            {time("lies_since")},
            robots_status INTEGER,
            {time("robots_fetched_at")},
            robots_body TEXT
        ) STRICT""")
    db.execute("CREATE INDEX hosts_by_site ON hosts (site)")
    db.execute("CREATE INDEX run_sources_by_time ON run_sources (source_id, started_at)")
    db.execute(f"""
        CREATE TABLE gap_log (
            id INTEGER PRIMARY KEY,
            entry_point_id INTEGER NOT NULL REFERENCES entry_points(id),
            {time("opened_at")} NOT NULL,
            {time("closed_at")},
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
    article_views(db, more=", r.parts, r.missing_parts")
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
