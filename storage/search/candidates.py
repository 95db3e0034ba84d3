"""Articles that say what is looked for, newest first by the time at which they are listed.

The index names candidates by id, and ids are not in the order of time: archives are imported late. So where it names
few, they are sorted; where it names many, the list of all articles is gone through for those that it named; and what
most articles say is found by reading the newest ones. In every case an article counts only once its title and text
were read.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from storage.database import Database, Row, told
from storage.search.index import TABLE
from storage.search.query import Query
from storage.search.spelling import Spelled, spelled

MANY = 50_000
"""Ids that are asked of the index at once; what it names oftener is found by reading the newest articles."""

READ_FIRST = 1_000
"""Newest articles that are read at most before the index is asked for all that it names."""

PAGE = 21
"""Articles for whose sake that is done: a page, and whether another follows."""

LOOKS = 50
"""After so many of them it is seen whether so few say it that the index is the shorter way after all."""

COUNTED = 5_000
"""Ids of which it is looked up how many a condition lets through."""

LISTED = 100_000
"""Articles of the list that are gone through at most for those that the index named, before these are sorted."""

SORTING_COST = 5
"""What it costs to look up and sort an id, in articles of the list that could be passed instead (3 us against 0.6)."""

MOST_READ = 20_000
"""Articles that are read for nothing at most, a second or two of work: where the index names what no article says."""

_ARTICLE = """
    SELECT a.id, a.shown_at, r.title, t.text,
           (SELECT f.story_id FROM fingerprints f WHERE f.article_id = a.id) AS story_id
      FROM article_heads a
     CROSS JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision
     CROSS JOIN article_texts t ON t.revision_id = r.id"""
"""An article as it is now; one without a text does not come. CROSS JOIN: SQLite keeps to this order."""

_NAMED = f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH ?"
_NEWEST_FIRST = "ORDER BY a.shown_at DESC, a.id DESC"

Place = tuple[str, int]
"""Of an article in the order of time: when it is listed, and its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An article with its title and text as they are compared."""

    row: Row
    title: Spelled
    text: Spelled


class Candidates:
    """The articles that say what a query wants, of those that a condition over `article_heads a` lets through."""

    def __init__(
        self, database: Database, query: Query, where: str, values: list[Any], most_read: int | None = None
    ) -> None:
        self.database = database
        self._query = query
        self._where = where
        self._values = values
        self._most_read = MOST_READ if most_read is None else most_read
        self.gave_up = False
        """Whether `most_read` articles were read in vain and more are left that may say it."""
        self.read = 0
        """Articles that were read so far."""

    def newest_first(self, wanted: int) -> Iterator[Said]:
        """All of them, the latest `shown_at` and the greatest id first; the first `wanted` of them soonest.

        Where `most_read` articles had to be read in vain, not all: it `gave_up`.
        """
        last: Place | None = None
        if self._query.is_broad or self._few is None:
            last = yield from self._among_newest(wanted)
            if last is None:
                return
        for article_id in self._named(wanted, last):
            if self.read >= wanted + self._most_read:
                self.gave_up = True
                return
            one = self.article(article_id)
            if one is not None and self._says(one):
                yield one

    def by_id(self) -> Iterator[Said]:
        """All of them, by id."""
        sql = f"{_ARTICLE} WHERE a.id IN ({_NAMED}) AND {self._where} ORDER BY a.id"
        yield from filter(self._says, map(_said, self._stream(sql, self._query.match, *self._values)))

    def count(self) -> int | None:
        """How many the index names that are let through; None where telling would cost too much."""
        if self._query.is_broad or self._few is None:
            return None
        if self._where == "1":
            return len(self._few)
        return sum(1 for _ in self._sorted(self._few, None)) if len(self._few) <= COUNTED else None

    def article(self, article_id: int) -> Said | None:
        """An article, whatever it says; None where it has no text."""
        row = self.database.row(f"{_ARTICLE} WHERE a.id = ?", (article_id,))
        return None if row is None else _said(row)

    @cached_property
    def _few(self) -> list[int] | None:
        """The ids that the index names, whatever the condition says of them; None where there are more than MANY."""
        # As one text: five times as fast as a row for each.
        named = f"SELECT json_group_array(rowid) FROM ({_NAMED} LIMIT ?)"
        ids = json.loads(self.database.value(named, (self._query.match, MANY + 1)))
        return None if len(ids) > MANY else list(ids)

    def _says(self, one: Said) -> bool:
        self.read += 1
        return self._query.says(one.title.text, one.text.text)

    def _among_newest(self, wanted: int) -> Generator[Said, None, Place | None]:
        """Those among the newest articles, as long as so many say it that `wanted` are soon found.

        Returns the place of the last that was read; None where there are no more articles.
        """
        hits = 0
        place = None
        for number, row in enumerate(self._stream(f"{_ARTICLE} WHERE {self._where} {_NEWEST_FIRST}", *self._values), 1):
            one = _said(row)
            place = row["shown_at"], int(row["id"])
            if self._says(one):
                hits += 1
                yield one
            too_few = number % LOOKS == 0 and hits * READ_FIRST < min(wanted, PAGE) * number
            # More than MANY ids would all have to be sorted: 60,000 took 200 ms, and 1,000 articles are read in 30.
            if number >= READ_FIRST or (too_few and self._few is not None):
                return place
        return None

    def _named(self, wanted: int, last: Place | None) -> Iterator[int]:
        """The ids that the index names, newest first, of the articles that come after `last`."""
        ids = self._few
        if ids is not None and ids:
            articles = int(self.database.value("SELECT max(id) FROM article_heads"))
            if wanted * articles < SORTING_COST * len(ids) * len(ids):
                last, left = yield from self._listed(set(ids), last)
                ids = list(left)
        if ids is None or ids:
            yield from self._sorted(ids, last)

    def _listed(self, ids: set[int], last: Place | None) -> Generator[int, None, tuple[Place | None, set[int]]]:
        """Those of the ids that come first in the list of all articles. Returns where it ended, and which are left."""
        after, values = _after(last)
        sql = f"SELECT a.id FROM article_heads a WHERE {self._where} AND {after} {_NEWEST_FIRST} LIMIT ?"
        number = article_id = 0
        for number, (article_id,) in enumerate(self._stream(sql, *self._values, *values, LISTED), 1):  # noqa: B007
            if article_id in ids:
                ids.discard(article_id)
                yield article_id
        if number < LISTED:
            return last, set()
        last = self.database.value("SELECT shown_at FROM article_heads WHERE id = ?", (article_id,)), article_id
        return last, ids

    def _sorted(self, ids: list[int] | None, last: Place | None) -> Iterator[int]:
        """Those of the ids, or of all that the index names, that come after `last`, newest first."""
        chosen, named = "SELECT value FROM json_each(?)", json.dumps(ids)
        if ids is None:
            chosen, named = _NAMED, self._query.match
        after, values = _after(last)
        sql = (
            f"WITH named (id) AS ({chosen}) SELECT a.id FROM named CROSS JOIN article_heads a ON a.id = named.id"
            f" WHERE {self._where} AND {after} {_NEWEST_FIRST}"
        )
        for row in self._stream(sql, named, *self._values, *values):
            yield int(row[0])

    def _stream(self, sql: str, *values: Any) -> Iterator[Row]:
        """The rows of a query, as they are asked for."""
        with told(self.database.path):
            yield from self.database.execute(sql, values)


def _said(row: Row) -> Said:
    return Said(row=row, title=spelled(row["title"] or ""), text=spelled(row["text"]))


def _after(last: Place | None) -> tuple[str, tuple[Any, ...]]:
    """The condition that an article comes after a place, newest first, and its values."""
    return ("1", ()) if last is None else ("(a.shown_at, a.id) < (?, ?)", last)
