"""What holds in every database of ours, each as a query for what breaks it."""

from __future__ import annotations

from dataclasses import dataclass

from storage.watch.days import COUNTED

AGAIN = "a fault of Dibao, please report it; the articles themselves are readable"
REDEDUP = "`dibao db rededup` makes all stories anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariant:
    """`broken`: SQL of which each row is the id of what breaks it; `what`: what these are."""

    name: str
    what: str
    broken: str
    remedy: str


INVARIANTS = (
    Invariant(
        name="newest_revision",
        what="articles without their newest revision",
        broken="""
            SELECT a.id FROM article_heads a WHERE a.pruned_at IS NULL AND NOT EXISTS
                (SELECT 1 FROM article_revisions r WHERE r.article_id = a.id AND r.revision = a.revision)""",
        remedy="rows are lost: restore a backup",
    ),
    Invariant(
        name="text",
        what="revisions without a text",
        broken="""
            SELECT r.article_id FROM article_revisions r WHERE NOT EXISTS
                (SELECT 1 FROM article_texts t WHERE t.revision_id = r.id)""",
        remedy="rows are lost: restore a backup",
    ),
    Invariant(
        name="pruned",
        what="pruned articles of which something is left",
        broken="""
            SELECT a.id FROM article_heads a WHERE a.pruned_at IS NOT NULL AND (
                EXISTS (SELECT 1 FROM article_revisions r WHERE r.article_id = a.id)
                OR EXISTS (SELECT 1 FROM fingerprints f WHERE f.article_id = a.id)
                OR EXISTS (SELECT 1 FROM archive_pages p WHERE p.article_id = a.id))""",
        remedy=AGAIN,
    ),
    Invariant(
        name="feed_insert",
        what="articles that the change feed never told of",
        broken="""
            SELECT a.id FROM article_heads a WHERE NOT EXISTS
                (SELECT 1 FROM change_log c WHERE c.article_id = a.id AND c.op = 'insert')""",
        remedy="whoever follows the feed lacks them: let them read all articles once",
    ),
    Invariant(
        name="feed_prune",
        what="pruned articles of which the change feed does not say so",
        broken="""
            SELECT a.id FROM article_heads a WHERE a.pruned_at IS NOT NULL AND NOT EXISTS
                (SELECT 1 FROM change_log c WHERE c.article_id = a.id AND c.op = 'prune')""",
        remedy="whoever follows the feed still has them: let them read `tombstones` once",
    ),
    Invariant(
        name="duplicate_chain",
        what="articles that are copies of a copy",
        broken="""
            SELECT a.id FROM article_heads a JOIN article_heads o ON o.id = a.duplicate_of
             WHERE a.duplicate_of IS NOT NULL AND o.duplicate_of IS NOT NULL""",
        remedy=AGAIN,
    ),
    Invariant(
        name="story_id",
        what="stories whose id is not the smallest of their articles'",
        broken="SELECT story_id FROM fingerprints GROUP BY story_id HAVING min(article_id) <> story_id",
        remedy=REDEDUP,
    ),
    Invariant(
        name="story_heads",
        what="stories that are not the sum of their articles, or whose first article is none of them",
        broken="""
            SELECT h.id FROM story_heads h
             WHERE h.articles <> (SELECT count(*) FROM fingerprints f WHERE f.story_id = h.id)
                OR NOT EXISTS (SELECT 1 FROM fingerprints f
                                WHERE f.article_id = h.canonical_id AND f.story_id = h.id)""",
        remedy=REDEDUP,
    ),
    Invariant(
        name="story",
        what="articles whose story is not there",
        broken="""
            SELECT f.article_id FROM fingerprints f WHERE NOT EXISTS
                (SELECT 1 FROM story_heads h WHERE h.id = f.story_id)""",
        remedy=REDEDUP,
    ),
    Invariant(
        name="anchors",
        what="articles that look-ups for copies lead to and that are not there",
        broken="""
            SELECT n.article_id FROM anchors n WHERE NOT EXISTS
                (SELECT 1 FROM fingerprints f WHERE f.article_id = n.article_id)""",
        remedy=REDEDUP,
    ),
    Invariant(
        name="anchored",
        what="articles that no look-up for copies leads to",
        # Anchors that too many articles have are not kept: where there are such, an article may have none.
        broken="""
            SELECT article_id FROM fingerprints WHERE NOT thin AND NOT EXISTS (SELECT 1 FROM hot_anchors)
               AND article_id NOT IN (SELECT article_id FROM anchors)""",
        remedy=REDEDUP,
    ),
    Invariant(
        name="stored_url",
        what="addresses that are stored and lead to no article",
        broken="SELECT id FROM urls WHERE state = 'stored' AND article_id IS NULL",
        remedy=AGAIN,
    ),
    Invariant(
        name="conservation",
        what="sources' parts in runs that are not the sum of their outcomes",
        broken="""
            SELECT run_id FROM run_source_log WHERE finished_at IS NOT NULL
               AND discovered <> stored + unchanged + duplicate + rejected + failed + pending""",
        remedy="only the numbers of that run are wrong",
    ),
    Invariant(
        name="totals",
        what="sources that came to another sum since ever than on all of their days",
        broken=f"""
            SELECT t.source_id FROM total_log t LEFT JOIN
                (SELECT source_id, {", ".join(f"sum({name}) AS {name}" for name in COUNTED)} FROM day_log
                  GROUP BY source_id) d ON d.source_id = t.source_id
             WHERE {" OR ".join(f"t.{name} <> coalesce(d.{name}, 0)" for name in COUNTED)}""",
        remedy="only the numbers of `source_totals` or `source_days` are wrong",
    ),
    Invariant(
        name="lags",
        what="sources whose lags are not the sum of their buckets",
        broken="""
            SELECT source_id FROM total_log
             WHERE lag_count <> (SELECT coalesce(sum(value), 0) FROM json_each(lag_buckets))""",
        remedy="only the numbers of `source_totals` are wrong",
    ),
    Invariant(
        name="samples",
        what="samples of pages whose address is not there, or that are half an article's and half not",
        broken="""
            SELECT id FROM sample_log
             WHERE (article_id IS NULL) <> (characters IS NULL)
                OR NOT EXISTS (SELECT 1 FROM urls u WHERE u.id = sample_log.url_id)""",
        remedy="the next 240 pages of their source take their place",
    ),
    Invariant(
        name="incident",
        what="incidents that were over before they were found",
        broken="SELECT id FROM incident_log WHERE resolved_at < opened_at",
        remedy=AGAIN,
    ),
    Invariant(
        name="alert",
        what="alerts that wait and are never tried, or that do not wait and would be",
        broken="SELECT id FROM alert_log WHERE (state = 'pending') <> (next_at IS NOT NULL)",
        remedy="`dibao alerts list` shows them; the incident itself is told by `dibao incidents`",
    ),
    Invariant(
        name="raw_page",
        what="raw pages of revisions that are not there",
        broken="""
            SELECT p.article_id FROM archive_pages p WHERE NOT EXISTS
                (SELECT 1 FROM article_revisions r WHERE r.article_id = p.article_id AND r.revision = p.revision)""",
        remedy="their room is free again when their file is given up",
    ),
    Invariant(
        name="raw_page_end",
        what="raw pages that stand behind the end of their file",
        broken="""
            SELECT p.article_id FROM archive_pages p JOIN archive_files f ON f.id = p.file_id
             WHERE p.offset + p.length > f.bytes""",
        remedy="these pages cannot be read again; the articles are not touched by it",
    ),
)

INDEX = (
    Invariant(
        name="search_missing",
        what="articles that the search index does not know",
        broken="""
            SELECT a.id FROM article_heads a WHERE a.pruned_at IS NULL AND NOT EXISTS
                (SELECT 1 FROM article_fts_docsize d WHERE d.id = a.id)""",
        remedy="`dibao db reindex`",
    ),
    Invariant(
        name="search_ghost",
        what="articles that the search index knows and that are not there",
        broken="""
            SELECT d.id FROM article_fts_docsize d WHERE NOT EXISTS
                (SELECT 1 FROM article_heads a WHERE a.id = d.id AND a.pruned_at IS NULL)""",
        remedy="`dibao db reindex`",
    ),
)
"""What holds of a search index of today's rules."""
