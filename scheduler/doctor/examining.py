"""All checks, one after the other. What cannot be looked at because something else is broken is said in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from scheduler.doctor import (
    clock,
    cluster,
    configuration,
    disk,
    files,
    integrity,
    lock,
    machine,
    names,
    seams,
    secrets,
    sqlite,
    telling,
    watched,
    work,
)
from scheduler.doctor.case import Case, Finding
from storage.faults import StorageFault

Check = Callable[[Case], Iterable[Finding]]

ALONE: tuple[tuple[str, Check], ...] = (
    ("program", machine.program),
    ("configuration", configuration.is_valid),
    ("sqlite", sqlite.is_safe),
    ("fts5", sqlite.has_search),
    ("address guard", seams.hold),
    ("memory", machine.memory),
    ("cores", machine.cores),
    ("clock", clock.is_right),
    ("time zones", clock.has_zones),
    ("folder", files.folder_is_writable),
    ("file system", disk.is_local),
    ("database", files.database_opens),
    ("permissions", files.permissions),
    ("socket", files.socket_is_private),
    ("writer", lock.is_held),
    ("disk", disk.has_room),
)
"""What needs no database to be looked at."""
OF_FILE: tuple[tuple[str, Check], ...] = (
    ("at work", work.is_at_work),
    ("integrity", integrity.is_whole),
    ("log", integrity.log_is_short),
    ("disk forecast", disk.lasts),
    ("sources", watched.none_is_silent),
    ("deliveries", telling.are_delivered),
)
OF_CONFIGURATION: tuple[tuple[str, Check], ...] = (
    ("names", names.resolve),
    ("secrets", secrets.can_be_had),
    ("open secrets", secrets.are_private),
    ("alerts", telling.somebody_is_told),
    ("engine", cluster.is_fit),
)


def examine(case: Case) -> Iterator[Finding]:
    """What each check found, in their order. None raises."""
    for name, check in ALONE:
        yield from _looked(name, check, case)
    if (fault := _unreadable(case)) is None:
        for name, check in OF_FILE:
            yield from _looked(name, check, case)
    else:
        yield _left_out(OF_FILE, fault, "database")
    if case.config is not None:
        for name, check in OF_CONFIGURATION:
            yield from _looked(name, check, case)
    else:
        yield _left_out(OF_CONFIGURATION, "the configuration cannot be read", "configuration")


def _unreadable(case: Case) -> str | None:
    try:
        with case.file():
            return None
    except (StorageFault, OSError):
        return "the database cannot be read" if case.database.exists() else "there is no database yet"


def _looked(name: str, check: Check, case: Case) -> list[Finding]:
    """What the check found; that it broke is a finding too, and says nothing of the rest."""
    try:
        return list(check(case))
    except (StorageFault, OSError) as error:
        step = "put that right, and look again"
        return [Finding(check=name, level="fail", says=f"cannot be looked at: {error}", step=step)]
    except Exception as error:  # noqa: BLE001 - on a broken machine anything may
        says = f"the check itself broke ({type(error).__name__}: {error})"
        return [Finding(check=name, level="fail", says=says, step="report it; the other lines are as they say")]


def _left_out(checks: tuple[tuple[str, Check], ...], why: str, first: str) -> Finding:
    names_ = ", ".join(name for name, _ in checks)
    step = f"see to the line `{first}` first"
    return Finding(check="left out", level="warn", says=f"not looked at, for {why}: {names_}", step=step)
