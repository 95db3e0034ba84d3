"""A year of newsrooms as the watch sees it: answered polls by hour, pages as they look, and troubles at known times.

The newsrooms are those of `news_year`, and slow ones beside them. Pages come in runs of one section, whose credits,
lengths and rejections differ; links to what is no article come in runs, too.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from scheduler.watching.verdicts import (
    DayFact,
    EntryFact,
    HourFact,
    SampleFact,
    SourceFacts,
    SourceVerdict,
    judge_source,
)
from tests.benchmarks import news_year
from tests.benchmarks.news_year import BEFORE, DAY, DAYS, HOUR, OFFICE, START, ZONE

FLOOR, CEILING, ITEM_HOURS = 300.0, 6 * HOUR, 0.06
FOREVER = START + 2 * DAYS * DAY


def weekly(rng: random.Random) -> list[float]:
    """A site with about an article a week."""
    return news_year._by_hours(rng, rng.uniform(0.12, 0.3), OFFICE, 0.1, news_year._with_holidays)


KINDS: dict[str, tuple[int, Callable[[random.Random], list[float]]]] = news_year.KINDS | {"weekly": (100, weekly)}
"""How many of eleven hundred sources are of each kind."""

Look = dict[str, float]
Spoil = Callable[[random.Random, Look], None]


def _lose(*fields: str, part: float = 1.0) -> Spoil:
    def spoil(rng: random.Random, look: Look) -> None:
        if rng.random() < part:
            look.update(dict.fromkeys(fields, 0))

    return spoil


def _shorten(part: float) -> Spoil:
    def spoil(rng: random.Random, look: Look) -> None:
        look["characters"] = max(50.0, look["characters"] * part)

    return spoil


def _with_chrome(rng: random.Random, look: Look) -> None:
    look["characters"] += 1_500
    look["repeated"] = 1_350 / look["characters"]


def _refuse(part: float) -> Spoil:
    def spoil(rng: random.Random, look: Look) -> None:
        look["rejected"] = max(look["rejected"], rng.random() < part)

    return spoil


def _repeat(more: float) -> Spoil:
    def spoil(rng: random.Random, look: Look) -> None:
        look["repeated"] = min(1.0, look["repeated"] + more)

    return spoil


REDESIGNS: dict[str, Spoil] = {
    "titles lost": _lose("title"),
    "times lost": _lose("time"),
    "origins lost": _lose("origin"),
    "credits lost": _lose("credits"),
    "facts lost in 60 %": _lose("time", "origin", "credits", part=0.6),
    "texts cut to a fifth": _shorten(0.2),
    "texts cut to a third": _shorten(0.33),
    "chrome in the texts": _with_chrome,
    "a quarter repeated": _repeat(0.25),
    "all rejected": _refuse(1.0),
    "half rejected": _refuse(0.5),
    "all the same": _repeat(1.0),
}
CAUSES = ("failing", "no links", "silent", "bad texts")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What befalls a source, and when."""

    kind: str
    at: float
    until: float = FOREVER


@dataclass(kw_only=True)
class Pages:
    """The pages of one source: how often they have what, how long they are, how often they are none."""

    rng: random.Random
    fill: dict[str, float] = field(default_factory=dict)
    number: int = 0
    bad_run: int = 0

    def __post_init__(self) -> None:
        rng = self.rng
        self.fill = {
            "title": rng.choice((1, 1, 0.998)),
            "time": rng.choice((1, 1, 0.99, 0.97, 0.6)),
            "origin": rng.choice((0.98, 0.9, 0.7, 0.4, 0)),
            "credits": rng.choice((0.95, 0.8, 0.6, 0.3, 0)),
        }
        self.rejected = rng.choices((0, 0.01, 0.03, 0.1), (4, 3, 2, 1))[0]
        self.length, self.spread = rng.uniform(5.5, 7.5), rng.uniform(0.4, 1.0)
        self.repeated, self.copied = rng.choice((0, 0.01, 0.03)), rng.choice((0, 0.01, 0.05))
        self.sections = [
            ({name: rng.uniform(-1, 1) for name in self.fill}, rng.uniform(-0.5, 0.5)) for _ in range(rng.randint(1, 5))
        ]
        self.section = self.sections[0]

    def page(self, at: float, spoil: Spoil | None = None) -> SampleFact:
        """How the first look at the next page ends."""
        look = self._look()
        if spoil is not None:
            spoil(self.rng, look)
        self.number += 1
        moment = datetime.fromtimestamp(at, UTC)
        if look["rejected"]:
            return SampleFact(id=self.number, at=moment, outcome="rejected", reason="no_text")
        return SampleFact(
            id=self.number,
            at=moment,
            outcome="stored",
            article_id=self.number,
            has_title=bool(look["title"]),
            has_time=bool(look["time"]),
            has_origin=bool(look["origin"]),
            has_credits=bool(look["credits"]),
            characters=int(look["characters"]),
            repeated=look["repeated"],
        )

    def _look(self) -> Look:
        rng = self.rng
        if rng.random() < 0.4:
            self.section = rng.choice(self.sections)
        if self.bad_run:
            self.bad_run -= 1
        elif rng.random() < self.rejected / 3:
            self.bad_run = rng.randint(1, 5)
        fills, longer = self.section
        look = {name: float(rng.random() < _shifted(part, fills[name])) for name, part in self.fill.items()}
        look["characters"] = max(50.0, math.exp(rng.gauss(self.length + longer, self.spread)))
        copied = rng.random() < self.copied
        look["repeated"] = rng.uniform(0.3, 1) if copied else min(1.0, max(0.0, rng.gauss(self.repeated, 0.03)))
        return look | {"rejected": float(self.bad_run > 0)}


def _shifted(part: float, by: float) -> float:
    return part if part <= 0 or part >= 1 else 1 / (1 + (1 - part) / part * math.exp(-by))


@dataclass(slots=True, kw_only=True)
class Site:
    """A newsroom and its pages, polled by how lively it is in that hour of the week and has been of late."""

    kind: str
    published: Sequence[float]
    outages: Sequence[tuple[float, float]]
    pages: Pages
    rates: Sequence[float]

    @property
    def week(self) -> tuple[float, ...]:
        """Articles in each hour of an ordinary week."""
        return tuple(self.rates)

    @property
    def greatest_silence(self) -> tuple[float, float]:
        """The longest time without an article of the year."""
        gaps = zip(self.published, self.published[1:], strict=False)
        return max(gaps, key=lambda gap: gap[1] - gap[0])

    def is_down(self, at: float) -> bool:
        place = bisect_right(self.outages, (at, math.inf)) - 1
        return place >= 0 and at < self.outages[place][1]

    def polls(
        self, first: float, last: float, trouble: Trouble | None
    ) -> Iterator[tuple[float, Sequence[float] | None]]:
        """Each poll with what it finds; None where it fails."""
        at, place, missed, failures = first, bisect_right(self.published, first), 0.0, 0
        while at < last:
            befallen = trouble is not None and trouble.at <= at < trouble.until
            rate = self.rates[int(at // HOUR + 80) % 168]
            if self.is_down(at) or (befallen and trouble.kind == "failing"):
                failures += 1
                yield at, None
                at += min(6 * HOUR, FLOOR * 2 ** min(failures, 8))
                continue
            failures = 0
            until = bisect_right(self.published, at, place)
            found = self.published[place:until]
            if befallen and trouble.kind in {"silent", "no links"}:
                found = ()
            place = until
            yield at, found
            gap = HOUR * math.sqrt(2 * ITEM_HOURS / rate)
            missed = 0.0 if found else missed + rate * gap / HOUR
            at += min(CEILING, max(FLOOR, gap * min(5.5, math.sqrt((missed + 2) / 2))))


def site(kind: str, number: int) -> Site:
    """That source of that kind, always the same."""
    rng = random.Random(f"watched {kind} {number}")
    published = sorted(KINDS[kind][1](rng))
    outages = []
    for _ in range(news_year._count(rng, 3)):
        began = START + rng.random() * DAYS * DAY
        outages.append((began, began + rng.uniform(6, 72 if rng.random() < 0.3 else 12) * HOUR))
    counts = Counter(int(moment // HOUR + 80) % 168 for moment in published)
    weeks = (DAYS + BEFORE) / 7
    rates = [(2 * counts[cell] + counts[cell - 1] + counts[(cell + 1) % 168]) / 4 / weeks + 0.01 for cell in range(168)]
    return Site(kind=kind, published=published, outages=news_year._apart(outages), pages=Pages(rng=rng), rates=rates)


@dataclass(slots=True, kw_only=True)
class Seen:
    """What the file would know of a site after an hour: its rows, and how its polls went."""

    hour: int
    polls: int = 0
    empty: int = 0
    new: int = 0
    failures: int = 0
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None
    samples: list[SampleFact] = field(default_factory=list)


def hours(of: Site, first: float, last: float, trouble: Trouble | None) -> Iterator[Seen]:
    """Hour by hour in which the site was polled, what is known at its end."""
    seen = Seen(hour=int(first // HOUR))
    # As of one that has been crawled before.
    seen.last_success_at = seen.last_new_at = datetime.fromtimestamp(first, UTC)
    for at, found in of.polls(first, last, trouble):
        if at // HOUR != seen.hour:
            yield seen
            seen = Seen(
                hour=int(at // HOUR),
                failures=seen.failures,
                last_success_at=seen.last_success_at,
                last_new_at=seen.last_new_at,
            )
        moment = datetime.fromtimestamp(at, UTC)
        if found is None:
            seen.failures += 1
            continue
        befallen = trouble is not None and trouble.at <= at < trouble.until
        spoil = None if not befallen else REDESIGNS.get("all rejected" if trouble.kind == "bad texts" else trouble.kind)
        pages = [of.pages.page(at, spoil) for _ in found]
        stored = sum(page.article_id is not None for page in pages)
        seen.polls, seen.failures, seen.last_success_at = seen.polls + 1, 0, moment
        seen.empty += befallen and trouble.kind == "no links"
        seen.new += stored
        seen.last_new_at = moment if stored else seen.last_new_at
        seen.samples += pages
    yield seen


def judged(
    of: Site,
    first: float,
    last: float,
    *,
    trouble: Trouble | None = None,
    step: int = 1,
    verdict: SourceVerdict | None = None,
) -> Iterator[tuple[float, SourceVerdict, Seen]]:
    """The verdicts of the watch, at the end of each hour with polls (or of each so many), after `verdict`."""
    kept: list[Seen] = []
    by_day: dict[date, list[int]] = {}
    for seen in hours(of, first, last, trouble):
        kept.append(seen)
        day = (datetime.fromtimestamp(seen.hour * HOUR, UTC)).date()
        sums = by_day.setdefault(day, [0, 0])
        sums[0] += seen.polls
        sums[1] += seen.empty
        if len(kept) < step:
            continue
        now = (seen.hour + 1) * HOUR
        facts = SourceFacts(
            name=of.kind,
            zone=ZONE,
            last_attempt_at=datetime.fromtimestamp(now - 1, UTC),
            last_success_at=seen.last_success_at,
            last_new_at=seen.last_new_at,
            failures=seen.failures,
            entries=(EntryFact(url="feed", failures=seen.failures, last_reason="timeout"),),
            hours=tuple(
                HourFact(hour=datetime.fromtimestamp(one.hour * HOUR, UTC), polls=one.polls, new=one.new)
                for one in kept
            ),
            days=tuple(
                DayFact(day=at, answered=sums[0], empty=sums[1])
                for at, sums in by_day.items()
                if at >= day - timedelta(days=1)
            ),
            samples=tuple(page for one in kept for page in one.samples),
            week=of.week,
            memory=None if verdict is None else verdict.memory,
        )
        verdict = judge_source(facts, datetime.fromtimestamp(now, UTC))
        yield now, verdict, seen
        kept = []
