from datetime import UTC, datetime, timedelta

from storage import sources
from storage.records import EntryPoint, Validators

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
FEED = EntryPoint(kind="feed", url="https://a.cn/feed.xml", links="news/.*")
MAP = EntryPoint(kind="sitemap", url="https://a.cn/sitemap.xml")


def test_a_source_is_made_once_and_keeps_its_id_when_its_home_moves(database) -> None:
    first = sources.ensure(database, "a", "https://a.cn/", NOW)
    assert sources.ensure(database, "a", "https://a.cn/new/", NOW + HOUR) == first
    assert sources.ensure(database, "b", "https://b.cn/", NOW) != first
    row = database.row("SELECT home, created_at FROM sources WHERE id = ?", (first,))
    assert tuple(row) == ("https://a.cn/new/", "2026-11-22T09:30:00Z")


def test_a_source_never_asked_has_no_times(database) -> None:
    sources.ensure(database, "a", "https://a.cn/", NOW)
    state = sources.states(database, NOW)["a"]
    assert (state.last_attempt_at, state.last_success_at, state.failures, state.not_before) == (None, None, 0, None)


def test_failures_count_up_and_one_success_forgets_them(database) -> None:
    source = sources.ensure(database, "a", "https://a.cn/", NOW)
    sources.attempted(database, source, NOW)
    sources.failed(database, source, NOW + HOUR, "timeout")
    sources.failed(database, source, NOW + 2 * HOUR, "timeout")
    state = sources.states(database, NOW)["a"]
    assert (state.last_attempt_at, state.failures, state.not_before) == (NOW, 2, NOW + 2 * HOUR)
    sources.succeeded(database, source, NOW + HOUR, "1 of 2 entry points failed")
    state = sources.states(database, NOW)["a"]
    assert (state.last_success_at, state.failures, state.not_before) == (NOW + HOUR, 0, None)
    assert database.value("SELECT last_error FROM sources") == "1 of 2 entry points failed"


def test_ready_are_pending_urls_that_are_due_and_not_on_loan(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("lent", "failed", "waits", "stored", taken=4))
    desk.take(desk.failed("failed"), desk.extracted("stored"))
    desk.end()
    ready = {at: sources.states(desk.database, desk.now + at)["a"].pending_ready for at in (timedelta(0), HOUR)}
    assert ready == {timedelta(0): 2, HOUR: 3}
    desk.begin(limit=2)
    assert sources.states(desk.database, desk.now + HOUR)["a"].pending_ready == 1


def test_entry_points_get_the_validators_of_their_last_good_answer(desk) -> None:
    desk.begin()
    source = desk.leases[desk.job].source_id
    assert sources.with_validators(desk.database, source, [FEED, MAP], ["a.cn"]) == (FEED, MAP)
    desk.take(desk.checked(validators=Validators(etag='"1"', last_modified="Sun")))
    feed, site_map = sources.with_validators(desk.database, source, [FEED, MAP], ["a.cn"])
    assert feed.validators == Validators(etag='"1"', last_modified="Sun")
    assert (feed.links, feed.kind, site_map) == (FEED.links, "feed", MAP)


def test_an_entry_point_named_twice_is_one_row(database) -> None:
    source = sources.ensure(database, "a", "https://a.cn/", NOW)
    assert sources.with_validators(database, source, iter([FEED, FEED]), ["a.cn"]) == (FEED, FEED)
    assert database.value("SELECT count(*) FROM entry_points") == 1


def test_an_entry_point_that_is_now_of_another_kind_is_asked_without_validators(desk) -> None:
    desk.begin()
    source = desk.leases[desk.job].source_id
    sources.with_validators(desk.database, source, [FEED], ["a.cn"])
    desk.take(desk.checked(validators=Validators(etag='"1"')))
    listing = EntryPoint(kind="listing", url=FEED.url)
    assert sources.with_validators(desk.database, source, [listing], ["a.cn"]) == (listing,)
    assert desk.database.value("SELECT kind FROM entry_points") == "listing"


def test_no_entry_points_are_no_rows(database) -> None:
    source = sources.ensure(database, "a", "https://a.cn/", NOW)
    assert sources.with_validators(database, source, (), ["a.cn"]) == ()


def test_sources_that_a_killed_coordinator_was_asking_are_named_and_may_be_asked_again(desk) -> None:
    desk.begin(source="done")
    desk.end()
    desk.begin(source="cut")
    source = desk.leases[desk.job].source_id
    sources.attempted(desk.database, source, NOW)
    assert sources.cut_short(desk.database) == [source]
    sources.not_attempted(desk.database, source)
    assert sources.states(desk.database, NOW)["cut"].last_attempt_at is None
