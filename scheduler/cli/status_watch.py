"""What `dibao status` tells of the watch: the states of sources, open incidents, and what of it needs attention."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

import click

from scheduler.cli import exit_codes, terminal
from storage.watch import attention

if TYPE_CHECKING:
    from storage.database import Database
    from storage.watch.states import SourceWatch

LANGUAGE = "en"
OF_THE_FILE = {"low_disk": "disk_low", "readers": "log_held", "sqlite_fault": None}
"""What is seen of the file at once, and the kind of the incident that would tell of it, too."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What the rounds of the watch have written. `alive`: whether Dibao is at work."""

    states: dict[str, SourceWatch] = field(default_factory=dict)
    incidents: list[dict[str, Any]] = field(default_factory=list)
    alive: dict[str, Any] | None = None


def read_watched(database: Database, now: datetime) -> Watched:
    """What the file has of it; a file that an older version wrote has nothing."""
    from scheduler.cli.incidents_showing import document  # noqa: PLC0415
    from storage import alive, schema  # noqa: PLC0415
    from storage.watch import incidents, states  # noqa: PLC0415

    if database.value("PRAGMA user_version") < schema.VERSION:
        return Watched(alive=alive.verdict(database, now).as_document())
    return Watched(
        states=states.read(database),
        incidents=[document(one) for one in incidents.open_incidents(database)],
        alive=alive.verdict(database, now).as_document(),
    )


def state_of(watch: SourceWatch | None, *, enabled: bool, crawled: bool) -> dict[str, Any]:
    """The columns of a source that tell its state. `state` is None where no round has looked at it yet."""
    from storage.watch import wording  # noqa: PLC0415

    state, reason, facts = None, None, {}
    if not enabled:
        state = "off"
    elif watch is not None and watch.paused_at is not None:
        state, reason, facts = "paused", "paused", dict(watch.facts)
    elif watch is not None and watch.state not in {"off", "paused"}:
        state, reason, facts = watch.state, watch.reason, dict(watch.facts)
    elif not crawled:
        state = "new"
    return {
        "state": state,
        "state_name": "" if state is None else wording.state_name(state, LANGUAGE),
        "state_reason": reason,
        "state_facts": facts,
        "state_sentence": None if state is None else wording.reason_sentence(state, reason or "", facts, LANGUAGE),
        "expected_new": None if watch is None else watch.expected_new,
    }


def needs_attention(row: dict[str, Any]) -> bool:
    """Whether the state of a source is one that somebody should look at."""
    return attention.needs_attention(row["state"], row["state_reason"], row["failures_in_a_row"])


def incident_line(incident: dict[str, Any]) -> str:
    """One incident in one line."""
    seen = ", seen" if incident["acknowledged_at"] else ""
    head = f"incident {incident['id']} ({incident['severity']}, since {incident['opened_at']}{seen})"
    return terminal.plain(f"{head}: {incident['headline']}. {incident['sentence']}")


def end_with_problems(document: dict[str, Any], *, as_json: bool) -> NoReturn:
    """Print what needs attention, and end the command with exit code 1 where anything does."""
    found = list(problems(document))
    if as_json:
        terminal.print_json({"at": document["at"], "database": document["database"], "problems": found})
    else:
        terminal.echo("".join(f"{terminal.plain(_line(one))}\n" for one in found))
        if not found and sys.stderr.isatty():
            click.echo("nothing needs attention", err=True)
    sys.exit(exit_codes.SOURCES_FAILED if found else exit_codes.OK)


def problems(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What of a status needs attention, the gravest first: that nobody is at work, incidents, sources, the file.

    What an operator has acknowledged is left out, and so is a source whose incident is told.
    """
    alive = document["alive"]
    if alive is not None and not alive["ok"]:
        for check in alive["checks"]:
            if not check["ok"]:
                yield _problem("dibao", alive["state"], check["says"], check.get("step"))
    covered, kinds = set(), set()
    for incident in document["incidents"]:
        kinds.add(incident["kind"])
        covered.update(incident["sources"])
        if not incident["acknowledged_at"]:
            text = f"{incident['headline']}. {incident['sentence']}"
            yield _problem("incident", incident["kind"], text, incident["advice"], incident)
    for row in document["sources"]:
        if needs_attention(row) and row["source"] not in covered:
            text = f"{row['source']}: {row['state_name']}. {row['state_sentence']}"
            yield _problem("source", row["state"], text, f"see `dibao errors {row['source']}`", row)
    for name, kind in OF_THE_FILE.items():
        if (document["file"] or {}).get(name) and (kind is None or kind not in kinds):
            yield _problem("file", name, str(document["file"][name]), "see `dibao doctor`")


def _problem(
    about: str, code: str, says: str, step: str | None, row: dict[str, Any] | None = None
) -> dict[str, Any]:
    row = row or {}
    return {
        "about": about,
        "code": code,
        "severity": row.get("severity", "warning" if about == "source" else "error"),
        "source": row.get("source"),
        "incident": row.get("id"),
        "since": row.get("opened_at"),
        "says": says,
        "step": step or None,
    }


def _line(problem: dict[str, Any]) -> str:
    number = f" {problem['incident']}" if problem["incident"] else ""
    step = f" Next: {problem['step']}" if problem["step"] else ""
    says = problem["says"] if not step or problem["says"].endswith((".", "。")) else f"{problem['says']}."
    return f"{problem['severity']}: {problem['about']}{number}: {says}{step}"
