"""What is judged of one source, from what the file knows of it: its state, and what is wrong. Pure.

`judge_source` is called in each round with what came since the round before; what it must remember between them it
hands back as a text (`SourceVerdict.memory`), which is kept in the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import exp

from scheduler.rhythm import Rhythm, usual_week
from scheduler.watching import causes, page_history, remembering, silence
from scheduler.watching.evidence import (
    KINDS,
    DayFact,
    EntryFact,
    Facts,
    Finding,
    HourFact,
    Kind,
    Sample,
    SampleFact,
    Severity,
    SourceFacts,
    SourceVerdict,
    State,
    Wanted,
)
from scheduler.watching.page_history import Change, PageHistory
from scheduler.watching.remembering import Memory
from scheduler.watching.silence import Quiet, Silence
from storage.records import utc_text

__all__ = [
    "KINDS",
    "DayFact",
    "EntryFact",
    "Facts",
    "Finding",
    "HourFact",
    "Kind",
    "Sample",
    "SampleFact",
    "Severity",
    "SourceFacts",
    "SourceVerdict",
    "State",
    "Wanted",
    "judge_source",
    "stands_until",
    "wanted",
]

LATE_AFTER = timedelta(hours=2)
NEVER = datetime.max.replace(tzinfo=UTC)
LEAST_NEWS, LEAST_PAGES = 3.0, 10.0
"""Hours of news, and pages, from which on it is known how the source is at all."""
LOST_FROM, LOST_PART = 3, 0.2
"""So many pages that were no articles, and so large a part of what was expected, and a silence is one of texts."""
STATES: dict[Kind, State] = {
    "source_failing": "failing",
    "source_no_links": "empty",
    "source_silent": "silent",
    "source_bad_texts": "bad_texts",
    "source_drift": "drift",
}


def wanted(memory: str | None) -> Wanted:
    """What a round that has this memory wants to be told of the source."""
    known = remembering.read(memory)
    until = known.quiet.until
    hours_from = datetime.fromtimestamp(until * 3600, UTC) if 0 < until < silence.LAST_HOUR else None
    return Wanted(hours_from=hours_from, samples_after=known.history.seen)


def judge_source(facts: SourceFacts, now: datetime) -> SourceVerdict:
    """What is to be said of the source at `now`. Raises nothing, whatever the file holds."""
    before = remembering.read(facts.memory)
    memory, week = _remembered(before, facts, now)
    quiet = silence.judge(memory.quiet)
    is_same = facts.memory is not None and memory == before
    if not is_same:
        remembering.forget(facts.memory)
    verdict = SourceVerdict(
        state="ok",
        reason="",
        week=week,
        expected_since=round(quiet.expected_articles, 2),
        memory=facts.memory if is_same else memory.text(),
    )
    state = _state_by_hand(facts)
    if state is not None:
        return replace(verdict, state=state, unsure=frozenset(KINDS))
    findings = _findings(facts, memory, quiet, now)
    unsure = _unsure(facts, memory) - {finding.kind for finding in findings}
    if not findings:
        state, reason, told = _without_findings(facts, now)
        return replace(verdict, state=state, reason=reason, facts=told, unsure=unsure)
    first = findings[0]
    return replace(
        verdict,
        state=STATES[first.kind],
        reason=first.kind,
        facts=first.facts,
        sample=first.sample,
        findings=findings,
        unsure=unsure,
    )


def stands_until(facts: SourceFacts, verdict: SourceVerdict) -> datetime | None:
    """Until when nothing else can be said of the source while these facts are the same; None: each round may.

    A round may where something is wrong, because that grows with time, or where the round has learned something.
    """
    if facts.memory is None or verdict.memory != facts.memory or verdict.week != facts.week:
        return None
    memory = remembering.read(facts.memory)
    if verdict.findings or facts.failures or memory.polls.empty_since is not None or memory.history.lasting:
        return None
    if facts.next_due_at is None or facts.running or not facts.enabled or facts.paused_at is not None:
        return NEVER
    return None if verdict.state == "late" else facts.next_due_at + LATE_AFTER


def _state_by_hand(facts: SourceFacts) -> State | None:
    """The state of a source that nobody asks; None for one that is asked."""
    if not facts.enabled:
        return "off"
    if facts.paused_at is not None:
        return "paused"
    return "new" if facts.last_attempt_at is None else None


def _remembered(before: Memory, facts: SourceFacts, now: datetime) -> tuple[Memory, tuple[float, ...] | None]:
    """What is remembered after this round, and the articles expected in the hours of a week."""
    place = silence.place_of(facts.zone, now, facts.country)
    week = facts.week if facts.week and len(facts.week) == len(silence.NO_WEEK) else None
    quiet = silence.seen(before.quiet, facts.hours, now, place, week or silence.NO_WEEK)
    memory = replace(
        before,
        quiet=quiet,
        history=page_history.seen(before.history, facts.samples, now),
        polls=causes.seen(before.polls, facts, now),
    )
    today = now.astimezone(UTC).toordinal()
    # Each day anew, but not in a silence: what was expected before it is what is missing.
    if week is None or (today != before.week_day and not silence.is_lasting(quiet)):
        week, memory = _week(facts.rhythm, now) or week, replace(memory, week_day=today)
    return memory, week


def _week(rhythm: Rhythm | None, now: datetime) -> tuple[float, ...] | None:
    """The articles expected in each hour of the week; None where nothing was learned yet."""
    if rhythm is None or not rhythm.hours_known:
        return None
    return tuple(round(value, 3) for value in usual_week(rhythm, now))


def _findings(facts: SourceFacts, memory: Memory, quiet: Silence, now: datetime) -> tuple[Finding, ...]:
    """What is wrong, the gravest first."""
    found = [
        causes.failing(facts, memory.polls, now),
        causes.without_links(facts, memory.polls, now),
        _silent(facts, memory, quiet, now),
        _bad_texts([change for change in memory.history.lasting if change.spoils_texts]),
        _drift([change for change in memory.history.lasting if not change.spoils_texts]),
    ]
    by_kind: dict[Kind, Finding] = {finding.kind: finding for finding in found if finding is not None}
    return tuple(by_kind[kind] for kind in KINDS if kind in by_kind)


def _silent(facts: SourceFacts, memory: Memory, quiet: Silence, now: datetime) -> Finding | None:
    """That nothing new comes; or, where pages came that were no articles, that those are bad.

    Where the last polls brought no link at all, that is another trouble, or will be one soon.
    """
    if not quiet.is_news or _has_news_since(facts, memory.quiet) or memory.polls.empty_run:
        return None
    since = facts.last_new_at
    if since is None or since > now:
        since = silence.moment(memory.quiet.last)
    lost = memory.history.lost
    if lost >= max(LOST_FROM, LOST_PART * quiet.expected_articles):
        return _lost(memory.history, since)
    told: Facts = {
        "since": utc_text(since),
        "hours": round((now - since).total_seconds() / 3600, 1),
        "longest_hours": quiet.longest_hours,
    }
    expected = round(quiet.expected_articles, 1)
    if expected > 1:  # less says nothing: how much the source brings was not learned before it fell silent
        told = {**told, "expected": expected}
    return Finding(kind="source_silent", severity="error" if quiet.is_grave else "warning", facts=told)


def _has_news_since(facts: SourceFacts, quiet: Quiet) -> bool:
    """Whether something came in the hour that has not ended, or in one that the log of hours does not tell of."""
    last = facts.last_new_at
    return last is not None and quiet.polled is not None and silence.hour_number(last) > quiet.polled


def _lost(known: PageHistory, since: datetime) -> Finding:
    """That all new pages since the last article were none."""
    looks = [look for look in known.looks if look.article_id is None][-known.lost :]
    told: Facts = {
        "cause": "rejected",
        "reason": looks[-1].reason if looks else "",
        "pages": known.lost,
        "bad": known.lost,
        "before": round(page_history.usual_share(known, "rejected"), 3),
        "after": 1.0,
        "since": utc_text(since),
    }
    articles = [look.article_id for look in known.looks if look.article_id is not None]
    sample = {"before": articles[-page_history.SAMPLES :], "after": [], "pages": [look.id for look in looks[-5:]]}
    return Finding(kind="source_bad_texts", severity="error", facts=told, sample=sample)


def _bad_texts(found: Sequence[Change]) -> Finding | None:
    """That most new texts are rejected, the same, or short."""
    if not found:
        return None
    worst = max(found, key=lambda change: change.bad)
    told: Facts = {
        "cause": "short" if worst.name == "length" else worst.name,
        "reason": worst.reason,
        "pages": worst.pages,
        "bad": worst.bad,
        "before": 0.0 if worst.name == "length" else round(worst.before, 3),
        "after": round(worst.bad / worst.pages, 3),
        "since": utc_text(datetime.fromtimestamp(worst.since, UTC)),
    }
    return Finding(kind="source_bad_texts", severity="error", facts=told, sample=_sample(worst))


def _drift(found: Sequence[Change]) -> Finding | None:
    """That pages have lost facts, or their texts changed."""
    if not found:
        return None
    first = min(found, key=lambda change: change.since)
    before, after = _told(first)
    told: Facts = {
        "field": _field(first),
        "before": before,
        "after": after,
        "pages": first.pages,
        "since": utc_text(datetime.fromtimestamp(first.since, UTC)),
        "fields": ",".join(dict.fromkeys(_field(change) for change in (first, *found))),
    }
    return Finding(kind="source_drift", severity="warning", facts=told, sample=_sample(first))


def _field(change: Change) -> str:
    return "longer" if change.name == "length" and change.after > change.before else change.name


def _told(change: Change) -> tuple[float, float]:
    """The values before and after: of facts the share of pages that have them, of length characters."""
    if change.name == "length":
        return round(exp(min(20.0, change.before))), round(exp(min(20.0, change.after)))
    if change.name in {"title", "time", "origin", "credits"}:
        return round(1.0 - change.before, 3), round(1.0 - change.bad / change.pages, 3)
    return round(change.before, 3), round(change.after, 3)


def _sample(change: Change) -> Sample:
    return {
        "before": list(change.articles_before),
        "after": list(change.articles),
        "pages": list(change.pages_lost),
    }


def _unsure(facts: SourceFacts, memory: Memory) -> frozenset[Kind]:
    """The kinds of which nothing can be said: what is not asked cannot be well again."""
    unsure: set[Kind] = set()
    if facts.failures:
        unsure |= {"source_no_links", "source_silent"}
        if facts.failures < causes.FAILURES or memory.polls.failing_since is not None:
            unsure.add("source_failing")
    if memory.polls.empty_run:  # the newest polls were empty, if fewer of them than are told
        unsure.add("source_no_links")
    if silence.known_news(memory.quiet) < LEAST_NEWS:
        unsure.add("source_silent")
    if page_history.usual_pages(memory.history) < LEAST_PAGES and len(memory.history.looks) < LEAST_PAGES:
        unsure |= {"source_bad_texts", "source_drift"}
    return frozenset(unsure)


def _without_findings(facts: SourceFacts, now: datetime) -> tuple[State, str, Facts]:
    """The state, its reason and facts of a source with which nothing is wrong that is worth an incident."""
    if facts.failures:
        return "partial", "failing_lately", {"failures": facts.failures, "error": facts.last_error or ""}
    if facts.last_error:
        return "partial", "entries", {"error": facts.last_error}
    due = facts.next_due_at
    if due is not None and now - due > LATE_AFTER and not facts.running:
        return "late", "late", {"hours": round((now - due).total_seconds() / 3600, 1)}
    return "ok", "", {}
