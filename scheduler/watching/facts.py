"""What is known of each source when it is judged, read from the file with few queries.

What is long (hours, samples, entry points) is read again only for sources of which something may be new: their row is
another, a job of theirs ran, or a page of theirs was looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from crawler.config import Source
from scheduler import plan
from scheduler.agenda import Agenda
from scheduler.config.file import Config
from scheduler.rhythm import Rhythm
from scheduler.watching.verdicts import DayFact, EntryFact, HourFact, SampleFact, SourceFacts, wanted
from storage.database import Database
from storage.records import from_utc_text
from storage.watch import days, reading, samples
from storage.watch.reading import SourceSeen
from storage.watch.samples import PageSample
from storage.watch.states import SourceWatch

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
DAYS = timedelta(days=1)


class Next(NamedTuple):
    """When a source is asked next, and why then. `at` None: not by itself."""

    at: datetime | None
    kind: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A source of the configuration: the facts that it is judged by, and when it is asked next.

    `is_stored`: the file knows it, for it was asked before. `is_whole`: the facts are all there; if not, it is judged
    in a later round.
    """

    facts: SourceFacts
    next: Next | None
    paused_why: str | None = None
    is_stored: bool = True
    is_whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What was read of a source that nothing is new of."""

    seen: SourceSeen
    running: bool
    today: date
    entries: tuple[EntryFact, ...]
    days: tuple[DayFact, ...]


class Reader:
    """Reads the facts of all sources; what it keeps between two rounds is what it need not read again."""

    _mark: tuple[int, int] | None
    _seen: dict[str, SourceSeen]

    def __init__(self) -> None:
        self._rhythms: dict[str, tuple[str, Rhythm]] = {}
        self.forget()

    def forget(self) -> None:
        """None; the next round reads everything: what it read was not judged, or not written."""
        self._agenda = Agenda()
        self._sources, self._mark = reading.Sources(), None
        self._kept: dict[str, _Kept] = {}
        self._standing: dict[str, tuple[tuple[Any, ...], Known]] = {}
        self._rhythms.clear()
        self._sample_id: int | None = None

    def read(
        self,
        config: Config,
        database: Database,
        now: datetime,
        *,
        running: Collection[str],
        watched: Mapping[str, SourceWatch],
        has_time: Callable[[], bool] = lambda: True,
    ) -> Iterator[Known]:
        """Every source of the configuration, in its order. `running`: those at work; `watched`: how each was before.

        Of a source of which there is nothing new, and was nothing in the round before, it is the same object.

        `has_time`: whether one that was never judged can be read now, with all its hours: of an upgraded file there
        are ten weeks of each.
        """
        mark = database.mark
        if self._mark != mark:
            self._seen, self._mark = self._sources.read(database), mark
        seen = self._seen
        states = self._agenda.states(config, database, now)
        fresh = set(seen) if self._sample_id is None else reading.sampled_since(database, self._sample_id)
        self._sample_id = reading.newest_sample(database)
        self._kept = {name: kept for name, kept in self._kept.items() if name in seen}
        self._rhythms = {name: known for name, known in self._rhythms.items() if name in seen}
        self._standing = {name: known for name, known in self._standing.items() if name in seen}
        reckoned = self._agenda.entries_due
        for source in config.source:
            state = states.get(source.name) or plan.SourceState(name=source.name)
            yield self._known(
                config,
                database,
                now,
                source=source,
                seen=seen.get(source.name),
                next_=_next(plan.next_due(source, state, now, config.schedule, reckoned)) if source.enabled else None,
                running=source.name in running,
                is_fresh=source.name in fresh,
                before=watched.get(source.name),
                has_time=has_time,
            )

    def _known(
        self,
        config: Config,
        database: Database,
        now: datetime,
        *,
        source: Source,
        seen: SourceSeen | None,
        next_: Next | None,
        running: bool,
        is_fresh: bool,
        before: SourceWatch | None,
        has_time: Callable[[], bool],
    ) -> Known:
        today = now.astimezone(UTC).date()
        memory, week = (None, None) if before is None else (before.memory, before.week)
        like = (source, seen, next_, running, today, config.watch.country, memory, week)
        standing = self._standing.get(source.name)
        if standing is not None and standing[0] == like and not is_fresh:
            return standing[1]
        zone, at = ZoneInfo(source.timezone), None if next_ is None else next_.at
        if seen is None:
            nothing = SourceFacts(
                name=source.name, zone=zone, country=config.watch.country, enabled=source.enabled, next_due_at=at
            )
            return Known(facts=nothing, next=next_, is_stored=False)
        kept = self._kept.get(source.name)
        is_whole = before is not None or has_time()
        hours: tuple[HourFact, ...] = ()
        pages: tuple[SampleFact, ...] = ()
        is_new = True
        if not is_whole:
            kept = _Kept(seen=seen, running=running, today=today, entries=_entries(database, source.name), days=())
        elif kept is None or is_fresh or running or kept.running or kept.seen != seen or kept.today != today:
            want = wanted(memory)
            hours = _hours(database, source.name, want.hours_from)
            pages = _samples(database, source.name, want.samples_after)
            kept = _Kept(
                seen=seen,
                running=running,
                today=today,
                entries=_entries(database, source.name),
                days=_days(database, source.name, today),
            )
            self._kept[source.name] = kept
        else:
            is_new = False
        facts = SourceFacts(
            name=source.name,
            zone=zone,
            country=config.watch.country,
            enabled=source.enabled,
            paused_at=seen.paused_at,
            running=running,
            last_attempt_at=seen.last_attempt_at,
            last_success_at=seen.last_success_at,
            last_new_at=seen.last_new_at,
            failures=seen.failures,
            last_error=seen.last_error,
            next_due_at=at,
            entries=kept.entries,
            hours=hours,
            days=kept.days,
            samples=pages,
            rhythm=self._rhythm(source.name, seen.rhythm) if seen.rhythm else None,
            week=week,
            memory=memory,
        )
        known = Known(facts=facts, next=next_, paused_why=seen.paused_why, is_whole=is_whole)
        self._standing.pop(source.name, None)
        if not is_new:
            self._standing[source.name] = like, known
        return known

    def _rhythm(self, name: str, text: str) -> Rhythm:
        """The rhythm in the text; the newest of each source is remembered, and no older one."""
        known = self._rhythms.get(name)
        if known is None or known[0] != text:
            known = self._rhythms[name] = (text, Rhythm.from_old_text(text))
        return known[1]


def _next(due: plan.Due) -> Next:
    """When the source is asked next; a pause has no end."""
    return Next(None if due.kind == "paused" else due.at, due.kind, due.why)


def _entries(database: Database, name: str) -> tuple[EntryFact, ...]:
    return tuple(
        EntryFact(url=one.url, failures=one.failures, last_reason=one.last_reason)
        for one in reading.entries(database, name)
    )


def _hours(database: Database, name: str, since: datetime | None) -> tuple[HourFact, ...]:
    found = days.hours(database, since or LONG_AGO, name).get(name, ())
    return tuple(HourFact(hour=from_utc_text(one.hour), polls=one.polls, new=one.new) for one in found)


def _days(database: Database, name: str, today: date) -> tuple[DayFact, ...]:
    """Today and yesterday. What an older version of Dibao counted does not say what was empty."""
    found = days.days(database, (today - DAYS).isoformat(), name).get(name, ())
    return tuple(
        DayFact(day=date.fromisoformat(one.day), answered=one.polls_ok, empty=one.polls_empty or 0) for one in found
    )


def _samples(database: Database, name: str, after: int) -> tuple[SampleFact, ...]:
    """The samples after that one, oldest first."""
    return tuple(map(_sample, reversed(samples.newest(database, name, after=after))))


def _sample(page: PageSample) -> SampleFact:
    return SampleFact(
        id=page.id,
        at=page.at,
        outcome=page.outcome,
        reason=page.reason,
        article_id=page.article_id,
        has_title=page.has_title,
        has_time=page.has_time,
        has_origin=page.has_origin,
        has_credits=page.has_credits,
        characters=page.characters,
        repeated=page.repeated,
    )
