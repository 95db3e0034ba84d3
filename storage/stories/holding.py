"""What holds the articles of a story together, for telling it: copies of copies, and what people decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from storage.database import Database
from storage.stories import decisions
from storage.stories.look_alikes import Likeness

Chain = tuple[int, frozenset[int]]
"""What one decision makes one: its number, and the articles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What holds an article in a story that is no copy of the one that stands for it: what it has to do with another.

    `likeness`: of the two, which are copies; None where only a `decision` makes them one, which is its number.
    """

    article_id: int
    likeness: Likeness | None = None
    decision: int | None = None


def joined(database: Database, story_id: int) -> list[Chain]:
    """The articles of a story that decisions make one, two at least of each, with the number that undoes it.

    Oldest decision first. A split makes either of its sides one.
    """
    rows = database.rows(
        "SELECT d.* FROM fingerprints f JOIN story_decisions d ON d.a = f.article_id"
        " JOIN fingerprints g ON g.article_id = d.b"
        " WHERE f.story_id = ?1 AND g.story_id = ?1 AND d.verdict = 'same' AND d.undone_at IS NULL ORDER BY d.id",
        (story_id,),
    )
    numbers = [one.id for one in decisions.made(database, {row["a"] for row in rows}) if one.undone_at is None]
    found: list[tuple[int, set[int]]] = []
    after: tuple[object, ...] = ()
    for row in rows:
        # A decision is a chain: each row goes on where the one before ends.
        if (row["id"], row["a"], row["command"], row["at"]) != after:
            found.append((max((one for one in numbers if one <= row["id"]), default=row["id"]), set()))
        found[-1][1].update((row["a"], row["b"]))
        after = (row["id"] + 1, row["b"], row["command"], row["at"])
    return [(number, frozenset(articles)) for number, articles in found]


def decision(article: int, canonical: int, chains: Sequence[Chain]) -> int | None:
    """The number of the newest decision by which two different articles are one; None where there is none."""
    if article == canonical:
        return None
    return max((number for number, chain in chains if {article, canonical} <= chain), default=None)


def held(canonical: int, near: Mapping[int, Mapping[int, Likeness]], chains: Sequence[Chain]) -> dict[int, Link]:
    """What holds each article that is no copy of the one that stands for the story, and not decided to be one with it.

    Each by an article that is held itself without it: by its most alike copy, and only where none leads on by a
    decision. Articles that nothing leads to are left out.
    """
    found: dict[int, Link] = {}
    reached: set[int] = set()
    left = list(chains)
    # Best first: copies by likeness, then decisions, the newest first; the article, by which other, by which decision.
    heap: list[tuple[float, float, int, int, int | None]] = [(-1.0, -1.0, canonical, canonical, None)]
    while heap:
        *_, article, other, number = heappop(heap)
        if article in reached:
            continue
        reached.add(article)
        likeness = near.get(article, {}).get(other) if number is None else None
        if other != canonical:
            found[article] = Link(article_id=other, likeness=likeness, decision=number)
        for copy, one in near.get(article, {}).items():
            if one.verdict == "same" and copy not in reached:
                heappush(heap, (-one.jaccard, -one.containment, copy, article, None))
        for chain in [chain for chain in left if article in chain[1]]:
            left.remove(chain)
            for member in chain[1] - reached:
                heappush(heap, (1.0, -chain[0], member, article, chain[0]))
    return {one: link for one, link in found.items() if not _direct(one, canonical, near, chains)}


def _direct(
    article: int, canonical: int, near: Mapping[int, Mapping[int, Likeness]], chains: Sequence[Chain]
) -> bool:
    """Whether an article is a copy of the one that stands for the story, or was decided to be one with it."""
    likeness = near.get(canonical, {}).get(article)
    return (likeness is not None and likeness.verdict == "same") or decision(article, canonical, chains) is not None
