from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.rhythm import MOST_ITEMS, NOTHING, Rhythm, next_poll, observed, rate

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)  # midnight there, a Monday's
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FLOOR, CEILING = 5 * MINUTE, 6 * HOUR

Published = Callable[[datetime, datetime], Iterable[datetime]]


def poll_after(rhythm: Rhythm, after: datetime, **values: Any) -> datetime:
    usual = {"floor": FLOOR, "ceiling": CEILING, "zone": ZONE, "name": "enshi"}
    return next_poll(rhythm, after, **{**usual, **values})


def polled(
    published: Published, days: float, *, rhythm: Rhythm = NOTHING, start: datetime = NOW, dated: bool = True
) -> tuple[Rhythm, list[datetime]]:
    """The rhythm after so many days of polls at its own pace, and the moments of the polls."""
    at, polls = start, []
    while (following := poll_after(rhythm, at)) < start + days * DAY:
        times = list(published(at, following))
        rhythm = observed(rhythm, since=at, until=following, times=times if dated else [None] * len(times), zone=ZONE)
        at = following
        polls.append(at)
    return rhythm, polls


def each_hour(rhythm: Rhythm, items: int, hours: int, start: datetime = NOW) -> Rhythm:
    """The rhythm after so many hourly polls that brought so many items each."""
    for number in range(hours):
        since = start + number * HOUR
        rhythm = observed(rhythm, since=since, until=since + HOUR, times=[None] * items, zone=ZONE)
    return rhythm


def paper_at(hour: int) -> Published:
    """Thirty items in the first five minutes of that hour, there."""

    def published(since: datetime, until: datetime) -> Iterable[datetime]:
        day = since.astimezone(ZONE).date()
        for number in range(2):
            first = datetime(day.year, day.month, day.day, hour, tzinfo=ZONE) + number * DAY
            for item in range(1, 31):
                if since < first + item * 10 * timedelta(seconds=1) <= until:
                    yield first + item * 10 * timedelta(seconds=1)

    return published


def nothing(since: datetime, until: datetime) -> Iterable[datetime]:
    return ()


def local_hours(moments: Iterable[datetime]) -> list[int]:
    return [moment.astimezone(ZONE).hour for moment in moments]


def test_of_a_source_of_which_nothing_is_known_about_one_item_in_two_hours_is_expected() -> None:
    assert rate(NOTHING, NOW, ZONE) == pytest.approx(0.5)
    assert 20 * MINUTE < poll_after(NOTHING, NOW) - NOW < 45 * MINUTE


def test_the_interval_shrinks_with_the_square_root_of_the_rate() -> None:
    slow, quick = (poll_after(each_hour(NOTHING, items, 24 * 30), NOW + 30 * DAY) - NOW - 30 * DAY for items in (4, 16))
    assert slow / quick == pytest.approx(2, rel=0.02)


@pytest.mark.parametrize("dated", [True, False])
def test_the_hour_of_a_daily_paper_is_learned_and_met_by_polls_just_after_it(dated: bool) -> None:  # noqa: FBT001
    _, polls = polled(paper_at(6), 28, dated=dated)
    last_days = [poll for poll in polls if poll > NOW + 21 * DAY]
    assert local_hours(last_days).count(6) / 7 >= 4
    for day in range(22, 28):
        complete = NOW + day * DAY + 6 * HOUR + 5 * MINUTE
        assert min(poll for poll in last_days if poll >= complete) - complete < 15 * MINUTE
    assert len(last_days) / 7 < 40


def test_a_paper_that_moves_its_hour_is_met_there_within_a_week() -> None:
    rhythm, _ = polled(paper_at(6), 28)
    moved = NOW + 28 * DAY
    _, polls = polled(paper_at(21), 9, rhythm=rhythm, start=moved)
    complete = moved + 7 * DAY + 21 * HOUR + 5 * MINUTE
    assert min(poll for poll in polls if poll >= complete) - complete < 20 * MINUTE


def test_the_hours_are_those_of_the_clock_on_the_wall_in_summer_and_winter() -> None:
    zone = ZoneInfo("Europe/Berlin")
    rhythm = NOTHING
    for day in range(14):
        midnight = datetime(2026, 10, 5, tzinfo=zone) + day * DAY
        times = [midnight + 6 * HOUR + number * MINUTE for number in range(1, 30)]
        rhythm = observed(rhythm, since=midnight, until=midnight + DAY, times=times, zone=zone)
    summer, winter = (datetime(2026, month, 2, 6, 30, tzinfo=zone) for month in (10, 11))
    assert rate(rhythm, summer, zone) > 10
    assert rate(rhythm, winter, zone) == pytest.approx(rate(rhythm, winter + 7 * DAY, zone), rel=0.2)
    assert rate(rhythm, winter, zone) > 5 * rate(rhythm, winter + HOUR, zone)


def test_weekends_are_learned() -> None:
    rhythm = NOTHING
    for number in range(24 * 7 * 6):
        since = NOW + number * HOUR
        weekday = since.astimezone(ZONE).weekday() < 5
        rhythm = observed(rhythm, since=since, until=since + HOUR, times=[None] * (3 if weekday else 0), zone=ZONE)
    monday = NOW + 6 * 7 * DAY + 12 * HOUR
    assert rate(rhythm, monday, ZONE) > 10 * rate(rhythm, monday + 5 * DAY, ZONE)


def test_a_new_source_begins_with_the_rhythm_of_its_backlog() -> None:
    times = [NOW - day * DAY + 6 * HOUR + number * MINUTE for day in range(1, 8) for number in range(1, 8)]
    rhythm = observed(NOTHING, since=None, until=NOW, times=times, zone=ZONE)
    assert rate(rhythm, NOW + 6.5 * HOUR, ZONE) > 3
    assert rate(rhythm, NOW + 12 * HOUR, ZONE) < 0.1
    morning = NOW + 6 * HOUR
    assert poll_after(rhythm, NOW + 3 * HOUR) - morning < 30 * MINUTE


def test_a_pinned_item_of_years_ago_does_not_stretch_the_backlog() -> None:
    times = [NOW - number * 10 * MINUTE for number in range(1, 50)]
    with_pinned = observed(NOTHING, since=None, until=NOW, times=[*times, NOW - 900 * DAY], zone=ZONE)
    assert rate(with_pinned, NOW, ZONE) > 2


def test_a_backlog_without_times_teaches_nothing() -> None:
    assert observed(NOTHING, since=None, until=NOW, times=[None] * 500, zone=ZONE).hours_known == 0


def test_a_backlog_that_comes_in_parts_counts_its_hours_once() -> None:
    times = [NOW + 5 * MINUTE - number * HOUR for number in range(1, 200)]
    whole = observed(NOTHING, since=None, until=NOW, times=times, zone=ZONE)
    first = observed(NOTHING, since=None, until=NOW - 10 * MINUTE, times=times[::2], zone=ZONE)
    parts = observed(first, since=None, until=NOW, times=times[1::2], zone=ZONE)
    assert parts.hours_known == pytest.approx(whole.hours_known, rel=0.02)
    assert rate(parts, NOW, ZONE) == pytest.approx(rate(whole, NOW, ZONE), rel=0.4)


def test_dates_without_an_hour_do_not_make_a_rush_at_midnight() -> None:
    times = [NOW - day * DAY for day in range(1, 11) for _ in range(5)]
    for rhythm in (
        observed(NOTHING, since=None, until=NOW, times=times, zone=ZONE),
        observed(NOTHING, since=NOW - 10 * DAY, until=NOW, times=times, zone=ZONE),
    ):
        assert rate(rhythm, NOW, ZONE) == pytest.approx(rate(rhythm, NOW + 12 * HOUR, ZONE), rel=0.2)


def test_a_backlog_of_dates_without_hours_tells_how_much_comes_on_a_day() -> None:
    times = [NOW - day * DAY for day in range(4) for _ in range(24)]  # of the last, the list may show a part
    rhythm = observed(NOTHING, since=None, until=NOW + 12 * HOUR, times=times, zone=ZONE)
    assert rhythm.hours_known == pytest.approx(2.5 * 24, rel=0.05)
    assert rate(rhythm, NOW - HOUR, ZONE) == pytest.approx(1, rel=0.15)
    assert 1.2 < rate(rhythm, NOW + 6 * HOUR, ZONE) < 2  # today's came within half a day


def test_a_backlog_that_is_all_of_today_tells_of_today() -> None:
    rhythm = observed(NOTHING, since=None, until=NOW + 12 * HOUR, times=[NOW] * 24, zone=ZONE)
    assert rhythm.hours_known == pytest.approx(12, rel=0.05)
    assert rate(rhythm, NOW + 12 * HOUR, ZONE) == pytest.approx(2, rel=0.2)


def test_what_appears_late_counts_when_it_could_be_seen() -> None:
    said = observed(NOTHING, since=NOW, until=NOW + HOUR, times=[NOW - 5 * DAY, NOW + 9 * DAY], zone=ZONE)
    unsaid = observed(NOTHING, since=NOW, until=NOW + HOUR, times=[None, None], zone=ZONE)
    assert said == unsaid


def test_a_burst_shortens_the_interval_and_silence_stretches_it() -> None:
    usual = each_hour(NOTHING, 2, 24 * 21)
    at = NOW + 21 * DAY
    after_burst, after_silence = each_hour(usual, 20, 2, at), each_hour(usual, 0, 24 * 3, at)
    assert rate(after_burst, at + 2 * HOUR, ZONE) > 1.5 * rate(usual, at, ZONE)
    assert rate(after_silence, at + 3 * DAY, ZONE) < rate(usual, at, ZONE) / 3
    a_week_later = each_hour(after_burst, 2, 24 * 7, at + 2 * HOUR)
    assert rate(a_week_later, at + 7 * DAY + 2 * HOUR, ZONE) < 1.2 * rate(usual, at, ZONE)


def test_a_site_that_was_dead_for_a_month_is_asked_as_before_within_two_days() -> None:
    usual = each_hour(NOTHING, 3, 24 * 60)
    dead, _ = polled(nothing, 30, rhythm=usual, start=NOW + 60 * DAY)
    silent_wait = poll_after(dead, NOW + 90 * DAY) - (NOW + 90 * DAY)
    back = each_hour(dead, 3, 48, NOW + 90 * DAY)
    at = NOW + 92 * DAY
    assert silent_wait > HOUR
    assert poll_after(back, at) - at < 35 * MINUTE


def test_sources_of_one_rhythm_are_spread_a_tenth_to_either_side() -> None:
    rhythm = each_hour(NOTHING, 2, 24 * 21)
    waits = sorted(
        (poll_after(rhythm, NOW + 21 * DAY, name=f"source-{number}") - NOW - 21 * DAY) / MINUTE
        for number in range(1_000)
    )
    middle = waits[500]
    assert waits[0] == pytest.approx(0.9 * middle, rel=0.02)
    assert waits[-1] == pytest.approx(1.1 * middle, rel=0.02)
    assert max(later - sooner for sooner, later in pairwise(waits)) < middle * 0.01


def test_the_text_is_small_and_says_the_same() -> None:
    rng = random.Random(4)
    rhythm, at = NOTHING, NOW
    for _ in range(2_000):
        after = at + timedelta(seconds=rng.randint(60, 30_000))
        rhythm = observed(rhythm, since=at, until=after, times=[None] * rng.randint(0, 30), zone=ZONE)
        at = after
    text = rhythm.text()
    again = Rhythm.from_text(text)
    assert len(text) <= 4_096
    assert (poll_after(again, at) - at) / (poll_after(rhythm, at) - at) == pytest.approx(1, rel=0.01)
    assert Rhythm.from_text(again.text()) == again


def test_a_rhythm_that_goes_through_its_text_at_each_poll_forgets_as_it_should() -> None:
    kept, written = (each_hour(NOTHING, 8, 24 * 7) for _ in range(2))
    at = NOW + 7 * DAY
    while at < NOW + 120 * DAY:
        after = at + 4 * HOUR
        kept, written = (
            observed(rhythm, since=at, until=after, times=[None], zone=ZONE)
            for rhythm in (kept, Rhythm.from_text(written.text()))
        )
        at = after
    assert rate(written, at, ZONE) == pytest.approx(rate(kept, at, ZONE), rel=0.03)
    assert rate(written, at, ZONE) == pytest.approx(0.25, rel=0.3)


@pytest.mark.parametrize("text", [None, "", "[]", "null", "{}", '{"v": 2}', "1e999", "[" * 100_000, '{"v": 1}'])
def test_what_is_no_rhythm_is_one_that_knows_nothing(text: str | None) -> None:
    assert Rhythm.from_text(text) == NOTHING


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("items", [1] * 167),
        ("items", [-1] * 168),
        ("items", ["1"] * 168),
        ("items", [float("nan")] * 168),
        ("hours", [float("inf")] * 168),
        ("hours", 5),
        ("until", None),
        ("until", "now"),
        ("until", 1e300),
        ("anchor", -1e300),
        ("lately", [1]),
        ("lately", [float("nan"), 1]),
    ],
)
def test_a_text_that_was_tampered_with_is_one_that_knows_nothing(key: str, value: object) -> None:
    said = json.loads(each_hour(NOTHING, 1, 5).text())
    assert Rhythm.from_text(json.dumps({**said, key: value})) == NOTHING


def test_a_clock_that_was_set_back_ten_years_costs_nothing_that_was_learned() -> None:
    ahead = each_hour(NOTHING, 9, 24 * 14, NOW + 3_650 * DAY)
    back = observed(ahead, since=NOW, until=NOW + HOUR, times=[None] * 9, zone=ZONE)
    assert rate(back, NOW + HOUR, ZONE) == pytest.approx(9, rel=0.2)
    assert back.seen_until is not None
    assert back.seen_until <= (NOW + HOUR).timestamp()


def test_the_same_time_is_never_counted_twice() -> None:
    rhythm = each_hour(NOTHING, 2, 48)
    assert observed(rhythm, since=NOW, until=NOW + 2 * DAY, times=[None] * 4, zone=ZONE) == rhythm


def test_an_archive_that_comes_at_once_does_not_make_a_rhythm_of_thousands() -> None:
    flooded = observed(NOTHING, since=NOW, until=NOW + HOUR, times=[None] * 1_000_000, zone=ZONE)
    assert rate(flooded, NOW + HOUR, ZONE) < MOST_ITEMS * 6


MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
STEPS = st.tuples(st.none() | MOMENTS, MOMENTS, st.lists(st.none() | MOMENTS, max_size=5))


@settings(deadline=None, max_examples=50)
@given(st.lists(STEPS, max_size=4), MOMENTS, st.integers(10, 86_400 * 400), st.integers(0, 86_400 * 400))
def test_whatever_was_observed_the_next_poll_keeps_to_its_bounds_and_the_text_to_its_size(
    steps: list[tuple[datetime | None, datetime, list[datetime | None]]], at: datetime, floor: int, more: int
) -> None:
    rhythm = NOTHING
    for since, until, times in steps:
        rhythm = observed(rhythm, since=since, until=until, times=times, zone=ZONE)
    text = rhythm.text()
    assert len(text) <= 4_096
    least, most = timedelta(seconds=floor), timedelta(seconds=floor + more)
    for one in (rhythm, Rhythm.from_text(text)):
        assert least <= poll_after(one, at, floor=least, ceiling=most) - at <= most
        assert 0 < rate(one, at, ZONE) < 1e6
