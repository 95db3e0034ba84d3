"""What becomes of incidents in a round: which begin, go on, get worse, calm down or are over. Pure.

An incident is over only when nothing was wrong for a while: what is well for a moment and then ill again is one
incident, of which is told once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from storage.records import from_utc_text, utc_text
from storage.watch.incidents import Incident

Severity = Literal["warning", "error"]
Resolution = Literal["recovered", "paused", "off", "removed", "unwatched", "grouped"]

DAMPING = timedelta(minutes=30)
"""So long nothing must be wrong with a source before its incident is over. A portal behind a load balancer of which one
half is broken fails every other time it is asked."""
MACHINE_DAMPING = timedelta(minutes=5)
UPDATE_EVERY = timedelta(minutes=10)
"""How long an incident has been, or what was expected meanwhile, changes in each round; it is written this often."""
WELL = "well_at"
"""The fact that says since when nothing is wrong any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that is wrong in this round. `key`: what it is about; of a key there is one incident at a time.

    `sources`: all that have it, where it is of many. `sample`: pages from before and after.
    """

    key: str
    kind: str
    severity: Severity
    facts: Mapping[str, Any] = field(default_factory=dict)
    source: str | None = None
    sources: tuple[str, ...] = ()
    sample: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """An open incident that goes on. `escalated`: it is worse than before, for the first time."""

    incident: Incident
    severity: Severity
    facts: Mapping[str, Any]
    sources: tuple[str, ...] = ()
    sample: Mapping[str, Any] | None = None
    escalated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An incident that is over. Its facts say why, and how long it lasted."""

    incident: Incident
    facts: Mapping[str, Any]

    @property
    def resolution(self) -> str:
        """Why it is over."""
        return str(self.facts["resolution"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a round changes. Incidents that are in none of these stay as they are."""

    opened: tuple[Problem, ...] = ()
    updated: tuple[Update, ...] = ()
    ended: tuple[Ended, ...] = ()


Absent = Callable[[Incident], Resolution | Literal["ill_again"] | None]
"""Why an open incident is not among the problems; None where nothing can be said of it now. "ill_again": the last
attempt went wrong, if not often enough to be told by itself."""


def source_key(kind: str, source: str) -> str:
    """What an incident of one source is about."""
    return f"{kind}:{source}"


def changes(open_: Iterable[Incident], problems: Iterable[Problem], now: datetime, absent: Absent) -> Changes:
    """What these problems mean for the open incidents."""
    left = {problem.key: problem for problem in problems}
    updated: list[Update] = []
    ended: list[Ended] = []
    for incident in open_:
        problem = left.pop(incident.key, None)
        one = _absent(incident, absent(incident), now) if problem is None else _lasting(incident, problem, now)
        if isinstance(one, Ended):
            ended.append(one)
        elif one is not None:
            updated.append(one)
    return Changes(opened=tuple(left.values()), updated=tuple(updated), ended=tuple(ended))


def _lasting(incident: Incident, problem: Problem, now: datetime) -> Update | None:
    """What is to be written of an incident that goes on; None where that can wait. Its severity never falls."""
    escalated = incident.severity == "warning" and problem.severity == "error"
    relapsed = WELL in incident.facts
    more = not set(problem.sources) <= set(incident.sources)
    stale = not timedelta(0) <= now - incident.updated_at < UPDATE_EVERY and problem.facts != incident.facts
    if not (escalated or relapsed or more or stale):
        return None
    return Update(
        incident=incident,
        severity="error" if escalated or incident.severity == "error" else "warning",
        facts=problem.facts,
        sources=problem.sources,
        sample=problem.sample,
        escalated=escalated,
    )


def _absent(
    incident: Incident, why: Resolution | Literal["ill_again"] | None, now: datetime
) -> Update | Ended | None:
    """What is to be written of an incident of which nothing is seen in this round."""
    if why is None:
        return None
    if why == "ill_again":
        facts = {name: value for name, value in incident.facts.items() if name != WELL}
        return Update(incident=incident, severity=_severity(incident), facts=facts) if WELL in incident.facts else None
    well_at = _well_at(incident, now)
    if why != "recovered" or (well_at is not None and now - well_at >= damping(incident.kind)):
        lasted = max(0.0, ((well_at or now) - incident.opened_at).total_seconds())
        facts = {name: value for name, value in incident.facts.items() if name != WELL}
        return Ended(incident=incident, facts={**facts, "resolution": why, "lasted_seconds": round(lasted)})
    if well_at is not None:
        return None
    facts = {**incident.facts, WELL: utc_text(now)}
    return Update(incident=incident, severity=_severity(incident), facts=facts)


def damping(kind: str) -> timedelta:
    """For how long nothing of a kind must be wrong before its incident is over."""
    return DAMPING if kind.startswith("source") else MACHINE_DAMPING


def _severity(incident: Incident) -> Severity:
    return "error" if incident.severity == "error" else "warning"


def _well_at(incident: Incident, now: datetime) -> datetime | None:
    """Since when nothing is wrong; None where something was, and where a wrong clock said it."""
    try:
        at = from_utc_text(str(incident.facts[WELL]))
    except (KeyError, ValueError):
        return None
    return at if at <= now else None
