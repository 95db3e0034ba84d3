import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.faults import StorageFault
from storage.ledger import FIRST_RETRY, LONGEST_RETRY, MAX_ATTEMPTS
from storage.records import (
    Candidate,
    Counts,
    Credit,
    Discovered,
    JobFinished,
    Observation,
    ObservedBlock,
    Outcome,
    PublicationTime,
    Validators,
    utc_text,
)
from storage.url_states import (
    BLOCKED_FOR,
    LONG_RETRY,
    MISSING_REJECTIONS,
    PASSING_REJECTIONS,
    STUBBORN_ATTEMPTS,
    STUBBORN_REJECTIONS,
    STUBBORN_RETRY,
)

HOUR = timedelta(hours=1)
GONE_AFTER = HOUR
MINUTE = timedelta(minutes=1)


# What is new


def test_an_extracted_page_is_an_article_with_all_its_facts(desk, make_article) -> None:
    published = PublicationTime(
        at=datetime(2026, 11, 22, 8, 5, tzinfo=timezone(8 * HOUR)),
        precision="minute",
        raw="2026年11月22日 08:05",
        where="head",
        offset_assumed=True,
    )
    credits_ = (
        Credit(role="reporter", name="张三", raw="记者 张三"),
        Credit(role="editor", name='李"四'),
        Credit(role="photographer", name="王五"),
    )
    found = desk.stored(
        "1",
        make_article(
            "第一段。\n\n第二段。",
            published=published,
            origin="新华社",
            origin_raw="来源：新华社",
            credits=credits_,
            lang="zh",
            script="Hans",
        ),
    )
    row = desk.article(found)
    assert (row["source"], row["url"], row["title"]) == ("a", "https://a.cn/1", "标题")
    assert row["text"] == "第一段。\n\n第二段。"
    assert (row["published_at"], row["published_local"]) == ("2026-11-22T00:05:00Z", "2026-11-22T08:05+08:00")
    assert (row["published_precision"], row["published_raw"]) == ("minute", "2026年11月22日 08:05")
    assert (row["origin"], row["lang"], row["script"]) == ("新华社", "zh", "Hans")
    assert json.loads(row["authors"]) == ["张三"]
    assert json.loads(row["editors"]) == ['李"四']
    assert json.loads(row["credits"])[0] == {
        "role": "reporter",
        "name": "张三",
        "raw": "记者 张三",
        "organisation": False,
        "found_in": "",
    }
    assert (row["revision"], row["status"], row["duplicate_of"]) == (1, "live", None)
    assert row["first_seen_at"] == row["fetched_at"] == row["checked_at"] == "2026-11-22T09:30:00Z"


def test_what_a_page_does_not_say_is_null_and_its_lists_are_empty(desk, make_article) -> None:
    row = desk.article(desk.stored("1", make_article(title=None)))
    for column in ("title", "published_at", "published_precision", "published_raw", "origin", "lang", "script"):
        assert row[column] is None
    assert row["authors"] == row["editors"] == row["credits"] == "[]"


def test_a_stored_page_keeps_its_validators_and_is_checked_at_its_first_age(desk) -> None:
    desk.begin()
    (_, noted) = desk.take(
        desk.discovered("1"), desk.extracted("1", validators=Validators(etag='"1"', last_modified="Sun"))
    )
    row = desk.url("1")
    assert (row["state"], row["etag"], row["last_modified"]) == ("stored", '"1"', "Sun")
    assert row["next_at"] == utc_text(desk.now + HOUR)
    assert (noted.outcome, noted.title, noted.revised) == (Outcome.STORED, "标题", False)


def test_the_checks_of_an_article_follow_its_ages_and_end(desk) -> None:
    desk.stored("1")
    start, gaps = desk.now, []
    while desk.url("1")["next_at"] is not None:
        desk.now = datetime.fromisoformat(desk.url("1")["next_at"])
        gaps.append((desk.now - start) // HOUR)
        desk.recheck(desk.unchanged("1"))
    assert gaps == [1, 6, 24, 72]
    assert desk.url("1")["state"] == "stored"


# Entry points


def test_an_entry_point_keeps_how_it_went_and_the_validators_of_its_last_good_answer(desk) -> None:
    desk.begin()
    desk.take(desk.checked("ok", validators=Validators(etag='"1"')))
    desk.begin()
    desk.take(desk.checked("failed", reason="timeout"))
    desk.begin()
    desk.take(desk.checked("failed", reason="http_error"))
    row = desk.database.row("SELECT * FROM entry_points")
    assert (row["last_status"], row["last_reason"], row["failures"], row["etag"]) == ("failed", "http_error", 2, '"1"')
    desk.begin()
    desk.take(desk.checked("unchanged"))
    row = desk.database.row("SELECT * FROM entry_points")
    assert (row["last_status"], row["last_reason"], row["failures"], row["etag"]) == ("unchanged", None, 0, '"1"')
    assert row["last_checked_at"] == utc_text(desk.now)


def test_an_entry_point_keeps_how_many_links_its_last_read_answer_had(desk) -> None:
    for status, links, new in (("ok", 7, 2), ("unchanged", 0, 0), ("failed", 0, 0)):
        desk.begin()
        desk.take(desk.checked(status, links=links, new=new, detail="what was said"))
        row = desk.database.row("SELECT last_links, last_new, last_detail FROM entry_points")
        assert tuple(row) == (7, 2, "what was said")


def test_a_part_of_a_sitemap_index_becomes_an_entry_point(desk) -> None:
    desk.begin()
    desk.take(desk.checked("ok", url="https://a.cn/part-1.xml"))
    assert tuple(desk.database.row("SELECT kind, url FROM entry_points")) == ("sitemap", "https://a.cn/part-1.xml")


# Revisions and copies


def test_new_text_at_the_same_address_is_revision_two_and_the_first_is_kept(desk) -> None:
    found = desk.stored("1", "旧的。")
    desk.now += HOUR
    desk.recheck(desk.extracted("1", "新的。"))
    row = desk.article(found)
    assert (row["revision"], row["text"]) == (2, "新的。")
    assert (row["first_seen_at"], row["fetched_at"]) == ("2026-11-22T09:30:00Z", "2026-11-22T10:30:00Z")
    texts = desk.database.rows("SELECT text FROM article_texts ORDER BY revision_id")
    assert [text[0] for text in texts] == ["旧的。", "新的。"]
    assert desk.changes(found) == ["insert", "revise"]


def test_the_same_content_again_is_unchanged_and_no_revision(desk) -> None:
    found = desk.stored("1")
    desk.now += HOUR
    assert desk.recheck(desk.extracted("1")).unchanged == 1
    assert (desk.article(found)["revision"], desk.article(found)["checked_at"]) == (1, utc_text(desk.now))
    assert desk.changes() == ["insert"]


def test_the_same_text_at_other_addresses_points_at_the_first_and_never_in_a_chain(desk) -> None:
    first, second, third = (desk.stored(name) for name in "123")
    assert [desk.article(found)["duplicate_of"] for found in (first, second, third)] == [None, first, first]
    assert desk.changes(third) == ["insert", "link"]


def test_a_copy_that_is_edited_is_a_copy_no_more(desk) -> None:
    first, copy = desk.stored("1"), desk.stored("2")
    desk.now += HOUR
    desk.recheck(desk.unchanged("1"), desk.extracted("2", "自己的。"))
    assert desk.article(copy)["duplicate_of"] is None
    desk.now += 6 * HOUR
    desk.recheck(desk.unchanged("1"), desk.extracted("2"))
    assert desk.article(copy)["duplicate_of"] == first
    assert desk.changes(copy) == ["insert", "link", "revise", "link", "revise", "link"]


def test_the_first_copy_of_an_original_that_is_edited_becomes_the_original(desk) -> None:
    first, second, third = (desk.stored(name) for name in "123")
    desk.now += HOUR
    desk.recheck(desk.extracted("1", "改了。"))
    assert [desk.article(found)["duplicate_of"] for found in (first, second, third)] == [None, None, second]
    assert desk.changes(second) == desk.changes(third) == ["insert", "link", "link"]


def test_an_original_that_becomes_a_copy_makes_no_chain(desk) -> None:
    first, other, copy = desk.stored("1"), desk.stored("2", "别的。"), desk.stored("3")
    desk.now += HOUR
    desk.recheck(desk.extracted("1", "别的。"))
    assert [desk.article(found)["duplicate_of"] for found in (first, other, copy)] == [other, None, None]


def test_an_edit_of_form_only_is_a_revision_that_keeps_its_copies(desk) -> None:
    first, copy = desk.stored("1"), desk.stored("2")
    desk.now += HOUR
    assert desk.recheck(desk.extracted("1", "正文！")).revised == 1
    assert (desk.article(first)["duplicate_of"], desk.article(copy)["duplicate_of"]) == (None, first)
    assert desk.changes(copy) == ["insert", "link"]


# Redirects


def test_a_redirect_to_a_known_article_is_an_alias_and_asked_no_more(desk) -> None:
    found = desk.stored("1")
    desk.begin()
    (_, noted) = desk.take(desk.discovered("2"), desk.extracted("2", "什么都行。", to="1"))
    assert (noted.outcome, noted.reason) == (Outcome.DUPLICATE, "same_address")
    row = desk.url("2")
    assert (row["state"], row["article_id"], row["next_at"]) == ("alias", found, None)
    assert desk.changes() == ["insert"]


def test_a_redirect_to_an_unknown_address_is_an_article_under_that_address_and_can_be_revised(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("old"), desk.extracted("old", to="new"))
    found = desk.url("old")["article_id"]
    assert desk.article(found)["url"] == "https://a.cn/new"
    desk.now += HOUR
    assert desk.recheck(desk.extracted("old", "改了。", to="new")).revised == 1
    assert (desk.article(found)["text"], desk.url("old")["state"]) == ("改了。", "stored")
    assert desk.url("old")["next_at"] is not None


def test_the_target_of_a_redirect_that_is_discovered_later_is_the_same_article(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("old"), desk.extracted("old", to="new"))
    desk.take(desk.discovered("new"), desk.extracted("new"))
    assert desk.end().unchanged == 1
    assert desk.url("old")["article_id"] == desk.url("new")["article_id"]
    assert desk.database.value("SELECT count(*) FROM articles") == 1


def test_a_redirect_that_ends_does_not_end_an_article_that_lives_elsewhere(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("old"), desk.extracted("old", to="new"))
    desk.take(desk.discovered("new"), desk.extracted("new"))
    desk.end()
    desk.lose("old")
    assert desk.article(desk.url("new")["article_id"])["status"] == "live"
    assert desk.url("old")["state"] == "gone"
    desk.now += 4 * HOUR
    desk.lose("new")
    assert desk.article(desk.url("new")["article_id"])["status"] == "gone"


# Rejections


def test_a_page_that_is_no_article_is_rejected_for_good_with_its_reason(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1"), desk.rejected("1", "no_text", detail="3 characters", http_status=200))
    row = desk.database.row("SELECT * FROM rejections")
    assert (row["state"], row["reason"], row["detail"]) == ("rejected", "no_text", "3 characters")
    assert (row["http_status"], row["next_at"]) == (200, None)


@pytest.mark.parametrize("reason", sorted(PASSING_REJECTIONS))
def test_a_rejection_of_the_moment_is_asked_again_like_a_failure(desk, reason: str) -> None:
    desk.begin()
    (_, noted) = desk.take(desk.discovered("1"), desk.rejected("1", reason))
    assert noted.outcome is Outcome.REJECTED
    row = desk.url("1")
    assert (row["state"], row["attempts"], row["next_at"]) == ("pending", 1, utc_text(desk.now + FIRST_RETRY))


def test_a_block_that_lasts_does_not_end_an_address_before_its_news_is_old(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1"), desk.rejected("1", "captcha"))
    desk.end()
    start, waits = desk.now, []
    while desk.url("1")["next_at"] is not None:
        waits.append(datetime.fromisoformat(desk.url("1")["next_at"]) - desk.now)
        desk.now += waits[-1]
        desk.recheck(desk.rejected("1", "captcha"))
    assert waits[: MAX_ATTEMPTS - 1] == [min(FIRST_RETRY * 2**n, LONGEST_RETRY) for n in range(MAX_ATTEMPTS - 1)]
    assert set(waits[MAX_ATTEMPTS - 1 :]) == {LONG_RETRY}
    assert BLOCKED_FOR <= desk.now - start < BLOCKED_FOR + LONG_RETRY
    assert (desk.url("1")["state"], desk.url("1")["reason"]) == ("failed", "captcha")


def test_an_address_that_was_blocked_is_stored_as_soon_as_it_answers(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1"), desk.rejected("1", "captcha"))
    desk.end()
    desk.now += FIRST_RETRY
    assert desk.recheck(desk.extracted("1")).stored == 1
    assert (desk.url("1")["state"], desk.url("1")["attempts"], desk.url("1")["reason"]) == ("stored", 0, None)


@pytest.mark.parametrize("reason", sorted(STUBBORN_REJECTIONS))
def test_a_wall_that_mostly_stays_is_asked_again_twice_a_day_apart(desk, reason: str) -> None:
    desk.begin()
    desk.take(desk.discovered("1"), desk.failed("1"), desk.failed("1"))
    desk.end()
    desk.now += FIRST_RETRY
    for attempt in range(1, STUBBORN_ATTEMPTS):
        desk.recheck(desk.rejected("1", reason))
        assert (desk.url("1")["state"], desk.url("1")["attempts"]) == ("pending", attempt)
        assert desk.url("1")["next_at"] == utc_text(desk.now + STUBBORN_RETRY)
        desk.now += STUBBORN_RETRY
    desk.recheck(desk.rejected("1", reason))
    assert (desk.url("1")["state"], desk.url("1")["reason"], desk.url("1")["next_at"]) == ("rejected", reason, None)


def test_an_address_that_is_itself_a_private_one_is_not_asked_again(desk) -> None:
    """Not so a name that resolves to one: forged answers of name servers pass."""
    desk.begin()
    private = Candidate(url="http://127.0.0.1/1.html", key="//127.0.0.1/1.html", position=0)
    found = desk.discovered("1")
    desk.take(replace(found, candidates=(*found.candidates, private), taken=2))
    desk.take(
        desk.rejected("1", "blocked_address"), replace(desk.rejected("1", "blocked_address"), key=private.key, number=9)
    )
    rows = desk.database.rows("SELECT url, state, next_at IS NULL AS never FROM urls ORDER BY url")
    assert [tuple(row) for row in rows] == [
        ("http://127.0.0.1/1.html", "rejected", 1), ("https://a.cn/1", "pending", 0)
    ]  # fmt: skip


FINAL_REASONS = (
    "listing", "gallery", "video", "advert", "too_short", "no_text", "empty", "not_html", "undecodable", "too_complex",
)  # fmt: skip
WALLS = sorted(PASSING_REJECTIONS | STUBBORN_REJECTIONS)


@pytest.mark.parametrize("reason", FINAL_REASONS)
def test_what_will_never_be_an_article_is_not_asked_again(desk, reason: str) -> None:
    desk.begin()
    desk.take(desk.discovered("1"), desk.rejected("1", reason))
    assert (desk.url("1")["state"], desk.url("1")["reason"], desk.url("1")["next_at"]) == ("rejected", reason, None)


@pytest.mark.parametrize("reason", sorted(MISSING_REJECTIONS))
def test_an_address_that_says_in_words_that_nothing_is_there_is_asked_once_more(desk, reason: str) -> None:
    desk.begin()
    desk.take(desk.discovered("1"), desk.rejected("1", reason))
    desk.end()
    assert (desk.url("1")["state"], desk.url("1")["next_at"]) == ("pending", utc_text(desk.now + GONE_AFTER))
    desk.now += GONE_AFTER
    desk.recheck(desk.rejected("1", reason))
    assert (desk.url("1")["state"], desk.url("1")["reason"], desk.url("1")["next_at"]) == ("gone", reason, None)


@pytest.mark.parametrize("reason", sorted(MISSING_REJECTIONS))
def test_an_article_is_gone_when_its_page_has_said_so_for_an_hour(desk, reason: str) -> None:
    found = desk.stored("1")
    desk.now += HOUR
    desk.recheck(desk.rejected("1", reason))
    assert (desk.article(found)["status"], desk.url("1")["missing_since"]) == ("live", utc_text(desk.now))
    desk.now += GONE_AFTER
    desk.recheck(desk.rejected("1", reason))
    assert (desk.article(found)["status"], desk.article(found)["text"]) == ("gone", "正文。")


@pytest.mark.parametrize("reason", WALLS)
def test_a_wall_says_nothing_of_an_article_that_was_missing_before_or_is_gone(desk, reason: str) -> None:
    found = desk.stored("1")
    missing = desk.rejected("1", "deleted")
    statuses = []
    for event in (missing, desk.rejected("1", reason), missing):
        desk.now = datetime.fromisoformat(desk.url("1")["next_at"])
        desk.recheck(event)
        statuses.append(desk.article(found)["status"])
    assert statuses == ["live", "live", "gone"]
    desk.now = datetime.fromisoformat(desk.url("1")["next_at"])
    desk.recheck(desk.rejected("1", reason))
    assert (desk.article(found)["status"], desk.url("1")["state"]) == ("gone", "gone")


@pytest.mark.parametrize("reason", WALLS)
def test_the_last_look_at_an_article_is_made_up_for_if_a_wall_stood_before_it(desk, reason: str) -> None:
    desk.stored("1")
    desk.now += 72 * HOUR
    desk.recheck(desk.rejected("1", reason))
    assert (desk.url("1")["state"], desk.url("1")["next_at"]) == ("stored", utc_text(desk.now + FIRST_RETRY))
    desk.now += FIRST_RETRY
    desk.recheck(desk.unchanged("1"))
    assert desk.url("1")["next_at"] is None


@pytest.mark.parametrize("reason", [*FINAL_REASONS, *WALLS])
def test_an_article_stays_whatever_its_address_says_today(desk, reason: str) -> None:
    found = desk.stored("1")
    before = tuple(desk.article(found))
    desk.now += HOUR
    assert desk.recheck(desk.rejected("1", reason, detail="captcha")).rejected == 1
    assert tuple(desk.article(found)) == before
    row = desk.url("1")
    assert (row["state"], row["reason"], row["next_at"]) == ("stored", reason, utc_text(desk.now + 5 * HOUR))


def test_an_article_is_gone_when_404_has_lasted_an_hour(desk) -> None:
    found = desk.stored("1")
    desk.now += HOUR
    desk.recheck(desk.rejected("1", "not_found", http_status=404))
    assert (desk.article(found)["status"], desk.url("1")["state"]) == ("live", "stored")
    assert desk.url("1")["next_at"] == utc_text(desk.now + GONE_AFTER)
    desk.now += GONE_AFTER
    desk.recheck(desk.rejected("1", "not_found", http_status=404))
    assert (desk.article(found)["status"], desk.article(found)["text"]) == ("gone", "正文。")
    assert desk.changes() == ["insert", "gone"]


def test_a_failure_in_between_does_not_forget_since_when_an_article_is_missing(desk) -> None:
    found = desk.stored("1")
    for event in (
        desk.rejected("1", "not_found", http_status=404),
        desk.failed("1", http_status=503),
        desk.rejected("1", "not_found", http_status=404),
    ):
        desk.now += HOUR
        desk.recheck(event)
    assert desk.article(found)["status"] == "gone"


def test_a_page_that_answers_in_between_starts_the_hour_anew(desk) -> None:
    found = desk.stored("1")
    missing = desk.rejected("1", "not_found", http_status=404)
    for event, hours in ((missing, 1), (desk.unchanged("1"), 1), (missing, 4)):
        desk.now += hours * HOUR
        desk.recheck(event)
    assert desk.article(found)["status"] == "live"
    assert desk.url("1")["missing_since"] == utc_text(desk.now)


def test_an_article_is_gone_when_its_address_has_said_410_for_long_enough(desk) -> None:
    found = desk.stored("1")
    desk.lose("1")
    assert (desk.article(found)["status"], desk.url("1")["state"]) == ("gone", "gone")


@pytest.mark.parametrize(("text", "kinds"), [("正文。", ["back"]), ("改了。", ["back", "revise"])])
def test_a_gone_article_is_asked_for_again_at_its_ages_and_may_be_back(desk, text: str, kinds: list[str]) -> None:
    found = desk.stored("1")
    desk.lose("1")
    desk.now += 4 * HOUR
    desk.recheck(desk.extracted("1", text))
    assert (desk.article(found)["status"], desk.url("1")["state"]) == ("live", "stored")
    assert desk.changes() == ["insert", "gone", *kinds]


@pytest.mark.parametrize("http_status", [410, 200, 503])
def test_a_gone_article_that_does_not_answer_stays_gone(desk, http_status: int) -> None:
    found = desk.stored("1")
    desk.lose("1")
    desk.now += 4 * HOUR
    again = desk.failed if http_status == 503 else desk.rejected
    desk.recheck(again("1", "whatever", http_status=http_status))
    assert (desk.article(found)["status"], desk.url("1")["state"]) == ("gone", "gone")
    assert desk.changes() == ["insert", "gone"]


def test_a_page_never_stored_that_is_missing_is_asked_once_more_after_an_hour(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1"), desk.rejected("1", "not_found", http_status=404))
    desk.end()
    assert (desk.url("1")["state"], desk.url("1")["next_at"]) == ("pending", utc_text(desk.now + GONE_AFTER))
    desk.now += GONE_AFTER
    desk.recheck(desk.rejected("1", "not_found", http_status=404))
    assert (desk.url("1")["state"], desk.url("1")["next_at"]) == ("gone", None)


def test_a_page_never_stored_is_gone_when_its_address_has_said_410_for_long_enough(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1"), desk.rejected("1", "gone", http_status=410))
    desk.end()
    desk.now += GONE_AFTER
    desk.recheck(desk.rejected("1", "gone", http_status=410))
    assert (desk.url("1")["state"], desk.url("1")["next_at"], desk.changes()) == ("gone", None, [])


# Failures


def test_a_failed_page_is_asked_again_later_and_later_until_it_is_given_up(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1"), desk.failed("1"))
    desk.end()
    for attempts in range(1, MAX_ATTEMPTS):
        assert (desk.url("1")["state"], desk.url("1")["attempts"]) == ("pending", attempts)
        desk.now = datetime.fromisoformat(desk.url("1")["next_at"])
        desk.recheck(desk.failed("1", detail="no answer"))
    row = desk.database.row("SELECT * FROM rejections")
    assert (row["state"], row["attempts"], row["next_at"]) == ("failed", MAX_ATTEMPTS, None)
    assert (row["reason"], row["detail"]) == ("timeout", "no answer")


@pytest.mark.parametrize(
    ("asked", "waits"), [(60.0, FIRST_RETRY), (7_200.0, 2 * HOUR), (1e9, LONGEST_RETRY), (float("inf"), LONGEST_RETRY)]
)
def test_a_page_is_left_alone_as_long_as_its_server_asks_within_reason(desk, asked: float, waits: timedelta) -> None:
    desk.begin()
    desk.take(desk.discovered("1"), desk.failed("1", http_status=429, retry_after_seconds=asked))
    assert desk.url("1")["next_at"] == utc_text(desk.now + waits)


def test_a_page_that_breaks_its_extractor_twice_is_given_up(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1"), desk.failed("1", "extraction_crashed", poison=True))
    assert desk.url("1")["state"] == "pending"
    desk.end()
    desk.now += FIRST_RETRY
    desk.recheck(desk.failed("1", "extraction_crashed", poison=True))
    assert (desk.url("1")["state"], desk.url("1")["next_at"]) == ("failed", None)


def test_a_page_that_breaks_its_extractor_after_other_failures_has_another_chance(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1"), desk.failed("1"))
    desk.end()
    desk.now += FIRST_RETRY
    desk.recheck(desk.failed("1", "extraction_crashed", poison=True))
    assert desk.url("1")["state"] == "pending"


def test_an_article_whose_checks_fail_stays_and_its_failures_are_forgotten_when_it_answers(desk) -> None:
    found = desk.stored("1")
    desk.now += HOUR
    desk.recheck(desk.failed("1"))
    row = desk.url("1")
    assert (row["state"], row["attempts"], row["next_at"]) == ("stored", 1, utc_text(desk.now + FIRST_RETRY))
    desk.now += FIRST_RETRY
    desk.recheck(desk.unchanged("1"))
    assert (desk.url("1")["attempts"], desk.url("1")["reason"]) == (0, None)
    assert desk.article(found)["checked_at"] == utc_text(desk.now)


def test_an_unchanged_page_that_was_never_stored_is_a_failure(desk) -> None:
    desk.begin()
    (_, noted) = desk.take(desk.discovered("1"), desk.unchanged("1"))
    assert (noted.outcome, noted.reason) == (Outcome.FAILED, "unchanged_unknown")
    assert (desk.url("1")["state"], desk.url("1")["article_id"]) == ("pending", None)
    assert desk.end().failed == 1


# What comes twice, late, or from nowhere


def test_events_of_a_job_that_nobody_runs_are_ignored(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1"))
    before = desk.digest()
    lease = desk.leases.pop(desk.job)
    noted = desk.take(
        desk.discovered("2"), desk.checked(), desk.extracted("1"), JobFinished(job_id=desk.job, number=1, reason="x")
    )
    assert all(one.outcome is None and one.result is None for one in noted)
    assert desk.digest() == before
    desk.leases[desk.job] = lease


def test_a_page_event_without_its_lease_is_ignored(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1", "2", taken=1))
    before = desk.digest()
    desk.take(desk.extracted("2"), desk.extracted("unknown"), replace(desk.extracted("1"), job_id="other"))
    assert desk.digest() == before


def test_a_job_that_lost_its_lease_to_another_changes_nothing(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1"))
    late = desk.extracted("1", "迟到的。")
    desk.end("timeout")
    desk.begin(limit=1)
    desk.take(late)
    assert desk.url("1")["state"] == "pending"
    assert desk.url("1")["lease_job"] == desk.job


def test_events_that_come_after_the_end_of_their_job_in_one_batch_change_nothing(desk) -> None:
    desk.begin()
    finished = JobFinished(job_id=desk.job, number=9, reason="finished")
    late = (desk.discovered("2"), desk.checked("failed"), desk.extracted("1"), finished)
    desk.take(desk.discovered("1"), finished)
    before = desk.digest()
    desk.take(finished, *late)
    assert desk.digest() == before
    desk.begin()
    finished = replace(finished, job_id=desk.job)
    desk.take(finished, *(replace(event, job_id=desk.job) for event in late))
    assert desk.ended[-1].discovered == desk.ended[-1].entries_failed == 0
    assert desk.database.value("SELECT discovered FROM run_sources WHERE job_id = ?", (desk.job,)) == 0


NAMES = st.sampled_from(["1", "2", "3", "4"])
TEXTS = st.sampled_from(["一。", "二。", "三。", "一！"])
FINGERPRINTS = st.sampled_from([b"errorone", b"errortwo"])
BLOCKS = st.builds(
    ObservedBlock, key=st.sampled_from([b"blockone", b"blocktwo"]), text=TEXTS.map(lambda t: t * 9), kept=st.booleans()
)
OBSERVED = st.builds(
    Observation, host=st.just("a.cn"), blocks=st.lists(BLOCKS, max_size=2, unique_by=lambda b: b.key).map(tuple)
)
COUNTS = st.builds(Counts, reads=st.none() | st.integers(-1, 3), comments=st.none() | st.integers(0, 2**70))
PAGES = st.one_of(
    st.tuples(
        st.just("extracted"),
        NAMES,
        st.fixed_dictionaries(
            {"of": TEXTS}, optional={"to": NAMES, "observed": OBSERVED, "fingerprint": FINGERPRINTS}
        ),
    ),
    st.tuples(st.just("unchanged"), NAMES, st.fixed_dictionaries({}, optional={"counts": COUNTS})),
    st.tuples(
        st.just("rejected"),
        NAMES,
        st.fixed_dictionaries(
            {
                "reason": st.sampled_from(["no_text", "blocked_page", "login_wall", "soft_404"]),
                "http_status": st.sampled_from([None, 200, 404, 410]),
            },
            optional={"host": st.just("a.cn"), "fingerprint": FINGERPRINTS},
        ),
    ),
    st.tuples(
        st.just("failed"),
        NAMES,
        st.fixed_dictionaries({"poison": st.booleans(), "retry_after_seconds": st.none() | st.floats()}),
    ),
)
OTHERS = st.one_of(
    st.tuples(st.just("discovered"), st.lists(NAMES, max_size=4), st.integers(0, 4)),
    st.tuples(st.just("checked"), st.sampled_from(["ok", "unchanged", "failed"]), st.just({})),
)
ROUNDS = st.lists(st.tuples(st.integers(0, 30), st.lists(PAGES | OTHERS, max_size=10)), min_size=1, max_size=5)


def event_of(desk, kind: str, subject: Any, values: Any) -> Any:
    if kind == "discovered":
        return desk.discovered(*subject, taken=values)
    return getattr(desk, kind)(subject, **values)


def play(desk, rounds, replays=None) -> list[Any]:
    """Runs one job a round. `replays`: draws which earlier events come again, and how the events are batched."""
    history: list[Any] = []
    sums = []
    for hours, steps in rounds:
        desk.now += hours * HOUR
        desk.begin(limit=3, rechecks=True)
        # A worker sends no event of a page before its discovery is committed.
        ordered = sorted(steps, key=lambda step: step[0] != "discovered")
        events = [desk.discovered("1", "2", "3", taken=2), *(event_of(desk, *step) for step in ordered)]
        if replays is None:
            for event in events:
                desk.take(event)
        else:
            at = 0
            while at < len(events):
                size = replays.draw(st.integers(1, 5))
                history += events[at : at + size]
                again = replays.draw(st.lists(st.sampled_from(history), max_size=4))
                desk.take(*events[at : at + size], *again)
                at += size
        sums.append(desk.end())
    return sums


# The parts of the search index, of which each transaction makes one; what is in them is tests/storage/search's.
INDEX = ("article_fts_data", "article_fts_idx")
FRESH = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FRESH
@given(rounds=ROUNDS, replays=st.data())
def test_events_that_come_again_or_late_in_any_batches_change_nothing(make_desk, rounds, replays) -> None:
    once, often = make_desk(), make_desk()
    assert play(once, rounds) == play(often, rounds, replays)
    assert once.digest(INDEX) == often.digest(INDEX)


@FRESH
@given(rounds=ROUNDS)
def test_whatever_comes_the_sums_agree_and_the_file_is_sound(make_desk, rounds) -> None:
    desk = make_desk()
    for result in play(desk, rounds):
        outcomes = (result.stored, result.unchanged, result.duplicate, result.rejected, result.failed, result.pending)
        assert result.discovered == sum(outcomes)
        assert result.revised <= result.stored
    ask = desk.database.value
    assert ask("SELECT count(*) FROM urls WHERE lease_job IS NOT NULL") == 0
    assert ask("SELECT count(*) FROM urls WHERE state = 'pending' AND next_at IS NULL") == 0
    assert ask("SELECT count(*) FROM urls WHERE (state IN ('stored', 'alias')) > (article_id IS NOT NULL)") == 0
    assert ask("SELECT count(*) FROM article_heads") == ask("SELECT count(*) FROM articles")
    assert ask("SELECT count(*) FROM changes WHERE op IN ('insert', 'revise')") == ask(
        "SELECT count(*) FROM article_revisions"
    )
    roots = "SELECT count(*) FROM article_heads WHERE duplicate_of IS NULL"
    assert ask(roots) == ask("SELECT count(DISTINCT text_digest) FROM article_heads")
    assert (
        ask(
            "SELECT count(*) FROM article_heads c JOIN article_heads o ON o.id = c.duplicate_of"
            " WHERE o.duplicate_of IS NOT NULL OR o.text_digest <> c.text_digest"
        )
        == 0
    )
    assert desk.database.rows("PRAGMA foreign_key_check") == []
    seqs = [row[0] for row in desk.database.rows("SELECT seq FROM change_log ORDER BY rowid")]
    assert seqs == sorted(set(seqs))


# Faults


def test_a_fault_in_the_middle_of_a_batch_leaves_nothing_of_it(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1", "2"))
    fault = "CREATE TRIGGER broken BEFORE INSERT ON change_log BEGIN SELECT nowhere FROM nothing_there; END"
    desk.database.execute(fault)
    before = desk.digest()
    batch = (desk.rejected("1"), desk.discovered("3"), desk.extracted("2"))
    with pytest.raises(StorageFault, match="nothing_there"):
        desk.take(*batch)
    assert desk.digest() == before
    desk.database.execute("DROP TRIGGER broken")
    assert [noted.outcome for noted in desk.take(*batch)] == [Outcome.REJECTED, None, Outcome.STORED]
    assert desk.end().discovered == 3


def test_a_full_disk_leaves_nothing_of_a_batch_and_it_goes_in_when_there_is_room(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1", "2"))
    before = desk.digest()
    desk.database.execute(f"PRAGMA max_page_count = {desk.database.value('PRAGMA page_count')}")
    batch = (desk.rejected("1"), desk.extracted("2", "长" * 1_000_000))
    with pytest.raises(StorageFault, match="full"):
        desk.take(*batch)
    assert desk.digest() == before
    desk.database.execute("PRAGMA max_page_count = 1000000")
    desk.take(*batch)
    assert (desk.end().stored, desk.ended[-1].rejected) == (1, 1)


def test_a_fault_where_a_job_is_settled_ends_the_job_as_crashed_and_nothing_else(desk) -> None:
    desk.begin()
    desk.ingest._job_ended = lambda *_: 1 / 0
    noted = desk.take(desk.discovered("1"), JobFinished(job_id=desk.job, number=1, reason="finished"))
    assert (noted[1].result.status, noted[1].result.discovered, noted[1].result.pending) == ("failed", 1, 1)
    assert desk.url("1")["lease_job"] is None


def test_a_fault_of_the_file_where_a_job_is_settled_leaves_the_job_open(desk) -> None:
    def settle(*_: object) -> None:
        desk.database.execute("SELECT nowhere FROM nothing_there")

    desk.begin()
    desk.ingest._job_ended = settle
    with pytest.raises(StorageFault):
        desk.take(desk.discovered("1"), JobFinished(job_id=desk.job, number=1, reason="finished"))
    assert desk.database.value("SELECT finished_at FROM run_sources") is None
    assert desk.database.value("SELECT count(*) FROM urls") == 0


def year(number: int) -> PublicationTime:
    return PublicationTime(at=datetime(number, 1, 1, tzinfo=UTC), precision="day", raw="x", where="meta")


@pytest.mark.parametrize(
    "values",
    [{"text": ""}, {"text": "\x00\ud800"}, {"published": year(99)}, {"published": year(1), "lang": "zh"}],
)
def test_a_page_with_a_value_that_cannot_be_stored_fails_alone(desk, make_article, caplog, values) -> None:
    desk.begin()
    bad = desk.extracted("2", replace(make_article(), **values))
    with caplog.at_level(logging.ERROR):
        noted = desk.take(desk.discovered("1", "2", "3"), desk.extracted("1"), bad, desk.extracted("3", "三。"))
    assert [one.outcome for one in noted] == [None, Outcome.STORED, Outcome.FAILED, Outcome.STORED]
    assert "an event cannot be stored" in caplog.text
    assert (desk.url("2")["state"], desk.url("2")["reason"]) == ("pending", "unstorable")
    assert "CHECK" in desk.url("2")["detail"]
    result = desk.end()
    assert (result.stored, result.failed) == (2, 1)
    desk.now += FIRST_RETRY
    desk.recheck(bad)
    assert desk.url("2")["state"] == "failed"


def test_an_event_beyond_64_bits_is_left_out_and_the_job_ends(desk) -> None:
    desk.begin()
    huge = Candidate(url="https://a.cn/9", key="//a.cn/9", position=2**63)
    noted = desk.take(
        Discovered(job_id=desk.job, number=1, entry_url="x", candidates=(huge,), taken=1),
        desk.discovered("1"),
        desk.rejected("1", http_status=2**63),
        JobFinished(job_id=desk.job, number=2, reason="finished", body_bytes=2**63),
    )
    assert noted[2].reason == "unstorable"
    assert (noted[3].result.status, noted[3].result.discovered, noted[3].result.failed) == ("failed", 1, 1)


def test_text_that_sqlite_cannot_take_is_cleaned_wherever_it_comes_in(desk, make_article) -> None:
    desk.begin()
    dirty = "坏\x00的\ud800"
    candidate = Candidate(url=f"https://a.cn/{dirty}", key=f"//a.cn/{dirty}", title=dirty, published_raw=dirty)
    desk.take(
        Discovered(job_id=desk.job, number=1, entry_url=dirty, candidates=(candidate,), taken=1),
        desk.discovered("1", "2", "3"),
        desk.checked("failed", url=dirty, reason=dirty, validators=Validators(etag=dirty)),
        desk.extracted("1", make_article(dirty, dirty, origin=dirty, credits=(Credit(role="author", name=dirty),))),
        desk.rejected("2", dirty, detail=dirty),
        desk.failed("3", dirty, detail=dirty),
        desk.rejected(dirty, detail=dirty),
    )
    assert desk.url("坏的")["link_title"] == desk.url("坏的")["link_published"] == "坏的"
    assert (desk.url("2")["reason"], desk.url("3")["detail"], desk.url("坏的")["detail"]) == ("坏的",) * 3
    row = desk.article(desk.url("1")["article_id"])
    assert (row["text"], row["title"], row["origin"], row["authors"]) == ("坏的", "坏的", "坏的", '["坏的"]')
    (noted,) = desk.take(JobFinished(job_id=desk.job, number=2, reason="crashed", detail=dirty))
    assert noted.result.error == "crashed: 坏的"
    assert noted.result.reasons == {"rejected:坏的": 1, "failed:坏的": 1, "rejected:no_text": 1}


def test_a_mobile_edition_and_the_page_that_it_names_as_its_own_are_one_article(desk, make_article) -> None:
    body = "".join(f"第{number}座桥今天早上通车。\n\n" for number in range(30)).strip()
    mobile, main = "m?id=9001", "2026/1122/c45678.html"
    named = make_article(body, canonical_url=f"https://a.cn/{main}")
    desk.begin()
    desk.take(desk.discovered(mobile), desk.extracted(mobile, named))
    assert desk.end().stored == 1
    desk.begin()
    desk.take(desk.discovered(main), desk.extracted(main, make_article(body + "完")))
    assert desk.end().revised == 1
    desk.now += timedelta(hours=1)
    ended = desk.recheck(desk.extracted(mobile, named), desk.unchanged(main))
    assert (ended.duplicate, ended.unchanged, ended.revised) == (1, 1, 0)
    assert (desk.url(mobile)["state"], desk.url(main)["state"]) == ("alias", "stored")
    assert desk.database.value("SELECT group_concat(url) FROM articles") == f"https://a.cn/{main}"


def test_pages_that_all_name_one_address_are_articles_of_their_own(desk, make_article) -> None:
    desk.begin()
    desk.take(desk.discovered("show?id=9001", "show?id=9002", "show?id=9003"))
    for number, text in enumerate(("桥今天早上通车，市民步行过桥。", "昨夜有雨，山区有雾。", "股市收涨。"), 9001):
        claims = make_article(text * 9, f"标题{number}", canonical_url="https://a.cn/2026/1122/c1.html")
        desk.take(desk.extracted(f"show?id={number}", claims))
    assert desk.end().stored == 3
    assert desk.database.value("SELECT count(*) FROM articles WHERE revision = 1") == 3
