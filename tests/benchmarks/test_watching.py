"""What the watch notices in a simulated year, how soon, and how often it is wrong.

`pytest tests/benchmarks/test_watching.py -m benchmark -s` prints the tables. Of each kind of newsroom one or two are
simulated, unless `WATCHED_SOURCES=220` says otherwise (a quarter of an hour of a core). Every source lives a year
without other troubles than its server's outages; from a day of it on it is lived again with each trouble until that is
noticed. Nothing here depends on time or on the machine. With `-m "benchmark and nightly"` it is told what other budgets
for false alarms would cost.
"""

from __future__ import annotations

import copy
import math
import os
import random
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from unittest.mock import patch

import pytest

from scheduler.watching import page_history, remembering, silence
from scheduler.watching.verdicts import HourFact, SourceFacts, SourceVerdict, judge_source
from tests.benchmarks.news_year import DAY, DAYS, HOUR, START, ZONE
from tests.benchmarks.watched_year import CAUSES, KINDS, REDESIGNS, Pages, Site, Trouble, hours, judged, site

pytestmark = pytest.mark.benchmark

SOURCES = int(os.environ.get("WATCHED_SOURCES", "11"))
STEP = int(os.environ.get("WATCHED_STEP", "4"))
"""Hours with polls between two rounds: one is life, more is cheaper."""
MOST_PAGES, MOST_DAYS = 200, 150
MOST_FALSE, LEAST_SOON, LEAST_RIGHTLY = 0.5, 0.9, 0.95
STATES = {"failing": "failing", "no links": "empty", "silent": "silent", "bad texts": "bad_texts"}
LOSABLE = {"titles lost": "title", "times lost": "time", "origins lost": "origin", "credits lost": "credits"}

Branch = tuple[float, SourceVerdict, Pages]


@dataclass(frozen=True, slots=True)
class Noticed:
    """How long it took until a trouble was told, and as what. `expected`: articles that were missed meanwhile."""

    hours: float = math.inf
    expected: float = math.inf
    pages: float = math.inf
    state: str = ""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of one source."""

    kind: str
    days: float = 0.0
    false: Counter[str] = field(default_factory=Counter)
    noticed: dict[str, Noticed] = field(default_factory=dict)


def live(task: tuple[str, int]) -> Outcome:
    """The year of one source, and what the watch made of the troubles that befell it."""
    kind, number = task
    of = site(kind, number)
    at = START + random.Random(f"trouble {kind} {number}").uniform(100, 300) * DAY
    outcome, branch = Outcome(kind=kind), None
    told: set[str] = set()
    dead_from, dead_until = of.greatest_silence if kind == "dead a month" else (math.inf, 0.0)
    for now, verdict, seen in judged(of, START, START + DAYS * DAY, step=STEP):
        found = {finding.kind for finding in verdict.findings}
        for name in found - told - {"source_failing"}:
            if name != "source_silent" or not dead_from <= now <= dead_until + DAY:
                outcome.false[name] += 1
        told = found
        if branch is None and now >= at and not seen.failures and not found:
            branch = now, verdict, copy.deepcopy(of.pages)
    outcome.days = DAYS - max(0.0, dead_until - dead_from) / DAY if kind == "dead a month" else DAYS
    if branch is not None and kind != "dead a month":
        for name in CAUSES:
            outcome.noticed[name] = _befallen(of, name, branch)
        for name in REDESIGNS:
            if _is_loss(name, branch[2]):
                outcome.noticed[name] = _redesigned(of, name, branch)
    return outcome


def _is_loss(name: str, pages: Pages) -> bool:
    """Whether the redesign takes from that source what at least half of its pages had."""
    if name == "facts lost in 60 %":
        return max(pages.fill[fact] for fact in ("time", "origin", "credits")) >= 0.7
    return name not in LOSABLE or pages.fill[LOSABLE[name]] >= 0.5


def _befallen(of: Site, name: str, branch: Branch) -> Noticed:
    """What the watch makes of a source whose polls fail, bring no links, nothing new, or no texts."""
    began, verdict, pages = branch
    of = replace(of, pages=copy.deepcopy(pages), outages=())
    for now, found, _ in judged(of, began, began + MOST_DAYS * DAY, trouble=Trouble(name, began), verdict=verdict):
        if found.findings:
            missed = bisect_right(of.published, now) - bisect_right(of.published, began)
            return Noticed((now - began) / HOUR, missed, of.pages.number - pages.number, found.state)
    return Noticed()


def _redesigned(of: Site, name: str, branch: Branch, needed: float = page_history.NEEDED) -> Noticed:
    """After how many pages a redesign is told; page by page, as they are published."""
    began, verdict, pages = branch
    pages, known = copy.deepcopy(pages), remembering.read(verdict.memory).history
    first = bisect_right(of.published, began)
    for number, moment in enumerate(of.published[first : first + MOST_PAGES], start=1):
        page = pages.page(moment, REDESIGNS[name])
        known = page_history.seen(known, [page], page.at, needed)
        if known.lasting:
            spoilt = any(change.spoils_texts for change in known.lasting)
            return Noticed((moment - began) / HOUR, number, number, "bad_texts" if spoilt else "drift")
    return Noticed()


@pytest.fixture(scope="module")
def pool() -> Iterable[ProcessPoolExecutor]:
    # Forked, so that a child knows this module, which pytest has imported under no path.
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("fork")) as pool:
        yield pool


def tasks(sources: int) -> list[tuple[str, int]]:
    return [(kind, n) for kind, (of, _) in KINDS.items() for n in range(max(1, of * sources // 1_100))]


def part(values: Sequence[float], share: float) -> float:
    """The value that this share of them do not exceed."""
    return sorted(values)[min(len(values) - 1, math.ceil(share * len(values)) - 1)] if values else math.nan


def spread(found: Sequence[Noticed], of: str) -> str:
    """Median and 95 % of a measure, for a table."""
    values = [getattr(one, of) for one in found]
    return f"{part(values, 0.5):11.0f}{part(values, 0.95):8.0f}"


def noticed(outcomes: Iterable[Outcome], name: str, kind: str | None = None) -> list[Noticed]:
    return [one.noticed[name] for one in outcomes if name in one.noticed and kind in {None, one.kind}]


def print_causes(outcomes: Sequence[Outcome]) -> float:
    """The share of troubles that were told as what they were."""
    print("\ntrouble               sources      hours    95 %   expected    95 %  told as")
    states: list[bool] = []
    for name in CAUSES:
        found = noticed(outcomes, name)
        told = Counter(one.state or "nothing" for one in found)
        states += [one.state == STATES[name] for one in found]
        print(f"{name:20}{len(found):9}{spread(found, 'hours')}{spread(found, 'expected')}  {dict(told)}")
    for kind in KINDS:
        if found := noticed(outcomes, "silent", kind):
            print(f"  silent: {kind:10}{len(found):9}{spread(found, 'hours')}{spread(found, 'expected')}")
    return sum(states) / len(states)


def print_redesigns(outcomes: Sequence[Outcome]) -> float:
    """The share of redesigns that were noticed within twenty pages."""
    print("\nredesign              sources      pages    95 %  within 20      hours    95 %")
    within: list[bool] = []
    for name in REDESIGNS:
        found = noticed(outcomes, name)
        soon = [one.pages <= 20 for one in found]
        within += soon
        share = sum(soon) / max(1, len(soon))
        print(f"{name:20}{len(found):9}{spread(found, 'pages')}{share:11.1%}{spread(found, 'hours')}")
    print(f"{'all':20}{len(within):9}{'':19}{sum(within) / len(within):11.1%}")
    return sum(within) / len(within)


def test_a_year_of_troubles_and_of_none(pool: ProcessPoolExecutor) -> None:
    outcomes = list(pool.map(live, sorted(tasks(SOURCES))))
    days, false = sum(one.days for one in outcomes), Counter[str]()
    for one in outcomes:
        false += one.false
    print(f"\n{len(outcomes)} sources, {days:.0f} source-days; false alarms for each thousand of them:")
    for name, count in [*sorted(false.items()), ("all kinds", false.total())]:
        print(f"{name:20}{1_000 * count / days:8.3f}")
    rightly, soon = print_causes(outcomes), print_redesigns(outcomes)
    assert 1_000 * false.total() / days <= MOST_FALSE
    assert soon >= LEAST_SOON
    assert rightly >= LEAST_RIGHTLY


def alarms(kind: str, number: int, budget: float) -> tuple[int, float]:
    """False alarms of silence in a quiet half year, and the hours until a death at its end is told."""
    of = site(kind, number)
    died = START + (200 + 7 * number / 3) * DAY
    place = silence.place_of(ZONE, datetime(2026, 6, 1, tzinfo=UTC))
    quiet, told, false = silence.Quiet(), False, 0
    with patch.object(silence, "FALSE_ALARMS_A_DAY", budget):
        for seen in hours(of, START, died + MOST_DAYS * DAY, Trouble("silent", died)):
            at = datetime.fromtimestamp(seen.hour * HOUR, UTC)
            quiet = silence.seen(
                quiet, [HourFact(hour=at, polls=seen.polls, new=seen.new)], at + timedelta(hours=1), place
            )
            is_news = silence.judge(quiet).is_news
            if is_news and seen.hour * HOUR > died:
                return false, (seen.hour + 1) * HOUR / HOUR - died / HOUR
            false += is_news and not told
            told = is_news
    return false, math.inf


@pytest.mark.nightly
def test_what_other_budgets_and_certainties_would_cost() -> None:
    print("\nfalse alarms asked for a day   of them, in 1,000 days   hours until a death is told, 95 %")
    kinds = [(kind, number) for kind in ("county", "office", "daily", "evening", "bursts") for number in range(2)]
    medians = []
    for budget in (1e-2, 1e-3, 1e-4, 1e-5):
        found = [alarms(kind, number, budget) for kind, number in kinds]
        days = 200 * len(kinds)
        medians.append(part([waited for _, waited in found], 0.5))
        waited = part([waited for _, waited in found], 0.95)
        print(f"{budget:29}{1_000 * sum(false for false, _ in found) / days:25.2f}{medians[-1]:22.0f}{waited:9.0f}")
    assert medians == sorted(medians)

    print("\ncertainty   false alarms of pages, in 1,000 days   redesigns within 20 pages")
    false_by_certainty = []
    for needed in (5.0, 7.0, 9.0, 11.0):
        results = [pages_of_a_year(number, needed) for number in range(6)]
        false_by_certainty.append(sum(false for false, _ in results))
        soon = [one for _, each in results for one in each]
        share = sum(soon) / len(soon)
        print(f"{needed:9}{1_000 * false_by_certainty[-1] / (365 * len(results)):41.2f}{share:28.1%}")
    assert false_by_certainty == sorted(false_by_certainty, reverse=True)


def pages_of_a_year(number: int, needed: float) -> tuple[int, list[bool]]:
    """False alarms over pages in a quiet year of four pages a day, and which redesigns after it are soon noticed."""
    pages = Pages(rng=random.Random(f"pages {number}"))
    history, told, false = page_history.PageHistory(), set[str](), 0
    for at in range(4 * 365):
        page = pages.page(START + at * DAY / 4)
        history = page_history.seen(history, [page], page.at, needed)
        found = {change.name for change in history.lasting}
        false, told = false + len(found - told), found
    history = replace(history, lasting=())
    soon = []
    for name, spoil in REDESIGNS.items():
        if not _is_loss(name, pages):
            continue
        after, known = copy.deepcopy(pages), history
        for at in range(20):
            page = after.page(START + (365 + at / 4) * DAY, spoil)
            known = page_history.seen(known, [page], page.at, needed)
        soon.append(bool(known.lasting))
    return false, soon


def test_what_judging_a_source_costs() -> None:
    """Rounds come each minute; in one of sixty an hour has ended, in one of fifteen pages were looked at."""
    of = site("evening", 0)
    *_, (now, verdict, _) = judged(of, START, START + 60 * DAY, step=24)
    moment = datetime.fromtimestamp(now, UTC)
    began, memory, rounds = time.process_time(), verdict.memory, 1_200
    for number in range(rounds):
        moment += timedelta(minutes=1)
        hour = moment.replace(minute=0, second=0, microsecond=0)
        pages = tuple(of.pages.page(moment.timestamp()) for _ in range(3)) if number % 15 == 0 else ()
        facts = SourceFacts(
            name="evening",
            zone=ZONE,
            last_attempt_at=moment,
            last_success_at=moment,
            last_new_at=moment,
            hours=(HourFact(hour=hour - timedelta(hours=1), polls=4, new=3), HourFact(hour=hour, polls=2, new=1)),
            samples=pages,
            week=of.week,
            memory=memory,
        )
        memory = judge_source(facts, moment).memory
    each = (time.process_time() - began) / rounds
    print(f"\n{each * 1e3:.3f} ms of CPU to judge a source once")
    assert each < 0.003
