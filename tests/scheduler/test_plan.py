import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.config import Source
from crawler.cron import parse_cron
from scheduler import plan
from scheduler.config.file import Schedule
from scheduler.plan import BACK_OFF_SPREAD, LONGEST_BACK_OFF, Due, SourceState, back_off, interval_bounds
from scheduler.rhythm import Rhythm, observed

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
MOMENTS = st.integers(0, 20 * 365 * 86_400_000).map(lambda ms: NOW + timedelta(milliseconds=ms))
NAMES = st.from_regex(r"[a-z0-9-]{1,12}", fullmatch=True)
EVERY = st.integers(10, 10 * 86_400)


SCHEDULE = Schedule()


def source(name: str = "enshi", **values: Any) -> Source:
    """A source with a period, unless it has a cron expression."""
    return adaptive(name, **(values if "cron" in values else {"every": "15m", **values}))


def adaptive(name: str = "enshi", **values: Any) -> Source:
    return Source(name=name, home="https://news.example.cn/", **values)


def due(sources: list[Source], states: dict[str, SourceState], now: datetime) -> tuple[plan.DueSource, ...]:
    return plan.due(sources, states, now, SCHEDULE)


def next_due(of: Source, state: SourceState, now: datetime) -> Due:
    return plan.next_due(of, state, now, SCHEDULE)


def period_seconds(of: Source, now: datetime, rhythm: Rhythm | None = None) -> int:
    return plan.period_seconds(of, now, SCHEDULE, rhythm)


def after(asked: datetime, **values: Any) -> SourceState:
    return SourceState(name="enshi", last_attempt_at=asked, **values)


def next_times(of: Source, start: datetime, count: int) -> list[datetime]:
    """When the source is asked, if it always is the moment that it is due."""
    times = [start]
    while len(times) <= count:
        times.append(next_due(of, SourceState(name=of.name, last_attempt_at=times[-1]), times[-1]).at)
    return times[1:]


def due_names(sources: list[Source], states: dict[str, SourceState], now: datetime = NOW) -> list[str]:
    return [found.source.name for found in due(sources, states, now)]


def test_a_source_never_crawled_is_due_now() -> None:
    (found,) = due([source()], {}, NOW)
    assert found.due == Due(NOW, "never crawled", "never_crawled")
    assert found.entries


def test_a_disabled_source_is_never_due() -> None:
    assert due([source(enabled=False)], {}, NOW) == ()


def test_a_source_is_due_once_its_slot_has_come_and_not_before() -> None:
    slot = next_due(source(), after(NOW), NOW).at
    assert due_names([source()], {"enshi": after(NOW)}, slot - timedelta(microseconds=1)) == []
    assert due_names([source()], {"enshi": after(NOW)}, slot) == ["enshi"]
    assert due_names([source()], {"enshi": after(slot)}, slot) == []


def test_new_sources_come_first_then_the_longest_overdue_then_unfinished_work() -> None:
    sources = [source(name) for name in ("unfinished", "late", "later", "new", "done")]
    states = {
        "unfinished": SourceState(name="unfinished", last_attempt_at=NOW, pending_ready=3),
        "late": SourceState(name="late", last_attempt_at=NOW - HOUR),
        "later": SourceState(name="later", last_attempt_at=NOW - 9 * HOUR),
        "done": SourceState(name="done", last_attempt_at=NOW),
    }
    assert due_names(sources, states) == ["new", "later", "late", "unfinished"]
    assert due_names(sources[::-1], states) == ["new", "later", "late", "unfinished"]


@given(NAMES, EVERY, st.integers(0, 86_400), MOMENTS)
def test_the_next_crawl_is_less_than_two_periods_away(name: str, every: int, jitter: int, asked: datetime) -> None:
    of = source(name, every=f"{every}s", jitter_seconds=jitter)
    wait = next_due(of, SourceState(name=name, last_attempt_at=asked), asked).at - asked
    assert timedelta(0) < wait < timedelta(seconds=2 * every)


@settings(max_examples=30)
@given(NAMES, EVERY, st.integers(0, 86_400), MOMENTS)
def test_the_mean_period_is_exact_however_long_it_runs(name: str, every: int, jitter: int, start: datetime) -> None:
    of = source(name, every=f"{every}s", jitter_seconds=jitter)
    first, *_, last = next_times(of, start, 201)
    assert abs((last - first) - timedelta(seconds=200 * every)) < timedelta(seconds=min(jitter, every / 2) or 1e-6)


@given(NAMES, EVERY, st.integers(0, 86_400), MOMENTS, st.integers(0, 3 * 365 * 86_400))
def test_an_outage_of_any_length_is_made_up_for_by_exactly_one_crawl(
    name: str, every: int, jitter: int, asked: datetime, outage: int
) -> None:
    of = source(name, every=f"{every}s", jitter_seconds=jitter)
    back = asked + timedelta(seconds=2 * every + outage)
    assert due_names([of], {name: SourceState(name=name, last_attempt_at=asked)}, back) == [name]
    assert due_names([of], {name: SourceState(name=name, last_attempt_at=back)}, back) == []


def test_an_outage_is_made_up_for_once_by_cron_too() -> None:
    of = source(cron="*/15 6-23 * * *")
    assert due_names([of], {"enshi": after(NOW - timedelta(days=400))}) == ["enshi"]
    assert due_names([of], {"enshi": after(NOW)}) == []


def test_jitter_changes_with_each_slot_and_stays_below_half_the_period() -> None:
    plain, put_off = source(every="1h"), source(every="1h", jitter_seconds=7_200)
    delays = [b - a for a, b in zip(next_times(plain, NOW, 200), next_times(put_off, NOW, 200), strict=True)]
    delays = [delay % HOUR for delay in delays]
    assert len(set(delays)) == 200
    assert max(delays) < HOUR / 2
    assert max(delays) - min(delays) > HOUR / 3


def test_jitter_puts_a_cron_slot_off_but_never_drops_or_doubles_one() -> None:
    plain, put_off = source(cron="0 */6 * * *"), source(cron="0 */6 * * *", jitter_seconds=3_600)
    for slot, at in zip(next_times(plain, NOW, 100), next_times(put_off, NOW, 100), strict=True):
        assert timedelta(0) <= at - slot < HOUR


def test_a_thousand_sources_are_spread_over_the_period() -> None:
    sources = [source(f"source-{number}", every="1h") for number in range(1_000)]
    asked = {of.name: SourceState(name=of.name, last_attempt_at=NOW) for of in sources}
    counts = [len(due(sources, asked, NOW + timedelta(minutes=minute))) for minute in range(61)]
    assert (counts[0], counts[-1]) == (0, 1_000)
    assert (
        max(second - first for first, second in pairwise(counts)) < 40
    )  # 16.7 a minute if perfectly even; Poisson's 99.9999 % is 39


def test_the_plan_is_the_same_in_every_process() -> None:
    code = (
        "from datetime import *; from crawler.config import Source; from scheduler.plan import *\n"
        "from scheduler.config.file import Schedule; now = datetime(2026, 11, 22, tzinfo=UTC)\n"
        "for values in ({'every': '15m', 'jitter_seconds': 60}, {}):\n"
        "    s = Source(name='a', home='https://a.cn', **values)\n"
        "    print(next_due(s, SourceState(name='a', last_attempt_at=now), now, Schedule()).at, back_off(3, 900, 'a'))"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai"])
@settings(max_examples=60, deadline=None)
@given(hour=st.integers(0, 23), minute=st.integers(0, 59), year=st.integers(2024, 2030))
def test_a_time_of_day_comes_once_a_local_day_all_year_round(zone: str, hour: int, minute: int, year: int) -> None:
    local = ZoneInfo(zone)
    of = source(cron=f"{minute} {hour} * * *", timezone=zone)
    for month in (3, 4, 9, 10, 11):  # the months in which clocks are changed
        start = datetime(year, month, 1, tzinfo=local).astimezone(UTC) - timedelta(microseconds=1)
        fires = [at.astimezone(local) for at in next_times(of, start, 30)]
        assert [at.date() for at in fires] == [date(year, month, 1) + timedelta(days=day) for day in range(30)]
        as_said = [at for at in fires if (at.hour, at.minute) == (hour, minute)]
        assert len(as_said) >= 29  # all but the day on which clocks may jump over it


def test_in_spring_a_skipped_time_comes_when_clocks_have_jumped() -> None:
    of = source(cron="30 2 * * *", timezone="Europe/Berlin")
    fires = next_times(of, datetime(2026, 3, 28, 12, tzinfo=UTC), 2)
    assert fires == [datetime(2026, 3, 29, 1, 0, tzinfo=UTC), datetime(2026, 3, 30, 0, 30, tzinfo=UTC)]


def test_in_autumn_a_time_that_comes_twice_counts_the_first_time() -> None:
    of = source(cron="30 1 * * *", timezone="America/New_York")
    fires = next_times(of, datetime(2026, 10, 31, 12, tzinfo=UTC), 2)
    assert fires == [datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 2, 6, 30, tzinfo=UTC)]


@given(minutes=st.integers(0, 300))
def test_asked_at_any_minute_around_the_autumn_change_the_next_time_is_still_right(minutes: int) -> None:
    of = source(cron="*/20 1-3 * * *", timezone="Europe/Berlin")
    evening = datetime(2026, 10, 24, 22, tzinfo=UTC)  # midnight there
    slots = next_times(of, evening, 9)
    asked = evening + timedelta(minutes=minutes)
    expected = next((slot for slot in slots if slot > asked), None)
    if expected is not None:
        assert next_due(of, after(asked), asked).at == expected


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_an_expression_for_every_hour_runs_through_both_changes_without_a_gap(day: date, hours: int) -> None:
    zone = ZoneInfo("Europe/Berlin")
    start, end = (datetime.combine(d, time(), zone).astimezone(UTC) for d in (day, day + timedelta(days=1)))
    assert end - start == hours * HOUR
    of = source(cron="*/15 * * * *", timezone="Europe/Berlin")
    times = next_times(of, start, 4 * hours)
    assert {second - first for first, second in pairwise([start, *times])} == {timedelta(minutes=15)}
    assert times[-1] == end


def test_weekdays_are_those_of_crontab() -> None:
    for numeral, named in (("0", "sun"), ("7", "sun"), ("1-5", "mon-fri"), ("6,0", "sat,sun")):
        counted, spelled = (source(cron=f"0 9 * * {days}") for days in (numeral, named))
        assert next_times(counted, NOW, 7) == next_times(spelled, NOW, 7)
    sundays = next_times(source(cron="0 9 * * 0"), NOW, 3)
    assert {at.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%A %H:%M") for at in sundays} == {"Sunday 09:00"}


FIELD = st.sampled_from(["*", "*/7", "3", "1-5", "2,4", "1-5/2", "5/3"])


@settings(max_examples=60, deadline=None)
@given(minute=FIELD, hour=FIELD, day=FIELD, month=FIELD, asked=MOMENTS)
def test_each_moment_of_an_expression_is_one_that_it_names(
    minute: str, hour: str, day: str, month: str, asked: datetime
) -> None:
    expression = f"{minute} {hour} {day} {month} *"
    times = parse_cron(expression)
    for at in islice(next_times(source(cron=expression, timezone="UTC"), asked, 5), 5):
        assert at.minute in times.minutes
        assert at.hour in times.hours
        assert at.day in times.days
        assert at.month in times.months


def test_a_source_in_its_back_off_is_not_due() -> None:
    state = after(NOW - 9 * HOUR, failures=3, not_before=NOW + HOUR, pending_ready=5)
    assert next_due(source(), state, NOW) == Due(NOW + HOUR, "again after 3 failures in a row", "back_off")
    assert due([source()], {"enshi": state}, NOW) == ()
    assert due_names([source()], {"enshi": state}, NOW + HOUR) == ["enshi"]


def test_a_pause_that_the_site_asked_for_is_kept() -> None:
    state = after(NOW - HOUR, not_before=NOW + 5 * HOUR)
    assert next_due(source(), state, NOW) == Due(NOW + 5 * HOUR, "the site asked for a pause", "retry_after")


def test_the_end_of_a_back_off_counts_also_before_the_next_slot() -> None:
    state = after(NOW, failures=1, not_before=NOW + timedelta(seconds=1))
    assert next_due(source(), state, NOW) == Due(NOW + timedelta(seconds=1), "again after a failure", "back_off")


def test_a_pause_that_ends_before_the_next_slot_changes_nothing() -> None:
    assert next_due(source(), after(NOW, not_before=NOW), NOW) == next_due(source(), after(NOW), NOW)


def test_back_off_doubles_from_the_period_up_to_six_hours() -> None:
    waits = [back_off(failures, 900) for failures in range(10)]
    assert waits[:4] == [timedelta(0), timedelta(minutes=15), timedelta(minutes=30), HOUR]
    assert waits[-1] == LONGEST_BACK_OFF


@given(st.integers(1, 10**6), EVERY, NAMES)
def test_back_off_differs_by_source_but_is_never_over_its_bound_nor_far_below_the_rule(
    failures: int, period: int, name: str
) -> None:
    rule, own = back_off(failures, period), back_off(failures, period, name)
    assert rule * (1 - BACK_OFF_SPREAD) - timedelta(seconds=1) <= own <= rule <= LONGEST_BACK_OFF
    assert own == back_off(failures, period, name)


def test_a_daily_source_that_failed_is_asked_again_within_the_hour() -> None:
    daily = source(every="1d")
    wait = back_off(1, period_seconds(daily, NOW))
    assert wait == timedelta(minutes=15)
    failed = after(NOW, failures=1, not_before=NOW + wait)
    assert next_due(daily, failed, NOW).at == NOW + wait
    assert next_due(daily, after(NOW), NOW).at > NOW + HOUR


def test_sources_that_failed_together_do_not_come_back_together() -> None:
    assert len({back_off(2, 900, f"source-{number}") for number in range(1_000)}) == 1_000


def test_unfinished_work_is_due_at_once_without_asking_the_entry_points() -> None:
    (found,) = due([source()], {"enshi": after(NOW, pending_ready=1)}, NOW)
    assert found.due == Due(NOW, "unfinished work", "unfinished")
    assert not found.entries


def test_unfinished_work_joins_a_crawl_that_is_due_by_schedule() -> None:
    (found,) = due([source()], {"enshi": after(NOW - HOUR, pending_ready=1)}, NOW)
    assert found.due.kind == "interval"
    assert found.entries


def test_unfinished_work_of_a_failing_source_waits_for_the_end_of_its_back_off() -> None:
    state = after(NOW, failures=1, not_before=NOW + timedelta(seconds=10), pending_ready=1)
    assert due([source(every="1d")], {"enshi": state}, NOW) == ()
    assert next_due(source(every="1d"), state, NOW) == Due(
        NOW + timedelta(seconds=10), "again after a failure", "back_off"
    )


def test_a_clock_that_was_set_back_does_not_silence_a_source() -> None:
    state = after(NOW + timedelta(days=4_000), failures=2, not_before=NOW + timedelta(days=4_001))
    (found,) = due([source()], {"enshi": state}, NOW)
    assert (found.due.why, found.due.kind) == ("the clock was set back", "clock")


def test_the_period_of_a_cron_expression_is_its_shortest_gap() -> None:
    assert period_seconds(source(every="1h30m"), NOW) == 5_400
    assert period_seconds(source(cron="*/15 6-23 * * *"), NOW) == 900
    assert period_seconds(source(cron="0 6 * * 1", timezone="UTC"), NOW) == 7 * 86_400


def test_an_expression_for_the_29th_of_february_is_planned() -> None:
    assert next_due(source(cron="0 0 29 2 *", timezone="UTC"), after(NOW), NOW).at == datetime(2028, 2, 29, tzinfo=UTC)


def test_fixed_schedules_say_what_they_are() -> None:
    assert next_due(source(), after(NOW), NOW).why == "interval: every 15 min"
    due_by_cron = next_due(source(cron="0 6 * * *"), after(NOW), NOW)
    assert (due_by_cron.why, due_by_cron.kind) == ("cron: 0 6 * * * (Asia/Shanghai)", "cron")


def lively(items_an_hour: int = 12, days: int = 14) -> Rhythm:
    """The rhythm of a source that was asked each hour up to NOW, and brought so much each time."""
    rhythm = Rhythm()
    for hour in range(days * 24, 0, -1):
        since = NOW - hour * HOUR
        rhythm = observed(
            rhythm, since=since, until=since + HOUR, times=[None] * items_an_hour, zone=ZoneInfo("Asia/Shanghai")
        )
    return rhythm


def test_a_source_without_a_schedule_of_its_own_is_asked_by_its_rhythm() -> None:
    busy, quiet = (next_due(adaptive(), after(NOW, rhythm=lively(count)), NOW) for count in (12, 0))
    assert (busy.kind, quiet.kind) == ("rhythm", "rhythm")
    assert timedelta(minutes=5) < busy.at - NOW < timedelta(minutes=8)
    assert busy.why == f"rhythm: about 12 new an hour then, asked after {(busy.at - NOW).total_seconds() / 60:.0f} min"
    assert 5 * HOUR < quiet.at - NOW <= 6 * HOUR
    unknown = next_due(adaptive(), after(NOW), NOW)
    assert unknown.why.startswith("rhythm: not known yet, asked after ")
    assert timedelta(minutes=20) < unknown.at - NOW < timedelta(minutes=45)


def test_an_outage_of_an_adaptive_source_is_made_up_for_by_one_crawl() -> None:
    rhythm = lively()
    asked = NOW + timedelta(days=3)
    assert due_names([adaptive()], {"enshi": after(NOW, rhythm=rhythm)}, asked) == ["enshi"]
    assert due_names([adaptive()], {"enshi": after(asked, rhythm=rhythm)}, asked) == []


@given(st.integers(60, 86_400), st.integers(60, 86_400), st.integers(0, 30))
def test_an_adaptive_interval_keeps_to_the_bounds_of_its_source(first: int, second: int, items: int) -> None:
    floor, ceiling = sorted((first, second))
    of = adaptive(interval_floor=f"{floor}s", interval_ceiling=f"{ceiling}s")
    rhythm = observed(Rhythm(), since=NOW - HOUR, until=NOW, times=[None] * items, zone=ZoneInfo("Asia/Shanghai"))
    wait = next_due(of, after(NOW, rhythm=rhythm), NOW).at - NOW
    assert timedelta(seconds=floor) <= wait <= timedelta(seconds=ceiling)
    assert period_seconds(of, NOW, rhythm) == round(wait.total_seconds())


def test_a_bound_of_the_source_wins_over_a_general_one_that_it_crosses() -> None:
    schedule = Schedule(interval_floor="5m", interval_ceiling="6h")
    assert interval_bounds(adaptive(interval_ceiling="1m"), schedule) == (timedelta(minutes=1), timedelta(minutes=1))
    assert interval_bounds(adaptive(interval_floor="1d"), schedule) == (timedelta(days=1), timedelta(days=1))
    assert interval_bounds(adaptive(), schedule) == (timedelta(minutes=5), timedelta(hours=6))


def test_an_adaptive_source_backs_off_from_its_interval_of_the_moment() -> None:
    assert back_off(1, period_seconds(adaptive(), NOW, lively(60))) == timedelta(minutes=5)
    assert back_off(1, period_seconds(adaptive(), NOW, lively(0))) == timedelta(minutes=15)


def test_a_pause_of_the_host_holds_every_kind_of_work_back() -> None:
    pause = {"paused_until": NOW + HOUR, "pause_why": "it answered 429"}
    states = {
        "never crawled": SourceState(name="enshi", **pause),
        "overdue": after(NOW - 9 * HOUR, **pause),
        "failed": after(NOW, failures=1, not_before=NOW, **pause),
        "unfinished": after(NOW, pending_ready=3, **pause),
    }
    assert due([source(every="1d")], {"enshi": states["unfinished"]}, NOW) == ()
    for state in states.values():
        assert due([source()], {"enshi": state}, NOW) == ()
        assert due_names([source()], {"enshi": state}, NOW + HOUR) == ["enshi"]
    assert next_due(source(), states["overdue"], NOW) == Due(NOW + HOUR, "it answered 429", "host_pause")


def test_a_pause_that_ends_before_the_source_is_due_changes_nothing() -> None:
    paused = after(NOW, failures=1, not_before=NOW + HOUR, paused_until=NOW + HOUR)
    assert next_due(source(), paused, NOW).kind == "back_off"


def test_a_pause_set_by_a_wrong_clock_is_not_kept() -> None:
    assert due_names([source()], {"enshi": SourceState(name="enshi", paused_until=NOW + timedelta(days=400))}) == [
        "enshi"
    ]


@pytest.mark.parametrize("seconds", [1, 20, 60])
def test_a_clock_that_was_set_back_by_a_minute_at_most_makes_no_run_later_than_that(seconds: int) -> None:
    ahead = timedelta(seconds=seconds)
    of = source(every="5m")
    assert next_due(of, after(NOW + ahead), NOW).at <= next_due(of, after(NOW), NOW).at + timedelta(minutes=5)
    assert next_due(of, after(NOW + timedelta(seconds=61)), NOW) == Due(NOW, "the clock was set back", "clock")


@pytest.mark.parametrize("of", [source(cron="30 17 * * *"), source(every="1d"), source(cron="0 6 * * 1")])
def test_what_is_asked_once_a_day_is_not_asked_again_because_the_clock_was_set_back(of: Source) -> None:
    slot = next_due(of, after(NOW), NOW).at
    assert plan.is_daily(of, NOW)
    assert next_due(of, after(slot), slot - HOUR).at == next_due(of, after(slot), slot).at
    # Two days are no day: that was a wrong clock, which has asked for nothing that counts.
    assert next_due(of, after(slot), slot - 48 * HOUR).kind == "clock"


def test_a_source_of_some_hours_a_day_is_not_held_back_as_one_of_a_day_is() -> None:
    of = source(cron="*/15 6-23 * * *")
    assert not plan.is_daily(of, NOW)
    assert next_due(of, after(NOW + HOUR), NOW).kind == "clock"
