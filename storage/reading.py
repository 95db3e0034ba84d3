"""What a reader asks of the file, through the public views."""

from __future__ import annotations

from storage.database import Database, Row


def count(database: Database) -> int:
    """How many articles there are, without those that were pruned."""
    return int(
        database.value(
            "SELECT (SELECT count(*) FROM article_heads)"
            " - (SELECT count(*) FROM article_heads WHERE pruned_at IS NOT NULL)"
        )
    )


def newest(database: Database, limit: int) -> list[Row]:
    """The articles that were stored last, last first, as rows of the view `articles`."""
    return database.rows("SELECT * FROM articles ORDER BY id DESC LIMIT ?", (limit,))


def shared_stories(database: Database, limit: int) -> list[Row]:
    """The stories that more than one article tells, those on most sites first, as rows of the view `stories`."""
    return database.rows(
        "SELECT * FROM stories WHERE n_articles > 1 ORDER BY n_sites DESC, n_articles DESC, id LIMIT ?", (limit,)
    )
