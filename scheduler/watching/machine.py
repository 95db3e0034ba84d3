"""What can be wrong with the machine, the file, or those that are told: incidents that no source is to blame for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scheduler import disk_floor, tidying
from scheduler.alerting.failing import FailingSink, failing_sinks
from scheduler.config.file import Config
from scheduler.disk_floor import Room
from scheduler.watching.incidents import Problem
from storage import clock as stored_times
from storage import engine_seen
from storage.care import checkups
from storage.care.checkups import Checkup
from storage.database import Database
from storage.engine_seen import EngineSeen
from storage.folding import log_bytes
from storage.records import utc_text
from storage.watch import reading
from storage.watch.incidents import Incident
from storage.watch.reading import WebhookSeen

DISK, FILE, LOG, CLOCK, WEBHOOK, ALERT = (
    "disk_low",
    "file_findings",
    "log_held",
    "clock_doubted",
    "webhook_failing",
    "alert_failing",
)

UNREACHABLE, WORKERLESS, BACKLOG, LOST, FROZEN = (
    "engine_unreachable",
    "workers_none",
    "backlog_high",
    "worker_lost",
    "worker_frozen",
)
PATIENCE = timedelta(minutes=1)
"""So long PostgreSQL may be away, and so long no worker need be there: both are started again now and then."""
OLD_NEWS = timedelta(minutes=10)
"""What was noted longer ago says nothing of now: nobody who has seen the cluster is at work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFacts:
    """How the machine is. `disk`: the one with the least room, if it has too little; `readers`: who holds the log.

    `doubted`: the clock is not believed, so that what it says of sources is not either. `engine`: the cluster that
    crawls run on, None where they run here.
    """

    disk: Room | None = None
    log_bytes: int = 0
    readers: str | None = None
    whole_check: Checkup | None = None
    doubted: bool = False
    ahead_seconds: float | None = None
    webhooks: tuple[WebhookSeen, ...] = ()
    sinks: tuple[FailingSink, ...] = ()
    engine: EngineSeen | None = None


def look(
    config: Config,
    database: Database,
    now: datetime,
    *,
    doubted: bool,
    open_: Iterable[Incident] = (),
) -> MachineFacts:
    """How the machine is now. `doubted`: this clock may have nothing deleted; `open_`: the incidents that are known."""
    known = {one.kind: one.facts for one in open_}
    room = disk_floor.room(disk_floor.folders(database.path), config.dibao.min_free_bytes)
    is_low = room is not None and room.is_low(was_low=DISK in known)
    size = log_bytes(database)
    is_large = size > tidying.LARGE_LOG_BYTES
    readers = None
    if is_large:  # who holds it is looked up in /proc, which takes its time: once
        readers = known[LOG].get("readers") if LOG in known else tidying.readers(database)
    names = {hook.name for hook in config.webhook}
    return MachineFacts(
        disk=room if is_low else None,
        log_bytes=size if is_large else 0,
        readers=readers,
        whole_check=checkups.last(database, checkups.WHOLE),
        doubted=doubted,
        ahead_seconds=stored_times.ahead_seconds(database, now) if doubted else None,
        webhooks=tuple(hook for hook in reading.failing_webhooks(database) if hook.name in names),
        sinks=failing_sinks(database, [alert.name for alert in config.alert]) if config.alert else (),
        engine=engine_seen.noted(database) if config.engine.is_elsewhere else None,
    )


def problems(machine: MachineFacts, now: datetime) -> Iterator[Problem]:
    """What is wrong with the machine."""
    if (disk := machine.disk) is not None:
        facts = {"folder": str(disk.folder), "free_bytes": disk.free, "floor_bytes": disk.floor}
        yield Problem(key=DISK, kind=DISK, severity="error", facts=facts)
    if machine.log_bytes:
        yield _warning(LOG, log_bytes=machine.log_bytes, readers=machine.readers)
    if machine.whole_check is not None and machine.whole_check.findings:
        yield _findings(machine.whole_check)
    if machine.doubted:
        yield _warning(CLOCK, clock_at=utc_text(now), ahead_seconds=_rounded(machine.ahead_seconds))
    for hook in machine.webhooks:
        yield _warning(
            WEBHOOK, hook.name, webhook=hook.name, failures=hook.failures, waiting=hook.waiting, error=hook.error
        )
    for sink in machine.sinks:
        yield _warning(
            ALERT, sink.sink, sink=sink.sink, waiting=sink.waiting, failures=sink.given_up or None, error=sink.error
        )
    if machine.engine is not None:
        yield from _of_cluster(machine.engine, now)


def _of_cluster(seen: EngineSeen, now: datetime) -> Iterator[Problem]:
    """What is wrong with the machines that crawl together. Of a server that does not answer, nothing else is known."""
    if now - seen.at > OLD_NEWS:
        return
    if seen.unreachable_since is not None:
        if now - seen.unreachable_since >= PATIENCE:
            yield _error(UNREACHABLE, server=seen.server, since=utc_text(seen.unreachable_since), error=seen.error)
        return
    if seen.workerless_since is not None and now - seen.workerless_since >= PATIENCE:
        yield _error(WORKERLESS, since=utc_text(seen.workerless_since), waiting=seen.queued)
    for name in seen.lost:
        yield _warning(FROZEN if name in seen.frozen else LOST, name, worker=name)
    if seen.is_over_limit:
        yield _warning(
            BACKLOG,
            backlog_bytes=seen.backlog_bytes,
            limit_bytes=seen.backlog_limit_bytes,
            oldest_seconds=_rounded(seen.oldest_event_seconds),
        )


def _error(kind: str, **facts: object) -> Problem:
    """A problem without whose end nothing is fetched."""
    return replace(_warning(kind, None, **facts), severity="error")


def _warning(kind: str, name: str | None = None, **facts: object) -> Problem:
    """A problem that keeps nothing from being fetched, with those of its facts that are known."""
    known = {fact: value for fact, value in facts.items() if value is not None and value != ""}
    return Problem(key=f"{kind}:{name}" if name else kind, kind=kind, severity="warning", facts=known)


def _rounded(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)


def _findings(check: Checkup) -> Problem:
    """What the weekly check has found. Its findings stand until the next one."""
    facts = {"findings": len(check.findings), "finding": check.findings[0], "checked_at": utc_text(check.at)}
    return Problem(key=FILE, kind=FILE, severity="error", facts=facts)
