"""A round of the watch: what the file knows becomes states, incidents and alerts, in one transaction.

So whoever reads the file sees one truth, and a process that is killed between any two statements has opened nothing
twice and told nothing twice: the alert stands in the file with its incident, or neither does.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from scheduler.config.file import Config
from scheduler.watching import incidents as deciding
from scheduler.watching import machine as machines
from scheduler.watching import network, storms, telling
from scheduler.watching.facts import Known, Reader
from scheduler.watching.incidents import Changes, Problem, Resolution
from scheduler.watching.machine import MachineFacts
from scheduler.watching.network import Outage
from scheduler.watching.verdicts import SourceFacts, SourceVerdict, judge_source, stands_until
from scheduler.watching.watched import WatchedSources
from storage import clock as stored_times
from storage.database import Database
from storage.watch import incidents, reading, states
from storage.watch.incidents import Incident
from storage.watch.states import SourceWatch

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 0.5
"""After so long, sources that were never judged wait for the next round, which comes soon: the daemon crawls
meanwhile."""
OUTAGE_REMEMBERED = timedelta(days=7)
"""A source that is asked less often than this and met an outage is judged by it all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundResult:
    """What a round came to: how many sources are in each state, and how many incidents it changed.

    `waiting`: sources that were not judged for want of time, and are to be in the next round.
    """

    states: Mapping[str, int] = field(default_factory=dict)
    waiting: int = 0
    opened: int = 0
    updated: int = 0
    ended: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """What was said of a source at a moment. `until`: so long it holds while nothing new is known; None: not at all."""

    known: Known
    verdict: SourceVerdict
    at: datetime
    until: datetime | None

    def holds(self, known: Known, now: datetime) -> bool:
        """Whether the same would be said of it now."""
        return self.known is known and self.until is not None and self.at <= now < self.until


class Watch:
    """Looks at all sources in rounds. What it keeps between them saves reading; it may be made anew at any time."""

    def __init__(
        self,
        judge: Callable[[SourceFacts, datetime], SourceVerdict] = judge_source,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._judge = judge
        self._monotonic = monotonic
        self._reader = Reader()
        self._watched: dict[str, SourceWatch] | None = None
        self._judged: dict[str, _Judged] = {}
        self._judged_by: tuple[Config | None, Outage | None] = (None, None)
        self._faulty: set[str] = set()

    def round(
        self,
        config: Config,
        database: Database,
        now: datetime,
        *,
        machine: MachineFacts,
        running: Collection[str] = (),
    ) -> RoundResult:
        """What came of one round; its states, incidents and alerts are in the file. `running`: sources at work.

        Nothing is done while the clock is not set. Raises StorageFault; then nothing is written.
        """
        if not stored_times.is_set(now):
            return RoundResult()
        try:
            with database.transaction(), database.aside():
                return self._round(config, database, now, machine, running)
        except BaseException:
            self._reader.forget()
            self._watched = None
            self._judged.clear()
            raise

    def _round(
        self, config: Config, database: Database, now: datetime, machine: MachineFacts, running: Collection[str]
    ) -> RoundResult:
        open_ = incidents.open_incidents(database)
        wrong = list(machines.problems(machine, now))
        if machine.doubted:  # what such a clock says of sources is no better than itself
            changes = deciding.changes(open_, wrong, now, _only_of_the_machine)
            telling.write(config, database, changes, now)
            return _result(changes, {})
        sources = self._looked_at(config, database, now, running)
        down = _network(database, sources, open_, now)
        sources = replace(sources, outage=_outage(database, open_, down, now))
        wrong += [down] if down is not None else []
        changes = _changes(sources, wrong, open_, now)
        assert self._watched is not None, "they were read"
        judged_by, self._judged_by = self._judged_by, (config, sources.outage)
        rows = sources.rows(self._watched, now, sources.standing if judged_by == self._judged_by else frozenset())
        states.write(database, rows)
        self._watched |= {row.source: row for row in rows}
        telling.write(config, database, changes, now)
        watched = self._watched
        waiting = sum(1 for one in sources.known.values() if not one.is_whole)
        return _result(changes, {name: watched[name].state for name in sources.known if name in watched}, waiting)

    def _looked_at(
        self, config: Config, database: Database, now: datetime, running: Collection[str]
    ) -> WatchedSources:
        """The sources with their verdicts; one that was never judged may have to wait for a later round."""
        if self._watched is None:
            self._watched = states.read(database)
        known: dict[str, Known] = {}
        before, self._judged = self._judged, {}
        for one in self._reader.read(
            config, database, now, running=running, watched=self._watched, has_time=self._patience()
        ):  # fmt: skip
            name = one.facts.name
            known[name] = one
            judged = before.get(name)
            if judged is None or not judged.holds(one, now):
                judged = self._judgment(one, now) if one.is_whole else None
            if judged is not None:
                self._judged[name] = judged
        return WatchedSources(
            config=config,
            known=known,
            verdicts={name: judged.verdict for name, judged in self._judged.items()},
            standing=frozenset(name for name, judged in self._judged.items() if before.get(name) is judged),
        )

    def _patience(self) -> Callable[[], bool]:
        """Whether there is time for one source more that was never judged: for the first there always is."""
        until: float | None = None

        def has_time() -> bool:
            nonlocal until
            if until is None:
                until = self._monotonic() + PATIENCE_SECONDS
                return True
            return self._monotonic() < until

        return has_time

    def _judgment(self, one: Known, now: datetime) -> _Judged | None:
        """The verdict on a source; None where its judgment fails, which is told once."""
        name = one.facts.name
        try:
            verdict = self._judge(one.facts, now)
        except Exception:
            if name not in self._faulty:
                self._faulty.add(name)
                logger.exception("%s cannot be judged; the other sources are", name)
            return None
        self._faulty.discard(name)
        return _Judged(known=one, verdict=verdict, at=now, until=stands_until(one.facts, verdict))


def _only_of_the_machine(incident: Incident) -> Resolution | None:
    """Why an incident is not among the problems of a machine whose clock is doubted: nothing is said of sources."""
    return None if incident.kind.startswith("source") or incident.kind == network.DOWN else "recovered"


def _network(
    database: Database, sources: WatchedSources, open_: tuple[Incident, ...], now: datetime
) -> Problem | None:
    """The outage of this machine's own network, if there is one."""
    facts = [one.facts for one in sources.known.values()]
    answered_at = network.last_answer(facts, reading.last_answer(database), now)
    return network.judge(
        facts,
        answered_at,
        network.open_outage(open_),
        sources.site_of,
        lambda name, since: reading.failed_since(database, name, since),
    )


def _outage(
    database: Database, open_: tuple[Incident, ...], down: Problem | None, now: datetime
) -> Outage | None:
    """The time without network that lasts, or the last one that was over."""
    incident = network.open_outage(open_)
    if down is not None:
        return network.lasting(down, incident, now)
    if incident is not None:
        return network.outage_of(incident, now)
    ended = incidents.resolved_of_key(database, network.DOWN, now - OUTAGE_REMEMBERED)
    return network.outage_of(ended[0]) if ended else None


def _changes(
    sources: WatchedSources, wrong: list[Problem], open_: tuple[Incident, ...], now: datetime
) -> Changes:
    """What the round changes, with what many sources share brought together."""
    grouped = storms.grouped(
        [*wrong, *sources.problems()], open_, now, watched=len(sources.watched), site_of=sources.site_of
    )
    return deciding.changes(
        open_, grouped.problems, now, lambda incident: sources.absent(incident, grouped.absorbed)
    )


def _result(changes: Changes, by_source: Mapping[str, str], waiting: int = 0) -> RoundResult:
    return RoundResult(
        states=Counter(by_source.values()),
        waiting=waiting,
        opened=len(changes.opened),
        updated=len(changes.updated),
        ended=len(changes.ended),
    )
