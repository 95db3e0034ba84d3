"""How `dibao alerts` shows who is told, and what could not be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from scheduler.alerting.failing import FailingSink, failing_sinks
from scheduler.cli.reading import current
from scheduler.cli.terminal import plain, show_table
from storage.records import utc_text
from storage.watch import alerts, incidents, wording

if TYPE_CHECKING:
    from scheduler.config.file import Config
    from storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An alert as it is listed. `state`: new (nothing was told yet), ok, failing, or not configured.

    `waiting`, `sent`, `dead`, `dropped`: alerts; dropped are those of incidents that were over before they were told.
    """

    name: str
    kind: str | None
    state: str
    waiting: int
    sent: int
    dead: int
    dropped: int
    last_sent_at: str | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """An alert that was given up. `incident`: its number; `headline`: what it was about, in English."""

    id: int
    alert: str
    incident: int
    event: str
    headline: str
    created_at: str
    attempts: int
    error: str | None


def listed(config: Config) -> list[Listed]:
    """The alerts of the configuration in their order, then those that the file alone remembers."""
    kinds: dict[str, str | None] = {alert.name: alert.kind for alert in config.alert}
    if not config.dibao.database.exists():
        return [_listed(name, kind, {}, None, None) for name, kind in kinds.items()]
    with current(config.dibao.database) as database:
        counts = alerts.counts(database)
        kinds |= dict.fromkeys(sorted({name for name, _ in counts} - set(kinds)))
        told = {name: alerts.last_told(database, name) for name in kinds}
        failing = {one.sink: one for one in failing_sinks(database, kinds)}
    return [
        _listed(
            name,
            kind,
            {state: count for (sink, state), count in counts.items() if sink == name},
            None if (at := told[name]) is None else utc_text(at),
            failing.get(name),
        )
        for name, kind in kinds.items()
    ]


def given_up(database: Database, name: str | None) -> list[GivenUp]:
    """What was given up, of one alert or of all, the newest first."""
    return [
        GivenUp(
            id=row.id,
            alert=row.sink,
            incident=row.incident_id,
            event=row.event,
            headline="" if incident is None else wording.headline(incident.kind, incident.source, "en"),
            created_at=utc_text(row.created_at),
            attempts=row.attempts,
            error=row.error,
        )
        for row in alerts.dead(database, limit=-1)
        if name in {None, row.sink}
        for incident in [incidents.find(database, row.incident_id)]
    ]


def show(rows: Sequence[Listed]) -> None:
    """None; the alerts are on standard output as a table."""
    cells = (
        (row.name, row.kind or "-", row.state, row.waiting, row.sent, row.dead, row.last_sent_at or "never",
         plain(row.error or ""))
        for row in rows
    )  # fmt: skip
    show_table(
        cells, names=("alert", "kind", "state"), numbers=("waiting", "sent", "dead"), texts=("last sent", "error")
    )


def show_dead(rows: Sequence[GivenUp]) -> None:
    """None; what was given up is on standard output as a table, or that there is nothing on standard error."""
    if not rows:
        click.echo("no alert was given up", err=True)
        return
    cells = (
        (row.id, row.alert, row.incident, row.event, row.created_at, row.attempts, plain(row.headline),
         plain(row.error or ""))
        for row in rows
    )  # fmt: skip
    show_table(cells, names=("id", "alert", "incident", "event", "since", "tries"), texts=("about", "error"))


def _listed(
    name: str, kind: str | None, counts: dict[str, int], last_sent_at: str | None, failing: FailingSink | None
) -> Listed:
    state = "failing" if failing else "ok" if last_sent_at else "new"
    return Listed(
        name=name,
        kind=kind,
        state=state if kind is not None else "not configured",
        waiting=counts.get("pending", 0),
        sent=counts.get("sent", 0),
        dead=counts.get("dead", 0),
        dropped=counts.get("dropped", 0),
        last_sent_at=last_sent_at,
        error=failing.error if failing else None,
    )
