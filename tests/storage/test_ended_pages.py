"""What the file says of the pages of a job: which were articles, which were new, and when they were published."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from storage import articles
from storage.ended_pages import EndedPage, of_job
from storage.records import Article, PublicationTime
from storage.revisions.revising import Edit
from tests.storage.conftest import Desk

Make = Callable[..., Article]
AT = datetime(2026, 1, 1, 6, 30, tzinfo=UTC)
PUBLISHED = PublicationTime(at=AT, precision="minute", raw="2026-01-01 14:30", where="meta")


def ended(desk: Desk) -> dict[str, EndedPage]:
    lease = desk.leases[desk.job]
    return {page.url.rpartition("/")[2]: page for page in of_job(desk.database, lease.run_id, lease.source_id)}


def test_an_article_is_new_with_its_time_also_where_another_page_says_the_same(desk: Desk, make_article: Make) -> None:
    desk.begin()
    told = make_article("同一篇正文。", published=PUBLISHED)
    desk.take(
        desk.discovered("first", "copy", "undated", "way"),
        desk.extracted("first", told),
        desk.extracted("copy", told),
        desk.extracted("undated", "另一篇正文。"),
        desk.extracted("way", told, to="first"),
    )
    found = {name: (page.is_article, page.is_new, page.published_at) for name, page in ended(desk).items()}
    assert found == {
        "first": (True, True, AT),
        "copy": (True, True, AT),
        "undated": (True, True, None),
        "way": (True, False, None),
    }


def test_a_revised_article_counts_and_is_not_new_and_one_that_is_as_it_was_does_not_count(
    desk: Desk, make_article: Make
) -> None:
    for name in ("edited", "same", "read_again"):
        desk.stored(name, make_article(f"{name}，这是昨天的正文。", published=PUBLISHED))
    desk.now += timedelta(days=1)
    desk.begin(limit=9, rechecks=True)
    edited = make_article("这是今天改写过的一篇正文，和昨天的完全不同。", published=PUBLISHED)
    same = make_article("read_again，这是昨天的正文。", published=PUBLISHED)
    desk.take(desk.extracted("edited", edited), desk.unchanged("same"), desk.extracted("read_again", same))
    assert {name: (page.is_article, page.is_new) for name, page in ended(desk).items()} == {"edited": (True, False)}


def test_an_article_that_was_revised_since_is_new_still(desk: Desk, make_article: Make) -> None:
    desk.begin()
    desk.take(desk.discovered("a"), desk.extracted("a", make_article("正文。", published=PUBLISHED)))
    desk.now += timedelta(minutes=1)
    with desk.database.transaction():
        again = desk.extracted("a", make_article("好好读过的正文。", published=PUBLISHED))
        head = articles.by_key(desk.database, again.key)
        articles.reread(desk.database, again, head, Edit(cause="reextract"), desk.now)
    assert desk.database.value("SELECT revision FROM article_heads") == 2
    assert {name: page.is_new for name, page in ended(desk).items()} == {"a": True}


def test_of_the_pages_that_are_none_those_count_that_were_read_and_say_so(desk: Desk) -> None:
    desk.begin()
    reasons = ("no_text", "listing", "soft_404", "captcha", "login_wall", "off_site", "too_large", "bad_url", "ignored")
    desk.take(
        desk.discovered(*reasons, "http_410", "timeout", "waiting"),
        *(desk.rejected(reason, reason) for reason in reasons),
        desk.rejected("http_410", "http_410", http_status=410),
        desk.failed("timeout"),
    )
    assert {name: page.is_article for name, page in ended(desk).items()} == {"no_text": False, "listing": False}


def test_pages_of_other_jobs_are_left_out(desk: Desk) -> None:
    desk.stored("before")
    desk.begin(source="b")
    desk.take(desk.discovered("theirs"), desk.extracted("theirs", "乙报的正文。"))
    desk.begin()
    desk.take(desk.discovered("mine"), desk.extracted("mine", "甲报的正文。"))
    assert ended(desk).keys() == {"mine"}
