"""How incidents are shown, to people and to programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from scheduler.cli import terminal
from storage.times import utc_text
from storage.watch import wording
from storage.watch.alerts import QueuedAlert
from storage.watch.incidents import Incident
from storage.watch.troubles import Shown

LANGUAGE = "en"


def document(incident: Incident) -> dict[str, Any]:
    """An incident for programs: its row, with what it says in English. Times are ISO-8601 UTC, None is not yet."""
    return {
        "id": incident.id,
        "kind": incident.kind,
        "severity": incident.severity,
        "source": incident.source,
        "sources": list(incident.sources),
        "opened_at": utc_text(incident.opened_at),
        "updated_at": utc_text(incident.updated_at),
        "resolved_at": _text(incident.resolved_at),
        "acknowledged_at": _text(incident.acknowledged_at),
        "updates": incident.updates,
        "headline": wording.headline(incident.kind, incident.source, LANGUAGE),
        "sentence": sentence(incident),
        "advice": wording.advice(incident.kind, incident.source, LANGUAGE),
        "facts": dict(incident.facts),
    }


def whole_document(
    incident: Incident, sample: Mapping[str, Sequence[Shown]], told: Sequence[QueuedAlert]
) -> dict[str, Any]:
    """The same, with the pages that show it and the alerts that told of it."""
    return {
        **document(incident),
        "sample": {name: [asdict(one) for one in shown] for name, shown in sample.items()},
        "alerts": [
            {
                "alert": one.sink,
                "event": one.event,
                "state": one.state,
                "created_at": utc_text(one.created_at),
                "sent_at": _text(one.sent_at),
                "attempts": one.attempts,
                "error": one.error,
            }
            for one in told
        ],
    }


def sentence(incident: Incident) -> str:
    """What was or is the matter; of one that seems to be over, that too."""
    text = wording.sentence(incident.kind, incident.facts, LANGUAGE)
    if not incident.is_open:
        return f"{text} {wording.resolution_sentence(incident.facts, LANGUAGE)}"
    well = incident.facts.get("well_at")
    return f"{text} Well since {wording.shown('well_at', well, LANGUAGE)}." if well else text


def show_all(found: Sequence[Incident]) -> None:
    """None; a table, or on standard error that there is nothing."""
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    if not found:
        click.echo("no incident", err=True)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("id", justify="right", no_wrap=True)
    for heading in ("severity", "since", "state"):
        table.add_column(heading, no_wrap=True)
    table.add_column("what", overflow="fold")
    for one in found:
        what = f"{wording.headline(one.kind, one.source, LANGUAGE)}. {sentence(one)}"
        cells = (str(one.id), one.severity, utc_text(one.opened_at), _state(one), what)
        style = "dim" if not one.is_open else "red" if one.severity == "error" else None
        table.add_row(*(Text(terminal.plain(cell)) for cell in cells), style=style)
    with terminal.printing() as out:
        out.print(table)


def show(incident: Incident, sample: Mapping[str, Sequence[Shown]], told: Sequence[QueuedAlert]) -> None:
    """None; all of it on standard output."""
    history = (
        f"opened {utc_text(incident.opened_at)}, brought up to date {utc_text(incident.updated_at)}"
        f" ({terminal.many(incident.updates, 'time')}), {_state(incident)}"
    )
    lines = [
        f"{incident.id}: {wording.headline(incident.kind, incident.source, LANGUAGE)} ({incident.severity})",
        sentence(incident),
        wording.advice(incident.kind, incident.source, LANGUAGE),
        "",
        history,
    ]
    if incident.source is None and incident.sources:
        lines.append(f"sources: {', '.join(incident.sources)}")
    lines += [f"{name}: {wording.shown(name, value, LANGUAGE)}" for name, value in incident.facts.items()]
    for name, shown in sample.items():
        lines += ["", f"{name}:", *(f"  {one.id} {one.says or '(no title)'} {one.url}" for one in shown)]
    if told:
        lines += ["", "told:"]
    lines += [
        f"  {one.sink}: {one.event}, {one.state}{f' {utc_text(one.sent_at)}' if one.sent_at else ''}"
        f"{f': {one.error}' if one.error else ''}"
        for one in told
    ]
    terminal.echo("".join(f"{terminal.plain(line)}\n" for line in lines))


def _state(incident: Incident) -> str:
    if incident.resolved_at is not None:
        return f"over {utc_text(incident.resolved_at)}"
    return "seen" if incident.acknowledged_at is not None else "open"


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else utc_text(moment)
