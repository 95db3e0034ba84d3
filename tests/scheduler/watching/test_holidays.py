from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.watching.holidays import country_of, day_kind


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Asia/Shanghai", "CN"),
        ("Asia/Urumqi", "CN"),
        ("PRC", "CN"),  # an old name of Shanghai's
        ("Asia/Hong_Kong", "HK"),
        ("Europe/Amsterdam", "NL"),  # the same clocks as Brussels, another country
        ("UTC", None),
        ("Mars/Olympus", None),
    ],
)
def test_a_zone_names_its_country_where_it_has_one(zone: str, country: str | None) -> None:
    assert country_of(zone) == country


def kinds(first: date, last: date, country: str | None) -> list[str]:
    days = (date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1))
    return [day_kind(day, country) for day in days]


def test_the_spring_festival_is_a_break_with_its_weekends_and_the_weekends_that_are_worked_for_it() -> None:
    # 2026: off from Sunday 15 February to Monday the 23rd; Saturday the 14th and the 28th are worked.
    assert kinds(date(2026, 2, 13), date(2026, 3, 1), "CN") == [
        "usual",
        "worked",
        *["holiday"] * 9,
        "edge",
        *["usual"] * 3,
        "worked",
        "usual",
    ]


def test_national_day_is_a_week_with_an_edge_on_either_side() -> None:
    assert kinds(date(2026, 9, 30), date(2026, 10, 8), "CN") == ["edge", *["holiday"] * 7, "edge"]


def test_a_single_holiday_has_no_edge_and_takes_in_the_weekend_that_it_touches() -> None:
    # The Dragon Boat Festival of 2026 is a Friday.
    assert kinds(date(2026, 6, 18), date(2026, 6, 22), "CN") == ["usual", "holiday", "holiday", "holiday", "usual"]


def test_a_break_that_ends_in_the_new_year_begins_in_the_old_one() -> None:
    assert kinds(date(2027, 12, 31), date(2028, 1, 3), "US")[:2] == ["holiday", "holiday"]


def test_nothing_is_a_holiday_where_the_country_is_unknown() -> None:
    assert kinds(date(2026, 2, 17), date(2026, 2, 17), None) == ["usual"]
    assert kinds(date(2026, 2, 17), date(2026, 2, 17), "XX") == ["usual"]


@given(st.dates(), st.sampled_from(["CN", "DE", "IR", "XX", "", None]))
def test_any_day_of_any_country_has_a_kind(day: date, country: str | None) -> None:
    assert day_kind(day, country) in {"usual", "holiday", "edge", "worked"}
