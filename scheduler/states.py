"""What the file remembers of each source, as the plan wants it: for the coordinator and for `dibao status` alike."""

from __future__ import annotations

from datetime import datetime

from scheduler.plan import SourceState
from storage import sources
from storage.database import Database


def remembered(database: Database, now: datetime) -> dict[str, SourceState]:
    """The state of every source that the file knows, by name."""
    return {
        name: SourceState(
            name=name,
            last_attempt_at=row.last_attempt_at,
            failures=row.failures,
            not_before=row.not_before,
            pending_ready=row.pending_ready,
        )
        for name, row in sources.states(database, now).items()
    }
