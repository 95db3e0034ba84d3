"""What a job may ask: ports, redirects, the way through a proxy; and what it tells nobody."""

from __future__ import annotations

from collections.abc import Iterator

import psutil
import pytest
from aiohttp import web

from scheduler.engines.local import LocalEngine
from storage.identity import url_key
from storage.records import EntryPoint, Event, Extracted, Failed, HostAsked, PageRequest, Rejected
from tests.crawler.crawling.portal import Portal, Route, article, checked, feed, news, only, run


@pytest.fixture
def other() -> Iterator[Portal]:
    """A portal on another host."""
    with Portal("127.0.0.2") as running:
        yield running


def page(url: str) -> PageRequest:
    return PageRequest(url=url, key=url_key(url))


def redirect(location: str, **more: str) -> Route:
    return lambda _: web.Response(status=302, headers={"Location": location, **more})


def port_of(portal: Portal) -> int:
    return int(portal.authority.rpartition(":")[2])


# Ports


def test_a_port_that_is_not_the_webs_is_not_asked_by_any_door(
    engine: LocalEngine, portal: Portal, other: Portal
) -> None:
    """The other portal stands for a console on a port of its own."""
    portal.routes |= {
        "/feed.xml": feed(f"{other.base}/1.html"),
        "/moved.xml": redirect(f"{other.base}/feed.xml"),
        "/2.html": redirect(f"{other.base}/2.html"),
    }
    entries = [portal.base + "/feed.xml", portal.base + "/moved.xml", other.base + "/feed.xml"]
    job = portal.job(
        *(EntryPoint(kind="feed", url=url) for url in entries),
        pages=(page(f"{other.base}/3.html"), page(f"{portal.base}/2.html")),
        hosts=("127.0.0.1", "127.0.0.2"),
        ports=(80, port_of(portal)),
    )
    events = run(engine, job)
    assert [checked(events, url).reason for url in entries] == ["", "blocked_port", "blocked_port"]
    rejected = only(events, Rejected)
    assert {event.reason for event in rejected} == {"blocked_port"}
    assert len(rejected) == 3  # the feed's link, the redirect and the page itself
    assert f"{port_of(other)} is no port of the web" in rejected[0].detail
    assert other.asked == []
    assert [event.authority for event in only(events, HostAsked)] == [portal.authority]


def test_a_robots_txt_behind_a_closed_port_closes_its_host(engine: LocalEngine, portal: Portal, other: Portal) -> None:
    portal.routes |= {"/robots.txt": redirect(f"{other.base}/robots.txt"), news(1)[0]: article()}
    job = portal.job(pages=(page(portal.base + news(1)[0]),), ports=(port_of(portal),))
    events = run(engine, job)
    (failed,) = only(events, Failed)
    assert (failed.reason, failed.detail) == ("blocked_port", "robots.txt: PortRefused")
    assert (portal.paths, other.asked) == ([], [])


# Redirects


@pytest.mark.parametrize(
    "location",
    ["http://[::1", "file:///etc/passwd", "data:text/html,hello", "http://u:p@127.0.0.2/", "http://a.test:99999/"],
)
def test_a_redirect_that_may_not_be_followed_is_an_outcome(engine: LocalEngine, portal: Portal, location: str) -> None:
    portal.routes |= {"/1.html": redirect(location), "/feed.xml": redirect(location)}
    job = portal.job(EntryPoint(kind="feed", url=portal.base + "/feed.xml"), pages=(page(portal.base + "/1.html"),))
    events = run(engine, job)
    assert [event.reason for event in only(events, Rejected)] == ["bad_redirect"]
    assert checked(events, portal.base + "/feed.xml").reason == "bad_redirect"
    assert sorted(portal.paths) == ["/1.html", "/feed.xml"]


def test_an_empty_location_leads_to_the_page_itself_and_comes_to_an_end(engine: LocalEngine, portal: Portal) -> None:
    portal.routes["/1.html"] = redirect("")
    events = run(engine, portal.job(pages=(page(portal.base + "/1.html"),)))
    assert [event.reason for event in only(events, Rejected)] == ["redirect_loop"]
    assert portal.paths == ["/1.html"] * 6


def test_a_robots_txt_that_leads_nowhere_is_none(engine: LocalEngine, portal: Portal) -> None:
    portal.routes |= {"/robots.txt": redirect("http://[::1"), news(1)[0]: article()}
    events = run(engine, portal.job(pages=(page(portal.base + news(1)[0]),)))
    assert len(only(events, Extracted)) == 1


# What is told to nobody


def test_no_cookie_no_referrer_and_no_password_is_sent_to_anybody(
    engine: LocalEngine, portal: Portal, other: Portal
) -> None:
    """Not even where a page asks for it: its Referrer-Policy would outrank a setting of Scrapy's."""
    told = {"Set-Cookie": "id=1; Path=/", "Referrer-Policy": "unsafe-url"}
    portal.routes |= {
        "/1.html": lambda _: web.Response(text=article(), content_type="text/html", headers=told),
        "/2.html": redirect(f"{other.base}/2.html", **told),
        "/3.html": redirect("/4.html", **told),
        "/4.html": article(),
    }
    wanted = tuple(page(f"{portal.base}/{number}.html") for number in (1, 2, 3, 1))
    run(engine, portal.job(pages=wanted, hosts=("127.0.0.1", "127.0.0.2")))
    assert other.paths == ["/2.html"]
    assert len(portal.paths) == 5
    sent = {name.lower() for asked in (*portal.asked, *other.asked) for name in asked.headers}
    assert sent == {"host", "accept", "accept-encoding", "accept-language", "user-agent"}


def test_the_crawler_listens_on_no_socket(engine: LocalEngine, portal: Portal) -> None:
    """Neither the worker nor its pool, nor the server that forks it, while a page is read."""
    portal.routes["/1.html"] = article()
    listening: list[object] = []
    processes: set[int] = set()

    def look(_event: Event) -> None:
        for worker in map(psutil.Process, engine.worker_pids):
            for process in (worker, *worker.children(recursive=True)):
                processes.add(process.pid)
                listening.extend(
                    each
                    for each in process.net_connections("inet")
                    if each.status in {psutil.CONN_LISTEN, psutil.CONN_NONE} or not each.raddr
                )

    events = run(engine, portal.job(pages=(page(portal.base + "/1.html"),)), during=look)
    assert len(only(events, Extracted)) == 1
    assert len(processes) >= 3
    assert listening == []


# The operator's own proxy

PUBLIC = "http://93.184.215.14"


@pytest.fixture
def proxy() -> Iterator[Portal]:
    """A proxy that answers for everybody. It stands in a private network."""
    with Portal("127.0.0.3") as running:
        running.routes |= {f"{PUBLIC}/1.html": article(), "/1.html": article()}
        yield running


def test_what_is_public_is_asked_through_the_proxy_which_may_be_private(
    engine: LocalEngine, portal: Portal, proxy: Portal
) -> None:
    wanted = {"pages": (page(f"{PUBLIC}/1.html"),), "hosts": ("93.184.215.14",)}
    job = portal.job(allow_networks=(), proxy=proxy.base, obey_robots=False, **wanted)
    events = run(engine, job)
    assert len(only(events, Extracted)) == 1
    assert [asked.headers["Host"] for asked in proxy.asked] == ["93.184.215.14"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "localhost", "10.1.2.3", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]"]
)
def test_what_is_private_is_not_asked_through_a_proxy(
    engine: LocalEngine, portal: Portal, proxy: Portal, host: str
) -> None:
    url = f"http://{host}:{port_of(proxy)}/1.html"
    proxy.routes[f"{PUBLIC}/2.html"] = redirect(url)
    job = portal.job(
        pages=(PageRequest(url=url, key="//a/1.html"), page(f"{PUBLIC}/2.html")), allow_networks=(), proxy=proxy.base
    )
    events = run(engine, job)
    assert [event.reason for event in only(events, Rejected)] == ["blocked_address"] * 2
    assert {asked.headers["Host"] for asked in proxy.asked} == {"93.184.215.14"}


def test_only_the_proxys_own_host_and_port_are_exempt(engine: LocalEngine, portal: Portal, proxy: Portal) -> None:
    """A job without the proxy is refused its address, in the same worker; with it, another port of it."""
    through = portal.job(pages=(page(f"{PUBLIC}/1.html"),), allow_networks=(), proxy=proxy.base, obey_robots=False)
    assert not only(run(engine, through), Failed)
    before = len(proxy.asked)
    without = portal.job(pages=(page(f"{proxy.base}/1.html"),), hosts=("127.0.0.3",), allow_networks=())
    assert [event.reason for event in only(run(engine, without), Rejected)] == ["blocked_address"]
    assert len(proxy.asked) == before
