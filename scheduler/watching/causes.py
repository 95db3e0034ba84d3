"""Sources whose polls fail, or bring no link at all: told by what the polls answered, without any statistics. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from scheduler.watching.evidence import EntryFact, Facts, Finding, Severity, SourceFacts
from scheduler.watching.remembering import Polls
from storage.records import utc_text

FAILURES, FAILING_SECONDS = 3, 2 * 3600.0
"""So many polls in a row must have failed, over so long a time: a server's bad hour is no incident. Sources that are
asked every five minutes are held by the time, those that are asked once a day by the number."""
ERROR_AFTER_SECONDS = 86_400.0
EMPTY_RUN, EMPTY_SECONDS = 3, 2 * 3600.0
"""The same of polls that were answered, but without any link."""
OFTEN_EMPTY, OFTEN_EMPTY_SECONDS = 0.02, 86_400.0
"""Where this part of the polls is empty usually (lists of today's news, at night), it must last for a day."""
ANSWERED_WITHOUT_LINKS = frozenset(
    {"emptied", "no_items", "not_a_feed", "not_a_sitemap", "not_html", "not_json", "too_complex"}
)
"""Why an entry point fails that was answered, but with nothing that leads to articles."""
_SHARE_MEMORY = 500.0


def seen(polls: Polls, facts: SourceFacts, now: datetime) -> Polls:
    """What is known of the polls after a round."""
    at = now.timestamp()
    if facts.failures < 1:
        polls = replace(polls, failing_since=None)
    elif polls.failing_since is None or polls.failing_since > at:
        began = min(at, at if facts.last_attempt_at is None else facts.last_attempt_at.timestamp())
        polls = replace(polls, failing_since=began)
    for day in sorted(facts.days, key=lambda row: row.day):
        number = day.day.toordinal()
        if number > polls.day:
            polls = replace(polls, day=number, answered=0, empty=0)
        if number == polls.day:
            polls = _counted(polls, max(0, day.answered), max(0, day.empty), at)
    return polls


def failing(facts: SourceFacts, polls: Polls, now: datetime) -> Finding | None:
    """That its polls fail, or that they are answered without a link and count as failed for that; None if neither."""
    if facts.failures < FAILURES or polls.failing_since is None:
        return None
    since = _since(facts, polls.failing_since, now)
    seconds = now.timestamp() - polls.failing_since
    if seconds < FAILING_SECONDS:
        return None
    reason, is_answered = _reason(facts.entries)
    hours = round((now - since).total_seconds() / 3600, 1)
    told: dict[str, int | float | str] = {"since": utc_text(since), "hours": hours, "reason": reason}
    if is_answered:
        return Finding(kind="source_no_links", severity="error", facts=told | {"polls": facts.failures})
    severity: Severity = "error" if seconds >= ERROR_AFTER_SECONDS else "warning"
    told |= {"failures": facts.failures, "error": facts.last_error or ""}
    return Finding(kind="source_failing", severity=severity, facts=told)


def without_links(facts: SourceFacts, polls: Polls, now: datetime) -> Finding | None:
    """That its polls are answered well, and name no article at all; None if they do."""
    if facts.failures or polls.empty_since is None or polls.empty_run < EMPTY_RUN:
        return None
    seconds = now.timestamp() - polls.empty_since
    if seconds < (OFTEN_EMPTY_SECONDS if polls.empty_share >= OFTEN_EMPTY else EMPTY_SECONDS):
        return None
    since = datetime.fromtimestamp(polls.empty_since, UTC)
    hours = round(seconds / 3600, 1)
    told: Facts = {"since": utc_text(since), "hours": hours, "polls": polls.empty_run, "reason": ""}
    return Finding(kind="source_no_links", severity="error", facts=told)


def _counted(polls: Polls, answered: int, empty: int, at: float) -> Polls:
    """With the polls counted of which the day's row tells, and the round before did not."""
    more, more_empty = answered - polls.answered, empty - polls.empty
    if more < 1:
        return replace(polls, answered=answered, empty=empty)
    more_empty = min(more, max(0, more_empty))
    run = polls.empty_run + more_empty if more_empty == more else more_empty
    since = polls.empty_since if polls.empty_since is not None and polls.empty_since <= at else at
    all_empty = more_empty == more
    # A lasting emptiness does not become usual: of a run, the first polls count.
    counted = min(more, max(0, EMPTY_RUN - polls.empty_run)) if all_empty else more
    share = polls.empty_share + (more_empty / more - polls.empty_share) * min(1.0, counted / _SHARE_MEMORY)
    return replace(
        polls,
        answered=answered,
        empty=empty,
        empty_run=run if all_empty else 0,
        empty_since=since if all_empty else None,
        empty_share=share,
    )


def _since(facts: SourceFacts, first_seen: float, now: datetime) -> datetime:
    """The last success, if there was one before the failures; else when they were first seen."""
    last = facts.last_success_at
    return last if last is not None and last <= now else datetime.fromtimestamp(first_seen, UTC)


def _reason(entries: Sequence[EntryFact]) -> tuple[str, bool]:
    """The commonest reason of the entry points that fail, and whether all of them were answered without links."""
    reasons = Counter(entry.last_reason for entry in entries if entry.failures and entry.last_reason)
    if not reasons:
        return "", False
    return reasons.most_common(1)[0][0], all(reason in ANSWERED_WITHOUT_LINKS for reason in reasons)
