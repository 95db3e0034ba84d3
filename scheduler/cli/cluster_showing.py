"""How a cluster is, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from scheduler.cli.terminal import many, plain
from scheduler.engines.cluster.verdict import is_well, lasted, sentence, size

if TYPE_CHECKING:
    from scheduler.cli.cluster_place import Place
    from scheduler.engines.cluster.overview import Overview, Worker

COLUMNS = ("worker", "state", "jobs", "room", "procs", "memory", "seen", "dibao", "host")
NUMBERS = frozenset({"jobs", "room", "procs", "memory", "seen"})
_STYLES = {"frozen": "red", "lost": "red", "draining": "yellow", "backlogged": "yellow"}


def document(place: Place, found: Overview) -> dict[str, Any]:
    """The state of a cluster; times are ISO-8601 UTC of the server's clock, bytes and seconds are numbers."""
    verdict = sentence(found)
    return {
        "ok": is_well(found),
        "verdict": verdict,
        "at": _iso(found.at),
        "server": place.address.shown,
        "server_version": found.server_version,
        "schema": place.schema,
        "schema_version": found.schema_version,
        "paused": found.paused,
        "coordinator": {
            "alive": found.has_coordinator,
            "host": found.coordinator_host,
            "version": found.coordinator_version,
            "seen_at": _iso(found.coordinator_seen_at),
            "formats": found.formats,
        },
        "jobs": {
            "queued": found.queued,
            "waiting_for_host": found.waiting_for_host,
            "doing": found.doing,
            "of_lost_workers": found.of_lost,
        },
        "backlog": {
            "batches": found.backlog_batches,
            "damaged_batches": found.damaged_batches,
            "events": found.backlog_events,
            "bytes": found.backlog_bytes,
            "limit_bytes": found.max_backlog_bytes,
            "oldest_seconds": _rounded(found.oldest_event_seconds),
        },
        "workers": [_worker_document(worker) for worker in found.workers],
    }


def lines(place: Place, found: Overview) -> Iterator[str]:
    """The state as text: the verdict, what stands around it, a table of workers, and what to do about some."""
    yield click.style(sentence(found), bold=True, fg=None if is_well(found) else "red")
    yield ""
    yield from (f"{name:<12} {plain(text)}" for name, text in _facts(place, found))
    if found.workers:
        yield ""
        yield from _table(found)
    steps = [step for worker in found.workers if (step := _step(worker)) is not None]
    if steps:
        yield ""
        yield from (plain(step) for step in steps)


def _facts(place: Place, found: Overview) -> Iterator[tuple[str, str]]:
    yield "server", place.address.shown
    yield "", f"PostgreSQL {found.server_version}, schema {place.schema} of version {found.schema_version}"
    if found.coordinator_host is not None:
        seen = lasted(found.coordinator_silent_seconds)
        yield "coordinator", f"{found.coordinator_host}, dibao {found.coordinator_version}, seen {seen} ago"
    waiting = f" ({found.waiting_for_host} wait for a busy host)" if found.waiting_for_host else ""
    lost = f", {found.of_lost} of lost workers" if found.of_lost else ""
    yield "jobs", f"{found.doing} at work{lost}, {found.queued} queued{waiting}"
    events = "none wait"
    if found.backlog_batches:
        events = (
            f"{many(found.backlog_events, 'event')} wait, {size(found.backlog_bytes)} of"
            f" {size(found.max_backlog_bytes)}, the oldest for {lasted(found.oldest_event_seconds)}"
        )
    yield "events", events
    if found.damaged_batches:
        yield "", f"batches that could not be read, kept in table damaged: {found.damaged_batches}"


def _table(found: Overview) -> Iterator[str]:
    """The workers under headings; nothing is cut: a name that is cut cannot be drained."""
    rows = [COLUMNS, *(_cells(worker) for worker in found.workers)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    heads, *texts = (" ".join(map(_placed, COLUMNS, row, widths)).rstrip() for row in rows)
    yield click.style(heads, bold=True)
    for worker, text in zip(found.workers, texts, strict=True):
        yield click.style(text, fg=_STYLES.get(worker.condition))


def _cells(worker: Worker) -> tuple[str, ...]:
    return (
        plain(worker.name),
        worker.condition,
        str(worker.jobs),
        str(worker.room),
        str(worker.processes),
        size(worker.resident_bytes),
        lasted(worker.silent_seconds),
        plain(worker.version),
        plain(worker.host),
    )


def _placed(heading: str, cell: str, width: int) -> str:
    return cell.rjust(width) if heading in NUMBERS else cell.ljust(width)


def _step(worker: Worker) -> str | None:
    """What to do about a worker that is not well."""
    where = f"process {worker.pid} on {worker.host}"
    match worker.condition:
        case "lost":
            return f"{worker.name} is lost ({where}): its jobs come again by themselves; start it there again"
        case "frozen":
            return (
                f"{worker.name} is frozen ({where}): its session stands, so nobody asks its hosts; wake it or end it,"
                f" and where its processes are surely dead: dibao cluster evict {worker.name}"
            )
        case _:
            return f"{worker.name}: {worker.detail}" if worker.detail else None


def _worker_document(worker: Worker) -> dict[str, Any]:
    return {
        "name": worker.name,
        "state": worker.condition,
        "host": worker.host,
        "pid": worker.pid,
        "version": worker.version,
        "format": worker.format,
        "processes": worker.processes,
        "jobs": worker.jobs,
        "room": worker.room,
        "resident_bytes": worker.resident_bytes,
        "started_at": _iso(worker.started_at),
        "seen_at": _iso(worker.seen_at),
        "silent_seconds": _rounded(worker.silent_seconds),
        "detail": worker.detail or None,
        "step": _step(worker),
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(max(0.0, seconds), 1)


def _iso(moment: datetime | None) -> str | None:
    from storage.times import utc_text  # noqa: PLC0415

    return None if moment is None else utc_text(moment)
