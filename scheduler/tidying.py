"""Rounds of tidying the file, and an alarm when a reader keeps its log from shrinking: one, not one a round."""

from __future__ import annotations

import logging

from storage.database import Database
from storage.folding import fold
from storage.holders import holders

logger = logging.getLogger(__name__)

LARGE_LOG_BYTES = 64 * 1024**2
"""A reader that never ends keeps the log from being folded in; it then grows without bound (503 MB measured)."""
MOST_NAMED = 3


class Tidying:
    """Told of by the daemon each `maintenance_seconds`. It stops nothing: only a full disk does."""

    def __init__(self) -> None:
        self._is_large = False

    def round(self, database: Database) -> None:
        """None; the log is folded in as far as readers allow, SQLite's statistics are fresh. Raises StorageFault."""
        database.execute("PRAGMA optimize").fetchall()
        folded = fold(database)
        is_large = folded.bytes > LARGE_LOG_BYTES
        if is_large and not self._is_large:
            who = readers(database)
            logger.warning(
                "the log of %s has %d MiB and cannot be folded in while a program reads: %s. End it; the crawl goes on",
                database.path, folded.bytes >> 20, who, extra={"wal_bytes": folded.bytes, "readers": who},
            )  # fmt: skip
        elif self._is_large and not is_large:
            logger.warning("the log of %s is folded in again", database.path, extra={"wal_bytes": folded.bytes})
        self._is_large = is_large


def readers(database: Database) -> str:
    """Who reads the file now, or has it open, in words."""
    found = holders(database.path)
    named = [one for one in found if one.reads] or list(found)
    if not named:
        return "none that this user can see"
    more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    return ", ".join(map(str, named[:MOST_NAMED])) + more
