"""A source's rhythm: what its hours are like, learned from what each poll brought; and from it, when to ask again.

For a given number of requests the mean delay of the items is least when the rate of asking is proportional to the
square root of the rate of items. So a source is asked when the integral of sqrt(rate / (2 K)) since it was last asked
reaches one; K is the delay, in item-hours, that one more request is worth. Pure: no clock is read here.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from math import sqrt
from zoneinfo import ZoneInfo

from scheduler.week import (
    ALL,
    CELLS,
    DAY_SECONDS,
    DAYS,
    HOUR_SECONDS,
    HOURS_OF_DAY,
    add,
    cell_of,
    hours_of,
    no_sums,
    offset_seconds,
    sums_of,
)

ITEM_HOURS = 0.06
"""K. tests/benchmarks/test_simulated_year.py prints what other values cost. This one asks some two fifths as often as
a poll each 15 minutes, half as often in the first days, and finds half of the articles within 4 minutes, not 7.5."""
SPREAD = 0.1
"""Sources of one rhythm are asked up to this part sooner or later, by their names, so that they do not bunch."""
HALF_LIFE_HOURS = 21 * 24.0
"""An hour three weeks ago counts half of one today. Two or five weeks cost 0.5 % more or less (simulated)."""
LATELY_HALF_LIFE_HOURS = 24.0
LATELY_SHAPE, QUIETEST, LIVELIEST = 2.0, 1 / 30, 6.0
"""How far the last days change what is expected (bursts, holidays, silence): so many items must have come, or failed to
come, before they are believed half; and the bounds. One of three items an hour that falls silent is asked 20 times a
day after a week, 16 after a month; half the half-life and twice the shape find articles as soon, but ask a silent site
twice as often."""
LONGEST_LEARNED_SECONDS = 28 * 86_400.0
"""What is older teaches nothing: of a backlog, or of a time in which nobody asked."""
MOST_ITEMS = 1_000
"""Of one observation, no more items than this teach: a relaunch that dates a whole archive anew is not a rhythm."""
BACKLOG_PART = 0.9
"""The newest nine tenths of a first backlog say how long it covers: a pinned item of last year does not."""
CLOCK_STEP_SECONDS = 3_600.0

# What is expected before anything is seen, and how many items an hour of the day, a day of the week and an hour of the
# week must have brought to be believed half. Twice or half as many: costs within 1 % (simulated).
PRIOR_ITEMS, PRIOR_HOURS = 1.0, 2.0
HOUR_SHAPE, DAY_SHAPE, CELL_SHAPE = 0.5, 8.0, 4.0

_VERSION = 1
_MOST_HALF_LIVES = 60.0
_RESCALED_AT = 16.0
_SMALLEST_RATE = 1e-4
_LARGEST = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """New items and hours watched, by hour of the week from Monday 00:00 on; behind them their sums by hour and day.

    Both are weighted: an hour at `anchor` counts 1, one a half-life later 2, so that nothing needs to be touched to
    be forgotten. `seen_until`: the end of what was observed. `came`, `expected`: items of late, forgotten much sooner.
    Moments are epoch seconds. Never changed in place.
    """

    seen_until: float | None = None
    anchor: float = 0.0
    items: array[float] = field(default_factory=no_sums)
    hours: array[float] = field(default_factory=no_sums)
    came: float = 0.0
    expected: float = 0.0
    resumed: bool = False
    """Whether nobody watched until `seen_until`, because an operator had paused the source."""

    @classmethod
    def from_text(cls, text: str | None) -> Rhythm:
        """The rhythm that `text` wrote; one that knows nothing for None and for what is no such text."""
        return NOTHING if text is None else _read(text)

    @classmethod
    def from_old_text(cls, text: str | None) -> Rhythm:
        """The same of a text that nobody will ask for again: it is not remembered."""
        return NOTHING if text is None else _read.__wrapped__(text)

    def text(self) -> str:
        """The rhythm as JSON of 4 KB at most."""
        lately, items, hours = (
            ",".join(map("%.4g".__mod__, values))
            for values in ((self.came, self.expected), self.items[:CELLS], self.hours[:CELLS])
        )
        times = json.dumps({"v": _VERSION, "until": self.seen_until, "anchor": self.anchor, "resumed": self.resumed})
        return f'{times[:-1]}, "lately": [{lately}], "items": [{items}], "hours": [{hours}]}}'

    @property
    def hours_known(self) -> float:
        """The hours of watching that it rests on, the older ones counted less."""
        return 0.0 if self.seen_until is None else self.hours[ALL] / _weight(self, self.seen_until)


NOTHING = Rhythm()


def observed(
    rhythm: Rhythm, *, since: datetime | None, until: datetime, times: Sequence[datetime | None], zone: ZoneInfo
) -> Rhythm:
    """The rhythm after a poll at `until` that brought one new item for each of `times`, the poll before being `since`.

    A time is when the item was published; where it is None, or not between the two polls, or the midnight of a date
    without an hour, the item counts as spread over the time between them: it could be seen only then. Without
    `since` the items are a first backlog: those with a date alone count as spread over its day, those without any
    teach nothing.
    """
    end, offset = until.timestamp(), offset_seconds(until, zone)
    rhythm = _in_step(rhythm, end)
    known = [moment.timestamp() for moment in times[:MOST_ITEMS] if moment is not None]
    if since is not None:
        start = max(since.timestamp(), end - LONGEST_LEARNED_SECONDS, rhythm.seen_until or 0.0)
        known = [moment for moment in known if start < moment <= end and _has_hour(moment, offset)]
        spread = min(len(times), MOST_ITEMS) - len(known)
    else:
        start, known = _backlog(rhythm, known, end, offset)
        spread = 0
    return rhythm if start >= end else _learned(rhythm, (start, end), offset, known, spread)


def unwatched(rhythm: Rhythm, until: datetime, *, resumed: bool = False) -> Rhythm:
    """The rhythm after a time of which nothing is to be learned. `resumed`: nor from what the next poll brings."""
    end = until.timestamp()
    if rhythm.seen_until is None or rhythm.seen_until >= end:
        return replace(rhythm, resumed=resumed and rhythm.seen_until is not None)
    kept = _lately_kept(rhythm, end)
    return replace(rhythm, seen_until=end, came=rhythm.came * kept, expected=rhythm.expected * kept, resumed=resumed)


def rate(rhythm: Rhythm, at: datetime, zone: ZoneInfo) -> float:
    """New items an hour to be expected then, from the hour of the week and how lively the source was of late."""
    seconds = at.timestamp()
    return _level(rhythm, seconds) * _usual(
        rhythm, cell_of(seconds + offset_seconds(at, zone)), _weight(rhythm, seconds)
    )


def usual_week(rhythm: Rhythm, at: datetime) -> tuple[float, ...]:
    """New items an hour in each hour of an ordinary week, Monday 00:00 first, as it is known at `at`."""
    weight = _weight(rhythm, at.timestamp())
    return tuple(_usual(rhythm, cell, weight) for cell in range(CELLS))


def next_poll(
    rhythm: Rhythm,
    after: datetime,
    *,
    floor: timedelta,
    ceiling: timedelta,
    zone: ZoneInfo,
    name: str,
    item_hours: float = ITEM_HOURS,
) -> datetime:
    """When to ask next, having asked at `after`: no sooner than `floor` after it, no later than `ceiling`."""
    start = after.timestamp()
    weight = _weight(rhythm, start)
    left = _threshold(name) * sqrt(2.0 * item_hours / _level(rhythm, start))
    waited = 0.0
    most = min(ceiling.total_seconds() / HOUR_SECONDS, 2.0 * CELLS)
    for cell, hours in hours_of(start + offset_seconds(after, zone), most):
        speed = sqrt(_usual(rhythm, cell, weight))
        if speed * hours >= left:
            return after + max(floor, min(ceiling, timedelta(hours=waited + left / speed)))
        left -= speed * hours
        waited += hours
    return after + ceiling


def _learned(rhythm: Rhythm, span: tuple[float, float], offset: float, known: Sequence[float], spread: int) -> Rhythm:
    """The rhythm with one span more: the items of known times at theirs, so many others spread over the span.

    A midnight stands for its day.
    """
    start, end = span
    items, hours = rhythm.items[:], rhythm.hours[:]
    now_weight, length = _weight(rhythm, end), (end - start) / HOUR_SECONDS
    expected, at = 0.0, start
    for cell, part in hours_of(start + offset, length):
        expected += part * _usual(rhythm, cell, now_weight)
        weight = part * _weight(rhythm, at)
        add(hours, cell, weight)
        if spread:
            add(items, cell, weight * spread / length)
        at += part * HOUR_SECONDS
    for moment in known:
        weight = _weight(rhythm, moment)
        if _has_hour(moment, offset):
            add(items, cell_of(moment + offset), weight)
        else:
            hours_long = min(24.0, (end - moment) / HOUR_SECONDS)
            for cell, part in hours_of(moment + offset, hours_long):
                add(items, cell, weight * part / hours_long)
    came, before = 0.0, 0.0
    if rhythm.seen_until is None:  # of a first backlog nothing was expected
        expected = 0.0
    else:
        kept = _lately_kept(rhythm, end)
        came, before = rhythm.came * kept, rhythm.expected * kept
        came += spread + sum(moment > start for moment in known)
    return Rhythm(seen_until=end, anchor=rhythm.anchor, items=items, hours=hours, came=came, expected=before + expected)


def _usual(rhythm: Rhythm, cell: int, weight: float) -> float:
    """Items an hour in that hour of an ordinary week: its own record, drawn towards that of its hour and its day.

    Each is the mean of a gamma distribution: so many items of the shape are added, and the hours that they would take
    at the rate expected so far.
    """
    items, hours = rhythm.items, rhythm.hours
    overall = (items[ALL] + PRIOR_ITEMS * weight) / (hours[ALL] + PRIOR_HOURS * weight)
    day, hour = divmod(cell, 24)
    shape = HOUR_SHAPE * weight
    at_hour = (items[HOURS_OF_DAY + hour] + shape) / (hours[HOURS_OF_DAY + hour] + shape / overall)
    shape = DAY_SHAPE * weight
    on_day = (items[DAYS + day] + shape) / (hours[DAYS + day] * overall + shape)
    shape = CELL_SHAPE * weight
    return max(_SMALLEST_RATE, (items[cell] + shape) / (hours[cell] + shape / (at_hour * on_day)))


def _level(rhythm: Rhythm, at: float) -> float:
    """How many times livelier than usual the source is then."""
    if rhythm.seen_until is None:
        return 1.0
    kept = _lately_kept(rhythm, at)
    level: float = (rhythm.came * kept + LATELY_SHAPE) / (rhythm.expected * kept + LATELY_SHAPE)
    return min(LIVELIEST, max(QUIETEST, level))


def _lately_kept(rhythm: Rhythm, at: float) -> float:
    """How much of what came and was expected of late counts still at that moment."""
    seen = at if rhythm.seen_until is None else rhythm.seen_until
    kept: float = 2.0 ** (-max(0.0, at - seen) / (HOUR_SECONDS * LATELY_HALF_LIFE_HOURS))
    return kept


def _weight(rhythm: Rhythm, at: float) -> float:
    """What an hour counts at that moment."""
    half_lives = (at - rhythm.anchor) / (HOUR_SECONDS * HALF_LIFE_HOURS)
    weight: float = 2.0 ** max(-_MOST_HALF_LIVES, min(_MOST_HALF_LIVES, half_lives))
    return weight


def _in_step(rhythm: Rhythm, now: float) -> Rhythm:
    """The rhythm with weights near 1, and with nothing seen that has not come yet: a clock was wrong."""
    if rhythm.seen_until is None:
        return Rhythm(anchor=now)
    if rhythm.seen_until > now + CLOCK_STEP_SECONDS:
        rhythm = replace(rhythm, anchor=rhythm.anchor + now - rhythm.seen_until, seen_until=now)
    weight = _weight(rhythm, now)
    if weight < _RESCALED_AT:
        return rhythm
    items, hours = (array("d", (value / weight for value in sums)) for sums in (rhythm.items, rhythm.hours))
    return replace(rhythm, anchor=now, items=items, hours=hours)


def _backlog(rhythm: Rhythm, known: Sequence[float], end: float, offset: float) -> tuple[float, list[float]]:
    """Where what a backlog newly covers begins, and those of its times that lie in what is covered."""
    oldest = end - LONGEST_LEARNED_SECONDS
    recent = sorted(moment for moment in known if oldest < moment < end)
    if rhythm.seen_until is not None:  # a further part of it: its hours have been counted
        covered = max(oldest, rhythm.seen_until - HOUR_SECONDS * rhythm.hours_known)
        return max(oldest, rhythm.seen_until), [moment for moment in recent if moment > covered]
    if len(recent) >= len(known) * BACKLOG_PART:
        oldest = recent[int(len(recent) * (1 - BACKLOG_PART))] if recent else end
        if recent and not _has_hour(oldest, offset):
            # Of its oldest day a list shows a part, perhaps: what it covers begins with the next, if there is one.
            oldest += DAY_SECONDS - 1 if oldest + DAY_SECONDS < end else -1
    return oldest, [moment for moment in recent if moment > oldest]


def _has_hour(moment: float, offset: float) -> bool:
    return (moment + offset) % DAY_SECONDS != 0


@lru_cache(maxsize=8192)
def _threshold(name: str) -> float:
    digest = int.from_bytes(hashlib.blake2b(f"rhythm {name}".encode(), digest_size=8).digest(), "big")
    return 1.0 + SPREAD * (2.0 * digest / 2**64 - 1.0)


@lru_cache(maxsize=2048)
def _read(text: str) -> Rhythm:
    """The rhythm in the text; remembered, because the file keeps the text and the plan asks for it at each tick."""
    try:
        said = json.loads(text)
        if said["v"] != _VERSION:
            return NOTHING
        came, expected = (_checked(value) for value in said["lately"])
        return Rhythm(
            seen_until=_checked(said["until"], 1e12),
            anchor=_checked(said["anchor"], 1e12),
            items=sums_of([_checked(value) for value in said["items"]]),
            hours=sums_of([_checked(value) for value in said["hours"]]),
            came=came,
            expected=expected,
            resumed=said.get("resumed") is True,
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return NOTHING


def _checked(value: object, most: float = _LARGEST) -> float:
    if not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError("not an amount")
    return float(value)
