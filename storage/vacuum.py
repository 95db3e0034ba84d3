"""Giving the room that deleted rows have left back to the disk, and with it what they said."""

from __future__ import annotations

import shutil

from storage.database import Database
from storage.faults import StorageFault


def vacuum(database: Database) -> int:
    """How many bytes smaller the file is. It is written anew as a whole; readers go on with what they have.

    The caller is the writer and in no transaction. Raises StorageFault, before anything is done where there is no room.
    """
    # SQLite writes the new file beside, then through the log: https://www.sqlite.org/lang_vacuum.html
    before = database.path.stat().st_size
    used = before - int(database.value("PRAGMA freelist_count")) * int(database.value("PRAGMA page_size"))
    free = shutil.disk_usage(database.path.resolve().parent).free
    if free < 2 * used:
        raise StorageFault(
            f"{database.path}: to be written anew it needs {_mib(2 * used)} MiB of free disk, there are {_mib(free)};"
            " nothing was vacuumed. Freed pages are used again in any case"
        )
    # The words of deleted texts stand in the index until its parts are merged.
    database.execute("INSERT INTO article_fts (article_fts) VALUES ('optimize')")
    database.execute("VACUUM")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return before - database.path.stat().st_size


def _mib(size: int) -> int:
    return -(-size // 1024**2)
