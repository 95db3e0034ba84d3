"""What keeps the file in shape while the daemon runs."""

from __future__ import annotations

import logging

from storage.database import Database

logger = logging.getLogger(__name__)

# A reader that never ends keeps the WAL from being folded in; it then grows without bound (503 MB measured).
LARGE_WAL_BYTES = 64 * 1024**2


def tidy(database: Database) -> None:
    """None; the WAL is folded into the file and SQLite's statistics are fresh."""
    database.execute("PRAGMA optimize").fetchall()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    wal = database.path.with_name(database.path.name + "-wal")
    size = wal.stat().st_size if wal.exists() else 0
    if size > LARGE_WAL_BYTES:
        logger.warning("the WAL has %d MiB: some program reads this database without end", size >> 20)
