"""The answers that a host gives where there is nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage import chrome
from storage.error_pages import FORGOTTEN_AFTER, MOST_ADDRESSES, TELLING_REJECTIONS
from storage.records import PublicationTime, Validators, utc_text

HOUR = timedelta(hours=1)
GONE_AFTER = HOUR
SORRY, OTHER = b"sorry---", b"other---"
ETAG = Validators(etag='"1"')


def crawl(desk, *events: Any) -> None:
    desk.begin()
    desk.take(desk.discovered(*(event.key.rsplit("/", 1)[1] for event in events)))
    desk.take(*(desk.of_this_job(event) for event in events))
    desk.end()


def known(desk) -> bytes:
    return b"".join(host.error_pages for host in chrome.for_job(desk.database, 1))


def sorry(desk, name: str, fingerprint: bytes = SORRY) -> Any:
    return desk.extracted(name, f"抱歉{name}。", fingerprint=fingerprint, validators=ETAG)


def test_an_answer_that_three_addresses_give_is_an_error_page_and_travels_in_jobs(desk) -> None:
    crawl(desk, sorry(desk, "1"), sorry(desk, "2"), sorry(desk, "3", OTHER))
    assert known(desk) == b""
    crawl(desk, sorry(desk, "4"))
    assert known(desk) == SORRY


def test_one_address_that_gives_an_answer_thrice_is_one_address(desk) -> None:
    for _ in range(3):
        crawl(desk, sorry(desk, "1"))
        desk.now += 2 * HOUR
    assert known(desk) == b""


def test_hosts_have_error_pages_of_their_own(desk) -> None:
    crawl(desk, sorry(desk, "1"), sorry(desk, "2"))
    crawl(desk, desk.rejected("3", "too_short", host="b.a.cn", fingerprint=SORRY))
    assert known(desk) == b""


def test_what_became_articles_by_it_is_asked_for_again_and_is_gone_when_it_says_so_twice(desk) -> None:
    crawl(desk, sorry(desk, "1"), sorry(desk, "2"), desk.extracted("5", "一。", validators=ETAG))
    assert desk.url("1")["etag"] == '"1"'
    crawl(desk, sorry(desk, "3"), sorry(desk, "4"))
    for name in "1234":
        row = desk.url(name)
        assert (row["state"], row["etag"], row["next_at"]) == ("stored", None, utc_text(desk.now)), name
    assert desk.url("5")["etag"] == '"1"'
    for _ in range(2):
        desk.recheck(*(desk.rejected(n, "soft_404", host="a.cn", fingerprint=SORRY) for n in "1234"))
        desk.now += GONE_AFTER
    assert [row[0] for row in desk.database.rows("SELECT status FROM articles ORDER BY id")] == [
        "gone", "gone", "live", "gone", "gone",
    ]  # fmt: skip


def test_an_unchanged_answer_in_the_job_that_learned_it_does_not_end_the_look(desk) -> None:
    crawl(desk, sorry(desk, "1"))
    desk.now += HOUR
    desk.begin(limit=9, rechecks=True)
    desk.take(desk.discovered("2", "3"), sorry(desk, "2"), sorry(desk, "3"), desk.unchanged("1", validators=ETAG))
    desk.end()
    assert (desk.url("1")["etag"], desk.url("1")["next_at"]) == (None, utc_text(desk.now))


def test_addresses_that_lead_to_one_error_page_are_counted(desk) -> None:
    crawl(desk, *(desk.extracted(name, "抱歉。", to="404.html", fingerprint=SORRY) for name in "123"))
    assert known(desk) == SORRY
    assert desk.url("1")["next_at"] == utc_text(desk.now)


@pytest.mark.parametrize("where", ["head", "json-ld"])
def test_a_short_article_that_says_when_it_was_published_is_no_error_page(desk, make_article, where: str) -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    published = PublicationTime(at=at, precision="minute", raw="x", where=where)
    for name in "123":
        crawl(desk, desk.extracted(name, make_article(published=published), fingerprint=SORRY))
    assert known(desk) == b""


@pytest.mark.parametrize("where", ["link", "url"])
def test_a_time_that_only_the_link_or_the_address_names_makes_no_difference(desk, make_article, where: str) -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    published = PublicationTime(at=at, precision="day", raw="x", where=where)
    for name in "123":
        crawl(desk, desk.extracted(name, make_article(published=published), fingerprint=SORRY))
    assert known(desk) == SORRY


@pytest.mark.parametrize("reason", sorted(TELLING_REJECTIONS))
def test_rejected_pages_that_say_the_same_are_an_error_page(desk, reason: str) -> None:
    crawl(desk, *(desk.rejected(name, reason, host="a.cn", fingerprint=SORRY) for name in "123"))
    assert known(desk) == SORRY


@pytest.mark.parametrize("reason", ["captcha", "blocked_page", "maintenance", "login_wall", "script_shell", "listing"])
def test_a_wall_before_many_pages_is_not_an_error_page(desk, reason: str) -> None:
    crawl(desk, *(desk.rejected(name, reason, host="a.cn", fingerprint=SORRY) for name in "123"))
    assert known(desk) == b""


def test_an_error_page_is_forgotten_when_it_is_not_seen_any_more(desk) -> None:
    crawl(desk, *(sorry(desk, name) for name in "123"))
    desk.now += FORGOTTEN_AFTER + HOUR
    crawl(desk, sorry(desk, "4", OTHER))
    assert known(desk) == b""
    assert desk.database.value("SELECT count(*) FROM error_answers") == 1


def test_of_an_answer_no_more_addresses_are_remembered_than_it_takes(desk) -> None:
    crawl(desk, *(sorry(desk, str(name)) for name in range(MOST_ADDRESSES + 5)))
    assert desk.database.value("SELECT count(*) FROM error_answers") == MOST_ADDRESSES
    assert known(desk) == SORRY
