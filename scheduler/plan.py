"""What is due, and when next: pure functions of the sources, what is known of them, and `now`. No clock is read here.

A source with a period has slots: fixed moments, spread over the period by a hash of its name, so that a thousand
sources never start at once and no period drifts. A source is due when a slot has passed since it was last asked;
how many have passed does not matter, so an outage of any length is made up for by one crawl.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from crawler.config import Source
from crawler.cron import CronTimes, parse_cron

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_BACK_OFF = timedelta(minutes=15)
"""The first back-off is the source's period, or this if that is longer: most outages are over within the hour."""
LONGEST_BACK_OFF = timedelta(days=1)
"""However often a source has failed, it is asked once a day: sites come back, and `dibao status` should see it."""
BACK_OFF_SPREAD = 0.1
"""The part of a back-off that differs by source, so that those that failed together do not come back together."""
CLOCK_STEP = timedelta(hours=1)
"""An attempt noted further in the future than this was noted by a wrong clock, and is not waited for."""
CRON_GAPS_LOOKED_AT = 8

_INSTANT = timedelta(microseconds=1)


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


@dataclass(frozen=True, slots=True)
class Due:
    """When a source is to be asked, which may have passed already, and why, in words for `dibao status`."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class DueSource:
    """A source to crawl now. `entries`: whether its entry points are due; if not, only ledger rows are fetched."""

    source: Source
    due: Due
    entries: bool


def due(sources: Iterable[Source], states: Mapping[str, SourceState], now: datetime) -> tuple[DueSource, ...]:
    """The enabled sources to crawl now: those never crawled, then the longest overdue, then unfinished work."""
    found: list[tuple[tuple[bool, datetime, str], DueSource]] = []
    for source in sources:
        if not source.enabled:
            continue
        state = states.get(source.name) or SourceState(name=source.name)
        entries = _entries_due(source, state, now)
        next_time = _with_unfinished_work(entries, state, now)
        if next_time.at <= now:
            crawled = _last_attempt(state, now) is not None
            due_source = DueSource(source, next_time, entries=entries.at <= now)
            found.append(((crawled, next_time.at, source.name), due_source))
    return tuple(due_source for _, due_source in sorted(found, key=lambda pair: pair[0]))


def next_due(source: Source, state: SourceState, now: datetime) -> Due:
    """When the source is to be crawled next, enabled or not; a time up to `now` means at once."""
    return _with_unfinished_work(_entries_due(source, state, now), state, now)


def _with_unfinished_work(entries: Due, state: SourceState, now: datetime) -> Due:
    if state.pending_ready < 1 or entries.at <= now:
        return entries
    held = _not_before(state, now)
    at = now if held is None else max(now, held)
    return Due(at, "unfinished work") if at < entries.at else entries


def back_off(failures: int, period_seconds: float, name: str = "") -> timedelta:
    """How long to leave a source alone after that many failures in a row.

    The period, or a quarter of an hour if that is shorter, doubled with each failure more, a day at most.
    With a name, up to a tenth less, always the same for the same name and count.
    """
    if failures < 1:
        return timedelta(0)
    first = min(period_seconds, FIRST_BACK_OFF.total_seconds())
    doublings = min(failures - 1, 40)  # over a day for any period, and far from what floats cannot hold
    wait = timedelta(seconds=min(first * 2.0**doublings, LONGEST_BACK_OFF.total_seconds()))
    return wait * (1 - BACK_OFF_SPREAD * _fraction(f"back-off {name} {failures}")) if name else wait


def period_seconds(source: Source, now: datetime) -> int:
    """Seconds between two crawls of the source; for a cron expression, the shortest of its coming gaps."""
    if source.every is not None:
        return source.every
    fires = _cron_slots(source, now)
    coming = [next(fires) for _ in range(CRON_GAPS_LOOKED_AT)]
    return int(min(second - first for first, second in pairwise(coming)).total_seconds())


def _entries_due(source: Source, state: SourceState, now: datetime) -> Due:
    """When the entry points are to be asked next, by schedule and back-off."""
    last = _last_attempt(state, now)
    if last is None:
        return Due(now, "never crawled" if state.last_attempt_at is None else "the clock was set back")
    slot = _next_slot(source, last)
    held = _not_before(state, now)
    if held is None or (held <= slot and not state.failures):
        return Due(slot, "scheduled")
    # After a failure the end of the back-off counts alone: a daily source is not to lose its day to a short outage.
    why = f"again after {state.failures} failures in a row" if state.failures > 1 else "again after a failure"
    return Due(held, why if state.failures else "the site asked for a pause")


def _last_attempt(state: SourceState, now: datetime) -> datetime | None:
    last = state.last_attempt_at
    return None if last is None or last > now + CLOCK_STEP else last


def _not_before(state: SourceState, now: datetime) -> datetime | None:
    """The end of the back-off, unless a wrong clock set it."""
    wrong = state.last_attempt_at is not None and _last_attempt(state, now) is None
    return None if wrong else state.not_before


def _next_slot(source: Source, after: datetime) -> datetime:
    return _next_period_slot(source, source.every, after) if source.every else _next_cron_slot(source, after)


def _next_period_slot(source: Source, seconds: int, after: datetime) -> datetime:
    """The first slot after that moment: never more than one and a half periods away."""
    period = timedelta(seconds=seconds)
    phase = EPOCH + timedelta(seconds=_hashed(source.name) % seconds)
    number = (after - phase) // period
    slot = _put_off(source, phase + number * period, period)
    if slot <= after:
        slot = _put_off(source, phase + (number + 1) * period, period)
    return slot


def _next_cron_slot(source: Source, after: datetime) -> datetime:
    """The first moment after that one at which the expression runs, put off by the source's jitter."""
    if not source.jitter_seconds:
        return next(_cron_slots(source, after))
    slots = _cron_slots(source, after - timedelta(seconds=source.jitter_seconds))
    for slot, following in pairwise(slots):
        at = _put_off(source, slot, following - slot)
        if at > after:
            return at
    raise AssertionError("a cron expression runs for ever")


def _put_off(source: Source, slot: datetime, period: timedelta) -> datetime:
    """The slot with its jitter, which is less than half the period, so that slots keep their order."""
    limit = min(timedelta(seconds=source.jitter_seconds), period / 2)
    if not limit:
        return slot
    return slot + limit * _fraction(f"jitter {source.name} {slot.timestamp():.0f}")


def _cron_slots(source: Source, after: datetime) -> Iterator[datetime]:
    """The moments after that one at which the source's expression runs, in UTC, without end.

    An expression for every hour means elapsed time. One for certain hours means the clock on the wall: in autumn a
    time that comes twice counts once, the first time; in spring a time that is skipped counts at the end of the gap.
    """
    times = parse_cron(source.cron or "")
    zone = ZoneInfo(source.timezone)
    if times.every_hour:
        while True:
            after = _next_fire(times, zone, after).astimezone(UTC)
            yield after
    # The wall's clock as a UTC of its own, so that the trigger knows no summer time.
    wall = after.astimezone(zone).replace(tzinfo=UTC, fold=0)
    while True:
        wall = _next_fire(times, UTC, wall)
        moment = _moment_of(wall.replace(tzinfo=None), zone)
        if moment > after:
            after = moment
            yield moment


def _moment_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """The UTC moment at which clocks in the zone first show that time, or jump over it (PEP 495)."""
    first = wall.replace(tzinfo=zone).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None, fold=0) == wall:
        return first
    # In a gap, the two readings of the time lie on either side of the jump: halve until its second is found.
    before, past = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), first
    offset = past.astimezone(zone).utcoffset()
    while past - before > timedelta(seconds=1):
        middle = (before + (past - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            past = middle
        else:
            before = middle
    return past


def _next_fire(times: CronTimes, zone: tzinfo, after: datetime) -> datetime:
    fire: datetime | None = _trigger(times, zone).get_next_fire_time(None, after + _INSTANT)
    if fire is None:
        raise AssertionError(f"a checked cron expression runs for ever: {times}")
    return fire


@lru_cache(maxsize=4096)
def _trigger(times: CronTimes, zone: tzinfo) -> Any:
    """APScheduler's trigger for these times."""
    from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415  # a tenth of a second, for cron users only

    return CronTrigger(
        minute=_listed(times.minutes),
        hour=_listed(times.hours),
        day=_listed(times.days),
        month=_listed(times.months),
        day_of_week=_listed((day - 1) % 7 for day in times.weekdays),  # the trigger's week begins on Monday
        timezone=zone,
    )


def _listed(numbers: Iterable[int]) -> str:
    """The numbers as the trigger reads them: a range where they are one, which it works out 60 times as fast."""
    ordered = sorted(numbers)
    if len(ordered) > 1 and ordered[-1] - ordered[0] == len(ordered) - 1:
        return f"{ordered[0]}-{ordered[-1]}"
    return ",".join(map(str, ordered))


def _hashed(text: str) -> int:
    """64 bits that depend on the text alone; `hash()` differs from process to process."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _fraction(text: str) -> float:
    """A number from 0 to 1, without 1, that depends on the text alone."""
    return _hashed(text) / 2**64
