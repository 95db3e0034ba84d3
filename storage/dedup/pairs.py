"""What was found of two articles: one row for each pair that is alike, with its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from storage.database import Database
from storage.similarity.rule import Likeness


def write(database: Database, article_id: int, found: Mapping[int, Likeness]) -> None:
    """None; each pair of the article with another one has its row. The smaller id is `a`."""
    database.executemany(
        "INSERT OR REPLACE INTO pairs"
        " (a, b, verdict, jaccard, containment, veto, numbers_same, numbers_differ) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(*sorted((article_id, other)), *_columns(likeness)) for other, likeness in found.items()],
    )


def drop(database: Database, article_id: int) -> set[int]:
    """The articles that this one was a copy of, or they of it; all of its pairs are gone."""
    partners = database.rows(
        "SELECT b AS other FROM pairs WHERE a = ?1 AND verdict = 'same'"
        " UNION SELECT a FROM pairs WHERE b = ?1 AND verdict = 'same'",
        (article_id,),
    )
    database.execute("DELETE FROM pairs WHERE a = ?1 OR b = ?1", (article_id,))
    return {int(row["other"]) for row in partners}


def alone(database: Database, articles: Iterable[int]) -> list[int]:
    """Those of the articles that are a copy of none and of which there is none, in the order of their ids."""
    return [
        article
        for article in sorted(articles)
        if not database.value(
            "SELECT EXISTS (SELECT 1 FROM pairs WHERE a = ?1 AND verdict = 'same')"
            " OR EXISTS (SELECT 1 FROM pairs WHERE b = ?1 AND verdict = 'same')",
            (article,),
        )
    ]


def _columns(likeness: Likeness) -> tuple[str, float, float, str | None, int, int]:
    return (
        likeness.verdict,
        likeness.jaccard,
        likeness.containment,
        likeness.veto,
        likeness.numbers_same,
        likeness.numbers_differ,
    )
