from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from scheduler.watching import silence
from scheduler.watching.silence import Quiet, place_of
from scheduler.watching.verdicts import HourFact, SourceVerdict, judge_source, wanted
from tests.scheduler.watching.lives import DAY, HOUR, START, ZONE, News, after, facts, hours, office, paper, weekly


def noticed(known: SourceVerdict, since: datetime, most_days: int, every: int = 1) -> float | None:
    """Hours of nothing new until the silence is told; None if it is not."""
    for row in hours(lambda _: 0, most_days, since, every):
        known = after([row], known, last_new_at=since)
        if known.state == "silent":
            return (row.hour + HOUR - since) / HOUR
    return None


@pytest.mark.parametrize(
    ("news", "weeks", "soonest", "latest"),
    [
        (office, 8, 8, 48),  # from Monday on: the second working day at the latest
        (paper, 8, 31, 72),
        (weekly, 40, 9 * 24, 24 * 24),  # the second Wednesday, as it has never missed one
    ],
)
def test_a_silence_is_told_when_it_is_no_chance(news: News, weeks: int, soonest: float, latest: float) -> None:
    known = after(hours(news, 7 * weeks))
    assert known.state == "ok"
    told = noticed(known, START + timedelta(weeks=weeks), 100)
    assert told is not None
    assert soonest <= told <= latest


def test_nights_and_weekends_are_no_silence() -> None:
    verdict = None
    for row in hours(office, 3 * 7):
        verdict = after([row], verdict)
        assert verdict.state == "ok", row.hour


def test_nobody_is_blamed_for_a_time_in_which_nobody_asked() -> None:
    known = after(hours(office, 56))
    later = START + 70 * DAY
    assert after([HourFact(hour=later, polls=1, new=5)], known).state == "ok"
    # And what was not asked for six weeks, and says nothing at once, is silent.
    assert after([HourFact(hour=later, polls=1, new=0)], known, last_new_at=START).state == "silent"


def test_a_dead_source_does_not_teach_that_silence_is_usual() -> None:
    known = after(hours(office, 56))
    week = known.week
    dead = after(hours(lambda _: 0, 100, START + 56 * DAY), known, last_new_at=START + 55 * DAY)
    assert dead.state == "silent"
    assert dead.week == week
    assert dead.findings[0].facts["hours"] == pytest.approx(101 * 24)
    back = after([HourFact(hour=START + 156 * DAY, polls=1, new=1)], dead)
    assert back.state == "ok"
    again = noticed(back, START + 156 * DAY + HOUR, 10)
    assert again is not None
    assert again <= 72


def test_what_was_learned_of_silence_is_forgotten_in_no_silence_however_long() -> None:
    quiet = silence.seen(Quiet(), hours(office, 56), START + 57 * DAY, place_of(ZONE, START))
    later = silence.seen(quiet, hours(lambda _: 0, 300, START + 56 * DAY), START + 356 * DAY, place_of(ZONE, START))
    assert later.week == quiet.week


def test_a_holiday_week_is_waited_for() -> None:
    first = datetime(2026, 12, 6, 16, tzinfo=UTC)  # Monday, two months before the Spring Festival of 2027

    def closed(at: datetime) -> int:
        day = at.astimezone(ZONE).date()
        return office(at) if not date(2027, 2, 5) <= day <= date(2027, 2, 11) else 0

    known = after(hours(closed, 60, first))
    verdict = known
    for row in hours(closed, 7.9, first + 60 * DAY):
        verdict = after([row], verdict, last_new_at=first + 59 * DAY)
        assert verdict.state == "ok", row.hour
    # The same days in a country that has no such week:
    assert after(hours(closed, 6.9, first + 60 * DAY), known, last_new_at=first, country="DE").state == "silent"


def test_a_source_that_works_in_the_holidays_is_missed_in_them() -> None:
    first = datetime(2026, 12, 6, 16, tzinfo=UTC)

    def always(at: datetime) -> int:
        return 3

    known = after(hours(always, 64, first, every=2))
    told = noticed(known, first + 64 * DAY, 2)
    assert told is not None
    assert told <= 24


def test_a_burst_says_no_more_than_one_article() -> None:
    def bursts(at: datetime) -> int:
        number = int(at.timestamp() // 3600)
        return 40 if number % 97 == 0 else number % 11 == 0

    known = after(hours(bursts, 56))
    told = noticed(known, START + 56 * DAY, 30)
    assert told is not None
    assert 50 <= told <= 200


def test_a_new_source_is_not_missed_before_it_is_known() -> None:
    known = after(hours(office, 2))
    assert noticed(known, START + 2 * DAY, 4) is None


def test_what_came_in_the_hour_that_has_not_ended_ends_the_silence() -> None:
    known = after(hours(office, 56))
    rows = hours(lambda _: 0, 7, START + 56 * DAY)
    now = rows[-1].hour + HOUR
    assert after(rows, known, last_new_at=START).state == "silent"
    assert after(rows, known, last_new_at=now).state == "ok"


def test_hours_are_counted_once_and_only_when_they_have_ended() -> None:
    rows = hours(office, 56)
    known = after(rows)
    assert after(rows, known).memory == known.memory
    asked = wanted(known.memory).hours_from
    assert asked == rows[-1].hour + HOUR
    running = HourFact(hour=asked, polls=3, new=9)
    quiet = silence.seen(Quiet(), [*rows, running], asked + HOUR / 2, place_of(ZONE, START))
    assert quiet.until * 3600 == asked.timestamp()


def test_a_clock_that_was_a_year_ahead_is_got_over() -> None:
    known = after(hours(office, 56))
    ahead = after(hours(office, 2, START + 400 * DAY), known)
    back = after(hours(office, 21, START + 57 * DAY), ahead)
    assert back.state == "ok"
    assert wanted(back.memory).hours_from == START + 78 * DAY
    told = noticed(back, START + 78 * DAY, 20)
    assert told is not None


def test_expected_articles_are_those_of_the_hours_between() -> None:
    week = [0.0] * 168
    week[9] = 2.0  # Mondays from nine to ten
    place = place_of(ZONE, START)
    assert silence.expected(week, START, START + DAY, place) == pytest.approx(2.0)
    assert silence.expected(week, START + 9.25 * HOUR, START + 9.75 * HOUR, place) == pytest.approx(1.0)
    assert silence.expected(week, START + DAY, START + 7 * DAY, place) == 0.0
    holiday = datetime(2026, 10, 4, 16, tzinfo=UTC)  # the Monday in National Day's week
    assert silence.expected(week, holiday, holiday + DAY, place) == pytest.approx(0.04)


def test_a_silence_tells_how_long_it_lasts_and_what_was_expected() -> None:
    known = after(hours(office, 56), week=tuple(float(office(START + cell * HOUR)) for cell in range(168)))
    rows = hours(lambda _: 0, 7, START + 56 * DAY)
    told = after(rows, known, last_new_at=START + 53 * DAY).findings[0]
    assert told.severity == "error"
    early = after(rows[:13], known, last_new_at=START + 53 * DAY).findings[0]
    assert early.severity == "warning"
    assert told.facts["since"] == "2026-08-20T16:00:00Z"
    assert told.facts["hours"] == 240.0
    assert told.facts["expected"] == pytest.approx(80.0, rel=0.05)
    assert told.facts["longest_hours"] >= 60
    assert json.dumps(dict(told.facts))


def test_a_source_whose_polls_fail_is_not_called_well_while_it_is_silent() -> None:
    known = after(hours(office, 56))
    now = START + 57 * DAY
    verdict = judge_source(facts(now, memory=known.memory, failures=1, last_new_at=now), now)
    assert "source_silent" in verdict.unsure
