"""A file with incidents, a clock that tests move, and places that are told."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scheduler.alerting.notes import Note
from scheduler.alerting.sending import Sending
from scheduler.alerting.sinks import Sink
from scheduler.config.alerting import Alert, Alerts
from storage.database import open_writer
from storage.watch import alerts, incidents
from tests.scheduler.alerting.chats import Chat, chat
from tests.scheduler.stage import ClockedStage

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def sink(
    kind: str, url: str = "", *, name: str = "", secret: str = "", settings: Alerts | None = None, **own: Any
) -> Sink:
    if kind == "email":
        own = {"mail_to": ("desk@example.org",), "mail_from": "dibao@example.org", "smtp_host": "127.0.0.1", **own}
    elif kind != "log":
        own = {"url_env": "URL", **own}
    alert = Alert(name=name or f"on-{kind}", kind=kind, **{"timeout_seconds": 5, **own})
    return Sink(alert=alert, settings=settings or Alerts(group_seconds=0), url=url, secret=secret)


def note(text: str = "已有 3 天没有新稿。", **other: Any) -> Note:
    values: dict[str, Any] = {
        "id": 1, "incident_id": 7, "event": "opened", "kind": "source_silent", "severity": "warning", "source": "enshi",
        "opened_at": NOW, "resolved_at": None, "headline": "enshi：久无新稿", "advice": "运行 dibao preview enshi",
        "link": "https://desk.example.org/-/dibao/incidents/7",
    }  # fmt: skip
    return Note(text=text, **{**values, **other})


@dataclass
class Stage(ClockedStage):
    """A database at work, and a clock that goes with the real one, so many seconds ahead."""

    def chat(self, kind: str, secret: str = "") -> Chat:
        return self.stack.enter_context(chat(kind, secret))

    def sending(self, *sinks: Sink, gathers: bool = True) -> Sending:
        made = Sending(sinks, self.clock, chance=random.Random(1), gathers=gathers)
        self.stack.callback(made._courier.close)
        return made

    def opened(
        self, *sinks: str, kind: str = "source_silent", severity: str = "warning", facts: dict[str, Any] | None = None
    ) -> int:
        """A new incident of which these are to be told."""
        self.number += 1
        with self.database.transaction():
            made = incidents.open_(
                self.database,
                key=f"{kind} {self.number}",
                kind=kind,
                severity=severity,  # type: ignore[arg-type]
                facts=facts or {"quiet_seconds": 86_400 * self.number},
                now=self.clock(),
            )
            alerts.queue(self.database, made, sinks, "opened", self.clock())
        return made

    def resolved(self, incident: int, *sinks: str) -> None:
        with self.database.transaction():
            incidents.resolve(self.database, incident, self.clock())
            alerts.drop(self.database, incident)
            alerts.queue(self.database, incident, sinks, "resolved", self.clock())

    def deliver(self, sending: Sending, seconds: float = 20) -> None:
        sending.deliver(self.database, seconds)

    def states(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for (_, state), count in alerts.counts(self.database).items():
            found[state] = found.get(state, 0) + count
        return found

    def rows(self) -> Sequence[alerts.QueuedAlert]:
        return alerts.history(self.database, limit=-1)[::-1]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with ExitStack() as stack, open_writer(tmp_path / "news.db") as database:
        yield Stage(database, stack)
