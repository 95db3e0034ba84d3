from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import ledger
from storage.identity import key_hash
from storage.ledger import FIRST_RETRY, LONGEST_RETRY, MAX_ATTEMPTS, retry_at, site_of_key
from storage.rechecks import check_at

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
AGES = (HOUR, 6 * HOUR, 24 * HOUR)


def test_discovered_urls_are_pending_and_the_first_taken_are_on_loan(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1", "2", "3", taken=2))
    rows = [desk.url(name) for name in "123"]
    assert [row["state"] for row in rows] == ["pending"] * 3
    assert [row["lease_job"] for row in rows] == [desk.job, desk.job, None]
    assert [row["link_position"] for row in rows] == [0, 1, 2]
    assert {row["site"] for row in rows} == {"a.cn"}


def test_a_url_known_already_is_not_new_and_keeps_its_row(desk) -> None:
    desk.stored("1")
    before = tuple(desk.url("1"))
    desk.begin()
    desk.take(desk.discovered("1", "2", "2"))
    assert tuple(desk.url("1")) == before
    assert desk.end().discovered == 1


def test_an_empty_discovery_is_nothing_new(desk) -> None:
    desk.begin()
    desk.take(desk.discovered())
    assert desk.end().discovered == 0


def test_what_one_job_left_the_next_is_lent_oldest_first_and_no_more_than_its_limit(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1", "2", "3", taken=0))
    desk.end()
    desk.now += HOUR
    assert [page.key for page in desk.begin(limit=2)] == ["//a.cn/1", "//a.cn/2"]
    assert [page.key for page in desk.begin(limit=2)] == ["//a.cn/3"]
    assert desk.begin(limit=2) == ()


def test_a_page_request_says_what_is_known_of_the_page(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1"), desk.failed("1"))
    desk.now += FIRST_RETRY
    (page,) = desk.begin(limit=1)
    assert (page.url, page.key, page.attempt, page.digest) == ("https://a.cn/1", "//a.cn/1", 2, None)


def test_pending_urls_go_before_rechecks_and_rechecks_only_where_wanted(desk) -> None:
    desk.stored("old")
    desk.now += HOUR
    desk.begin()
    desk.take(desk.discovered("new", taken=0))
    desk.end()
    assert [page.key for page in desk.begin(limit=9)] == ["//a.cn/new"]
    desk.end()
    pending, stored = desk.begin(limit=9, rechecks=True)
    assert (pending.key, pending.digest) == ("//a.cn/new", None)
    assert stored.key == "//a.cn/old"
    assert stored.digest == desk.database.value("SELECT content_digest FROM article_revisions")


def test_a_source_is_lent_its_own_urls_only(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1", taken=0))
    desk.end()
    assert desk.begin(limit=9, source="b") == ()


def test_released_urls_are_free_and_still_pending(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1", "2"))
    ledger.release(desk.database, "another job")
    assert desk.url("1")["lease_job"] == desk.job
    ledger.release(desk.database, desk.job)
    assert (desk.url("1")["lease_job"], desk.url("1")["state"]) == (None, "pending")


def test_the_leases_of_a_dead_coordinator_are_freed_and_counted(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1", "2", "3", taken=2))
    assert ledger.release_all(desk.database) == 2
    assert ledger.release_all(desk.database) == 0


def test_known_are_the_hashes_of_every_url_of_the_sites(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1", "2"), desk.rejected("1"))
    known = ledger.known(desk.database, ["a.cn", "b.cn"], 0)
    assert {known[:8], known[8:]} == {key_hash("//a.cn/1"), key_hash("//a.cn/2")}
    assert ledger.known(desk.database, ["b.cn"], 0) == ledger.known(desk.database, [], 0) == b""


def test_retries_wait_twice_as_long_each_time_until_the_url_is_given_up() -> None:
    waits = []
    for attempts in range(1, MAX_ATTEMPTS):
        moment = retry_at(attempts, NOW)
        assert moment is not None
        waits.append((moment - NOW) // timedelta(minutes=1))
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 1280]
    assert retry_at(MAX_ATTEMPTS, NOW) is None
    assert retry_at(MAX_ATTEMPTS + 1, NOW, 60) is None


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        (1, FIRST_RETRY),
        (-5, FIRST_RETRY),
        (3_600, HOUR),
        (10**9, LONGEST_RETRY),
        (1e300, LONGEST_RETRY),
        (float("inf"), LONGEST_RETRY),
        (float("-inf"), FIRST_RETRY),
        (float("nan"), LONGEST_RETRY),
    ],
)
def test_a_server_may_ask_for_a_longer_wait_of_up_to_a_day(asked: float, waits: timedelta) -> None:
    assert retry_at(1, NOW, asked) == NOW + waits


@given(st.integers(1, 50), st.none() | st.floats())
def test_a_retry_always_lies_between_the_first_wait_and_the_longest(attempts: int, asked: float | None) -> None:
    moment = retry_at(attempts, NOW, asked)
    if attempts < MAX_ATTEMPTS:
        assert moment is not None
        assert NOW + FIRST_RETRY <= moment <= NOW + LONGEST_RETRY
    else:
        assert moment is None


@pytest.mark.parametrize(
    ("age", "due"),
    [
        (timedelta(0), HOUR),
        (HOUR - timedelta(seconds=1), HOUR),
        (HOUR, 6 * HOUR),
        (7 * HOUR, 24 * HOUR),
        (24 * HOUR, None),
        (999 * HOUR, None),
    ],
)
def test_an_article_is_checked_at_the_next_of_its_ages(age: timedelta, due: timedelta | None) -> None:
    assert check_at("k", NOW, NOW + age, AGES) == (None if due is None else NOW + due)


def test_an_article_without_ages_is_never_checked() -> None:
    assert check_at("k", NOW, NOW, ()) is None


@pytest.mark.parametrize(
    ("key", "site"),
    [
        ("//news.a.com.cn/x", "a.com.cn"),
        ("//a.cn:8080/x", "a.cn"),
        ("//127.0.0.1:8000/x", "127.0.0.1"),
        ("//[::1]:8000/x", "::1"),
        ("//[::1]/x", "::1"),
        ("//localhost/", "localhost"),
    ],
)
def test_the_site_of_a_key_is_its_registrable_domain_or_its_address(key: str, site: str) -> None:
    assert site_of_key(key) == site
