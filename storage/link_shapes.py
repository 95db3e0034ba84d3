"""Forms of a source's addresses (`/{date}/{id}.html`), and how many pages of each form were articles."""

from __future__ import annotations

from collections.abc import Mapping

from storage.database import Database
from storage.records import LinkShape

MOST_FOR_A_JOB = 500


def add(database: Database, source_id: int, counts: Mapping[str, tuple[int, int]]) -> None:
    """None; `counts` by shape, of pages that were articles and that were none, are added to what is known."""
    database.executemany(
        "INSERT INTO link_shapes (source_id, shape, articles, others) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (source_id, shape) DO UPDATE SET articles = articles + excluded.articles,"
        " others = others + excluded.others",
        [(source_id, shape, articles, others) for shape, (articles, others) in counts.items()],
    )


def for_job(database: Database, source_id: int) -> tuple[LinkShape, ...]:
    """What is known of the source's forms, the most frequent first, for a job."""
    rows = database.rows(
        "SELECT * FROM link_shapes WHERE source_id = ? ORDER BY articles + others DESC, shape LIMIT ?",
        (source_id, MOST_FOR_A_JOB),
    )
    return tuple(LinkShape(shape=row["shape"], articles=row["articles"], others=row["others"]) for row in rows)
