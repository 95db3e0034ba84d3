"""A year of a thousand newsrooms, polled by rhythm and by the clock: delay, requests, and what is lost.

`pytest tests/benchmarks/test_simulated_year.py -m benchmark -s` prints the tables. No network, and no clock: a poll is
an event of the simulation. Of each kind a twenty-fifth is simulated, one at least, unless `SIMULATED_SOURCES=1000` says
otherwise (the whole thousand are thirteen million polls, some seven minutes of two idle cores).
"""

from __future__ import annotations

import math
import os
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context

import pytest

from scheduler.config.file import Schedule
from scheduler.plan import back_off
from scheduler.rhythm import ITEM_HOURS, NOTHING, Rhythm, next_poll, observed
from tests.benchmarks.news_year import DAY, DAYS, HOUR, KINDS, START, WINDOW, ZONE, Newsroom, newsroom

pytestmark = pytest.mark.benchmark

SOURCES = int(os.environ.get("SIMULATED_SOURCES", "40"))
QUARTER = 900.0
BIN = 15.0
FLOOR, CEILING = Schedule().interval_floor, Schedule().interval_ceiling


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What polling came to. `delays`: articles by how long they waited, in steps of BIN seconds."""

    delays: Counter[int] = field(default_factory=Counter)
    polls: int = 0
    lost: int = 0
    lost_in_outages: int = 0
    longest_gap: float = 0.0
    sources: int = 1

    def found(self, articles: Iterable[float], at: float, *, after_outage: bool) -> None:
        """None; a poll came upon these new articles, of which its feed still shows the last ones."""
        articles = tuple(articles)
        gone = max(0, len(articles) - WINDOW)
        if after_outage:
            self.lost_in_outages += gone
        else:
            self.lost += gone
        for moment in articles[gone:]:
            self.delays[int((at - moment) / BIN)] += 1

    def add(self, other: Outcome) -> None:
        self.delays += other.delays
        self.polls += other.polls
        self.lost += other.lost
        self.lost_in_outages += other.lost_in_outages
        self.longest_gap = max(self.longest_gap, other.longest_gap)
        self.sources += other.sources

    @property
    def articles(self) -> int:
        return self.delays.total()

    def minutes(self, part: float) -> float:
        """The delay that this part of the articles do not exceed."""
        left = part * self.articles
        for step in sorted(self.delays):
            left -= self.delays[step]
            if left <= 0:
                return (step + 0.5) * BIN / 60
        return math.nan


def by_rhythm(room: Newsroom, bounds: tuple[float, float], item_hours: float, days: int) -> Outcome:
    """The year of one newsroom, asked as its rhythm says."""
    floor, ceiling = (timedelta(seconds=bound) for bound in bounds)
    done, end = Outcome(), START + days * DAY
    at = asked = START
    place = bisect_right(room.published, at)
    backlog = [room.dated(moment) for moment in room.published[max(0, place - WINDOW) : place]]
    rhythm = observed(NOTHING, since=None, until=_moment(at), times=backlog, zone=ZONE)
    failures, wait = 0, 0.0
    while True:
        if failures:
            pause = back_off(failures, wait, room.name).total_seconds()
        else:
            now = _moment(at)
            due = next_poll(rhythm, now, floor=floor, ceiling=ceiling, zone=ZONE, name=room.name, item_hours=item_hours)
            pause = wait = (due - now).total_seconds()
        at += pause
        if at >= end:
            return done
        done.longest_gap = max(done.longest_gap, pause)
        done.polls += 1
        if room.outages and room.end_of_outage(at) is not None:
            failures += 1
            continue
        until = bisect_right(room.published, at, place)
        new = room.published[place:until]
        done.found(new, at, after_outage=failures > 0)
        shown = [room.dated(moment) for moment in new[-WINDOW:]]
        rhythm = observed(rhythm, since=_moment(asked), until=_moment(at), times=shown, zone=ZONE)
        place, asked, failures = until, at, 0


def by_clock(room: Newsroom, every: float, days: int) -> Outcome:
    """The same year, asked at fixed intervals."""
    done, end = Outcome(), START + days * DAY
    phase = START + hash((len(room.published), room.published[0])) % 997 / 997 * every
    done.polls = int((end - phase) // every) + 1
    place = bisect_right(room.published, START)
    while place < len(room.published):
        moment = room.published[place]
        at, back = _slot(moment, phase, every), None
        if room.outages and (back := room.end_of_outage(at)) is not None:
            at = _slot(back, phase, every)
        if at >= end:
            break
        until = bisect_right(room.published, at, place)
        done.found(room.published[place:until], at, after_outage=back is not None)
        place = until
    return done


def _slot(moment: float, phase: float, every: float) -> float:
    return phase + math.ceil((moment - phase) / every) * every


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One newsroom to simulate."""

    kind: str
    number: int
    bounds: tuple[float, float] = (FLOOR, CEILING)
    item_hours: float = ITEM_HOURS
    days: int = DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Of the same newsrooms: by rhythm, each quarter of an hour, and evenly with as many requests as by rhythm."""

    rhythm: Outcome
    fixed: Outcome
    even: Outcome

    def add(self, other: Outcomes) -> None:
        self.rhythm.add(other.rhythm)
        self.fixed.add(other.fixed)
        self.even.add(other.even)


def simulate(task: Task) -> tuple[str, Outcomes]:
    room = newsroom(task.kind, task.number)
    rhythm = by_rhythm(room, task.bounds, task.item_hours, task.days)
    even = by_clock(room, task.days * DAY / rhythm.polls, task.days)
    return task.kind, Outcomes(rhythm=rhythm, fixed=by_clock(room, QUARTER, task.days), even=even)


def simulated(pool: ProcessPoolExecutor, sources: int, **values: object) -> dict[str, Outcomes]:
    """By kind, and for "all": what polling by rhythm and by the clock came to."""
    tasks = [
        Task(kind=kind, number=number, **values)  # type: ignore[arg-type]
        for kind, (of_thousand, _) in KINDS.items()
        for number in range(max(1, of_thousand * sources // 1_000))
    ]
    results = {
        name: Outcomes(rhythm=Outcome(sources=0), fixed=Outcome(sources=0), even=Outcome(sources=0))
        for name in (*KINDS, "all")
    }
    for kind, outcomes in pool.map(simulate, sorted(tasks, key=lambda task: task.kind), chunksize=2):
        results[kind].add(outcomes)
        results["all"].add(outcomes)
    return results


@pytest.fixture(scope="module")
def pool() -> Iterable[ProcessPoolExecutor]:
    # Forked, so that a child knows this module, which pytest has imported under no path.
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("fork")) as pool:
        yield pool


def test_a_year_by_rhythm_against_a_year_by_the_clock(pool: ProcessPoolExecutor) -> None:
    began = time.monotonic()
    results = simulated(pool, SOURCES)
    print(f"\n{DAYS} days, K = {ITEM_HOURS}, {FLOOR} s to {CEILING} s")
    print("in brackets: asked each 15 minutes; then: asked evenly, as often as by rhythm")
    print("kind         sources  articles  polls/day  requests/article  median min", end="")
    print("            95 % min             lost     in outages  longest gap h")
    for name, of in results.items():
        one, fixed, even = of.rhythm, of.fixed, of.even
        print(
            f"{name:13}{one.sources:7}{one.articles:10}{one.polls / one.sources / DAYS:11.1f}"
            f"{one.polls / one.articles:10.2f} ({fixed.polls / fixed.articles:5.2f})"
            f"{one.minutes(0.5):7.1f} ({fixed.minutes(0.5):4.1f}) {even.minutes(0.5):5.1f}"
            f"{one.minutes(0.95):10.1f} ({fixed.minutes(0.95):4.1f}) {even.minutes(0.95):5.1f}"
            f"{one.lost:6}{one.lost_in_outages:8} ({fixed.lost_in_outages:4}){one.longest_gap / HOUR:13.1f}"
        )
    print(f"{time.monotonic() - began:.0f} s")
    one, fixed, even = results["all"].rhythm, results["all"].fixed, results["all"].even
    assert one.polls / one.articles <= 0.5 * fixed.polls / fixed.articles
    assert one.minutes(0.5) <= fixed.minutes(0.5)
    assert one.minutes(0.5) <= 0.6 * even.minutes(0.5)
    assert one.lost == 0
    assert one.longest_gap <= CEILING + 1
    assert all(of.rhythm.minutes(0.95) < CEILING / 60 for of in results.values())


def test_what_other_weights_of_a_request_would_cost(pool: ProcessPoolExecutor) -> None:
    days = 60
    print(f"\n{days} days; K: item-hours of delay that a request is worth")
    print("     K  floor  ceiling  polls/day  of fixed  median min  95 % min  lost")
    medians, shares = [], []
    trials = [(item_hours, FLOOR, CEILING) for item_hours in (0.03, 0.06, 0.1, 0.15, 0.3)]
    for item_hours, floor, ceiling in (*trials, (ITEM_HOURS, 60, CEILING), (ITEM_HOURS, FLOOR, 4 * CEILING)):
        of = simulated(pool, 20, item_hours=item_hours, bounds=(floor, ceiling), days=days)["all"]
        adaptive = of.rhythm
        medians.append(adaptive.minutes(0.5))
        shares.append(adaptive.polls / of.fixed.polls)
        print(
            f"{item_hours:6}{floor:7}{ceiling:9}{adaptive.polls / adaptive.sources / days:11.1f}{shares[-1]:10.2f}"
            f"{medians[-1]:12.1f}{adaptive.minutes(0.95):10.1f}{adaptive.lost:6}"
        )
    assert medians[:5] == sorted(medians[:5])
    assert shares[:5] == sorted(shares[:5], reverse=True)


def test_what_a_call_costs() -> None:
    room = newsroom("evening", 0)
    rhythm, at = NOTHING, _moment(START)
    for hour in range(24 * 30):
        at = _moment(START + hour * HOUR)
        rhythm = observed(rhythm, since=at - timedelta(hours=1), until=at, times=[None], zone=ZONE)
    text = rhythm.text()
    floor, ceiling = timedelta(seconds=FLOOR), timedelta(seconds=CEILING)
    calls = {
        "next_poll": lambda: next_poll(rhythm, at, floor=floor, ceiling=ceiling, zone=ZONE, name=room.name),
        "observed": lambda: observed(rhythm, since=at, until=at + floor, times=[at], zone=ZONE),
        "text": rhythm.text,
        "from_text (seen before)": lambda: Rhythm.from_text(text),
    }
    print()
    for name, call in calls.items():
        began = time.process_time()
        for _ in range(2_000):
            call()
        each = (time.process_time() - began) / 2_000
        print(f"{name:24}{each * 1e6:8.1f} µs")
        assert each < 0.002
