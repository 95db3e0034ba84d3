"""Articles of stories as the file has them, with what counts for who stands for a story."""

from __future__ import annotations

import json
from collections.abc import Iterable

from storage.database import Database, Row
from storage.records import from_utc_text
from storage.stories.canonical_article import Member
from storage.stories.components import listed
from storage.stories.publishers import imprint

LOST = 0.02
"""Share of a text's characters that are ASCII question marks, from which on letters were lost in a conversion.

Texts of questions and answers have up to 1 in 60; of 5 % random losses a third become question marks.
"""


def members(database: Database, articles: Iterable[int]) -> list[Member]:
    """The articles that have a fingerprint, as their newest revisions are, by id."""
    rows = database.rows(
        "SELECT f.article_id, f.shingles, f.thin, a.key, a.url, a.status, a.first_seen_at,"
        " s.name AS source, s.home, s.outlets, r.published_at, r.published_precision, r.origin, r.origin_kind,"
        " r.origin_url, r.canonical_url, r.damage,"
        " length(t.text) AS characters, length(t.text) - length(replace(t.text, '?', '')) AS questions,"
        " instr(t.text, char(65533)) > 0 AS undecodable"
        " FROM fingerprints f JOIN article_heads a ON a.id = f.article_id JOIN sources s ON s.id = a.source_id"
        " JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision"
        " JOIN article_texts t ON t.revision_id = r.id"
        " WHERE f.article_id IN (SELECT value FROM json_each(?)) ORDER BY f.article_id",
        (listed(articles),),
    )
    return list(map(_member, rows))


def _member(row: Row) -> Member:
    lost = row["damage"] is not None or row["undecodable"] or row["questions"] > LOST * row["characters"]
    return Member(
        id=row["article_id"],
        key=row["key"],
        imprint=imprint(
            url=row["url"],
            source=row["source"],
            home=row["home"],
            called=json.loads(row["outlets"]),
            origin=row["origin"],
            origin_kind=row["origin_kind"],
            origin_url=row["origin_url"],
            canonical_url=row["canonical_url"],
        ),
        gone=row["status"] == "gone",
        sound=not (row["thin"] or lost),
        shingles=row["shingles"],
        published_at=None if row["published_at"] is None else from_utc_text(row["published_at"]),
        day_only=row["published_precision"] == "day",
        first_seen_at=from_utc_text(row["first_seen_at"]),
    )
