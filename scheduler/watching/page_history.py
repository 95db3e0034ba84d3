"""The changes of a source's pages that last: when each began, whether it has ended, and what the past was like. Pure.

A page becomes a part of the past when forty newer ones are known, and not in what has changed: a redesign does not
teach that it is usual, until it has lasted so long that nobody minds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import log
from typing import Any

from scheduler.watching import drift
from scheduler.watching.drift import WINDOW, Shift
from scheduler.watching.evidence import SampleFact
from scheduler.watching.pages import AMOUNTS, LEAST_SPREAD, SHARES, SHORT_PART, Amount, Baseline, Look, Share, look_of

NEEDED = 9.0
"""How sure a change must be in a source with a page a day, as the logarithm of odds; with ten times as many pages, by
1.2 more. In tests/benchmarks/test_watching.py 7 makes twice as many false alarms, 11 misses 3 % more of the redesigns
within 20 pages."""
ENOUGH_TO_END = 5.0
"""Logarithm of the odds by which the newest pages must be as before again, rather than as changed."""
USUAL_AFTER = ((300, 28 * 86_400.0), (10, 90 * 86_400.0))
"""A change of facts or length that has lasted for so many pages and seconds is how the source is: one with a page a
week has no three hundred in years."""
FEWEST, MOST = 0.02, 0.97
"""Shares of bad pages are believed no nearer to none and all when it is asked whether a change has ended."""
SAMPLES = 5
DAY_SECONDS = 86_400
TEXT_NAMES = frozenset({"rejected", "same", "short"})
BROKEN_FROM = 0.5
"""Where as many of the pages are rejected, the same or short, a source's texts are bad; where fewer are, they drift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change that lasts: what differs and by how much (as in Shift), since when, over how many pages.

    `articles_before`, `articles`, `pages_lost`: ids for a sample. `reasons`: why pages were rejected. `ending`: how
    much the newest pages speak for its end.
    """

    name: str
    before: float
    after: float
    spread: float
    since: int
    pages: int
    bad: int
    ending: float = 0.0
    articles_before: tuple[int, ...] = ()
    articles: tuple[int, ...] = ()
    pages_lost: tuple[int, ...] = ()
    reason: str = ""

    @property
    def spoils_texts(self) -> bool:
        """Whether most texts are lost to it."""
        if self.name == "length":
            return self.after - self.before <= log(SHORT_PART)
        return self.name in TEXT_NAMES and self.after >= BROKEN_FROM

    def values(self) -> list[Any]:
        """What JSON keeps of it."""
        lists = (self.articles_before, self.articles, self.pages_lost)
        numbers = (self.before, self.after, self.spread, self.ending)
        return [
            self.name,
            *(round(number, 4) for number in numbers),
            self.since,
            self.pages,
            self.bad,
            *map(list, lists),
            self.reason,
        ]

    @classmethod
    def of_values(cls, values: Sequence[Any]) -> Change:
        """The change that `values` kept. Raises ValueError, TypeError for what is none."""
        name, before, after, spread, ending, since, pages, bad, *lists, reason = values
        if name not in SHARES + AMOUNTS:
            raise ValueError("not a change that is looked for")
        articles_before, articles, lost = (tuple(map(int, ids)) for ids in lists)
        return cls(
            name=name,
            before=float(before),
            after=float(after),
            spread=float(spread),
            ending=float(ending),
            since=int(since),
            pages=int(pages),
            bad=int(bad),
            articles_before=articles_before,
            articles=articles,
            pages_lost=lost,
            reason=str(reason),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PageHistory:
    """What is known of a source's pages: those of the past, the newest, and the changes that last.

    `seen`: the newest sample. `day`, `today`, `a_day`: the day (since 1970) of the newest, pages of it so far, pages a
    day. `lost`: pages since the last article that were none.
    """

    baseline: Baseline = field(default_factory=Baseline)
    looks: tuple[Look, ...] = ()
    lasting: tuple[Change, ...] = ()
    seen: int = 0
    day: int = 0
    today: int = 0
    a_day: float = 1.0
    lost: int = 0


def usual_share(history: PageHistory, name: str) -> float:
    """The share of pages of the past that were bad in that way."""
    share = history.baseline.shares[SHARES.index(name)]
    return share.bad / share.pages if share.pages else 0.0


def usual_pages(history: PageHistory) -> float:
    """Pages of the past that what is usual rests on."""
    return history.baseline.shares[SHARES.index("rejected")].pages


def seen(history: PageHistory, samples: Iterable[SampleFact], now: datetime, needed: float = NEEDED) -> PageHistory:
    """What is known after these samples; those that were counted before do not count again."""
    for sample in samples:
        if sample.id > history.seen:
            history = _with_page(history, sample, needed)
    return _without_old(history, now)


def _with_page(history: PageHistory, sample: SampleFact, needed: float) -> PageHistory:
    look = look_of(sample, history.baseline.usual_characters)
    history = _counted(history, look)
    lasting = [_continued(change, look) for change in history.lasting]
    ended = frozenset(change.name for change in lasting if change.ending >= ENOUGH_TO_END)
    lasting = [change for change in lasting if change.name not in ended]
    # What has ended does not become the past, and does not begin again: its pages say nothing of it any more.
    looks = [_unknown(old, ended) for old in history.looks] if ended else list(history.looks)
    looks.append(look)
    held = frozenset(change.name for change in lasting)
    baseline = history.baseline
    if len(looks) > WINDOW:
        baseline = baseline.with_look(looks.pop(0), held)
    if look.bad or any(amount is not None for amount in look.amounts):
        sure = needed + 0.5 * log(max(0.1, history.a_day))
        for shift in drift.judge(baseline, looks, sure, held):
            lasting.append(_begun(shift, looks, baseline))
    return replace(history, baseline=baseline, looks=tuple(looks), lasting=tuple(lasting), seen=sample.id)


def _counted(history: PageHistory, look: Look) -> PageHistory:
    """With the page counted in its day."""
    day = look.at // DAY_SECONDS
    lost = 0 if look.article_id is not None else history.lost + 1
    if day == history.day:
        return replace(history, today=history.today + 1, lost=lost)
    if not history.day or day < history.day:
        return replace(history, day=day, today=1, lost=lost)
    days = min(60, day - history.day)
    a_day = history.a_day * 0.9**days + history.today * 0.1 * 0.9 ** (days - 1)
    return replace(history, day=day, today=1, a_day=a_day, lost=lost)


def _begun(shift: Shift, looks: Sequence[Look], baseline: Baseline) -> Change:
    """The change that this shift is the first sign of."""
    concerned = [place for place, look in enumerate(looks) if _is_known(look, shift.name)]
    first = concerned[-shift.pages]
    after, before = looks[first:], looks[:first]
    bad = [look for look in after if _is_bad(look, shift.name)]
    known = [look.article_id for look in before if look.article_id is not None]
    reasons = Counter(look.reason for look in bad if look.reason)
    return Change(
        name=shift.name,
        before=shift.before,
        after=shift.after,
        spread=shift.spread,
        since=after[0].at,
        pages=shift.pages,
        bad=len(bad),
        articles_before=(*baseline.articles, *known)[-SAMPLES:],
        articles=tuple(look.article_id for look in bad if look.article_id is not None)[-SAMPLES:],
        pages_lost=tuple(look.id for look in bad if look.article_id is None)[-SAMPLES:],
        reason=reasons.most_common(1)[0][0] if reasons else "",
    )


def _continued(change: Change, look: Look) -> Change:
    """The same with one page more."""
    if not _is_known(look, change.name):
        return change
    if change.name in SHARES:
        before = min(MOST, max(FEWEST, change.before))
        after = min(MOST, max(before + 0.01, change.after))
        bad = _is_bad(look, change.name)
        told = log(before / after) if bad else log((1.0 - before) / (1.0 - after))
    else:
        value = look.amounts[AMOUNTS.index(change.name)]
        assert value is not None
        spread = max(change.spread, LEAST_SPREAD[change.name])
        size = (change.after - change.before) / spread
        off = min(4.0, max(-4.0, (value - change.before) / spread))
        bad, told = True, min(3.0, max(-3.0, size * size / 2 - size * off))
    return replace(change, pages=change.pages + 1, bad=change.bad + bad, ending=max(0.0, change.ending + told))


def _is_known(look: Look, name: str) -> bool:
    if name in SHARES:
        return bool(look.known >> SHARES.index(name) & 1)
    return look.amounts[AMOUNTS.index(name)] is not None


def _is_bad(look: Look, name: str) -> bool:
    return name not in SHARES or bool(look.bad >> SHARES.index(name) & 1)


def _unknown(look: Look, names: frozenset[str]) -> Look:
    """The look, silent about these."""
    mask = sum(1 << place for place, name in enumerate(SHARES) if name not in names)
    length, repeated = (None if name in names else value for name, value in zip(AMOUNTS, look.amounts, strict=True))
    return replace(look, known=look.known & mask, bad=look.bad & mask, amounts=(length, repeated))


def _without_old(history: PageHistory, now: datetime) -> PageHistory:
    """Without changes that have become usual: the past is as they are."""
    old = [
        change
        for change in history.lasting
        if not change.spoils_texts
        and any(change.pages >= most and now.timestamp() - change.since >= seconds for most, seconds in USUAL_AFTER)
    ]
    if not old:
        return history
    baseline = history.baseline
    for change in old:
        baseline = _taught(baseline, change)
    names = frozenset(change.name for change in old)
    looks = tuple(_unknown(look, names) for look in history.looks)
    lasting = tuple(change for change in history.lasting if change.name not in names)
    return replace(history, baseline=baseline, looks=looks, lasting=lasting)


def _taught(baseline: Baseline, change: Change) -> Baseline:
    """The past as if it had always been as the change has it."""
    shares, amounts = list(baseline.shares), list(baseline.amounts)
    if change.name in SHARES:
        shares[SHARES.index(change.name)] = Share(pages=60.0, bad=60.0 * min(1.0, change.bad / change.pages))
    else:
        amounts[AMOUNTS.index(change.name)] = Amount(pages=60.0, mean=change.after, variance=change.spread**2)
    return replace(baseline, shares=tuple(shares), amounts=tuple(amounts))
