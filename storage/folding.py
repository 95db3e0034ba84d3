"""Folding the log into the file without waiting for readers: one that never ends would be waited for for ever."""

from __future__ import annotations

from dataclasses import dataclass

from storage.database import BUSY_TIMEOUT_SECONDS, Database

PATIENCE_SECONDS = 0.5
"""How long readers that are at work may keep the log from being cut; the next round tries again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """What the log came to. `bytes`: how long its file is now; `whole`: all of it stands in the database too."""

    bytes: int
    whole: bool


def fold(database: Database) -> Folded:
    """What is left of the log after as much of it was folded in as readers allow. The caller is the writer.

    A reader in the middle of reading costs no wait; one that has read the newest rows, PATIENCE_SECONDS. Raises
    StorageFault.
    """
    _, frames, folded = database.rows("PRAGMA wal_checkpoint(PASSIVE)")[0]
    whole = frames == folded
    if whole:
        try:
            database.execute(f"PRAGMA busy_timeout = {int(PATIENCE_SECONDS * 1000)}")
            database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            database.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_SECONDS * 1000)}")
    return Folded(bytes=log_bytes(database), whole=whole)


def log_bytes(database: Database) -> int:
    """How long the log's file is, which shrinks only when it is folded in whole; 0 where there is none."""
    try:
        return database.path.with_name(f"{database.path.name}-wal").stat().st_size
    except OSError:
        return 0
