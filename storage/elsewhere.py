"""What the file knows of an engine whose jobs outlive the coordinator: that there is one, and the name it goes by."""

from __future__ import annotations

from pathlib import Path

from storage.database import Database, open_reader

_NOTE = "jobs_elsewhere"  # in `meta`


def file_id(path: Path) -> str:
    """The name that the file was given when it was made; a copy and a backup have the same. Raises StorageFault."""
    with open_reader(path) as reader:
        return str(reader.value("SELECT value FROM meta WHERE name = 'archive_id'"))


def note(database: Database, *, elsewhere: bool) -> None:
    """None; the file says whether jobs go on when its coordinator has ended. Call it in a transaction."""
    if elsewhere == may_go_on(database):
        return
    if elsewhere:
        database.execute("INSERT INTO meta (name, value) VALUES (?, '1')", (_NOTE,))
    else:
        database.execute("DELETE FROM meta WHERE name = ?", (_NOTE,))


def may_go_on(database: Database) -> bool:
    """Whether jobs that have not ended may go on although no coordinator runs: what they hold is not free then."""
    return database.value("SELECT 1 FROM meta WHERE name = ?", (_NOTE,)) is not None
