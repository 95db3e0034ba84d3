"""Making the index anew: `dibao db reindex`.

The new one is made beside the one that is used, some hundred articles at a time, and takes its place in one
transaction at the end. So whoever is killed leaves the old index whole, and goes on where he was, as long as nothing
else was written meanwhile.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.database import Database, open_reader, open_writer
from storage.faults import StorageFault
from storage.migrations.product import FTS
from storage.progress import Progress, untold
from storage.search import index
from storage.search.terms import VERSION

BATCH = 500
"""Articles that are entered in one transaction; a kill loses no more."""

MERGED_PAGES = 2_000
"""Of the index, 4 kB each, that are put in order in one transaction."""

LEAST_WORK = 2
"""Rows that SQLite counts as changed by a merge that had something to do (https://www.sqlite.org/fts5.html, 6.9)."""

_NEW = "article_fts_new"
_STATE = "search_index_building"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reindexed:
    """What was made anew, or would be. `before`, `after`: the index's rules; None where there was no whole index."""

    articles: int
    before: str | None
    after: str
    wanted: bool
    """Whether it could not be used as it was."""


def reindex_file(path: Path, progress: Progress = untold, *, dry_run: bool = False) -> Reindexed:
    """What was done; `progress` is told how many articles are entered.

    The caller holds the writer lock, unless it is a `dry_run`, which reads only. Raises StorageFault where the file
    cannot take what is to be written; the index is then as it was.
    """
    if dry_run:
        with open_reader(path) as reader:
            return _told(reader)
    if not path.exists():
        raise StorageFault(f"{path} does not exist yet; `dibao crawl` or `dibao run` makes it")
    with open_writer(path) as database:
        done = _told(database)
        try:
            _fill(database, done.articles, progress)
            _put_in_order(database)
        except StorageFault:
            # Whoever has no room left needs it for other things first.
            with database.transaction():
                _forget(database)
            raise
        _replace(database)
    return done


def _told(database: Database) -> Reindexed:
    articles = int(database.value("SELECT count(*) FROM article_heads WHERE pruned_at IS NULL"))
    before = index.version(database)
    return Reindexed(articles=articles, before=before, after=VERSION, wanted=articles > 0 and before != VERSION)


def _fill(database: Database, articles: int, progress: Progress) -> None:
    """None; every article is in the new index."""
    last, done = _begin(database)
    progress(done, articles)
    while True:
        with database.transaction():
            rows = database.rows(f"{index.NEWEST_TEXT} WHERE a.id > ? ORDER BY a.id LIMIT ?", (last, BATCH))
            if not rows:
                return
            last, done = int(rows[-1]["id"]), done + len(rows)
            index.fill(database, ((int(row["id"]), row["title"], row["text"]) for row in rows), _NEW)
            _reach(database, last, done)
        progress(done, articles)


def _begin(database: Database) -> tuple[int, int]:
    """The last article that is in the new index, and how many are: of one that was begun on the same articles, or 0."""
    noted = database.value("SELECT value FROM meta WHERE name = ?", (_STATE,))
    state: dict[str, Any] = json.loads(noted) if noted else {}
    if state.get("of") == _stamp(database):
        return int(state["last"]), int(state["done"])
    with database.transaction():
        _forget(database)
        database.execute(FTS.replace(index.TABLE, _NEW, 1))
        _reach(database, 0, 0)
    return 0, 0


def _stamp(database: Database) -> list[Any]:
    """What the new index depends on: another one makes another beginning."""
    return [VERSION, FTS, database.value("SELECT max(seq) FROM change_log")]


def _reach(database: Database, last: int, done: int) -> None:
    state = json.dumps({"of": _stamp(database), "last": last, "done": done})
    database.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (_STATE, state))


def _put_in_order(database: Database) -> None:
    """None; the new index is one sorted whole, as `optimize` makes it, but in small steps."""
    pages = -MERGED_PAGES  # the first step takes all parts together, whatever their sizes
    while True:
        before = database.connection.total_changes
        with database.transaction():
            database.execute(f"INSERT INTO {_NEW} ({_NEW}, rank) VALUES ('merge', ?)", (pages,))
        if database.connection.total_changes - before < LEAST_WORK:
            return
        pages = MERGED_PAGES


def _replace(database: Database) -> None:
    """None; the new index is the one that is used."""
    with database.transaction():
        database.execute(f"DROP TABLE {index.TABLE}")
        database.execute(f"ALTER TABLE {_NEW} RENAME TO {index.TABLE}")
        database.execute("DELETE FROM meta WHERE name = ?", (_STATE,))
        index.note_version(database)


def _forget(database: Database) -> None:
    """None; nothing is left of a new index that was begun."""
    database.execute(f"DROP TABLE IF EXISTS {_NEW}")
    database.execute("DELETE FROM meta WHERE name = ?", (_STATE,))
