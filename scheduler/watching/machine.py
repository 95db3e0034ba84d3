"""What can be wrong with the machine, the file, or those that are told: incidents that no source is to blame for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from scheduler import disk_floor, tidying
from scheduler.alerting.failing import FailingSink, failing_sinks
from scheduler.config.file import Config
from scheduler.disk_floor import Room
from scheduler.watching.incidents import Problem
from storage import clock as stored_times
from storage.care import checkups
from storage.care.checkups import Checkup
from storage.database import Database
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


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFacts:
    """How the machine is. `disk`: the one with the least room, if it has too little; `readers`: who holds the log.

    `doubted`: the clock is not believed, so that what it says of sources is not either.
    """

    disk: Room | None = None
    log_bytes: int = 0
    readers: str | None = None
    whole_check: Checkup | None = None
    doubted: bool = False
    ahead_seconds: float | None = None
    webhooks: tuple[WebhookSeen, ...] = ()
    sinks: tuple[FailingSink, ...] = ()


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
