"""A file with sources, a dibao.toml with two who are told, a clock moved by hand, a watch that is told its verdicts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scheduler.config.file import Config, load_config
from scheduler.watching.machine import MachineFacts
from scheduler.watching.verdicts import Finding, SourceFacts, SourceVerdict
from scheduler.watching.watch import RoundResult, Watch
from storage import sources
from storage.database import Database
from storage.watch import alerts, incidents, states
from storage.watch.incidents import Incident
from tests.scheduler.simulated import write_config

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
WELL = MachineFacts()
SINKS = """
[[alert]]
name = "log"
kind = "log"
[[alert]]
name = "errors"
kind = "log"
min_severity = "error"
"""


class Desk:
    """`wrong`: what the next rounds are to find wrong with each source, as kinds or whole findings."""

    def __init__(self, folder: Path, database: Database, names: list[str]) -> None:
        self.path = write_config(folder, names)
        self.write(SINKS)
        self.database = database
        self.now = NOW
        self.watch = Watch(self._judge)
        self.wrong: dict[str, list[str | Finding]] = {}
        self.unsure: dict[str, set[str]] = {}
        self.broken: set[str] = set()
        self.judged: list[SourceFacts] = []
        with database.transaction():
            for source in self.config.source:
                sources.ensure(database, source.name, source.home, NOW)

    @property
    def config(self) -> Config:
        return load_config(self.path)

    def write(self, more: str = "", **replaced: str) -> None:
        text = self.path.read_text(encoding="utf-8") + more
        for old, new in replaced.items():
            text = text.replace(f'name = "{old}"\n', new, 1)
        self.path.write_text(text, encoding="utf-8")

    def _judge(self, facts: SourceFacts, now: datetime) -> SourceVerdict:
        self.judged.append(facts)
        if facts.name in self.broken:
            raise ZeroDivisionError(facts.name)
        said = [
            one if isinstance(one, Finding) else Finding(kind=one, severity="warning", facts={"failures": 3})  # type: ignore[arg-type]
            for one in self.wrong.get(facts.name, [])
        ]
        return SourceVerdict(
            state="failing" if said else "ok",
            reason=said[0].kind if said else "",
            facts=said[0].facts if said else {},
            findings=tuple(said),
            unsure=frozenset(self.unsure.get(facts.name, ())),  # type: ignore[arg-type]
            week=facts.week or (0.5,) * 168,
            memory='{"n":1}',
        )

    def round(self, minutes: float = 1, machine: MachineFacts = WELL) -> RoundResult:
        """What came of a round so many minutes later."""
        self.now += timedelta(minutes=minutes)
        return self.watch.round(self.config, self.database, self.now, machine=machine)

    def send(self, event: str = "opened") -> int:
        """How many alerts were told: all that are due."""
        due = [one.id for one in alerts.due(self.database, self.now) if event in {one.event, "all"}]
        with self.database.transaction():
            alerts.done(self.database, due, self.now)
        return len(due)

    @property
    def judged_names(self) -> list[str]:
        """The sources that were judged, in that order."""
        return [facts.name for facts in self.judged]

    @property
    def open(self) -> list[str]:
        """The keys of the open incidents."""
        return [one.key for one in incidents.open_incidents(self.database)]

    @property
    def all(self) -> tuple[Incident, ...]:
        """Every incident, the newest first."""
        return incidents.history(self.database)

    @property
    def alerts(self) -> list[tuple[str, str, str]]:
        """Sink, event and state of every alert."""
        return [(one.sink, one.event, one.state) for one in reversed(alerts.history(self.database))]

    def state(self, name: str) -> Any:
        return states.read_one(self.database, name)
