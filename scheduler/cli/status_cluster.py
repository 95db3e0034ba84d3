"""What `dibao status` tells of the machines that crawl together: what the daemon saw last, by the file alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scheduler.cli.terminal import many, plain

if TYPE_CHECKING:
    from scheduler.config.file import Config

Ago = Callable[[str | None, datetime], str]


def cluster_state(config: Config, database: Any) -> dict[str, Any] | None:
    """What was seen; None where crawls run on this machine alone, or nobody has looked yet."""
    from storage import engine_seen  # noqa: PLC0415

    if not config.engine.is_elsewhere:
        return None
    seen = engine_seen.noted(database)
    return None if seen is None else engine_seen.as_document(seen)


def line(state: dict[str, Any], now: datetime, ago: Ago) -> str:
    """The cluster in one line."""
    if state["unreachable_since"] is not None:
        since = ago(state["unreachable_since"], now)
        return plain(f"cluster: PostgreSQL cannot be used, noticed {since}: {state['error'] or state['server']}")
    draining = f" ({state['draining']} draining)" if state["draining"] else ""
    parts = [f"{many(state['workers'], 'worker')}{draining}"]
    parts.append(f"{many(state['doing'], 'job')} at work, {state['queued']} queued")
    if gone := len(state["lost"]):
        parts.append(f"{gone} lost ({', '.join(state['lost'])})")
    if state["backlog_bytes"]:
        parts.append(f"{state['backlog_bytes'] / 1024**2:,.1f} MiB of events wait")
    paused = "paused, " if state["paused"] else ""
    return plain(f"cluster: {paused}{', '.join(parts)}; seen {ago(state['at'], now)}, see `dibao cluster status`")


def is_well(state: dict[str, Any]) -> bool:
    """Whether nobody need look at it."""
    full = 0 < state["backlog_limit_bytes"] < state["backlog_bytes"]
    return state["unreachable_since"] is None and state["workers"] > 0 and not state["lost"] and not full
