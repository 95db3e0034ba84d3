"""Whether the clock can be right, by the year and by what the file last said, and whether time zones are known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scheduler.doctor.case import Case, Finding
from storage import clock
from storage.faults import StorageFault
from storage.records import utc_text

SET_IT = "set it, and let it be kept: systemd-timesyncd, chrony or ntpd"


def is_right(case: Case) -> Iterator[Finding]:
    """Whether it shows a time that can be, after all that the file has noted and not long after."""
    says = f"it is {utc_text(case.now)}"
    if not clock.is_set(case.now):
        says += ", before Dibao was there: no clock that is right shows that"
        yield Finding(check="clock", level="fail", says=says, step=SET_IT)
        return
    newest = _newest(case)
    if newest is not None and newest - case.now > clock.STEP:
        says += f", and the file has noted something at {utc_text(newest)}: it is wrong, or was"
        yield Finding(check="clock", level="fail", says=says, step=f"{SET_IT}; the next start mends what was noted")
    elif newest is not None and case.now - newest > clock.DOUBTED_AFTER:
        says += f", and the file was last written at {utc_text(newest)}: nobody was at work, or the clock is ahead"
        step = "compare it with another; nothing is deleted for its age before it has gone on for a day"
        yield Finding(check="clock", level="warn", says=says, step=step)
    else:
        yield Finding(check="clock", level="ok", says=says)


def has_zones(case: Case) -> Iterator[Finding]:
    """Whether the time zones of the sources are known here."""
    wanted = {"Asia/Shanghai"} if case.config is None else {source.timezone for source in case.config.source} or {"UTC"}
    lacking = sorted(name for name in wanted if not _is_known(name))
    if lacking:
        step = "pip install --upgrade tzdata"
        yield Finding(check="time zones", level="fail", says=f"not known here: {', '.join(lacking)}", step=step)
        return
    try:
        data = f"tzdata {version('tzdata')}"
    except PackageNotFoundError:
        data = "those of the system"
    yield Finding(check="time zones", level="ok", says=f"{len(wanted)} in use, all known ({data})")


def _newest(case: Case) -> datetime | None:
    """When the file noted something last; None where it cannot be asked, which another line says."""
    try:
        with case.file() as database:
            return clock.newest(database)
    except (StorageFault, OSError):
        return None


def _is_known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
