"""Which articles a reader wants: the filters that search, export and re-extraction share, as SQL with bound values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from storage.database import Database
from storage.faults import StorageFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Filters that all must hold; one that is left out lets all articles through.

    `sources`: names, of which an article has one. `since`, `until`: bounds of the time by which articles are listed
    (`shown_at`), UTC text, the first within and the second without. `seen_since`: of `first_seen_at`. `behind`: a
    `shown_at` and an id, behind which an article comes in the list, newest first.
    """

    sources: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    seen_since: str | None = None
    behind: tuple[str, int] | None = None

    def where(self, database: Database, head: str = "a") -> tuple[str, list[Any]]:
        """An SQL condition over `article_heads` under the alias `head`, and its values; "1" where all may pass.

        Raises UnknownSource.
        """
        conditions: list[str] = []
        values: list[Any] = []
        if self.sources:
            ids = [source_id(database, name) for name in self.sources]
            conditions.append(f"{head}.source_id IN ({', '.join('?' * len(ids))})")
            values += ids
        for column, bound in (
            ("shown_at >= ?", self.since),
            ("shown_at < ?", self.until),
            ("first_seen_at >= ?", self.seen_since),
        ):
            if bound is not None:
                conditions.append(f"{head}.{column}")
                values.append(bound)
        if self.behind is not None:
            conditions.append(f"({head}.shown_at, {head}.id) < (?, ?)")
            values += self.behind
        return " AND ".join(conditions) or "1", values


class UnknownSource(StorageFault):
    """A source was named that the file does not know."""


def source_id(database: Database, name: str) -> int:
    """The id of the source of that name. Raises UnknownSource."""
    found = database.value("SELECT id FROM sources WHERE name = ?", (name,))
    if found is None:
        known = ", ".join(row["name"] for row in database.rows("SELECT name FROM sources ORDER BY name LIMIT 50"))
        raise UnknownSource(f"{database.path} has no source {name!r}; there are: {known or 'none yet'}")
    return int(found)
