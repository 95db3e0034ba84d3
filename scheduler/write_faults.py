"""Faults of the file that a daemon lives through: told once, and told again when what failed has been written."""

from __future__ import annotations

import logging

from storage.faults import DamagedFile, LockHeld, StorageFault

logger = logging.getLogger(__name__)


class WriteFaults:
    """What could not be written, by name. `retry_seconds`: how soon it is tried again, for the log."""

    def __init__(self, retry_seconds: float) -> None:
        self._retry_seconds = retry_seconds
        self._faulty: set[str] = set()

    def told(self, what: str, fault: StorageFault) -> None:
        """Log a fault once, not once for each try nor for each thing that it keeps from being written.

        Damage is raised again, for no other try would read other bytes; and that another process is the writer now.
        """
        if isinstance(fault, DamagedFile | LockHeld):
            raise fault
        if not self._faulty:
            logger.error("%s; trying again every %g s", fault, self._retry_seconds)
        self._faulty.add(what)

    def mended(self, what: str) -> None:
        """Log that all that could not be written has been."""
        if self._faulty == {what}:
            logger.warning("the database can be written again")
        self._faulty.discard(what)
