"""Whether Dibao is at work, by the file's own account."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.doctor.case import Case, Finding, Level
from storage import alive

NOT_BEGUN = frozenset({"stopped", "never"})
"""States in which somebody has still to start it, and nothing is broken."""


def is_at_work(case: Case) -> Iterator[Finding]:
    """Whether the daemon gives signs of life, or cron starts crawls."""
    with case.file() as database:
        health = alive.verdict(database, case.now)
    for check in health.checks:
        if check.name in {"daemon", "runs"}:
            level = _level(health.state, ok=check.ok)
            yield Finding(check="at work", level=level, says=check.says, step=check.step)


def _level(state: str, *, ok: bool) -> Level:
    """How grave a state is."""
    if ok:
        return "ok"
    return "warn" if state in NOT_BEGUN else "fail"
