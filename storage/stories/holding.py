"""What holds the articles of a story together, for telling it: copies of copies, and what people decided."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from storage import tombstones
from storage.database import Database, Row
from storage.records import utc_text
from storage.stories import decisions
from storage.stories.look_alikes import Likeness
from storage.stories.resolving import articles_of

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

    Oldest decision first. A split makes either of its sides one. Articles that were pruned lead on to the next.
    """
    inside = set(articles_of(database, story_id))
    rows = [row for row in _decided(database, inside) if all(_is_here(database, row[end], inside) for end in "ab")]
    numbers = [one.id for one in decisions.made(database, {row["a"] for row in rows}) if one.undone_at is None]
    found: list[tuple[int, set[int]]] = []
    after: tuple[object, ...] = ()
    for row in rows:
        # A decision is a chain: each row goes on where the one before ends.
        if (row["id"], row["a"], row["command"], row["at"]) != after:
            found.append((max((one for one in numbers if one <= row["id"]), default=row["id"]), set()))
        found[-1][1].update((row["a"], row["b"]))
        after = (row["id"] + 1, row["b"], row["command"], row["at"])
    chains = [(number, frozenset(articles & inside)) for number, articles in found]
    return [(number, chain) for number, chain in chains if len(chain) > 1]


def _decided(database: Database, articles: Collection[int]) -> list[Row]:
    """The rows that say `same` of all decisions which name any of these articles and count, by number."""
    spans = {(one.command, utc_text(one.at)) for one in decisions.made(database, articles) if one.undone_at is None}
    found = {
        row["id"]: row
        for command, at in spans
        for row in database.rows(
            "SELECT * FROM story_decisions WHERE command = ? AND at = ? AND verdict = 'same' AND undone_at IS NULL",
            (command, at),
        )
    }
    return [found[number] for number in sorted(found)]


def _is_here(database: Database, article: int, inside: Collection[int]) -> bool:
    """Whether a decision's article is in the story, or leads on to one that is: it was pruned."""
    return article in inside or tombstones.is_pruned(database, article)


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
