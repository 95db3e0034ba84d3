"""What `dibao status` tells of the file: its size, its log and who keeps that, room on the disk, and its checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scheduler.config.file import Config

Ago = Callable[[str | None, datetime], str]


def file_state(config: Config, database: Any) -> dict[str, Any]:
    """The file as it is now. Times are ISO-8601 UTC, None is never; `readers` only where its log is too large."""
    from scheduler import disk_floor, tidying  # noqa: PLC0415
    from storage.care import checkups  # noqa: PLC0415
    from storage.database import SQLITE_VERSION, sqlite_fault  # noqa: PLC0415
    from storage.folding import log_bytes  # noqa: PLC0415
    from storage.times import utc_text  # noqa: PLC0415

    log = log_bytes(database)
    found = disk_floor.room(disk_floor.folders(database.path), config.dibao.min_free_bytes)
    quick, whole = (checkups.last(database, kind) for kind in (checkups.QUICK, checkups.WHOLE))
    return {
        "bytes": database.path.stat().st_size,
        "log_bytes": log,
        "readers": tidying.readers(database) if log > tidying.LARGE_LOG_BYTES else None,
        "free_bytes": found.free if found else None,
        "low_disk": str(found) if found and found.is_low(was_low=False) else None,
        "quick_check_at": utc_text(quick.at) if quick else None,
        "whole_check_at": utc_text(whole.at) if whole else None,
        "findings": list(whole.findings) if whole else [],
        "sqlite": SQLITE_VERSION,
        "sqlite_fault": sqlite_fault(),
    }


def line(state: dict[str, Any], now: datetime, ago: Ago) -> str:
    """The file in one line."""
    free = f", {_mib(state['free_bytes'])} free" if state["free_bytes"] is not None else ""
    return (
        f"file: {_mib(state['bytes'])}, log {_mib(state['log_bytes'])}{free}; looked through quickly"
        f" {ago(state['quick_check_at'], now)}, whole {ago(state['whole_check_at'], now)}; SQLite {state['sqlite']}"
    )


def warnings(state: dict[str, Any]) -> Iterator[str]:
    """A sentence for each thing that an operator has to see to."""
    if state["low_disk"]:
        yield f"fetching pauses: {state['low_disk']}"
    if state["readers"]:
        yield f"the log cannot be folded in while a program reads: {state['readers']}"
    if state["sqlite_fault"]:
        yield str(state["sqlite_fault"])
    yield from state["findings"]


def _mib(size: int) -> str:
    return f"{size / 1024**2:,.1f} MiB"
