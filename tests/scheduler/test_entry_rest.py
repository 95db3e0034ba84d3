from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.entry_rest import LASTING, EntryHistory, asked_at, choose

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def history(url: str = "feed", **values: Any) -> EntryHistory:
    """A named feed, known for two years, that was asked an hour ago and had news then."""
    usual = {
        "kind": "sitemap" if "sitemap" in url else "feed",
        "found_by": None,
        "first_seen_at": NOW - 730 * DAY,
        "last_checked_at": NOW - HOUR,
        "last_new_at": NOW - HOUR,
    }
    return EntryHistory(url=url, **{**usual, **values})


def rest(one: EntryHistory) -> timedelta:
    assert one.last_checked_at is not None
    return asked_at(one, NOW) - one.last_checked_at


def test_one_that_was_never_asked_is_asked_now() -> None:
    assert asked_at(history(last_checked_at=None), NOW) == NOW


def test_one_that_brings_something_is_asked_at_each_poll() -> None:
    for found_by in (None, "index", "robots", "page", "fallback"):
        assert asked_at(history("sitemap", found_by=found_by, last_checked_at=NOW), NOW) <= NOW


@pytest.mark.parametrize("reason", ["http_404", "http_410", "not_a_feed", "not_a_sitemap", "not_html", "off_site"])
def test_what_fails_for_good_rests_an_hour_then_twice_as_long_each_time_up_to_ninety_days(reason: str) -> None:
    rests = [rest(history(failures=count, last_reason=reason)) for count in range(1, 40)]
    assert rests[:3] == [HOUR, 2 * HOUR, 4 * HOUR]
    assert rests[-1] == 90 * DAY


@pytest.mark.parametrize("reason", ["http_500", "http_403", "timeout", "dns", "connection", None])
def test_what_fails_for_the_moment_rests_a_day_at_most(reason: str | None) -> None:
    assert rest(history(failures=1, last_reason=reason)) == HOUR
    assert rest(history(failures=500, last_reason=reason)) == DAY


@pytest.mark.parametrize(("dry", "expected"), [(29, 0), (30, 1), (90, 7), (180, 30), (365, 90), (3_000, 90)])
def test_a_sitemap_that_brings_nothing_rests_the_longer_the_longer_it_does(dry: int, expected: int) -> None:
    for one in (history("sitemap"), history("found", found_by="robots")):
        dried = EntryHistory(**{**_values(one), "last_new_at": NOW - dry * DAY})
        assert max(timedelta(0), asked_at(dried, NOW) - NOW) == max(timedelta(0), expected * DAY - HOUR)


def test_one_that_never_brought_anything_is_dry_since_it_was_first_seen() -> None:
    assert asked_at(history("sitemap", last_new_at=None, first_seen_at=NOW - 10 * DAY), NOW) <= NOW
    assert rest(history("sitemap", last_new_at=None, first_seen_at=NOW - 100 * DAY)) == 7 * DAY
    assert asked_at(history("sitemap", last_new_at=None, first_seen_at=None), NOW) <= NOW


def test_a_named_feed_that_is_alive_but_quiet_never_rests() -> None:
    quiet = history(last_new_at=NOW - 1_000 * DAY, last_checked_at=NOW)
    assert choose([quiet], NOW)[0] == {"feed"}


def test_a_check_that_a_wrong_clock_noted_is_not_waited_for() -> None:
    assert asked_at(history(failures=30, last_reason="http_404", last_checked_at=NOW + 400 * DAY), NOW) == NOW


def test_a_healthy_source_asks_what_is_awake_and_not_its_home() -> None:
    dead = history("old", failures=9, last_reason="http_404")
    dry = history("sitemap", last_new_at=NOW - 200 * DAY)
    assert choose([history(), dead, dry], NOW) == ({"feed"}, False)


def test_the_home_page_is_asked_as_well_once_every_entry_point_is_gone() -> None:
    assert choose([history(failures=1, last_reason="http_404")], NOW - HOUR / 2) == (set(), True)
    dead = [history(failures=9, last_reason="http_410"), history("sitemap", failures=20, last_reason="not_a_sitemap")]
    assert choose(dead, NOW) == (set(), True)
    assert choose(dead, NOW + 90 * DAY) == ({"feed", "sitemap"}, True)


def test_the_home_page_is_asked_as_well_once_all_entry_points_have_been_dry_for_a_month() -> None:
    assert choose([history(last_new_at=NOW - 40 * DAY)], NOW) == ({"feed"}, True)
    assert choose([history(last_new_at=NOW - 20 * DAY)], NOW) == ({"feed"}, False)


def test_the_home_page_is_asked_until_something_else_is_healthy_again() -> None:
    fallback = history("home", kind="listing", found_by="fallback")
    dead = history(failures=9, last_reason="http_404")
    assert choose([dead, fallback], NOW) == ({"home"}, True)
    assert choose([history(), fallback], NOW) == ({"feed", "home"}, False)


def test_a_short_outage_does_not_bring_the_home_page_in() -> None:
    for failures, needed in ((1, False), (2, False), (3, True)):
        assert choose([history(failures=failures, last_reason="timeout")], NOW)[1] is needed


def test_after_an_outage_of_days_everything_that_it_silenced_is_asked_as_soon_as_the_source_is() -> None:
    silenced = [
        history(url, failures=15, last_reason="http_503", last_checked_at=NOW - HOUR) for url in ("feed", "sitemap")
    ]
    assert choose(silenced, NOW)[0] == {"feed", "sitemap"}


def test_the_only_sitemap_of_a_quiet_source_is_asked_at_each_poll() -> None:
    dry = history("sitemap", last_new_at=NOW - 400 * DAY)
    older = history("sitemap-2", last_new_at=NOW - 500 * DAY)
    assert choose([older, dry, history(failures=9, last_reason="http_404")], NOW) == ({"sitemap"}, True)


def test_a_home_page_that_is_the_only_entry_point_is_asked_however_often_it_failed() -> None:
    home = history("home", kind="listing", failures=50, last_reason="http_404")
    assert choose([home], NOW)[0] == {"home"}


def test_an_index_lives_by_the_news_of_its_parts() -> None:
    index = history("sitemap-index", last_new_at=None)
    part = history("sitemap-news", found_by="index", parent="sitemap-part", last_new_at=NOW - HOUR)
    middle = history("sitemap-part", found_by="index", parent="sitemap-index", last_new_at=None)
    assert choose([index, middle, part], NOW) == ({"sitemap-index"}, False)
    assert choose([index, middle], NOW) == ({"sitemap-index"}, True)


def test_indexes_that_name_each_other_end() -> None:
    one, two = (
        history(f"sitemap-{url}", found_by=found, parent=f"sitemap-{parent}")
        for url, parent, found in (("a", "b", None), ("b", "a", "index"))
    )
    assert choose([one, two], NOW) == ({"sitemap-a"}, False)


def test_a_source_without_history_needs_nothing_yet() -> None:
    assert choose([], NOW) == (set(), False)


MOMENTS = st.none() | st.integers(-3_000, 10).map(lambda days: NOW + timedelta(days=days))
HISTORIES = st.builds(
    EntryHistory,
    url=st.sampled_from("abcde"),
    kind=st.sampled_from(["feed", "sitemap", "listing"]),
    found_by=st.sampled_from([None, "robots", "page", "fallback", "index"]),
    first_seen_at=MOMENTS,
    last_checked_at=MOMENTS,
    last_new_at=MOMENTS,
    failures=st.integers(0, 10**9),
    last_reason=st.sampled_from([None, "timeout", *LASTING]),
    parent=st.sampled_from([None, *"abcde"]),
)


@given(st.lists(HISTORIES, max_size=6, unique_by=lambda one: one.url))
def test_whatever_has_happened_a_source_has_something_to_ask(histories: list[EntryHistory]) -> None:
    own = [one for one in histories if one.found_by != "index"]
    asked, needs_fallback = choose(histories, NOW)
    assert asked <= {one.url for one in own}
    if any(one.found_by != "fallback" for one in own):
        assert asked or needs_fallback
    assert all(asked_at(one, NOW) <= NOW + timedelta(days=91) for one in own)


def _values(one: EntryHistory) -> dict[str, Any]:
    return {name: getattr(one, name) for name in EntryHistory.__slots__}
