"""The file in which all stories are made anew, beside the database, and how far that has come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from storage.database import Database, told
from storage.faults import StorageFault
from storage.sqlite import sqlite3

REPLACED = ("fingerprints", "anchors", "hot_anchors", "pairs", "story_heads")
"""Tables that are made anew as a whole."""

# What placing an article writes. Its other tables are found in the database, which is attached behind this file.
_WRITTEN = (*REPLACED, "story_aliases", "story_log", "change_log")


def beside(path: Path) -> Path:
    """Where the scratch file of a database stands."""
    real = path.resolve()
    return real.with_name(f"{real.name}.rededup")


def remove(scratch: Path) -> None:
    """None; the scratch file is gone, if there was one."""
    for end in ("", "-wal", "-shm", "-journal"):
        scratch.with_name(scratch.name + end).unlink(missing_ok=True)


@contextmanager
def opened(scratch: Path, database: Database, stamp: str) -> Iterator[Database]:
    """A block with the scratch file, in which the articles of the database can be read and nothing of it written.

    It is begun anew where there is none, or one that was begun by another `stamp`, or for articles that have changed.
    """
    with _usable(scratch, database.path, stamp) or _open(scratch, database.path) as copy:
        _prepare(copy, database, stamp)
        yield copy


def watermark(copy: Database) -> int:
    """The last article that was placed."""
    return int(copy.value("SELECT placed FROM rededup"))


def reached(copy: Database, article_id: int) -> None:
    """None; all articles up to this one are placed."""
    copy.execute("UPDATE rededup SET placed = ?", (article_id,))


def _usable(scratch: Path, path: Path, stamp: str) -> Database | None:
    """The scratch file as it was left, if it can be gone on with; else None, and it is gone."""
    copy = None
    # What is no database, or not one of ours, was torn by a crash: it is of no use either.
    with suppress(StorageFault):
        copy = _open(scratch, path)
        if _is_good(copy, stamp):
            return copy
    if copy is not None:
        copy.close()
    remove(scratch)
    return None


def _open(scratch: Path, path: Path) -> Database:
    with told(scratch):
        connection = sqlite3.connect(scratch.as_uri(), uri=True, isolation_level=None)
    copy = Database(connection, scratch)
    try:
        copy.execute("PRAGMA journal_mode = wal")
        copy.execute("PRAGMA synchronous = 1")
        copy.execute("ATTACH ? AS old", (f"{path.resolve().as_uri()}?mode=ro",))
    except BaseException:
        copy.close()
        raise
    return copy


def _is_good(copy: Database, stamp: str) -> bool:
    """Whether it was begun by the same rules, and nothing of the articles that are placed has changed since."""
    row = copy.row("SELECT * FROM main.rededup")
    return (
        row is not None
        and row["stamp"] == stamp
        and not copy.value(
            "SELECT EXISTS (SELECT 1 FROM old.change_log WHERE seq > ? AND article_id <= ?)",
            (row["changes"], row["placed"]),
        )
    )


def _prepare(copy: Database, database: Database, stamp: str) -> None:
    """None; the scratch file has the tables of the database that it is made for, all empty, if it had none."""
    if copy.value("SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE name = 'rededup')"):
        return
    marks = ", ".join("?" * len(_WRITTEN))
    made = database.rows(
        f"SELECT sql FROM sqlite_schema WHERE tbl_name IN ({marks}) AND sql IS NOT NULL ORDER BY type = 'index'",
        _WRITTEN,
    )
    with copy.transaction():
        for row in made:
            copy.execute(row["sql"])
        copy.execute("CREATE TABLE rededup (stamp TEXT NOT NULL, changes INTEGER NOT NULL, placed INTEGER NOT NULL)")
        copy.execute(
            "INSERT INTO rededup (stamp, changes, placed) SELECT ?, coalesce(max(seq), 0), 0 FROM old.change_log",
            (stamp,),
        )
