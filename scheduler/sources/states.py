"""What the file remembers of each source, as the plan wants it: for the coordinator and for `dibao status` alike."""

from __future__ import annotations

from datetime import datetime

from crawler.config import Source
from crawler.jobs import asked_sites
from scheduler.budgets import Budgets
from scheduler.config.file import Config
from scheduler.plan import SourceState
from scheduler.rhythm import Rhythm
from storage import host_states, sources
from storage.database import Database
from storage.sources import SourceRow


def remembered(config: Config, database: Database, now: datetime) -> dict[str, SourceState]:
    """The state of every source of the configuration of which anything is remembered, by name."""
    rows, pauses, budgets = sources.states(database, now), host_states.pauses(database, now), Budgets(config)
    found = {}
    for source in config.source:
        row = rows.get(source.name)
        held = [pauses[site] for site in asked_sites(source) if site in pauses]
        left, again = budgets.left(database, source, now)
        if left == 0 and again is not None:
            held.append((again, "its hosts have had their requests of this hour"))
        if row is not None or held:
            found[source.name] = _state(source, row, *max(held, default=(None, "")))
    return found


def _state(source: Source, row: SourceRow | None, paused_until: datetime | None, why: str) -> SourceState:
    if row is None:
        return SourceState(name=source.name, paused_until=paused_until, pause_why=why)
    return SourceState(
        name=source.name,
        last_attempt_at=row.last_attempt_at,
        failures=row.failures,
        not_before=row.not_before,
        pending_ready=row.pending_ready,
        rhythm=Rhythm.from_text(row.rhythm) if source.is_adaptive and row.rhythm else None,
        paused_until=paused_until,
        pause_why=why,
        stopped_at=row.paused_at,
        stopped_why=row.paused_why or "",
    )
