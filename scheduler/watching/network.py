"""Whether this machine has lost its own network: then nobody answers, and no source is to blame. Pure.

Any answer, be it an error page, says that the network is there. So what counts is what was asked since the last one:
where enough sources that were well before met nothing but silence, the fault is here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from scheduler.watching.incidents import WELL, Problem
from scheduler.watching.verdicts import SourceFacts
from storage.records import from_utc_text, utc_text
from storage.watch.incidents import Incident

DOWN = "network_down"
SILENT = frozenset({"timeout", "dns", "refused", "connection"})
"""Why nobody answered (crawler.fetching.faults)."""
UNTOLD = frozenset({"robots_unreachable"})
"""Somebody may have answered with an error, or nobody was asked, because nobody had answered within the hour before."""
FEWEST, SHARE = 3, 0.05
"""So many sites, and this part of all, must have fallen silent one after the other. With 100 sources of which one poll
in fifty fails by itself, five in a row do so by chance once in many years."""
TWO = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A time without network. `until`: the first answer after it; None while it lasts."""

    since: datetime
    until: datetime | None = None

    def covers(self, facts: SourceFacts) -> bool:
        """Whether nothing can be said of a source: while it lasts, and until whoever failed in it was asked again."""
        if self.until is None:
            return True
        at = facts.last_attempt_at
        return facts.failures > 0 and at is not None and self.since <= at <= self.until


FailedSince = Callable[[str, datetime], int]
"""How many attempts of a source that began after a moment have failed."""


def last_answer(facts: Iterable[SourceFacts], hosts: datetime | None, now: datetime) -> datetime | None:
    """The last moment at which somebody is known to have answered. `hosts`: the last good page of any."""
    moments = [hosts]
    for one in facts:
        moments.append(one.last_success_at)
        if one.failures and _reasons(one) - SILENT - UNTOLD:
            moments.append(one.last_attempt_at)
    return max((at for at in moments if at is not None and at <= now), default=None)


def judge(
    facts: Iterable[SourceFacts],
    answered_at: datetime | None,
    open_: Incident | None,
    site_of: Callable[[str], str | None],
    failed_since: FailedSince,
) -> Problem | None:
    """The outage that lasts, or begins; None where somebody has answered, and where nobody is asked.

    `open_`: the one that is known.
    """
    sources = [one for one in facts if one.enabled and one.paused_at is None]
    if not sources:
        return None
    fallen = [one for one in sources if _is_silent(one) and _asked_after(one, answered_at)]
    if open_ is None or WELL in open_.facts:
        if len(fallen) < TWO:  # fewer never are enough; to know the sites of a thousand sources takes its time
            return None
        sites = {site for one in sources if (site := site_of(one.name))}
        need = _need(len(sites))
        if len(fallen) < need:
            return None
        well_until = _well_until(answered_at, open_)
        fallen = [one for one in fallen if _was_well(one, well_until, failed_since)]
        if len({site_of(one.name) for one in fallen}) < need:
            return None
    elif answered_at is not None and answered_at > _heard(open_):
        return None
    return _problem(fallen, answered_at, open_, site_of)


def open_outage(incidents: Iterable[Incident]) -> Incident | None:
    """The outage among the open incidents, also where it seems to be over."""
    return next((one for one in incidents if one.kind == DOWN), None)


def lasting(problem: Problem, incident: Incident | None, now: datetime) -> Outage:
    """The outage that a problem of this round tells of; `incident`: the open one."""
    began = now if incident is None else incident.opened_at
    return Outage(since=min(_moment(problem.facts, "since") or began, began))


def outage_of(incident: Incident, until: datetime | None = None) -> Outage:
    """The time without network that an incident tells of, which is over. `until`: when it was found to be."""
    since = min(_moment(incident.facts, "since") or incident.opened_at, incident.opened_at)
    return Outage(since=since, until=_moment(incident.facts, WELL) or incident.resolved_at or until)


def _need(sites: int) -> int:
    """How many sites must have fallen silent; of a single one nothing can be told from the network."""
    return TWO if sites == TWO else max(FEWEST, ceil(sites * SHARE))


def _problem(
    fallen: list[SourceFacts],
    answered_at: datetime | None,
    open_: Incident | None,
    site_of: Callable[[str], str | None],
) -> Problem:
    since = answered_at or min((one.last_attempt_at for one in fallen if one.last_attempt_at), default=None)
    before = None if open_ is None else open_.facts.get("since")
    errors = [one.last_error for one in fallen if one.last_error]
    facts: dict[str, object] = {"tried": len(fallen), "hosts": len({site_of(one.name) for one in fallen})}
    if before or since:
        facts["since"] = before or utc_text(since)  # type: ignore[arg-type]  # one of the two is there
    if answered_at is not None:
        facts["answered_at"] = utc_text(answered_at)
    if errors:
        facts["error"] = errors[-1]
    return Problem(key=DOWN, kind=DOWN, severity="error", facts=facts)


def _is_silent(facts: SourceFacts) -> bool:
    """Whether nobody answered when the source was asked last."""
    reasons = _reasons(facts)
    return facts.failures > 0 and bool(reasons) and reasons <= SILENT


def _reasons(facts: SourceFacts) -> set[str]:
    """Why the entry points of a source failed that did."""
    return {entry.last_reason for entry in facts.entries if entry.failures and entry.last_reason}


def _asked_after(facts: SourceFacts, moment: datetime | None) -> bool:
    return facts.last_attempt_at is not None and (moment is None or facts.last_attempt_at > moment)


def _well_until(answered_at: datetime | None, open_: Incident | None) -> datetime | None:
    """Until when somebody must have been well who is a witness: until the last answer of anybody.

    Of a network that was back for a minute and is lost again, until it was lost first: few were asked in that minute.
    """
    began = None if open_ is None else _moment(open_.facts, "since") or open_.opened_at
    return min((at for at in (answered_at, began) if at is not None), default=None)


def _was_well(facts: SourceFacts, moment: datetime | None, failed_since: FailedSince) -> bool:
    """Whether all its failures in a row came after that moment: it did not fail before."""
    if moment is None or facts.failures == 1:
        return True
    return facts.failures <= failed_since(facts.name, moment)


def _heard(incident: Incident) -> datetime:
    """The last answer before an outage."""
    return min(_moment(incident.facts, "answered_at") or incident.opened_at, incident.opened_at)


def _moment(facts: Mapping[str, Any], name: str) -> datetime | None:
    try:
        return from_utc_text(str(facts[name]))
    except (KeyError, ValueError):
        return None
