"""How a job treats the hosts that it asks: robots.txt, pauses, and leaving alone whoever has had enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from aiohttp import web

from scheduler.engines.local import LocalEngine
from storage.identity import url_key
from storage.records import (
    CrawlJob,
    EntryChecked,
    EntryPoint,
    Event,
    Extracted,
    Failed,
    HostAsked,
    JobFinished,
    PageRequest,
    Rejected,
    RobotsFetched,
    RobotsFile,
)
from tests.crawler.crawling.portal import NOW, Portal, article, checked, feed, news, only, run


@pytest.fixture
def other() -> Iterator[Portal]:
    """A second portal, on another port of the same host."""
    with Portal() as running:
        yield running


def pages(portal: Portal, *paths: str) -> tuple[PageRequest, ...]:
    return tuple(PageRequest(url=portal.base + path, key=url_key(portal.base + path)) for path in paths)


def articles(portal: Portal, *paths: str) -> tuple[PageRequest, ...]:
    portal.routes |= {path: article(f"冬季供暖工作会议召开{path}") for path in paths}
    return pages(portal, *paths)


def asked(events: list[Event], authority: str) -> HostAsked:
    (event,) = (event for event in only(events, HostAsked) if event.authority == authority)
    assert isinstance(event, HostAsked)
    return event


def remembered(portal: Portal, body: str = "", status: int | None = 200) -> tuple[RobotsFile, ...]:
    return (RobotsFile(authority=portal.authority, http_status=status, fetched_at=NOW, body=body),)


def robots_requests(portal: Portal) -> int:
    return sum(one.path == "/robots.txt" for one in portal.asked)


# robots.txt


def test_robots_txt_is_asked_once_told_and_obeyed(engine: LocalEngine, portal: Portal) -> None:
    portal.routes["/robots.txt"] = "User-agent: *\nDisallow: /private/\n"
    events = run(engine, portal.job(pages=articles(portal, *news(1, 2), "/private/1.html")))
    assert robots_requests(portal) == 1
    assert "/private/1.html" not in portal.paths
    (told,) = only(events, RobotsFetched)
    assert (told.robots.authority, told.robots.http_status) == (portal.authority, 200)
    assert "/private/" in told.robots.body
    assert [event.reason for event in only(events, Rejected)] == ["robots_disallowed"]
    host = asked(events, portal.authority)
    assert (host.robots, host.requests, host.address, host.throttled) == ("rules", 3, "127.0.0.1", False)
    assert host.robots_fetched_at == told.robots.fetched_at
    assert [type(event) for event in events[-2:]] == [HostAsked, JobFinished]
    assert [event.number for event in events] == list(range(1, len(events) + 1))


def test_a_robots_txt_that_is_still_fresh_is_used_without_asking(engine: LocalEngine, portal: Portal) -> None:
    rules = remembered(portal, "User-agent: dibao\nDisallow: /private/\n")
    events = run(engine, portal.job(pages=articles(portal, "/private/1.html", *news(1)), robots=rules))
    assert portal.paths == [*news(1)]
    assert robots_requests(portal) == 0
    assert not only(events, RobotsFetched)
    assert asked(events, portal.authority).robots_fetched_at == NOW


def test_a_missing_robots_txt_allows_all(engine: LocalEngine, portal: Portal) -> None:
    portal.routes["/robots.txt"] = 403
    events = run(engine, portal.job(pages=articles(portal, *news(1))))
    assert len(only(events, Extracted)) == 1
    assert asked(events, portal.authority).robots == "none"
    assert only(events, RobotsFetched)[0].robots.body == ""


@pytest.mark.parametrize("status", [500, None])
def test_a_host_whose_robots_txt_cannot_be_had_is_left_alone(
    engine: LocalEngine, portal: Portal, status: int | None
) -> None:
    """Every page of it ends as failed; None: it could not be had a while ago, and is not asked again yet."""
    if status is not None:
        portal.routes["/robots.txt"] = status
    closed = remembered(portal, status=None) if status is None else ()
    events = run(engine, portal.job(pages=articles(portal, *news(1, 2, 3)), robots=closed))
    assert portal.paths == []
    assert {event.reason for event in only(events, Failed)} == {"robots_unreachable"}
    assert len(only(events, Failed)) == 3
    assert asked(events, portal.authority).robots == "unreachable"


def test_five_redirects_of_robots_txt_are_followed_and_no_more(engine: LocalEngine, portal: Portal) -> None:
    def to(address: str) -> Callable[[web.Request], web.Response]:
        return lambda _: web.Response(status=302, headers={"Location": address})

    portal.routes["/robots.txt"] = to("/r1")
    portal.routes |= {f"/r{n}": to(f"/r{n + 1}") for n in range(1, 5)}
    portal.routes["/r5"] = "User-agent: *\nDisallow: /"
    events = run(engine, portal.job(pages=articles(portal, *news(1))))
    assert [event.reason for event in only(events, Rejected)] == ["robots_disallowed"]
    portal.routes["/r5"] = to("/r6")
    events = run(engine, portal.job(pages=articles(portal, *news(1))))
    assert len(only(events, Extracted)) == 1
    assert asked(events, portal.authority).robots == "none"


def test_a_robots_txt_may_be_longer_than_a_page(engine: LocalEngine, portal: Portal) -> None:
    portal.routes["/robots.txt"] = "User-agent: *\nDisallow: /private/\n" + "# nothing\n" * 100_000
    wanted = articles(portal, *news(1), "/private/1.html")
    events = run(engine, portal.job(pages=wanted, limits={"max_body_bytes": 20_000}))
    assert (len(only(events, Extracted)), len(only(events, Rejected))) == (1, 1)
    assert len(only(events, RobotsFetched)[0].robots.body) <= 512 * 1024


def test_two_authorities_of_a_job_have_rules_of_their_own(engine: LocalEngine, portal: Portal, other: Portal) -> None:
    other.routes["/robots.txt"] = "User-agent: *\nDisallow: /"
    wanted = articles(portal, *news(1)) + articles(other, *news(2))
    events = run(engine, portal.job(pages=wanted))
    assert (len(only(events, Extracted)), len(only(events, Rejected))) == (1, 1)
    assert asked(events, other.authority).requests == 1


def test_an_operator_may_ignore_robots_txt(engine: LocalEngine, portal: Portal) -> None:
    events = run(engine, portal.job(pages=articles(portal, *news(1)), obey_robots=False))
    assert robots_requests(portal) == 0
    host = asked(events, portal.authority)
    assert (host.robots, host.requests, host.robots_fetched_at) == ("ignored", 1, None)


def test_a_crawl_delay_is_kept_between_all_requests(engine: LocalEngine, portal: Portal) -> None:
    portal.routes["/robots.txt"] = "User-agent: *\nCrawl-delay: 0.7\n"
    events = run(engine, portal.job(pages=articles(portal, *news(1, 2, 3))))
    times = [one.at for one in portal.asked]
    assert all(later - earlier > 0.6 for earlier, later in pairwise(times))
    host = asked(events, portal.authority)
    assert (host.crawl_delay_seconds, host.delay_seconds) == (0.7, 0.7)


def test_a_crawl_delay_does_not_shorten_the_operators_pause(engine: LocalEngine, portal: Portal) -> None:
    rules = remembered(portal, "User-agent: *\nCrawl-delay: 0.01\n")
    events = run(engine, portal.job(pages=articles(portal, *news(1)), robots=rules, limits={"delay_seconds": 0.5}))
    assert asked(events, portal.authority).delay_seconds == 0.5


def test_an_endless_crawl_delay_is_cut_and_does_not_hold_up_a_stop(engine: LocalEngine, portal: Portal) -> None:
    rules = remembered(portal, "User-agent: *\nCrawl-delay: 86400\n")

    def stop(event: Event) -> None:
        if isinstance(event, Extracted):
            engine.stop_jobs()

    events = run(engine, portal.job(pages=articles(portal, *news(1, 2, 3)), robots=rules), stop)
    assert only(events, JobFinished)[0].reason == "stopped"
    assert len(only(events, Extracted)) == 1
    host = asked(events, portal.authority)
    assert (host.crawl_delay_seconds, host.delay_seconds, host.requests) == (86400, 120, 1)


# A host that has had enough


def throttled_job(portal: Portal, status: int, header: str) -> CrawlJob:
    wanted = articles(portal, *news(*range(1, 30)))
    portal.routes[wanted[1].url.removeprefix(portal.base)] = lambda _: web.Response(
        status=status, headers={"Retry-After": header}
    )
    return portal.job(pages=wanted, limits={"delay_seconds": 0.3})


@pytest.mark.parametrize(("status", "header", "seconds"), [(429, "90", 90.0), (503, "999999999", 86_400.0)])
def test_a_host_that_has_had_enough_is_sent_nothing_more(
    engine: LocalEngine, portal: Portal, status: int, header: str, seconds: float
) -> None:
    events = run(engine, throttled_job(portal, status, header))
    assert len(portal.paths) == 2
    (failed,) = only(events, Failed)
    assert (failed.http_status, failed.retry_after_seconds) == (status, seconds)
    host = asked(events, portal.authority)
    assert (host.throttled, host.requests) == (True, 3)
    end = only(events, JobFinished)[0]
    assert (end.reason, end.requests) == ("finished", 3)


def test_one_page_that_answers_503_does_not_close_its_host(engine: LocalEngine, portal: Portal) -> None:
    wanted = articles(portal, *news(*range(1, 6)))
    portal.routes |= dict.fromkeys((*news(2), *news(4)), 503)
    events = run(engine, portal.job(pages=wanted))
    assert len(only(events, Extracted)) == 3
    assert [(event.reason, event.http_status) for event in only(events, Failed)] == [("http_503", 503)] * 2
    assert not asked(events, portal.authority).throttled


def test_a_host_that_answers_503_twice_running_is_sent_nothing_more(engine: LocalEngine, portal: Portal) -> None:
    wanted = articles(portal, *news(*range(1, 9)))
    portal.routes |= dict.fromkeys((*news(2), *news(3)), 503)
    events = run(engine, portal.job(pages=wanted, limits={"delay_seconds": 0.2}))
    assert portal.paths == [*news(1, 2, 3)]
    assert (len(only(events, Extracted)), len(only(events, Failed))) == (1, 2)
    assert asked(events, portal.authority).throttled


@pytest.mark.parametrize("path", ["/robots.txt", "/busy"])
def test_another_site_that_has_had_enough_does_not_close_ours(engine: LocalEngine, portal: Portal, path: str) -> None:
    """Neither by its answers nor by its robots.txt, for a page and for an entry point that lead there."""
    with Portal("127.0.0.2") as beside:
        beside.routes[path] = lambda _: web.Response(status=429, headers={"Retry-After": "600"})
        leads = {"Location": f"{beside.base}/busy"}
        portal.routes |= dict.fromkeys(("/f.xml", *news(1)), lambda _: web.Response(status=302, headers=leads))
        entry = EntryPoint(kind="feed", url=f"{portal.base}/f.xml")
        for job in (portal.job(entry), portal.job(pages=pages(portal, *news(1)))):
            events = run(engine, job)
            (told,) = (*only(events, EntryChecked), *only(events, Failed))
            assert told.reason == ("http_429" if path == "/busy" else "robots_unreachable")
            assert (told.http_status, told.retry_after_seconds) == (None, None)
            assert not asked(events, portal.authority).throttled


def test_another_host_of_the_job_is_asked_on(engine: LocalEngine, portal: Portal) -> None:
    with Portal("127.0.0.2") as beside:
        portal.routes[news(1)[0]] = 429
        wanted = pages(portal, *news(1)) + articles(beside, *news(2, 3))
        events = run(engine, portal.job(pages=wanted, hosts=("127.0.0.1", "127.0.0.2")))
    assert len(only(events, Extracted)) == 2
    assert not asked(events, beside.authority).throttled


def test_a_robots_txt_that_says_too_many_requests_pauses_its_host(engine: LocalEngine, portal: Portal) -> None:
    portal.routes["/robots.txt"] = lambda _: web.Response(status=429, headers={"Retry-After": "60"})
    portal.routes |= {"/f.xml": feed(*news(1))}
    entry = EntryPoint(kind="feed", url=f"{portal.base}/f.xml")
    events = run(engine, portal.job(entry, pages=articles(portal, *news(*range(1, 20)))))
    assert portal.paths == []
    assert len(only(events, Failed)) + len(only(events, EntryChecked)) <= 3
    for event in (*only(events, Failed), *only(events, EntryChecked)):
        assert (event.reason, event.retry_after_seconds, event.http_status) == ("robots_unreachable", 60.0, 429)
    host = asked(events, portal.authority)
    assert (host.robots, host.throttled) == ("unreachable", True)


def test_an_entry_point_that_says_too_many_requests_is_told(engine: LocalEngine, portal: Portal) -> None:
    portal.routes["/f.xml"] = lambda _: web.Response(status=503, headers={"Retry-After": "90"})
    entries = [EntryPoint(kind="feed", url=f"{portal.base}/{name}.xml") for name in ("f", "g")]
    events = run(engine, portal.job(*entries))
    told = checked(events, entries[0].url)
    assert (told.status, told.http_status, told.retry_after_seconds) == ("failed", 503, 90.0)
    assert len(only(events, EntryChecked)) == 1


# The order, the budget, bad addresses


def test_pages_are_asked_in_the_order_of_the_ledger(engine: LocalEngine, portal: Portal) -> None:
    run(engine, portal.job(pages=articles(portal, *news(5, 3, 4, 1, 2))))
    assert portal.paths == [*news(5, 3, 4, 1, 2)]


def test_pages_that_are_out_of_requests_have_no_outcome(engine: LocalEngine, portal: Portal) -> None:
    events = run(engine, portal.job(pages=articles(portal, *news(*range(1, 9))), limits={"max_requests": 4}))
    assert len(portal.asked) == 4
    assert len(only(events, Extracted)) == 3
    assert not only(events, Failed)
    assert only(events, JobFinished)[0].reason == "finished"


def test_a_budget_of_nothing_sends_nothing(engine: LocalEngine, portal: Portal) -> None:
    entry = EntryPoint(kind="feed", url=f"{portal.base}/f.xml")
    events = run(engine, portal.job(entry, pages=articles(portal, *news(1)), limits={"max_requests": 0}))
    assert portal.asked == []
    assert [type(event) for event in events] == [JobFinished]


def test_a_refused_address_is_no_request(engine: LocalEngine, portal: Portal) -> None:
    events = run(engine, portal.job(pages=pages(portal, *news(1)), allow_networks=()))
    assert [event.reason for event in only(events, Rejected)] == ["blocked_address"]
    assert only(events, JobFinished)[0].requests == 0
    assert not only(events, HostAsked)
    assert not only(events, RobotsFetched)


@pytest.mark.parametrize("address", ["http://127.0.0.1:99999/", "http:///x", "mailto:x", "nothing", "http://[::1/"])
def test_an_address_that_is_none_is_rejected(engine: LocalEngine, portal: Portal, address: str) -> None:
    events = run(engine, portal.job(pages=(PageRequest(url=address, key=address),)))
    assert [event.reason for event in only(events, Rejected)] == ["bad_url"]
