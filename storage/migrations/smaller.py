"""The same file in fewer bytes: what a row says twice is kept once, and the views say it as before."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from storage.migrations.article_views import article_views
from storage.migrations.stories import OF_ARTICLE, OF_REVISION

if TYPE_CHECKING:
    from sqlite_utils import Database

SHORT: dict[str, tuple[tuple[int, str], ...]] = {
    "evidence": (
        (1, '{"fact":"title","value":"<title>","raw":"<title>","found_in":"headline","chosen":true}'),
        (2, '{"fact":"published","value":"<published_local>","raw":"<published_raw>","found_in":"head","chosen":true}'),
        (3, '{"fact":"origin","value":"<origin>","raw":"<origin_raw>","found_in":"head","chosen":true}'),
        (4, '{"fact":"published","value":"<published_local>","raw":"<published_raw>","found_in":"'),
        (5, '{"fact":"origin","value":"<origin>","raw":"<origin_raw>","found_in":"'),
        (6, '{"fact":"origin","value":"'),
        (7, '{"fact":"'),
        (8, '","value":"'),
        (11, '","raw":"'),
        (12, '","found_in":"'),
        (14, '","chosen":true}'),
        (15, '","chosen":false}'),
    ),
    "credits": (
        (1, '{"role":"reporter","name":"'),
        (2, '{"role":"duty_editor","name":"'),
        (3, '{"role":"'),
        (4, '","name":"'),
        (5, '","raw":"<origin_raw>","organisation":false,"found_in":"'),
        (6, '","raw":"'),
        (7, '","organisation":false,"found_in":"tail"}'),
        (8, '","organisation":false,"found_in":"lead"}'),
        (11, '","organisation":false,"found_in":"'),
    ),
    "images": (
        (1, '{"url":"'),
        (2, '","caption":null,"photographer":null}'),
        (3, '","caption":"'),
        (4, '","photographer":null}'),
    ),
}
"""Of each list of a revision the bytes, which no JSON has, of its short form, and what each stands for: put in from the
first to the last, and written out from the last to the first. `"<NAME>"` is what that column of the row says, as JSON:
so the list is JSON even where somebody has written into that column.
"""

PIECE_BITS = 12
"""In a piece of the text, the number of its characters; above them stands how many are before it."""

MARKDOWN = f"""CASE WHEN json_valid(t.markdown_pieces) THEN
               (SELECT group_concat(CASE m.type WHEN 'text' THEN m.value
               ELSE substr(t.text, (m.value >> {PIECE_BITS}) + 1, m.value & {(1 << PIECE_BITS) - 1}) END, '')
               FROM json_each(t.markdown_pieces) m) ELSE t.markdown_pieces END"""
"""SQL that puts the Markdown together from its own words and pieces of the text; where a disk has changed these, they
are shown: json_each would end the whole query.
"""

SHOWN = f"""CASE WHEN t.markdown_pieces IS NOT NULL THEN {MARKDOWN}
               WHEN t.markdown = '' THEN t.text ELSE t.markdown END"""
"""SQL for the Markdown of a text `t`, in whichever form it is kept."""


def written_out(name: str) -> str:
    """SQL for a list of a revision as JSON, whichever form it is kept in."""
    said = f"r.{name}_short"
    for mark, meant in reversed(SHORT[name]):
        said = f"replace({said}, char({mark}), {_sql(meant)})"
    return f"coalesce({said}, r.{name})"


def _sql(meant: str) -> str:
    """SQL for what a character stands for."""
    said = re.sub(r'"<(\w+)>"', r"' || json_quote(r.\1) || '", meant)
    return f"'{said}'"


LISTS = {name: f"{written_out(name)} AS {name}" for name in SHORT}
"""SQL for the lists of a revision `r` that have a short form, under their names."""


def m014_smaller(db: Database) -> None:
    """Markdown as pieces of the text, lists in short forms, digests of 128 bits. Old rows keep the first two.

    To make them smaller too would read every text of a large file and free room that only a vacuum gives back.
    """
    db.execute("ALTER TABLE article_texts ADD COLUMN markdown_pieces TEXT")
    for name in SHORT:
        db.execute(f"ALTER TABLE article_revisions ADD COLUMN {name}_short BLOB")
    db.execute("UPDATE article_heads SET text_digest = substr(text_digest, 1, 32) WHERE length(text_digest) > 32")
    db.execute(
        "UPDATE article_revisions SET content_digest = substr(content_digest, 1, 32) WHERE length(content_digest) > 32"
    )
    # No question goes by it: what is like an article is found by anchors.
    db.execute("DROP INDEX fingerprints_by_digest")
    article_views(
        db,
        more=", r.parts, r.missing_parts",
        of_article=f"{OF_ARTICLE}, a.shown_at, r.characters",
        of_revision=f"{OF_REVISION}, r.characters",
        markdown=f"{SHOWN} AS markdown",
        lists=LISTS,
    )
    _views_of_lists(db)


def _views_of_lists(db: Database) -> None:
    """The views that give each part of a list a row."""
    for view in ("facts", "credits"):
        db.execute(f"DROP VIEW {view}")
    db.execute(f"""
        CREATE VIEW facts AS
        SELECT a.id AS article_id, s.name AS source, e.value ->> 'fact' AS fact, e.value ->> 'value' AS value,
               e.value ->> 'raw' AS raw, e.value ->> 'found_in' AS found_in, e.value ->> 'chosen' AS chosen
          FROM article_heads a
          JOIN sources s ON s.id = a.source_id
          JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision
          JOIN json_each({written_out("evidence")}) e""")
    db.execute(f"""
        CREATE VIEW credits AS
        SELECT a.id AS article_id, s.name AS source, c.value ->> 'role' AS role, c.value ->> 'name' AS name,
               coalesce(c.value ->> 'organisation', 0) AS organisation,
               nullif(c.value ->> 'raw', '') AS raw, nullif(c.value ->> 'found_in', '') AS found_in
          FROM article_heads a
          JOIN sources s ON s.id = a.source_id
          JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision
          JOIN json_each({written_out("credits")}) c""")
