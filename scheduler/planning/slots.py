"""The fixed moments at which a source with a period or a cron expression is asked: pure, no clock is read here.

They are spread over the period by a hash of the source's name, so that a thousand sources never start at once and no
period drifts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from crawler.config import Source
from crawler.cron import CronTimes, parse_cron
from scheduler.planning.spread import fraction, hashed

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CRON_GAPS_LOOKED_AT = 8

_INSTANT = timedelta(microseconds=1)


def next_slot(source: Source, after: datetime) -> datetime:
    """The first slot after that moment, of a source that has `every` or `cron`."""
    return _next_period_slot(source, source.every, after) if source.every else _next_cron_slot(source, after)


def period_of_slots(source: Source, now: datetime) -> int:
    """Seconds between two slots of the source; for a cron expression, the shortest of its coming gaps."""
    if source.every is not None:
        return source.every
    fires = _cron_slots(source, now)
    coming = [next(fires) for _ in range(CRON_GAPS_LOOKED_AT)]
    return int(min(second - first for first, second in pairwise(coming)).total_seconds())


def _next_period_slot(source: Source, seconds: int, after: datetime) -> datetime:
    """The first slot after that moment: never more than one and a half periods away."""
    period = timedelta(seconds=seconds)
    phase = EPOCH + timedelta(seconds=hashed(source.name) % seconds)
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
    return slot + limit * fraction(f"jitter {source.name} {slot.timestamp():.0f}")


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
