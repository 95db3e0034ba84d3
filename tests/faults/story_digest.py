"""What two files must agree on where the same pages were stored: all that is known of stories."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from pathlib import Path
from typing import Any

from storage.database import Database, open_reader

TABLES = (
    "fingerprints", "anchors", "hot_anchors", "pairs", "story_heads", "story_aliases", "story_decisions", "story_log",
)  # fmt: skip
SEEN = ("article_story", "article_pairs", "stories", "story_history", "story_ids")
KEY = "(SELECT key FROM article_heads WHERE id = {})"


def by_ids(path: Path) -> dict[str, str]:
    """A digest of every row of every table and view of stories, and of what was told of articles, ids and all."""
    with open_reader(path) as database:
        found = {name: _digest(database.rows(f"SELECT * FROM {name}")) for name in (*TABLES, *SEEN)}
        found["heads"] = _digest(database.rows("SELECT id, key, revision, duplicate_of FROM article_heads"))
        found["changes"] = _digest(database.rows("SELECT * FROM changes"))
    return found


def by_keys(path: Path) -> dict[str, Any]:
    """What there is of stories, told by addresses: equal where the same came in another order.

    Not how it came to be so (log, aliases), nor by which chain of articles a person's story is held together. Nor with
    which of many that fill in one form an article was compared: no more than CANDIDATES are, of a hundred alike.
    """
    with open_reader(path) as database:
        return {
            "stories": _stories(database),
            "heads": _rows(database, f"SELECT {KEY.format('canonical_id')}, articles, sites, first_published_at"
                                     " FROM story_heads"),
            "fingerprints": _rows(database, f"SELECT {KEY.format('article_id')}, version, digest, shingles, thin"
                                            " FROM fingerprints"),
            "pairs": _rows(database, f"SELECT min({KEY.format('a')}, {KEY.format('b')}),"
                                     f" max({KEY.format('a')}, {KEY.format('b')}), verdict, jaccard, containment, veto,"
                                     " numbers_same, numbers_differ FROM pairs WHERE verdict <> 'template'"),
            "decisions": _rows(database, f"SELECT min({KEY.format('a')}, {KEY.format('b')}),"
                                         f" max({KEY.format('a')}, {KEY.format('b')}), at"
                                         " FROM story_decisions WHERE verdict = 'apart'"),
        }  # fmt: skip


def in_the_end(path: Path) -> list[tuple[Any, ...]]:
    """Of each article, the story into which its log says it has gone last; a story of its own where it never went."""
    with open_reader(path) as database:
        return _rows(
            database,
            "SELECT f.article_id, f.story_id, coalesce((SELECT l.story_id FROM story_log l"
            " WHERE l.article_id = f.article_id ORDER BY l.seq DESC LIMIT 1), f.article_id) FROM fingerprints f",
        )


def faults(path: Path) -> list[str]:
    """What of the tables contradicts the rest of them."""
    with open_reader(path) as database:
        return [what for what, sql in _CONTRADICTIONS.items() if database.value(sql)]


_CONTRADICTIONS = {
    "the file": "SELECT 1 FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
    "a reference": "SELECT 1 FROM pragma_foreign_key_check",
    "an article without a place": "SELECT 1 FROM article_heads h LEFT JOIN fingerprints f ON f.article_id = h.id"
                                  " WHERE f.article_id IS NULL AND h.pruned_at IS NULL",
    "a place of one that was pruned": "SELECT 1 FROM fingerprints f JOIN article_heads h ON h.id = f.article_id"
                                      " WHERE h.pruned_at IS NOT NULL",
    "a pair of one that was pruned": "SELECT 1 FROM pairs WHERE a NOT IN (SELECT article_id FROM fingerprints)"
                                     " OR b NOT IN (SELECT article_id FROM fingerprints)",
    "an anchor of nothing": "SELECT 1 FROM anchors WHERE article_id NOT IN (SELECT article_id FROM fingerprints)",
    "an id that is not its smallest": "SELECT 1 FROM fingerprints GROUP BY story_id HAVING min(article_id) <> story_id",
    "a story without a head": "SELECT 1 FROM fingerprints WHERE story_id NOT IN (SELECT id FROM story_heads)",
    "a head without a story": "SELECT 1 FROM story_heads WHERE id NOT IN (SELECT story_id FROM fingerprints)",
    "a count": "SELECT 1 FROM story_heads s"
               " WHERE articles <> (SELECT count(*) FROM fingerprints f WHERE f.story_id = s.id)",
    "a canonical of another story": "SELECT 1 FROM story_heads s JOIN fingerprints f ON f.article_id = s.canonical_id"
                                    " WHERE f.story_id <> s.id",
    "an alias that leads nowhere": "SELECT 1 FROM story_aliases WHERE story_id NOT IN (SELECT id FROM story_heads)",
    "an alias that is not of its heir's story": "SELECT 1 FROM story_aliases s LEFT JOIN fingerprints f"
                                                " ON f.article_id = coalesce(s.heir, s.old_id)"
                                                " WHERE f.story_id IS NOT s.story_id",
    "an alias of what is a story": "SELECT 1 FROM story_aliases WHERE old_id IN (SELECT id FROM story_heads)",
    "too many under a key": "SELECT 1 FROM anchors GROUP BY hash HAVING count(*) > 50",
    "an anchor that is hot": "SELECT 1 FROM anchors WHERE hash IN (SELECT hash FROM hot_anchors)",
    "an anchor of a thin text": "SELECT 1 FROM anchors JOIN fingerprints USING (article_id) WHERE thin",
    "too many anchors": "SELECT 1 FROM anchors GROUP BY article_id HAVING count(*) > 16",
}  # fmt: skip


def _stories(database: Database) -> list[list[str]]:
    stories = defaultdict(list)
    for row in database.rows(f"SELECT story_id, {KEY.format('article_id')} AS key FROM fingerprints"):
        stories[row["story_id"]].append(row["key"])
    return sorted(sorted(story) for story in stories.values())


def _rows(database: Database, sql: str) -> list[tuple[Any, ...]]:
    return sorted((tuple(row) for row in database.rows(sql)), key=repr)


def _digest(rows: list[Any]) -> str:
    return hashlib.sha256("\n".join(sorted(repr(tuple(row)) for row in rows)).encode()).hexdigest()
