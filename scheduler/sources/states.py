"""What the file remembers of each source, as the plan wants it: for the coordinator and for `dibao status` alike."""

from __future__ import annotations

from collections.abc import Mapping
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

Hold = tuple[datetime | None, str]


def remembered(config: Config, database: Database, now: datetime) -> Mapping[str, SourceState]:
    """The state of every source of the configuration of which anything is remembered, by name."""
    return States().look(config, database, now)


class States:
    """The same for who looks again and again: of a source that is as it was, the state is the same object.

    Where nothing was written since the last look, and no time has come that it waited for, all of it is, and the file
    is not read. Each tick and each round of a daemon at rest would else read the rhythms of all its sources.
    """

    def __init__(self) -> None:
        self._rows = sources.States()
        self._config: Config | None = None
        self._mark: tuple[int, int] | None = None
        self._looked_at: datetime | None = None
        self._is_lasting = True
        self._kept: dict[str, tuple[SourceRow | None, Hold, SourceState]] = {}
        self._found: Mapping[str, SourceState] = {}
        self.until: datetime | None = None
        """When something is another by the passing of time alone; None: nobody knows of such a time."""

    def look(self, config: Config, database: Database, now: datetime) -> Mapping[str, SourceState]:
        """The state of every source of the configuration of which anything is remembered, by name."""
        mark = database.mark
        if not self._is_known(config, mark, now):
            self._mark = None
            self._read(config, database, now)
            self._config, self._mark, self._looked_at = config, mark, now
        return self._found

    def _is_known(self, config: Config, mark: tuple[int, int], now: datetime) -> bool:
        """Whether the last look would find the same now."""
        if not self._is_lasting or self._config is not config or self._mark != mark or self._looked_at is None:
            return False
        return self._looked_at <= now and (self.until is None or now < self.until)

    def _read(self, config: Config, database: Database, now: datetime) -> None:
        rows, pauses = self._rows.read(database, now), host_states.pauses(database, now)
        budgets = Budgets(config)
        kept = self._kept if self._config is config else {}
        self._kept = {}
        for source in config.source:
            row = rows.get(source.name)
            held = [pauses[site] for site in asked_sites(source) if site in pauses] if pauses else []
            left, again = budgets.left(database, source, now)
            if left == 0 and again is not None:
                held.append((again, "its hosts have had their requests of this hour"))
            if row is not None or held:
                hold: Hold = max(held, default=(None, ""))
                known = kept.get(source.name)
                if known is None or known[0] is not row or known[1] != hold:
                    known = row, hold, _state(source, row, *hold)
                self._kept[source.name] = known
        self._found = {name: state for name, (_, _, state) in self._kept.items()}
        self.until = min(filter(None, [self._rows.until, *(end for end, _ in pauses.values())]), default=None)
        self._is_lasting = not budgets.are_named  # what is left of one is another at each moment


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
