"""What is like an article: how alike the articles of one story are, and which articles of others are like them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from storage.database import Database, Row
from storage.stories import decisions


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How alike two articles are, as the table of pairs has it."""

    verdict: str
    jaccard: float
    containment: float
    veto: str | None
    numbers_same: int
    numbers_differ: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAlike:
    """An article that is like `member`, one of the story, but is in another. `decided`: a person said so of the two.

    `stories_decided`: a person said so of any article of the one story and any of the other.
    """

    article_id: int
    story_id: int
    url: str
    source: str
    title: str | None
    member: int
    likeness: Likeness
    decided: bool
    stories_decided: bool


_PAIR = "p.verdict, p.jaccard, p.containment, p.veto, p.numbers_same, p.numbers_differ"


def _likeness(row: Row) -> Likeness:
    return Likeness(
        verdict=row["verdict"],
        jaccard=row["jaccard"],
        containment=row["containment"],
        veto=row["veto"],
        numbers_same=row["numbers_same"],
        numbers_differ=row["numbers_differ"],
    )


def alike(database: Database, story_id: int) -> dict[int, dict[int, Likeness]]:
    """How alike the articles of a story are, of those that were compared, both ways round."""
    rows = database.rows(
        f"SELECT p.a, p.b, {_PAIR} FROM fingerprints f JOIN pairs p ON p.a = f.article_id"
        " JOIN fingerprints g ON g.article_id = p.b WHERE f.story_id = ?1 AND g.story_id = ?1",
        (story_id,),
    )
    found: dict[int, dict[int, Likeness]] = defaultdict(dict)
    for row in rows:
        found[row["a"]][row["b"]] = found[row["b"]][row["a"]] = _likeness(row)
    return found


def _kept_apart(database: Database, story_id: int) -> set[int]:
    """The stories that a decision which counts keeps apart from a story."""
    either = " UNION ".join(
        f"SELECT g.story_id FROM fingerprints f JOIN story_decisions d ON d.{own} = f.article_id"
        f" JOIN fingerprints g ON g.article_id = d.{its}"
        " WHERE f.story_id = ?1 AND g.story_id <> ?1 AND d.verdict = 'apart' AND d.undone_at IS NULL"
        for own, its in ("ab", "ba")
    )
    return {row["story_id"] for row in database.rows(either, (story_id,))}


def look_alikes(database: Database, story_id: int) -> list[LookAlike]:
    """The articles of other stories that are like one of this, the most alike first, each with its most alike."""
    nearest: dict[int, Row] = {}
    for row in _across(database, story_id):
        nearest.setdefault(row["other"], row)
    apart = {(one.a, one.b) for one in decisions.of(database, nearest) if one.verdict == "apart"}
    kept_apart = _kept_apart(database, story_id)
    return [
        LookAlike(
            article_id=row["other"],
            story_id=row["story_id"],
            url=row["url"],
            source=row["source"],
            title=row["title"],
            member=row["member"],
            likeness=_likeness(row),
            decided=(min(row["other"], row["member"]), max(row["other"], row["member"])) in apart,
            stories_decided=row["story_id"] in kept_apart,
        )
        for row in nearest.values()
    ]


def _across(database: Database, story_id: int) -> list[Row]:
    """The pairs of an article of a story with one of another, the most alike first."""
    of_pairs = " UNION ALL ".join(
        f"SELECT f.article_id AS member, g.article_id AS other, g.story_id, {_PAIR} FROM fingerprints f"
        f" JOIN pairs p ON p.{own} = f.article_id JOIN fingerprints g ON g.article_id = p.{its}"
        " WHERE f.story_id = ?1 AND g.story_id <> ?1"
        for own, its in ("ab", "ba")
    )
    return database.rows(
        f"SELECT p.*, a.url, s.name AS source, r.title FROM ({of_pairs}) p JOIN article_heads a ON a.id = p.other"
        " JOIN sources s ON s.id = a.source_id"
        " JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision"
        " ORDER BY p.verdict <> 'same', p.jaccard DESC, p.containment DESC, p.other, p.member",
        (story_id,),
    )
