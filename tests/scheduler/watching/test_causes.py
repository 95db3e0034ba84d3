from __future__ import annotations

from datetime import date, timedelta

import pytest

from scheduler.watching.verdicts import DayFact, EntryFact, SourceVerdict, judge_source
from tests.scheduler.watching.lives import DAY, HOUR, START, facts, hours

MINUTE = timedelta(minutes=1)


def failing(failures: int, hours: float, reason: str = "timeout", **values: object) -> SourceVerdict:
    """The verdict on a source that has failed so often in a row, first so many hours ago."""
    first = judge_source(facts(START, failures=1, last_success_at=START - HOUR), START)
    now = START + hours * HOUR
    entries = (EntryFact(url="feed", failures=failures, last_reason=reason),)
    known = facts(
        now,
        failures=failures,
        memory=first.memory,
        last_success_at=START - HOUR,
        last_error="timeout: no whole answer",
        entries=entries,
        **values,
    )
    return judge_source(known, now)


def test_a_source_fails_when_it_has_failed_often_and_long_enough() -> None:
    assert failing(3, 2).state == "failing"
    assert failing(2, 30).state == "partial"
    assert failing(20, 1.5).state == "partial"
    assert failing(20, 1.5).reason == "failing_lately"


def test_a_failing_source_tells_since_when_and_why_and_is_graver_after_a_day() -> None:
    finding = failing(5, 3).findings[0]
    assert (finding.kind, finding.severity) == ("source_failing", "warning")
    assert finding.facts == {
        "since": "2026-06-28T15:00:00Z",
        "hours": 4.0,
        "reason": "timeout",
        "failures": 5,
        "error": "timeout: no whole answer",
    }
    assert failing(9, 25).findings[0].severity == "error"


@pytest.mark.parametrize("reason", ["emptied", "no_items", "not_a_feed", "not_html"])
def test_answers_without_links_are_told_apart_from_failures_to_fetch(reason: str) -> None:
    verdict = failing(4, 3, reason)
    assert verdict.state == "empty"
    assert verdict.facts["reason"] == reason
    assert verdict.facts["polls"] == 4


def test_one_entry_point_that_cannot_be_fetched_makes_it_a_failure_to_fetch() -> None:
    entries = (
        EntryFact(url="a", failures=4, last_reason="emptied"),
        EntryFact(url="b", failures=4, last_reason="http_503"),
    )
    now = START + 3 * HOUR
    first = judge_source(facts(START, failures=1), START)
    assert judge_source(facts(now, failures=4, memory=first.memory, entries=entries), now).state == "failing"


def test_a_success_ends_the_failing() -> None:
    now = START + 4 * HOUR
    well = judge_source(facts(now, memory=failing(5, 3).memory), now)
    assert well.state == "ok"
    assert "source_failing" not in well.unsure


class Polled:
    """A source that is asked each half hour."""

    def __init__(self) -> None:
        self.now = START
        self.days: dict[date, list[int]] = {}
        self.verdict: SourceVerdict | None = None

    def until(self, hours: float, *, empty: bool) -> SourceVerdict:
        """The verdict after so many hours more of polls that all have links, or none."""
        for _ in range(int(hours * 2)):
            self.now += 30 * MINUTE
            sums = self.days.setdefault(self.now.date(), [0, 0])
            sums[0] += 1
            sums[1] += empty
            last = list(self.days.items())[-2:]
            rows = tuple(DayFact(day=day, answered=sums[0], empty=sums[1]) for day, sums in last)
            memory = self.verdict.memory if self.verdict else None
            self.verdict = judge_source(facts(self.now, days=rows, memory=memory), self.now)
        assert self.verdict is not None
        return self.verdict


def test_polls_that_are_answered_without_any_link_are_told_after_two_hours() -> None:
    polled = Polled()
    assert polled.until(48, empty=False).state == "ok"
    assert polled.until(2, empty=True).state == "ok"
    told = polled.until(0.5, empty=True)
    assert told.state == "empty"
    assert (told.facts["polls"], told.facts["hours"], told.facts["reason"]) == (5, 2.0, "")


def test_links_that_come_back_end_it_at_once() -> None:
    polled = Polled()
    polled.until(48, empty=False)
    assert polled.until(12, empty=True).state == "empty"
    assert polled.until(0.5, empty=False).state == "ok"


def test_a_list_that_is_empty_each_night_is_usual() -> None:
    polled = Polled()
    for day in range(8):
        polled.until(18, empty=False)
        verdict = polled.until(6, empty=True)
        assert verdict.state == "ok" or day < 4, day
    polled.until(18, empty=False)
    assert polled.until(30, empty=True).state == "empty"


def test_a_source_without_links_is_not_called_silent() -> None:
    always = tuple(hours(lambda _: 3, 40))
    known = judge_source(facts(START + 40 * DAY, hours=always), START + 40 * DAY)
    rows, now = tuple(hours(lambda _: 0, 1, START + 40 * DAY)), START + 41 * DAY
    assert judge_source(facts(now, hours=rows, memory=known.memory), now).state == "silent"
    empty = (DayFact(day=now.date(), answered=24, empty=24),)
    verdict = judge_source(facts(now, hours=rows, days=empty, memory=known.memory), now)
    assert "source_silent" not in {finding.kind for finding in verdict.findings}
    later = (DayFact(day=now.date(), answered=27, empty=27),)
    verdict = judge_source(facts(now + 3 * HOUR, days=later, memory=verdict.memory), now + 3 * HOUR)
    assert [finding.kind for finding in verdict.findings] == ["source_no_links"]


def test_a_part_that_fails_is_told_as_a_state_and_no_incident() -> None:
    verdict = judge_source(facts(START, last_error="feed: http_404"), START)
    assert (verdict.state, verdict.reason, verdict.facts) == ("partial", "entries", {"error": "feed: http_404"})
    assert verdict.findings == ()


def test_a_source_that_nobody_asks_is_late() -> None:
    def due(hours: float, *, running: bool = False) -> str:
        return judge_source(facts(START, next_due_at=START - hours * HOUR, running=running), START).state

    assert due(1) == "ok"
    assert due(3) == "late"
    assert due(3, running=True) == "ok"
    assert due(-24) == "ok"


def test_a_clock_set_back_does_not_make_failures_old() -> None:
    ahead = judge_source(facts(START + 400 * DAY, failures=1), START + 400 * DAY)
    back = judge_source(facts(START, failures=4, memory=ahead.memory, last_success_at=START - DAY), START)
    assert back.state == "partial"
