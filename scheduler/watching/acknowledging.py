"""Acknowledging incidents: an operator has seen them, so nobody is told when they become worse."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from storage.database import Database
from storage.watch import incidents


class UnknownIncident(ValueError):
    """An incident was named that the file does not have."""


def acknowledge(database: Database, ids: Iterable[int], now: datetime) -> None:
    """None; it is noted of all of them. Raises UnknownIncident, and then of none."""
    with database.transaction():
        for one in ids:
            if not incidents.acknowledge(database, one, now):
                raise UnknownIncident(
                    f"{database.path} has no incident {one}; `dibao incidents --all` lists them. Nothing was changed"
                )
