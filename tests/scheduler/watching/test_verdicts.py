from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.rhythm import NOTHING, observed
from scheduler.watching import remembering
from scheduler.watching.verdicts import (
    KINDS,
    DayFact,
    EntryFact,
    HourFact,
    SampleFact,
    SourceFacts,
    SourceVerdict,
    judge_source,
    wanted,
)
from tests.scheduler.watching.lives import (
    DAY,
    HOUR,
    START,
    ZONE,
    after,
    facts,
    hours,
    looked_at,
    office,
    pages,
    refused,
)


@cache
def lived() -> SourceVerdict:
    """A source of two months, its pages and polls known."""
    known = after(hours(office, 56))
    now = START + 56 * DAY
    rows = (DayFact(day=now.date(), answered=20, empty=0),)
    return judge_source(facts(now, samples=tuple(pages(60)), days=rows, memory=known.memory, last_new_at=now), now)


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"enabled": False}, "off"),
        ({"paused_at": START}, "paused"),
        ({"last_attempt_at": None}, "new"),
        ({"enabled": False, "paused_at": START, "failures": 9}, "off"),
    ],
)
def test_of_a_source_that_nobody_asks_nothing_is_said(values: dict[str, object], state: str) -> None:
    verdict = judge_source(facts(START, **values), START)
    assert verdict.state == state
    assert verdict.findings == ()
    assert verdict.unsure == frozenset(KINDS)


def test_the_gravest_is_told_first_and_nothing_is_lost() -> None:
    broken = looked_at(refused(20, 301), looked_at(pages(300)))
    now = START + 400 * HOUR
    first = judge_source(facts(now, failures=1, memory=broken.memory), now)
    verdict = judge_source(facts(now + 3 * HOUR, failures=5, memory=first.memory), now + 3 * HOUR)
    assert verdict.state == "failing"
    assert verdict.reason == "source_failing"
    assert [finding.kind for finding in verdict.findings] == ["source_failing", "source_bad_texts"]
    assert verdict.facts == verdict.findings[0].facts


def test_a_silence_in_which_pages_came_that_were_none_is_one_of_texts() -> None:
    known = lived()
    rows = tuple(hours(lambda _: 0, 5, START + 56 * DAY))
    now = rows[-1].hour + HOUR
    silent = facts(now, hours=rows, memory=known.memory, last_new_at=START + 54 * DAY)
    assert judge_source(silent, now).state == "silent"
    lost = replace(silent, samples=tuple(refused(3, 61, "login_wall")))
    verdict = judge_source(lost, now)
    assert verdict.state == "bad_texts"
    assert (verdict.facts["reason"], verdict.facts["pages"], verdict.facts["since"]) == (
        "login_wall",
        3,
        "2026-08-21T16:00:00Z",
    )
    assert verdict.sample is not None
    assert verdict.sample["pages"] == [61, 62, 63]
    assert verdict.sample["before"] == [1_056, 1_057, 1_058, 1_059, 1_060]


def test_the_week_is_learned_from_the_rhythm_and_kept_in_a_silence() -> None:
    rhythm = NOTHING
    for number in range(28):
        since = START + number * DAY
        times = [since + 10 * HOUR + n * timedelta(minutes=5) for n in range(5)]
        rhythm = observed(rhythm, since=since, until=since + DAY, times=times, zone=ZONE)
    now = START + 28 * DAY
    verdict = judge_source(facts(now, rhythm=rhythm), now)
    assert verdict.week is not None
    assert len(verdict.week) == 168
    assert 3 < verdict.week[10] < 6
    assert verdict.week[3] < 0.2
    assert sum(verdict.week) == pytest.approx(35, rel=0.2)
    same = judge_source(facts(now + HOUR, memory=verdict.memory, week=verdict.week), now + HOUR)
    assert same.week == verdict.week


@cache
def broken() -> SourceVerdict:
    """The same, all whose new pages are lost."""
    return looked_at(refused(20, 301), lived_in_pages())


def test_a_round_in_which_nothing_came_leaves_the_memory_as_it_is() -> None:
    known = lived()
    now = START + 57 * DAY
    first = judge_source(facts(now, memory=known.memory, last_new_at=now), now)
    again = judge_source(facts(now + HOUR, memory=first.memory, last_new_at=now), now + HOUR)
    assert again.memory is first.memory


def test_what_is_wanted_is_what_was_not_seen() -> None:
    assert (wanted(None).hours_from, wanted(None).samples_after) == (None, 0)
    known = lived()
    assert wanted(known.memory).samples_after == 60
    assert wanted(known.memory).hours_from == START + 56 * DAY


def test_the_memory_comes_back_as_it_was() -> None:
    memory = remembering.read(broken().memory)
    assert memory.history.lasting
    assert remembering.read(memory.text()) == memory


@cache
def lived_in_pages() -> SourceVerdict:
    """A source of three weeks that had many pages."""
    return looked_at(pages(300), after(hours(office, 21)))


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"v":1}', '{"v":99}', "\x00", "[" * 10_000])
def test_a_memory_that_is_none_is_an_empty_one(text: str) -> None:
    assert judge_source(facts(START, memory=text), START).state == "ok"
    assert wanted(text).hours_from is None


def test_a_memory_that_was_lost_resolves_nothing() -> None:
    verdict = judge_source(facts(START, memory=None), START)
    assert {"source_silent", "source_drift", "source_bad_texts"} <= verdict.unsure


def test_rounds_of_any_size_come_to_the_same() -> None:
    rows = hours(office, 12) + hours(lambda _: 0, 3, START + 12 * DAY)
    at_once = after(rows)
    verdict = None
    for row in rows:
        verdict = after([row], verdict, last_new_at=START)
    assert verdict is not None
    one, other = (remembering.read(known.memory).quiet for known in (at_once, verdict))
    assert one.until == other.until
    assert one.last == other.last
    assert other.hours == pytest.approx(one.hours, rel=1e-3)
    assert other.days == pytest.approx(one.days, rel=1e-3)


# Whatever the file says.

FIRST, LAST = datetime(1970, 1, 1), datetime(9998, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone
MOMENTS = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
NEAR = st.integers(0, 3_000).map(lambda number: START + number * HOUR)
ANY_TIME = st.one_of(NEAR, MOMENTS)
COUNTS = st.integers(-5, 10**9)
FLAGS = st.none() | st.booleans()
HOURS = st.builds(HourFact, hour=ANY_TIME, polls=COUNTS, new=COUNTS)
DAYS_ROWS = st.builds(DayFact, day=st.dates(date(1970, 1, 1)), answered=COUNTS, empty=COUNTS)
SAMPLES = st.builds(
    SampleFact,
    id=st.integers(-5, 2**62),
    at=ANY_TIME,
    outcome=st.sampled_from(["stored", "duplicate", "rejected", "failed", "", "?"]),
    reason=st.none() | st.text(max_size=5),
    article_id=st.none() | st.integers(1, 2**62),
    has_title=FLAGS,
    has_time=FLAGS,
    has_origin=FLAGS,
    has_credits=FLAGS,
    characters=st.none() | st.integers(-5, 10**12),
    repeated=st.none() | st.floats(),
)
MEMORIES = st.one_of(
    st.none(),
    st.text(max_size=20),
    st.deferred(lambda: st.sampled_from([lived().memory, broken().memory])),
)
ANY_FACTS = st.builds(
    SourceFacts,
    name=st.just("enshi"),
    zone=st.sampled_from([ZONE, ZoneInfo("UTC"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("America/New_York")]),
    country=st.sampled_from([None, "CN", "??"]),
    enabled=st.booleans(),
    paused_at=st.none() | ANY_TIME,
    running=st.booleans(),
    last_attempt_at=st.none() | ANY_TIME,
    last_success_at=st.none() | ANY_TIME,
    last_new_at=st.none() | ANY_TIME,
    failures=st.integers(0, 10**6),
    last_error=st.none() | st.text(max_size=5),
    next_due_at=st.none() | ANY_TIME,
    entries=st.lists(
        st.builds(EntryFact, url=st.text(max_size=3), failures=COUNTS, last_reason=st.none() | st.text(max_size=5)),
        max_size=3,
    ).map(tuple),
    hours=st.lists(HOURS, max_size=12).map(tuple),
    days=st.lists(DAYS_ROWS, max_size=3).map(tuple),
    samples=st.lists(SAMPLES, max_size=30).map(tuple),
    week=st.none() | st.lists(st.floats(0, 1e6), max_size=170).map(tuple),
    memory=MEMORIES,
)


@settings(max_examples=60, deadline=None)
@given(ANY_FACTS, ANY_TIME)
def test_no_input_makes_a_judgement_fail(known: SourceFacts, now: datetime) -> None:
    verdict = judge_source(known, now)
    again = judge_source(replace(known, memory=verdict.memory, week=verdict.week), now)
    for one in (verdict, again):
        json.dumps([dict(finding.facts) for finding in one.findings], allow_nan=False)
        assert not one.unsure & {finding.kind for finding in one.findings}
        assert one.state == "ok" or one.reason or one.state in {"off", "paused", "new"}
    # What was taken in once is not taken in again.
    assert remembering.read(again.memory).history == remembering.read(verdict.memory).history


@settings(max_examples=25, deadline=None)
@given(ANY_FACTS, ANY_TIME, ANY_TIME)
def test_a_pause_hides_a_verdict_and_changes_none(known: SourceFacts, paused_at: datetime, now: datetime) -> None:
    free = replace(known, enabled=True, paused_at=None)
    paused = judge_source(replace(free, paused_at=paused_at), now)
    assert paused.state == "paused"
    assert paused.memory == judge_source(free, now).memory
    after_pause = judge_source(replace(free, memory=paused.memory, hours=(), samples=()), now)
    assert after_pause == judge_source(replace(free, memory=judge_source(free, now).memory, hours=(), samples=()), now)


@settings(max_examples=10, deadline=None)
@given(st.integers(-3_000, 20_000), st.integers(1, 60))
def test_a_clock_that_was_wrong_for_a_while_makes_no_alarm(wrong_by: int, rows: int) -> None:
    known = lived()
    wrong = [replace(row, hour=row.hour + wrong_by * HOUR) for row in hours(lambda _: 2, rows / 24, START + 56 * DAY)]
    then = after(wrong, known)
    right = after(hours(office, 7, START + 63 * DAY), then, last_new_at=START + 70 * DAY)
    assert right.state == "ok"
    assert wanted(right.memory).hours_from == START + 70 * DAY


def test_one_memory_of_a_source_is_kept_however_many_rounds_there_were() -> None:
    memory, before = None, len(remembering._kept)
    for hour in range(50):
        now = START + hour * HOUR
        came = (HourFact(hour=now - HOUR, polls=4, new=1),)
        memory = judge_source(facts(now, hours=came, memory=memory, last_new_at=now), now).memory
    assert len(remembering._kept) <= before + 1
