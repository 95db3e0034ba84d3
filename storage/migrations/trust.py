"""What a file must know to be trusted after a year of hostile pages: the pages that broke their extractor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.migrations.columns import time

if TYPE_CHECKING:
    from sqlite_utils import Database


def m012_trust(db: Database) -> None:
    """Strikes of an address, the pages that are kept away until an extractor comes that may do better, and digests."""
    # How often in a row its page broke what read it. Two, and it is quarantined.
    db.execute("ALTER TABLE urls ADD COLUMN strikes INTEGER NOT NULL DEFAULT 0")
    # `extractor`: the one that it broke; another gets its try. `body`: deflated (zlib); NULL where none was at hand.
    db.execute(f"""
        CREATE TABLE quarantine (
            url_id INTEGER PRIMARY KEY REFERENCES urls(id),
            {time("quarantined_at")} NOT NULL,
            reason TEXT NOT NULL,
            detail TEXT,
            extractor TEXT NOT NULL,
            strikes INTEGER NOT NULL,
            answered_url TEXT,
            content_type TEXT,
            body_bytes INTEGER,
            body_sha256 TEXT,
            body BLOB
        ) STRICT""")
    db.execute("CREATE INDEX quarantine_by_time ON quarantine (quarantined_at)")
    # Of all that is stored of the revision (storage.row_digest); NULL of those that were stored before.
    db.execute("ALTER TABLE article_texts ADD COLUMN digest BLOB")
    _views(db)


def _views(db: Database) -> None:
    db.execute("DROP VIEW rejections")
    db.execute("""
        CREATE VIEW rejections AS
        SELECT u.url, s.name AS source,
               CASE WHEN q.url_id IS NULL THEN u.state ELSE 'quarantined' END AS state,
               u.reason, u.detail, u.http_status, u.attempts, u.discovered_at, u.last_checked_at, u.next_at,
               u.link_title
          FROM urls u JOIN sources s ON s.id = u.source_id LEFT JOIN quarantine q ON q.url_id = u.id
         WHERE u.state IN ('rejected', 'failed', 'gone') OR (u.state = 'pending' AND u.attempts > 0)""")
    db.execute("""
        CREATE VIEW quarantined_pages AS
        SELECT u.url, s.name AS source, q.quarantined_at, q.reason, q.detail, q.strikes, q.extractor,
               q.answered_url, q.content_type, q.body_bytes, q.body_sha256, q.body IS NOT NULL AS body_kept
          FROM quarantine q JOIN urls u ON u.id = q.url_id JOIN sources s ON s.id = u.source_id""")
