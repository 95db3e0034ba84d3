"""Which articles go out, in what order, and which a consumer must drop: one moment's picture, an article at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from storage.database import Database, Row, told
from storage.export.columns import Column, columns
from storage.export.filters import Condition
from storage.faults import StorageFault
from storage.progress import Progress, untold
from storage.selection import Selection

FOUND = "temp.export_found"
"""Articles that the words are in: in a table of the connection's own, for there may be a million."""

_FIRST = "insert"
_TOLD_EVERY = 256
_LAST_CHANGE = """c.seq > ? AND NOT EXISTS
    (SELECT 1 FROM change_log later WHERE later.article_id = c.article_id AND later.seq > c.seq)"""


class FeedShorter(StorageFault):
    """A consumer has followed the feed further than it goes: of this file it cannot have been."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which articles; all must hold, and what is left out lets all through.

    `section`: a name in the article's breadcrumb. `canonical`: only the one article that stands for its story. `words`:
    searched for as `dibao search` does. `limit`: how many lines at most.
    """

    selection: Selection = field(default_factory=Selection)
    conditions: tuple[Condition, ...] = ()
    section: str | None = None
    canonical: bool = False
    words: str | None = None
    limit: int | None = None

    def of_view(self, known: dict[str, Column]) -> tuple[str, list[Any]]:
        """SQL over a row `v` of the view, but for selection and words, and its values. Raises as Condition.sql does."""
        parts = [condition.sql(known) for condition in self.conditions]
        if self.section is not None:
            parts.append(Condition(column="sections", operator="=", value=self.section).sql(known))
        if self.canonical:
            parts.append(("coalesce(v.is_canonical, v.duplicate_of IS NULL)", []))
        return " AND ".join(f"({sql})" for sql, _ in parts) or "1", [value for _, values in parts for value in values]


@dataclass(frozen=True, slots=True)
class Line:
    """An article as it is now, or what says that it must be dropped: then `row` is None.

    `seq`, `op`: number and kind of its last change; `at`: when that came.
    """

    article_id: int
    seq: int
    op: str
    at: str
    row: Row | None


class Lines:
    """The lines of an export. Iterate once, within one read transaction, which makes it one moment's picture.

    `since`: None for all articles as they are, in the order of their ids; a number for those alone that changed after
    that number of the feed, each once, in the order of their last changes, with tombstones of those that are pruned or
    are no longer among the wanted. `newest_first`: all articles that are live, by the time by which they are listed.
    """

    def __init__(
        self,
        database: Database,
        wanted: Wanted,
        names: Sequence[str],
        *,
        since: int | None = None,
        newest_first: bool = False,
        progress: Progress = untold,
    ) -> None:
        """Raises NoSuchColumn, BadFilter, UnknownSource, BadQuery or FeedShorter."""
        self.database, self.wanted, self.since, self.newest_first = database, wanted, since, newest_first
        self.last_seq = int(database.value("SELECT coalesce(max(seq), 0) FROM change_log"))
        """The last change of the picture."""
        self.next_since: int | None = self.last_seq
        """After iteration: where the export that goes on from this one begins; None where the limit cut off others."""
        if since is not None and since > self.last_seq:
            raise FeedShorter(
                f"{database.path}: its changes end at {self.last_seq}, before {since}: that number is of another file,"
                " or an older copy was put in its place. Drop what you made of it, and begin again with --since-seq 0"
            )
        self._progress = progress
        condition, self._values = wanted.of_view(columns(database))
        if wanted.words is not None:
            self._find(wanted.words)
            condition += f" AND v.id IN (SELECT id FROM {FOUND})"
        if since is not None:
            # A revision may move an article over the bounds of time: then it is dropped, as one that was pruned.
            bounds, values = replace(wanted.selection, sources=()).where(database, "v")
            condition += f" AND {bounds}"
            self._values += values
        self._sql = f"SELECT {', '.join(f'v.{name}' for name in names)} FROM articles v WHERE v.id = ? AND {condition}"

    def __iter__(self) -> Iterator[Line]:
        left = self.wanted.limit
        for at, (article_id, seq, op, when) in enumerate(self._heads()):
            if at % _TOLD_EVERY == 0:
                self._tell(article_id, seq)
            row = self.database.row(self._sql, (article_id, *self._values))
            # Whoever was told of an article that is only new was told of no other state of it.
            if row is None and (self.since is None or op == _FIRST):
                continue
            yield Line(article_id, seq, op, when, row)
            if left is not None:
                left -= 1
                if not left:
                    self.next_since = None if self.since is None else seq
                    return

    def _heads(self) -> Iterator[Any]:
        """Id, number and kind and time of the last change of all articles that may be meant."""
        sources = Selection(sources=self.wanted.selection.sources)
        condition, values = (sources if self.since is not None else self.wanted.selection).where(self.database)
        if self.since is not None:
            sql = f"""SELECT a.id, c.seq, c.op, c.at FROM change_log c CROSS JOIN article_heads a ON a.id = c.article_id
                WHERE {_LAST_CHANGE} AND {condition} ORDER BY c.seq"""
            values = [self.since, *values]
        else:
            found = f"a.id IN (SELECT id FROM {FOUND})" if self.wanted.words is not None else "1"
            live, order = ("a.status = 'live'", "a.shown_at DESC, a.id DESC") if self.newest_first else ("1", "a.id")
            sql = f"""SELECT a.id, c.seq, c.op, c.at FROM article_heads a CROSS JOIN change_log c
                  ON c.seq = (SELECT max(seq) FROM change_log l WHERE l.article_id = a.id)
                WHERE a.pruned_at IS NULL AND {live} AND {condition} AND {found} ORDER BY {order}"""
        cursor = self.database.execute(sql, values)
        with told(self.database.path):
            yield from cursor

    def _find(self, words: str) -> None:
        from storage.search.finding import matching  # noqa: PLC0415 - only where words are looked for

        self.database.execute(f"DROP TABLE IF EXISTS {FOUND}")
        self.database.execute(f"CREATE TEMP TABLE {FOUND.removeprefix('temp.')} (id INTEGER PRIMARY KEY)")
        for article_id in matching(self.database, words, self.wanted.selection):
            self.database.execute(f"INSERT OR IGNORE INTO {FOUND} VALUES (?)", (article_id,))

    def _tell(self, article_id: int, seq: int) -> None:
        if self.since is not None:
            self._progress(seq - self.since, self.last_seq - self.since)
        elif not self.newest_first:
            self._progress(article_id, self._last_id)

    @property
    def _last_id(self) -> int:
        return int(self.database.value("SELECT coalesce(max(id), 0) FROM article_heads"))
