"""Sources as the watch sees them, made up for tests: hours of polls, and pages."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.watching.verdicts import HourFact, SampleFact, SourceFacts, SourceVerdict, judge_source

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 6, 28, 16, tzinfo=UTC)
"""Midnight there, a Monday's, in a summer without holidays."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

News = Callable[[datetime], int]


def office(at: datetime) -> int:
    """Two articles in each hour of office on working days."""
    local = at.astimezone(ZONE)
    return 2 if local.weekday() < 5 and 9 <= local.hour < 17 else 0


def paper(at: datetime) -> int:
    """Thirty articles at six."""
    return 30 if at.astimezone(ZONE).hour == 6 else 0


def weekly(at: datetime) -> int:
    """One article on Wednesdays."""
    local = at.astimezone(ZONE)
    return int(local.weekday() == 2 and local.hour == 10)


def hours(news: News, days: float, start: datetime = START, every: int = 1) -> list[HourFact]:
    """The rows of so many days in which the source was asked each so many hours."""
    rows, waiting = [], 0
    for number in range(int(days * 24)):
        waiting += news(start + number * HOUR)
        if number % every == 0:
            rows.append(HourFact(hour=start + number * HOUR, polls=1, new=waiting))
            waiting = 0
    return rows


def facts(now: datetime, **values: Any) -> SourceFacts:
    """The facts of a source that was asked a minute ago, and answered."""
    usual = {"name": "enshi", "zone": ZONE, "last_attempt_at": now, "last_success_at": now, "last_new_at": START}
    return SourceFacts(**{**usual, **values})


def after(rows: Iterable[HourFact], verdict: SourceVerdict | None = None, **values: Any) -> SourceVerdict:
    """The verdict at the end of these hours."""
    rows = tuple(rows)
    now = rows[-1].hour + HOUR
    news = [row.hour for row in rows if row.new]
    known: dict[str, Any] = {"last_new_at": news[-1]} if news else {}
    if verdict is not None:
        known |= {"memory": verdict.memory, "week": verdict.week}
    return judge_source(facts(now, hours=rows, **{**known, **values}), now)


def pages(count: int, first: int = 1, seed: int = 0, every: timedelta = HOUR, **values: Any) -> list[SampleFact]:
    """So many good pages in a row, or such as `values` says; half of them have credits."""
    luck = random.Random(f"{seed} {first}")
    return [
        replace(
            SampleFact(
                id=number,
                at=START + number * every,
                outcome="stored",
                article_id=1_000 + number,
                has_title=True,
                has_time=True,
                has_origin=luck.random() < 0.9,
                has_credits=luck.random() < 0.7,
                characters=int(luck.lognormvariate(6.5, 0.5)),
                repeated=luck.uniform(0, 0.05),
            ),
            **values,
        )
        for number in range(first, first + count)
    ]


def refused(count: int, first: int, reason: str = "no_text", outcome: str = "rejected") -> list[SampleFact]:
    """So many pages in a row that are no articles."""
    at = {number: START + number * HOUR for number in range(first, first + count)}
    return [SampleFact(id=number, at=moment, outcome=outcome, reason=reason) for number, moment in at.items()]


def looked_at(samples: Iterable[SampleFact], verdict: SourceVerdict | None = None, **values: Any) -> SourceVerdict:
    """The verdict once these pages were looked at."""
    samples = tuple(samples)
    now = samples[-1].at + HOUR
    memory = None if verdict is None else verdict.memory
    return judge_source(facts(now, samples=samples, memory=memory, last_new_at=now, **values), now)
