"""What is due, and when next: pure functions of the sources, what is known of them, and `now`. No clock is read here.

A source with a period or a cron expression has fixed slots (`scheduler.planning.slots`); one with neither is asked as
its rhythm deserves (`scheduler.rhythm`). It is due when the next such moment after it was last asked has passed; how
many have passed does not matter, so an outage of any length is made up for by one crawl.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from crawler.config import Source
from scheduler.config.file import Schedule
from scheduler.planning.back_off import BACK_OFF_SPREAD, FIRST_BACK_OFF, LONGEST_BACK_OFF, back_off
from scheduler.planning.slots import next_slot, period_of_slots
from scheduler.rhythm import NOTHING, Rhythm, next_poll, rate

__all__ = [
    "BACK_OFF_SPREAD",
    "FIRST_BACK_OFF",
    "LONGEST_BACK_OFF",
    "NEVER",
    "Due",
    "DueKind",
    "DueSource",
    "Reckoned",
    "SourceState",
    "asked_for",
    "back_off",
    "due",
    "due_of",
    "entries_due",
    "interval_bounds",
    "is_daily",
    "next_due",
    "period_seconds",
    "stands",
    "upcoming",
]

CLOCK_STEP = timedelta(minutes=1)
"""An attempt noted further in the future than this was noted by a wrong clock, and is not waited for; a smaller step
back makes no run later than by itself."""
DAILY = timedelta(hours=20)
"""The shortest period of a source that is asked once a day: on the day of the spring change it has 23 hours."""
LONGEST_PAUSE = timedelta(days=1)
"""A host's pause that ends later than this was noted by a wrong clock: nobody is granted a longer one."""

NEVER = datetime.max.replace(tzinfo=UTC)
"""When a source that an operator has paused is asked: nobody knows. It is not to be reckoned with."""

DueKind = Literal[
    "never_crawled",
    "rhythm",
    "interval",
    "cron",
    "back_off",
    "retry_after",
    "host_pause",
    "unfinished",
    "clock",
    "asked",
    "paused",
]
"""Why a source is asked when it is. "asked": a person named it on the command line. "paused": it is not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is remembered of a source: when it was last asked, how that went, and what was left undone."""

    name: str
    last_attempt_at: datetime | None = None
    failures: int = 0
    """Attempts in a row that failed."""
    not_before: datetime | None = None
    """The end of its back-off, or of what the site's Retry-After asked for."""
    pending_ready: int = 0
    """Ledger rows that may be fetched now: left by a killed run, or over the budget of the last one."""
    rhythm: Rhythm | None = None
    """What its hours are like; None where nothing was learned yet."""
    paused_until: datetime | None = None
    """Until when its whole host is left alone, whichever source was told so."""
    pause_why: str = ""
    stopped_at: datetime | None = None
    """Since when it is not asked at all, because an operator has paused it."""
    stopped_why: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """When a source is to be asked, which may have passed already, and why: in words, and as a word for programs."""

    at: datetime
    why: str
    kind: DueKind


@dataclass(frozen=True, slots=True)
class DueSource:
    """A source to crawl now. `entries`: whether its entry points are due; if not, only ledger rows are fetched."""

    source: Source
    due: Due
    entries: bool


Reckoned = Callable[[Source, SourceState, datetime, Schedule], Due]
"""When the entry points of a source are to be asked: `entries_due`, or what remembers it."""


def due(
    sources: Iterable[Source], states: Mapping[str, SourceState], now: datetime, schedule: Schedule
) -> tuple[DueSource, ...]:
    """The enabled sources to crawl now: those never crawled, then the longest overdue, then unfinished work."""
    return due_of(upcoming(sources, states, now, schedule), states, now)


def upcoming(
    sources: Iterable[Source],
    states: Mapping[str, SourceState],
    now: datetime,
    schedule: Schedule,
    reckoned: Reckoned | None = None,
) -> list[DueSource]:
    """When each enabled source is to be crawled next, in the order of `sources`; those that are paused are left out.

    `reckoned`: who knows when entry points are to be asked, if it was worked out before (`entries_due`).
    """
    reckoned, found = reckoned or entries_due, []
    for source in sources:
        if not source.enabled:
            continue
        state = states.get(source.name) or SourceState(name=source.name)
        if state.stopped_at is None:
            entries = reckoned(source, state, now, schedule)
            next_time = _with_unfinished_work(source, entries, state, now)
            found.append(DueSource(source, next_time, entries=entries.at <= now))
    return found


def due_of(
    upcoming: Iterable[DueSource], states: Mapping[str, SourceState], now: datetime
) -> tuple[DueSource, ...]:
    """Those of the sources that are to be crawled now, in the order of `due`."""

    def place(one: DueSource) -> tuple[bool, datetime, str]:
        state = states.get(one.source.name)
        crawled = state is not None and _last_attempt(one.source, state, now) is not None
        return crawled, one.due.at, one.source.name

    return tuple(sorted((one for one in upcoming if one.due.at <= now), key=place))


def next_due(
    source: Source, state: SourceState, now: datetime, schedule: Schedule, reckoned: Reckoned | None = None
) -> Due:
    """When the source is to be crawled next, enabled or not; a time up to `now` means at once.

    NEVER, of the kind "paused", where an operator has paused it.
    """
    if state.stopped_at is not None:
        return Due(NEVER, f"paused: {state.stopped_why}" if state.stopped_why else "paused by an operator", "paused")
    return _with_unfinished_work(source, (reckoned or entries_due)(source, state, now, schedule), state, now)


def asked_for(sources: Iterable[Source], now: datetime) -> tuple[DueSource, ...]:
    """The sources as somebody names them on the command line: now, whatever is known of them."""
    return tuple(DueSource(source, Due(now, "asked for", "asked"), entries=True) for source in sources)


def period_seconds(source: Source, now: datetime, schedule: Schedule, rhythm: Rhythm | None = None) -> int:
    """Seconds between two crawls of the source at `now`.

    For a cron expression, the shortest of its coming gaps; by rhythm, the wait after a crawl at `now`.
    """
    if not source.is_adaptive:
        return period_of_slots(source, now)
    return round((_next_by_rhythm(source, rhythm, now, schedule) - now).total_seconds())


def _with_unfinished_work(source: Source, entries: Due, state: SourceState, now: datetime) -> Due:
    if state.pending_ready < 1 or entries.at <= now:
        return entries
    holds = _not_before(source, state, now), _paused_until(state, now)
    held = max((until for until in holds if until), default=now)
    at = max(now, held)
    return Due(at, "unfinished work", "unfinished") if at < entries.at else entries


def entries_due(source: Source, state: SourceState, now: datetime, schedule: Schedule) -> Due:
    """When the entry points are to be asked next: by schedule, back-off, and the pause of their host."""
    own = _own_due(source, state, now, schedule)
    paused = _paused_until(state, now)
    if paused is None or paused <= max(own.at, now):
        return own
    return Due(paused, state.pause_why or "its host asked for a pause", "host_pause")


def _own_due(source: Source, state: SourceState, now: datetime, schedule: Schedule) -> Due:
    last = _last_attempt(source, state, now)
    if last is None and state.last_attempt_at is None:
        return Due(now, "never crawled", "never_crawled")
    if last is None:
        return Due(now, "the clock was set back", "clock")
    held = _not_before(source, state, now)
    # After a failure the end of the back-off counts alone: a daily source is not to lose its day to a short outage.
    if held is not None and state.failures:
        why = f"again after {state.failures} failures in a row" if state.failures > 1 else "again after a failure"
        return Due(held, why, "back_off")
    scheduled = _scheduled(source, state.rhythm, last, schedule)
    if held is None or held <= scheduled.at:
        return scheduled
    return Due(held, "the site asked for a pause", "retry_after")


def _scheduled(source: Source, rhythm: Rhythm | None, last: datetime, schedule: Schedule) -> Due:
    """When the schedule alone would have the source asked after `last`."""
    if source.every:
        return Due(next_slot(source, last), f"interval: every {_length(source.every)}", "interval")
    if source.cron:
        return Due(next_slot(source, last), f"cron: {source.cron} ({source.timezone})", "cron")
    at = _next_by_rhythm(source, rhythm, last, schedule)
    wait = _length((at - last).total_seconds())
    if rhythm is None or not rhythm.hours_known:
        return Due(at, f"rhythm: not known yet, asked after {wait}", "rhythm")
    expected = rate(rhythm, at, ZoneInfo(source.timezone))
    return Due(at, f"rhythm: about {expected:.2g} new an hour then, asked after {wait}", "rhythm")


def _next_by_rhythm(source: Source, rhythm: Rhythm | None, after: datetime, schedule: Schedule) -> datetime:
    floor, ceiling = interval_bounds(source, schedule)
    zone = ZoneInfo(source.timezone)
    return next_poll(rhythm or NOTHING, after, floor=floor, ceiling=ceiling, zone=zone, name=source.name)


def interval_bounds(source: Source, schedule: Schedule) -> tuple[timedelta, timedelta]:
    """The shortest and the longest interval of an adaptive source.

    Its own bound counts where it has one; where that crosses the general other one, that one gives way.
    """
    floor = schedule.interval_floor if source.interval_floor is None else source.interval_floor
    ceiling = schedule.interval_ceiling if source.interval_ceiling is None else source.interval_ceiling
    if floor > ceiling:
        floor, ceiling = (floor, floor) if source.interval_ceiling is None else (ceiling, ceiling)
    return timedelta(seconds=floor), timedelta(seconds=ceiling)


def is_daily(source: Source, now: datetime) -> bool:
    """Whether the source has slots of about a day or more: one that was taken stays taken, if the clock is set back."""
    return not source.is_adaptive and period_of_slots(source, now) >= DAILY.total_seconds()


def _last_attempt(source: Source, state: SourceState, now: datetime) -> datetime | None:
    """When it was last asked, unless a wrong clock said so; of what is asked once a day it is believed for a day."""
    last = state.last_attempt_at
    if last is None or last <= now + CLOCK_STEP:
        return last
    return last if last <= now + LONGEST_PAUSE and is_daily(source, now) else None


def stands(state: SourceState, now: datetime) -> bool:
    """Whether what `entries_due` says of it now holds for as long as the state does: no wrong clock has noted it."""
    if state.last_attempt_at is None or state.last_attempt_at > now:
        return False
    return all(end is None or end <= now + LONGEST_PAUSE for end in (state.not_before, state.paused_until))


def _not_before(source: Source, state: SourceState, now: datetime) -> datetime | None:
    """The end of the back-off, unless a wrong clock set it."""
    wrong = state.last_attempt_at is not None and _last_attempt(source, state, now) is None
    if wrong or (state.not_before is not None and state.not_before > now + LONGEST_PAUSE + CLOCK_STEP):
        return None
    return state.not_before


def _paused_until(state: SourceState, now: datetime) -> datetime | None:
    """The end of the host's pause, unless a wrong clock set it."""
    until = state.paused_until
    return None if until is None or until > now + LONGEST_PAUSE + CLOCK_STEP else until


def _length(seconds: float) -> str:
    """A length of time as people say it: 14 min, 2.5 h."""
    if seconds < 90:  # noqa: PLR2004 - a minute and a half
        return f"{seconds:.0f} s"
    if seconds < 5_400:  # noqa: PLR2004 - an hour and a half
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3_600:.3g} h" if seconds < 172_800 else f"{seconds / 86_400:.3g} d"  # noqa: PLR2004
