"""What a judgement of a source rests on, and what comes of it: plain values that cross the parts of the watch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from scheduler.rhythm import Rhythm

State = Literal["off", "paused", "new", "failing", "empty", "silent", "bad_texts", "drift", "partial", "late", "ok"]
Kind = Literal["source_failing", "source_no_links", "source_silent", "source_bad_texts", "source_drift"]
Severity = Literal["warning", "error"]
Facts = Mapping[str, int | float | str]
Sample = Mapping[str, list[int]]
"""Article ids under "before" and "after", ids of `page_samples` of pages that were no articles under "pages"."""

KINDS: tuple[Kind, ...] = (
    "source_failing",
    "source_no_links",
    "source_silent",
    "source_bad_texts",
    "source_drift",
)
"""In the order in which they are told: the first one that holds is the source's state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HourFact:
    """A row of hour_log: polls that were answered within the hour, and new articles that they brought."""

    hour: datetime
    polls: int
    new: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFact:
    """Of a row of day_log: polls that were answered, with links or without; and of them those without any link."""

    day: date
    answered: int
    empty: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFact:
    """A row of sample_log: how the first look at a page ended. The fields of an article are None where it is none."""

    id: int
    at: datetime
    outcome: str
    reason: str | None = None
    article_id: int | None = None
    has_title: bool | None = None
    has_time: bool | None = None
    has_origin: bool | None = None
    has_credits: bool | None = None
    characters: int | None = None
    repeated: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFact:
    """An entry point: failures in a row, and why it failed last."""

    url: str
    failures: int = 0
    last_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """All that is needed to judge a source. Times are aware; None means never, or unknown.

    `hours` and `samples`: those that `wanted(memory)` asks for, oldest first (more do no harm). `days`: those of today
    and yesterday (UTC). `country`: for its holidays; None: by its time zone. `week`: what the verdict before said.
    """

    name: str
    zone: ZoneInfo
    country: str | None = None
    enabled: bool = True
    paused_at: datetime | None = None
    running: bool = False
    last_attempt_at: datetime | None = None
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None
    failures: int = 0
    last_error: str | None = None
    next_due_at: datetime | None = None
    entries: tuple[EntryFact, ...] = ()
    hours: tuple[HourFact, ...] = ()
    days: tuple[DayFact, ...] = ()
    samples: tuple[SampleFact, ...] = ()
    rhythm: Rhythm | None = None
    week: tuple[float, ...] | None = None
    memory: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong with a source now. `sample`: pages from before and after, where there are any."""

    kind: Kind
    severity: Severity
    facts: Facts
    sample: Sample | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceVerdict:
    """A source's state, and what is wrong with it, the gravest first.

    `unsure`: of these kinds nothing can be said now; an incident of theirs is neither opened nor resolved. Every other
    kind that is not among the findings is over. `week`: articles expected in an hour, Monday 00:00 local first.
    `expected_since`: articles expected since the last new one. `memory`: to be kept, and given to the next round.
    """

    state: State
    reason: str
    facts: Facts = field(default_factory=dict)
    sample: Sample | None = None
    findings: tuple[Finding, ...] = ()
    unsure: frozenset[Kind] = frozenset()
    week: tuple[float, ...] | None = None
    expected_since: float | None = None
    memory: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the next round wants to be told: hours from this one on (None: all that there are), samples after this."""

    hours_from: datetime | None
    samples_after: int
