"""Whether the newest pages of a source differ from those before them by more than chance. Pure.

For each way in which pages can differ, the newest n are compared with all before them, for each n up to forty, by the
logarithm of the likelihood ratio of "they differ" against "they do not" (Siegmund's generalised likelihood ratio, which
needs no size of the change to look for); divided by how much more than by chance the pages of the past varied. The
greatest says where the change began. Pages of a baseline that is small speak with less weight by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from scheduler.watching.pages import AMOUNTS, LEAST_SPREAD, SHARES, Amount, Baseline, Look, Share

WINDOW = 40
LEAST_BAD, LEAST_REFUSED, LEAST_PAGES = 5, 6, 5
LEAST_BEFORE = 10.0
"""So many bad pages, so many rejected ones (links to what is no article come in runs), so many pages, and so many
before them there must be, however clear it looks."""
REFUSED_DISPERSION, LEAST_REFUSED_CHANGE = 2.5, 0.36
"""Links to what is no article come in runs even where none came for months: so many rejected pages say no more than
one, at least, and a third of the pages is no redesign. Without this, three of four false alarms were two such runs
(pages of 40 simulated years)."""
RUN_FACTOR, MOST_RUN = 1.5, 9
"""And more than its longest run of bad pages, so many times; but no run of the past makes it wait longer than this."""
AGREEING = 0.6
"""The part of the pages that must differ by the least change, in the same direction: one list of names is none."""
LEAST_CHANGE, LEAST_GROWTH = {"length": -0.5, "repeated": -2.0}, {"length": 0.8, "repeated": 0.1}
LEAST_SHARE_CHANGE = 0.3
"""Smaller changes are no redesign, however sure they are: texts that are two fifths shorter, or longer than twice as
long (chrome in them is known by its repetition), a tenth more of them repeated, a fact that three in ten have lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A change: what differs, how surely (logarithm of odds), since how many pages, and what was and is usual.

    `before`, `after`: the share of bad pages, or the mean amount. `up`: there is more of it than before.
    """

    name: str
    surely: float
    pages: int
    before: float
    after: float
    up: bool = True
    spread: float = 0.0


def judge(
    baseline: Baseline, looks: Sequence[Look], needed: float, left_out: frozenset[str] = frozenset()
) -> tuple[Shift, ...]:
    """What has changed with the last of these looks, the surest first; `needed`: how sure it must be to be told."""
    looks = looks[-WINDOW:]
    shifts = [
        _of_share(share, looks, place)
        for place, (name, share) in enumerate(zip(SHARES, baseline.shares, strict=True))
        if name not in left_out
    ]
    shifts += [
        _of_amount(amount, looks, place)
        for place, (name, amount) in enumerate(zip(AMOUNTS, baseline.amounts, strict=True))
        if name not in left_out
    ]
    found = [shift for shift in shifts if shift is not None and shift.surely >= needed]
    return tuple(sorted(found, key=lambda shift: -shift.surely))


def _of_share(share: Share, looks: Sequence[Look], place: int) -> Shift | None:
    """The surest growth of a share of bad pages."""
    bit = 1 << place
    if sum(1 for look in looks if look.bad & bit) < LEAST_BAD:
        return None
    marks = [bool(look.bad & bit) for look in reversed(looks) if look.known & bit]
    fewest, dispersion, least_change = LEAST_BAD, share.dispersion, LEAST_SHARE_CHANGE
    if SHARES[place] == "rejected":
        fewest, least_change = LEAST_REFUSED, LEAST_REFUSED_CHANGE
        dispersion = max(REFUSED_DISPERSION, dispersion)
    least = max(fewest, min(MOST_RUN, RUN_FACTOR * share.longest))
    if sum(marks) < least:
        return None
    all_pages, all_bad = share.pages + len(marks), share.bad + sum(marks)
    whole = _likelihood(all_bad, all_pages)
    best: Shift | None = None
    bad = 0
    for pages, mark in enumerate(marks, start=1):
        bad += mark
        before = all_pages - pages
        if not mark or bad < least or before < LEAST_BEFORE:
            continue
        usual, now = (all_bad - bad) / before, bad / pages
        if now - usual < least_change:
            continue
        surely = _likelihood(bad, pages) + _likelihood(all_bad - bad, before) - whole
        if best is None or surely > best.surely * dispersion:
            best = Shift(name=SHARES[place], surely=surely / dispersion, pages=pages, before=usual, after=now)
    return best


def _likelihood(bad: float, pages: float) -> float:
    """The logarithm of the likelihood of so many bad pages, at the share that they have."""
    good = pages - bad
    return (bad * log(bad / pages) if bad > 0 else 0.0) + (good * log(good / pages) if good > 0 else 0.0)


def _of_amount(amount: Amount, looks: Sequence[Look], place: int) -> Shift | None:
    """The surest change of a mean: of the length in either direction, of what is repeated upwards."""
    name = AMOUNTS[place]
    least = LEAST_SPREAD[name]
    lowest, highest = amount.bounds(least)
    values = [
        min(highest, max(lowest, value)) for look in reversed(looks) if (value := look.amounts[place]) is not None
    ]
    count, total = len(values), sum(values)
    all_pages, all_sum = amount.pages + count, amount.mean * amount.pages + total
    squares = (amount.variance + amount.mean**2) * amount.pages + sum(value * value for value in values)
    best: Shift | None = None
    newest = newest_squares = 0.0
    for pages, value in enumerate(values, start=1):
        newest += value
        newest_squares += value * value
        before = all_pages - pages
        if pages < LEAST_PAGES or before < LEAST_BEFORE:
            continue
        usual, now = (all_sum - newest) / before, newest / pages
        off = now - usual
        if LEAST_CHANGE[name] < off < LEAST_GROWTH[name]:
            continue
        # A little of the spread of all is mixed in: ten pages may be alike by chance.
        spread = max(least * least, (squares - newest_squares) / before - usual * usual)
        surely = off * off / (2.0 * spread * (1.0 / pages + 1.0 / before)) / amount.dispersion
        if (best is None or surely > best.surely) and _agree(values[:pages], usual, name, up=off > 0):
            best = Shift(name=name, surely=surely, pages=pages, before=usual, after=now, up=off > 0, spread=spread**0.5)
    return best


def _agree(values: Sequence[float], usual: float, name: str, *, up: bool) -> bool:
    """Whether most of the values differ by enough, in that direction."""
    least, most = LEAST_CHANGE[name], LEAST_GROWTH[name]
    agreeing = sum(value - usual >= most if up else value - usual <= least for value in values)
    return agreeing >= AGREEING * len(values)
