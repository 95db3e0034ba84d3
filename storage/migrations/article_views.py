"""The views of articles and their revisions, which steps make anew with more columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlite_utils import Database

_LISTS = {name: f"r.{name}" for name in ("credits", "images", "evidence")}


def article_views(
    db: Database,
    more: str = "",
    *,
    of_article: str = "",
    of_revision: str = "",
    markdown: str = "t.markdown",
    lists: Mapping[str, str] = _LISTS,
) -> None:
    """Make the views of articles anew: the columns of m005 in their order, those of m006 and `more` behind them.

    Last stand those that only articles have, and those that only revisions have. `markdown`: SQL for that column;
    `lists`: for those of credits, images and evidence.
    """
    credits_, images, evidence = (lists[name] for name in ("credits", "images", "evidence"))
    behind = f"""r.kicker, r.subheadline, {markdown}, r.modified_at, r.modified_precision, r.modified_local,
               r.published_where AS published_found_in, r.published_offset_assumed, r.origin_raw, r.origin_url,
               r.origin_kind, r.dateline_place, r.dateline_agency, r.dateline_date, r.dateline_raw, r.sections,
               r.keywords, {images}, r.print_page, r.licence, r.correction, r.damage, r.canonical_url, r.confidence,
               r.found_by, r.learned, {evidence}""" + more
    db.execute("DROP VIEW articles")
    db.execute(f"""
        CREATE VIEW articles AS
        SELECT a.id, s.name AS source, a.url, r.title, t.text,
               r.published_at, r.published_precision, r.published_local, r.published_raw,
               r.origin, r.authors, r.editors, {credits_}, r.lang, r.script,
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
               r.published_at, r.origin, r.authors, r.editors, {credits_}, r.extractor,
               r.published_precision, r.published_local, r.published_raw,
               {behind}{of_revision}
          FROM article_revisions r
          JOIN article_heads a ON a.id = r.article_id
          JOIN sources s ON s.id = a.source_id
          JOIN article_texts t ON t.revision_id = r.id""")
