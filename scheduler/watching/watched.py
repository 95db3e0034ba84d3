"""The sources of the configuration in one round: which of them are watched, what is wrong, and why something is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Literal

from crawler.config import Source
from crawler.jobs import own_sites
from scheduler.config.file import Config
from scheduler.watching.facts import Known
from scheduler.watching.incidents import Problem, Resolution, source_key
from scheduler.watching.network import Outage
from scheduler.watching.storms import MANY
from scheduler.watching.verdicts import SourceVerdict
from storage.records import utc_text
from storage.watch.incidents import Incident
from storage.watch.states import SourceWatch

REWRITTEN_AFTER = timedelta(minutes=30)
"""What only grows with time, such as for how long a source has been silent, is written as often."""
FAILING, NO_LINKS = "source_failing", "source_no_links"


@dataclass(frozen=True)
class WatchedSources:
    """What a round knows. `verdicts` lacks those whose judgment failed; `outage`: the last time without network.

    `standing`: sources of which all is as it was in the round before.
    """

    config: Config
    known: Mapping[str, Known]
    verdicts: Mapping[str, SourceVerdict]
    outage: Outage | None = None
    standing: frozenset[str] = frozenset()

    @cached_property
    def by_name(self) -> dict[str, Source]:
        """The sources of the configuration."""
        return {source.name: source for source in self.config.source}

    @cached_property
    def watched(self) -> tuple[str, ...]:
        """The names of those whose problems are told."""
        return tuple(name for name in self.by_name if self.why_not(name) is None)

    def why_not(self, name: str) -> Resolution | None:
        """Why nothing is told of a source; None where it is."""
        source = self.by_name.get(name)
        if source is None:
            return "removed"
        if not source.enabled:
            return "off"
        if not source.watch:
            return "unwatched"
        return "paused" if self.known[name].facts.paused_at is not None else None

    def site_of(self, name: str) -> str | None:
        """The site whose pages become articles of the source: a registrable domain, or an address."""
        source = self.by_name.get(name)
        return None if source is None else next(iter(own_sites(source)), None)

    def is_held(self, name: str) -> bool:
        """Whether nothing is to be said of a source, because this machine had no network when it was asked."""
        return self.outage is not None and self.outage.covers(self.known[name].facts)

    def problems(self) -> list[Problem]:
        """What is wrong with the watched sources."""
        return [
            Problem(
                key=source_key(finding.kind, name),
                kind=finding.kind,
                severity=finding.severity,
                facts=finding.facts,
                source=name,
                sample=finding.sample,
            )
            for name in self.watched
            if name in self.verdicts and not self.is_held(name)
            for finding in self.verdicts[name].findings
        ]

    def absent(self, incident: Incident, absorbed: frozenset[int]) -> Resolution | Literal["ill_again"] | None:
        """Why an open incident is not among the problems of the round; None where nothing can be said of it now.

        `absorbed`: ids of incidents that a new group covers.
        """
        if incident.kind == MANY:
            cause = str(incident.facts.get("cause"))
            unsure = any(self._is_unsure(name, cause) for name in incident.sources if self.why_not(name) is None)
            return None if unsure else "recovered"
        if incident.source is None:
            return "recovered"
        why_not = self.why_not(incident.source)
        if why_not is not None:
            return why_not
        if incident.id in absorbed or self._is_of_the_network(incident):
            return "grouped"
        if self._is_unsure(incident.source, incident.kind):
            return "ill_again" if self._is_ill_again(incident.source, incident.kind) else None
        return "recovered"

    def _is_unsure(self, name: str, kind: str) -> bool:
        """Whether nothing can be said of a kind of problem of that source now."""
        verdict = self.verdicts.get(name)
        return verdict is None or kind in verdict.unsure or self.is_held(name)

    def _is_ill_again(self, name: str, kind: str) -> bool:
        """Whether the last attempt went wrong in the same way, if not so often that it would be told by itself."""
        if name not in self.verdicts or self.is_held(name):
            return False
        failures = self.known[name].facts.failures
        return (kind == FAILING and failures > 0) or (kind == NO_LINKS and failures == 0)

    def _is_of_the_network(self, incident: Incident) -> bool:
        """Whether a source was told to fail when it was this machine that had lost its network."""
        outage = self.outage
        return (
            incident.kind == FAILING
            and outage is not None
            and outage.until is None
            and incident.opened_at >= outage.since
        )

    def rows(
        self, before: Mapping[str, SourceWatch], now: datetime, standing: frozenset[str] = frozenset()
    ) -> list[SourceWatch]:
        """What is to be written of the sources that the file knows, where something is another now than `before`.

        `standing`: those of which it is not, as the round before has found, save what is written once in a while.
        """
        found = []
        for name, verdict in self.verdicts.items():
            was = before.get(name)
            if (was is not None and name in standing and _is_young(was, now)) or not self.known[name].is_stored:
                continue
            row = self._row(name, verdict, was, now)
            if was is None or _differs(was, row):
                found.append(row)
        return [*found, *self._removed(before, now)]

    def _removed(self, before: Mapping[str, SourceWatch], now: datetime) -> list[SourceWatch]:
        """The sources that are no longer in the configuration: as if switched off, whatever was wrong with them."""
        return [
            SourceWatch(source=name, at=now, state="off", week=was.week, zone=was.zone, memory=was.memory)
            for name, was in before.items()
            if name not in self.by_name and was.state != "off"
        ]

    def _row(self, name: str, verdict: SourceVerdict, was: SourceWatch | None, now: datetime) -> SourceWatch:
        """How a source is. While nothing is to be said of it, it is as it was."""
        known = self.known[name]
        state, reason, facts = verdict.state, verdict.reason, dict(verdict.facts)
        if was is not None and self.is_held(name) and state not in {"off", "paused"}:
            state, reason, facts = was.state, was.reason or "", dict(was.facts)  # type: ignore[assignment]
        elif state == "paused":
            facts |= _pause(known)
        next_ = known.next
        return SourceWatch(
            source=name,
            at=now,
            state=state,
            reason=reason or None,
            facts=facts,
            next_run_at=None if next_ is None else next_.at,
            next_run_kind=None if next_ is None else next_.kind,
            next_run_why=None if next_ is None else next_.why,
            week=verdict.week,
            expected_new=verdict.expected_since,
            zone=self.by_name[name].timezone if name in self.by_name else None,
            memory=verdict.memory or "{}",
            paused_at=known.facts.paused_at,
            paused_why=known.paused_why,
        )


def _pause(known: Known) -> dict[str, Any]:
    at, why = known.facts.paused_at, known.paused_why
    return ({} if at is None else {"since": utc_text(at)}) | ({"why": why} if why else {})


def _is_young(was: SourceWatch, now: datetime) -> bool:
    """Whether what grows with time alone is not to be written yet."""
    return timedelta(0) <= now - was.at < REWRITTEN_AFTER


def _differs(was: SourceWatch, row: SourceWatch) -> bool:
    """Whether the row is to be written: of what grows by itself, only once in a while."""
    if not _is_young(was, row.at):
        return True
    return replace(was, at=row.at, facts=row.facts, expected_new=row.expected_new, next_run_at=None) != replace(
        row, next_run_at=None
    ) or _moved(was.next_run_at, row.next_run_at, now=row.at)


def _moved(was: datetime | None, next_: datetime | None, *, now: datetime) -> bool:
    """Whether the next run is at another time, stored to the second; what is due already stays due since it was."""
    if was is None or next_ is None:
        return was is not next_
    return max(was.replace(microsecond=0), now) != max(next_.replace(microsecond=0), now)
