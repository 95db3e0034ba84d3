"""All that decides of some articles' stories: whatever is linked to them, however far, and the stories it is in now."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from storage.database import Database, Row
from storage.stories import decisions
from storage.stories.clusters import Decided, Edge


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """Articles with a fingerprint, and all pairs and decisions between them; nothing outside can make them one story.

    `stories`: the story that each is in now; that of an article that was in none is its own id. `keys`: by article.
    `edges`: `same` and `template` pairs. `decided`: newest first; some may name articles that were pruned.
    """

    stories: dict[int, int]
    keys: dict[int, str]
    edges: tuple[Edge, ...]
    decided: tuple[Decided, ...]


def component(database: Database, articles: Iterable[int]) -> Component:
    """What the articles are linked with by copies and by decisions, and the present companions of all of these."""
    stories: dict[int, int] = {}
    keys: dict[int, str] = {}
    any_decided = False
    new = seen = set(articles)
    while new:
        decided = decisions.of(database, new)
        any_decided |= bool(decided)
        inside = _heads(database, new)
        linked = _copies(database, new) | {end for one in decided if one.verdict == "same" for end in (one.a, one.b)}
        linked |= _companions(database, {row["story_id"] for row in inside} - set(stories.values()))
        stories |= {row["article_id"]: row["story_id"] for row in inside}
        keys |= {row["article_id"]: row["key"] for row in inside}
        new = linked - seen
        seen = seen | new
    return Component(
        stories=stories,
        keys=keys,
        edges=_between(database, stories),
        decided=tuple(decisions.of(database, seen)) if any_decided else (),
    )


def _copies(database: Database, articles: Iterable[int]) -> set[int]:
    """The articles that are copies of some of these, or they of them."""
    rows = database.rows(
        "WITH asked AS MATERIALIZED (SELECT value AS id FROM json_each(?))"
        " SELECT b FROM pairs WHERE a IN (SELECT id FROM asked) AND verdict = 'same'"
        " UNION SELECT a FROM pairs WHERE b IN (SELECT id FROM asked) AND verdict = 'same'",
        (listed(articles),),
    )
    return {row[0] for row in rows}


def _between(database: Database, articles: Collection[int]) -> tuple[Edge, ...]:
    """The `same` and `template` pairs that two of these articles are, each once. A form has many, so they come last."""
    rows = database.rows(
        "SELECT a, b, verdict, jaccard, containment FROM pairs WHERE a IN (SELECT value FROM json_each(?))"
        " AND verdict IN ('same', 'template')",
        (listed(articles),),
    )
    return tuple(
        Edge(a=a, b=b, verdict=verdict, jaccard=jaccard, containment=containment)
        for a, b, verdict, jaccard, containment in rows
        if b in articles
    )


def pairs_of(database: Database, articles: Iterable[int]) -> list[Edge]:
    """The `same` and `template` pairs of these articles, each once."""
    ids = listed(articles)
    found = {
        (row["a"], row["b"]): row
        for end in ("a", "b")
        for row in database.rows(
            f"SELECT a, b, verdict, jaccard, containment FROM pairs WHERE {end} IN (SELECT value FROM json_each(?))"
            " AND verdict IN ('same', 'template')",
            (ids,),
        )
    }
    return [
        Edge(a=a, b=b, verdict=row["verdict"], jaccard=row["jaccard"], containment=row["containment"])
        for (a, b), row in found.items()
    ]


def listed(articles: Iterable[int]) -> str:
    """The ids as SQLite's json_each takes them, in order."""
    return json.dumps(sorted(articles))


def _heads(database: Database, articles: Iterable[int]) -> list[Row]:
    return database.rows(
        "SELECT f.article_id, f.story_id, a.key FROM fingerprints f JOIN article_heads a ON a.id = f.article_id"
        " WHERE f.article_id IN (SELECT value FROM json_each(?))",
        (listed(articles),),
    )


def _companions(database: Database, stories: Iterable[int]) -> set[int]:
    rows = database.rows(
        "SELECT article_id FROM fingerprints WHERE story_id IN (SELECT value FROM json_each(?))", (listed(stories),)
    )
    return {row["article_id"] for row in rows}
