from datetime import timedelta

import pytest

from storage import host_states
from storage.host_states import FIRST_PAUSE, LIES_BELIEVED_FOR, ROBOTS_KEPT, ROBOTS_RETRY
from storage.records import HostAsked, RobotsFetched, RobotsFile, Validators

HOUR = timedelta(hours=1)
SITES = ("a.cn",)


def state(desk):
    return host_states.state(desk.database, SITES, desk.now)


def asked(desk, **values):
    said = {"job_id": desk.job, "number": 0, "authority": "a.cn", "robots": "none", "requests": 3}
    return HostAsked(**said | values)


@pytest.mark.parametrize(
    ("status", "kept"),
    [(200, ROBOTS_KEPT), (404, ROBOTS_KEPT), (503, ROBOTS_RETRY), (429, ROBOTS_RETRY), (None, ROBOTS_RETRY)],
)
def test_a_robots_file_is_given_to_jobs_while_it_is_fresh(desk, status, kept) -> None:
    desk.begin()
    robots = RobotsFile(authority="a.cn", http_status=status, fetched_at=desk.now, body="User-agent: *")
    desk.take(RobotsFetched(job_id=desk.job, number=0, robots=robots))
    assert state(desk).robots == (robots,)
    desk.now += kept - timedelta(seconds=1)
    assert state(desk).robots == (robots,)
    desk.now += timedelta(seconds=1)
    assert state(desk).robots == ()


def test_a_job_says_once_how_it_treated_a_host(desk) -> None:
    desk.begin()
    said = asked(desk, robots="rules", robots_fetched_at=desk.now, crawl_delay_seconds=5.0, delay_seconds=5.0)
    desk.take(said, said, asked(desk, authority="img.a.cn", address="10.1.1.1"))
    rows = desk.database.rows(
        "SELECT value ->> 'authority', value ->> 'robots', value ->> 'crawl_delay_seconds',"
        " value ->> 'robots_fetched_at' FROM run_sources, json_each(hosts)"
    )
    assert [tuple(row) for row in rows] == [
        ("a.cn", "rules", 5.0, "2026-11-22T09:30:00Z"),
        ("img.a.cn", "none", None, None),
    ]
    assert state(desk).addresses == {"10.1.1.1"}


def test_a_host_that_says_429_is_left_alone_for_as_long_as_it_asks(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1"), desk.failed("1", "http_429", http_status=429, retry_after_seconds=7200.0))
    assert state(desk).paused_until == desk.now + 2 * HOUR
    assert host_states.pauses(desk.database, desk.now) == {
        "a.cn": (desk.now + 2 * HOUR, "a.cn asked for a pause: HTTP 429, Retry-After 7200 s")
    }
    assert host_states.pauses(desk.database, desk.now + 2 * HOUR) == {}


@pytest.mark.parametrize(
    ("seconds", "most"),
    [(1e300, timedelta(days=1)), (-5.0, timedelta(minutes=1)), (0.0, timedelta(minutes=1))],
)
def test_a_pause_is_a_minute_at_least_and_a_day_at_most(desk, seconds, most) -> None:
    desk.begin()
    desk.take(desk.checked("failed", http_status=503, retry_after_seconds=seconds))
    assert state(desk).paused_until == desk.now + most


def test_a_host_that_goes_on_throttling_is_asked_later_and_slower_each_time_and_recovers(desk) -> None:
    seen = []
    for throttled in (True, True, True, False, False):
        desk.begin()
        if throttled:
            desk.take(desk.checked("failed", http_status=429))
        desk.take(asked(desk, throttled=throttled))
        desk.end()
        seen.append((state(desk).slower, state(desk).paused_until - desk.now))
        desk.now += HOUR
    assert [slower for slower, _ in seen] == [2, 4, 8, 4, 2]
    assert [pause for _, pause in seen[:3]] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]


def test_a_server_error_of_one_page_closes_its_host_only_where_the_job_was_throttled_by_it(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1"), desk.failed("1", "http_503", http_status=503), asked(desk))
    assert state(desk).paused_until is None
    desk.end()
    desk.begin()
    desk.take(asked(desk, throttled=True))
    assert state(desk).paused_until == desk.now + FIRST_PAUSE


def test_other_failures_are_no_wish_for_a_pause(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1"), desk.failed("1", "http_500", http_status=500))
    assert state(desk).paused_until is None


def test_an_article_that_changes_under_the_same_etag_shows_that_its_host_lies(desk) -> None:
    desk.begin()
    same = Validators(etag='"1"')
    desk.take(desk.discovered("1"), desk.extracted("1", validators=same))
    desk.end()
    desk.now += HOUR
    desk.recheck(desk.extracted("1", "改了。", validators=same))
    assert state(desk).lying == {"a.cn"}
    desk.now += 5 * HOUR
    (page,) = desk.begin(limit=1, rechecks=True, lying={"a.cn"})
    assert page.validators == Validators()
    desk.now += LIES_BELIEVED_FOR
    assert state(desk).lying == frozenset()


def test_an_article_that_changes_with_its_etag_is_no_lie(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1"), desk.extracted("1", validators=Validators(etag='"1"')))
    desk.end()
    desk.now += HOUR
    desk.recheck(desk.extracted("1", "改了。", validators=Validators(etag='"2"')))
    assert state(desk).lying == frozenset()
