from datetime import UTC, datetime, timedelta

import pytest

from storage import entry_points, gaps, sources
from storage.entry_points import PROBE_EVERY
from storage.host_states import LIES_BELIEVED_FOR
from storage.records import EntryPoint, JsonItems, Validators

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
FEED = EntryPoint(kind="feed", url="https://a.cn/feed.xml", links="news/.*")
MAP = EntryPoint(kind="sitemap", url="https://a.cn/sitemap.xml")
SAME = Validators(etag='"1"')


def test_entry_points_get_the_validators_of_their_last_good_answer(desk) -> None:
    desk.begin()
    source = desk.leases[desk.job].source_id
    assert entry_points.prepared(desk.database, source, [FEED, MAP], ["a.cn"], NOW) == (FEED, MAP)
    desk.take(desk.checked(validators=Validators(etag='"1"', last_modified="Sun")))
    feed, site_map = entry_points.prepared(desk.database, source, [FEED, MAP], ["a.cn"], NOW)
    assert feed.validators == Validators(etag='"1"', last_modified="Sun")
    assert (feed.links, feed.kind, site_map) == (FEED.links, "feed", MAP)


def test_an_entry_point_named_twice_is_one_row(database) -> None:
    source = sources.ensure(database, "a", "https://a.cn/", NOW)
    assert entry_points.prepared(database, source, iter([FEED, FEED]), ["a.cn"], NOW) == (FEED, FEED)
    assert database.value("SELECT count(*) FROM entry_points") == 1


def test_an_entry_point_that_is_now_of_another_kind_is_asked_without_validators(desk) -> None:
    desk.begin()
    source = desk.leases[desk.job].source_id
    entry_points.prepared(desk.database, source, [FEED], ["a.cn"], NOW)
    desk.take(desk.checked(validators=Validators(etag='"1"')))
    listing = EntryPoint(kind="listing", url=FEED.url)
    (asked,) = entry_points.prepared(desk.database, source, [listing], ["a.cn"], NOW)
    assert (asked.kind, asked.validators) == ("listing", Validators())
    assert desk.database.value("SELECT kind FROM entry_points") == "listing"


def test_no_entry_points_are_no_rows(database) -> None:
    source = sources.ensure(database, "a", "https://a.cn/", NOW)
    assert entry_points.prepared(database, source, (), ["a.cn"], NOW) == ()


def of_feed(desk, after=timedelta(0)):
    """The feed as the next job has it."""
    source = desk.leases[desk.job].source_id
    (feed,) = entry_points.prepared(desk.database, source, [FEED], ["a.cn"], desk.now + after)
    return feed


def poll(desk, *, digest="a", validators=SAME, **values):
    """The feed is asked by a job of its own."""
    desk.begin()
    feed = of_feed(desk)
    desk.take(desk.checked(digest=digest, validators=validators, **values))
    desk.end()
    return feed


def test_once_a_day_an_entry_point_is_asked_without_validators(desk) -> None:
    assert poll(desk).validators == Validators()
    assert of_feed(desk, HOUR).validators == SAME
    assert of_feed(desk, PROBE_EVERY).validators == Validators()


def test_a_server_that_names_other_articles_under_the_same_etag_gets_no_validators_for_a_month(desk) -> None:
    poll(desk)
    desk.now += PROBE_EVERY
    poll(desk, digest="b")
    assert desk.database.value("SELECT lies_since FROM entry_points") is not None
    desk.now += HOUR
    assert poll(desk, digest="c").validators == Validators()
    desk.now += LIES_BELIEVED_FOR
    poll(desk, digest="d", validators=Validators(etag='"2"'))
    assert of_feed(desk, HOUR).validators == Validators(etag='"2"')


@pytest.mark.parametrize("validators", [Validators(etag='"2"'), Validators()])
def test_other_articles_under_other_validators_or_none_are_no_lie(desk, validators: Validators) -> None:
    poll(desk, validators=validators)
    desk.now += HOUR
    poll(desk, digest="b", validators=Validators(etag='"3"') if validators.etag else validators)
    assert desk.database.value("SELECT lies_since FROM entry_points") is None


def test_an_entry_point_that_has_brought_articles_is_seen(desk) -> None:
    desk.begin()
    assert not of_feed(desk).seen
    desk.take(desk.checked(links=3, new=3))
    assert of_feed(desk).seen


def test_what_the_parent_says_of_a_part_is_kept_with_its_answer(desk) -> None:
    desk.begin()
    values = {"kind": "sitemap", "parent": MAP.url, "found_by": "index", "lastmod": "2026-11-22"}
    desk.take(desk.checked(url="https://a.cn/part.xml", **values))
    (row,) = entry_points.rows(desk.database, desk.leases[desk.job].source_id, desk.now)
    assert (row.kind, row.parent, row.found_by, row.lastmod) == ("sitemap", MAP.url, "index", "2026-11-22")
    desk.end()
    desk.begin()
    desk.take(desk.checked("failed", url="https://a.cn/part.xml", reason="http_404", kind="sitemap", lastmod="later"))
    (row,) = entry_points.rows(desk.database, desk.leases[desk.job].source_id, desk.now)
    assert (row.lastmod, row.failures, row.found_by) == ("2026-11-22", 1, "index")


def test_a_listing_whose_paths_in_json_are_others_is_asked_without_validators(desk) -> None:
    desk.begin()
    source = desk.leases[desk.job].source_id
    one, two = (EntryPoint(kind="listing", url=FEED.url, json=JsonItems(items=path)) for path in ("a", "b"))
    entry_points.prepared(desk.database, source, [one], ["a.cn"], desk.now)
    desk.take(desk.checked(kind="listing", validators=SAME))
    assert entry_points.prepared(desk.database, source, [one], ["a.cn"], desk.now)[0].validators == SAME
    assert entry_points.prepared(desk.database, source, [two], ["a.cn"], desk.now)[0].validators == Validators()


def test_an_open_gap_is_listed_once_until_the_home_page_reaches_back_to_something_known(desk) -> None:
    for _ in range(2):
        poll(desk, kind="feed", links=50, new=50, gap="open")
        desk.now += HOUR
    source = desk.leases[desk.job].source_id
    (gap,) = gaps.open_gaps(desk.database)
    assert (gap.source, gap.entry_url, gap.opened_at) == ("a", FEED.url, desk.now - 2 * HOUR)
    poll(desk, kind="feed", links=50, new=1, met=True)
    assert gaps.is_open(desk.database, source, {FEED.url})
    poll(desk, url=MAP.url, kind="listing", found_by="fallback", links=50, new=50)
    assert gaps.is_open(desk.database, source, {FEED.url})
    poll(desk, url=MAP.url, kind="listing", found_by="fallback", parent="https://a.cn/", links=50, new=1, met=True)
    assert gaps.is_open(desk.database, source, {FEED.url})
    poll(desk, url=MAP.url, kind="listing", found_by="fallback", links=90, new=40, met=True)
    assert not gaps.is_open(desk.database, source, {FEED.url})
    assert gaps.open_gaps(desk.database) == ()


def test_a_gap_that_was_walked_back_at_once_is_remembered_as_closed(desk) -> None:
    poll(desk, kind="listing", links=60, new=40, pages=3, gap="closed")
    row = desk.database.row("SELECT * FROM gaps")
    assert (row["entry_url"], row["opened_at"]) == (FEED.url, "2026-11-22T09:30:00Z")
    assert row["closed_at"] == row["opened_at"]


def test_the_home_page_as_a_fallback_closes_gaps_and_another_listing_does_not(desk) -> None:
    poll(desk, kind="feed", links=50, new=50, gap="open")
    poll(desk, url="https://a.cn/list.html", kind="listing", links=20, new=1, met=True)
    assert len(gaps.open_gaps(desk.database)) == 1
    poll(desk, url="https://a.cn/", kind="listing", found_by="fallback", links=20, new=1, met=True)
    assert gaps.open_gaps(desk.database) == ()


CUT = {"kind": "listing", "links": 20, "new": 20, "gap": "open", "detail": "cut short after page 1: http_500; 3"}


def test_an_entry_point_whose_walk_was_cut_short_owes_one_and_is_asked_plainly(desk) -> None:
    poll(desk)
    desk.now += HOUR
    poll(desk, **CUT)
    feed = of_feed(desk, HOUR)
    assert (feed.owing, feed.seen, feed.validators) == (True, True, Validators())
    (gap,) = gaps.open_gaps(desk.database)
    assert gap.detail == "cut short after page 1: http_500"


def test_only_its_own_walk_closes_a_gap_that_was_cut_short(desk) -> None:
    poll(desk, **CUT)
    poll(desk, url="https://a.cn/", kind="listing", found_by="fallback", links=20, new=1, met=True)
    assert of_feed(desk).owing
    poll(desk, kind="listing", links=60, new=40, gap="closed", met=True)
    assert gaps.open_gaps(desk.database) == ()
    assert not of_feed(desk, HOUR).owing


def test_a_gap_that_three_walks_could_not_close_is_listed_but_walked_no_more(desk) -> None:
    owed = []
    for _ in range(4):
        poll(desk, kind="feed", links=50, new=50, gap="open")
        desk.now += HOUR
        owed.append(of_feed(desk).owing)
    assert owed == [True, True, False, False]
    source = desk.leases[desk.job].source_id
    assert not gaps.is_open(desk.database, source, {FEED.url})
    assert gaps.found_since(desk.database, source, {FEED.url}) == b""
    assert len(gaps.open_gaps(desk.database)) == 1
    assert not of_feed(desk).seen
    desk.now += gaps.REST
    assert of_feed(desk).seen
    poll(desk, kind="feed", links=50, new=50, gap="open")
    assert of_feed(desk).owing


def test_walks_that_are_cut_short_for_ever_are_given_up_too(desk) -> None:
    owed = []
    for _ in range(gaps.MOST_CUT_WALKS):
        poll(desk, **CUT)
        owed.append(of_feed(desk).owing)
    assert owed == [True] * (gaps.MOST_CUT_WALKS - 1) + [False]


def test_a_gap_that_is_told_first_may_be_told_closed_by_the_same_job(desk) -> None:
    desk.begin()
    desk.take(desk.checked(links=20, new=20, gap="open"))
    assert len(gaps.open_gaps(desk.database)) == 1
    for _ in range(2):
        desk.take(desk.checked(links=20, new=20, gap="closed"))
        assert gaps.open_gaps(desk.database) == ()
    assert desk.database.value("SELECT count(*) FROM gaps") == 1


def emptied(desk) -> None:
    """The feed answers a job of its own, and names nothing."""
    poll(desk, status="failed", reason=entry_points.EMPTIED, links=0, digest=None, validators=Validators())


def test_an_answer_that_names_nothing_leaves_what_is_known_of_an_entry_point(desk) -> None:
    desk.begin()
    assert not of_feed(desk).shown
    poll(desk, links=7)
    assert of_feed(desk).shown
    emptied(desk)
    row = desk.database.row("SELECT etag, digest, last_links, failures, last_reason FROM entry_points")
    assert tuple(row) == ('"1"', "a", 7, 1, "emptied")
    assert (of_feed(desk).shown, of_feed(desk).validators) == (True, SAME)
    poll(desk, links=7)
    assert desk.database.value("SELECT failures FROM entry_points") == 0


def test_an_entry_point_that_stays_empty_is_believed(desk) -> None:
    desk.begin()
    poll(desk, links=7)
    for _ in range(entry_points.BELIEVED_AFTER):
        assert of_feed(desk).shown
        emptied(desk)
    assert not of_feed(desk).shown
    poll(desk, links=0, digest="none")
    row = desk.database.row("SELECT last_links, failures, last_reason FROM entry_points")
    assert tuple(row) == (0, 0, None)
    poll(desk, links=2)
    assert of_feed(desk).shown


def test_another_failure_says_nothing_of_what_an_entry_point_names(desk) -> None:
    desk.begin()
    poll(desk, links=7)
    for _ in range(entry_points.BELIEVED_AFTER + 1):
        poll(desk, status="failed", reason="timeout", links=0)
    assert of_feed(desk).shown
