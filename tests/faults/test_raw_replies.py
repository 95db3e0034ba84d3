"""Every answer that a server may give, however broken, ends in one outcome, soon, and without hurting the next."""

from __future__ import annotations

import gzip
import time
from collections import Counter
from collections.abc import Iterator

import pytest

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
    Limits,
    PageRequest,
    Rejected,
    RobotsFetched,
)
from tests.crawler.crawling.portal import NOW, only, run
from tests.faults.hostile import EVERYBODY, HostileServer, Mixed, Reply, answer, endless
from tests.faults.hostile_replies import HOSTILE, PAGE, REPLIES, Hostile, packed, page, redirects
from tests.timing import quickest

pytestmark = pytest.mark.faults

QUICK = {name: case for name, case in REPLIES.items() if not case.slow}
SLOW = {name: case for name, case in REPLIES.items() if case.slow}


@pytest.fixture(scope="module")
def engine() -> Iterator[LocalEngine]:
    running = LocalEngine(processes=1, log_level="CRITICAL")
    with HostileServer({"/1.html": answer(PAGE)}) as server:
        run(running, job(server, "/1.html"))  # a worker's start takes seconds, which are not what is measured
    yield running
    running.close()


def job(server: HostileServer, *paths: str, **more: object) -> CrawlJob:
    limits = {"delay_seconds": 0.0, "timeout_seconds": 20.0} | dict(more.pop("limits", {}))  # type: ignore[call-overload]
    fields = {
        "id": f"job {time.monotonic_ns()}",
        "run_id": 1,
        "source": "hostile",
        "home": server.url("/"),
        "hosts": (server.address,),
        "timezone": "Asia/Shanghai",
        "user_agent": "dibao-test",
        "now": NOW,
        "pages": tuple(PageRequest(url=server.url(path), key=url_key(server.url(path))) for path in paths),
        "allow_networks": ("127.0.0.0/8",),
    }
    return CrawlJob(**{**fields, **more}, limits=Limits(**limits))  # type: ignore[arg-type]


def outcomes(events: list[Event]) -> list[str]:
    """The outcome of each page, in order."""
    told = [event for event in events if isinstance(event, Extracted | Failed | Rejected)]
    return ["stored" if isinstance(event, Extracted) else event.reason for event in told]


@pytest.mark.parametrize("name", QUICK)
def test_a_broken_answer_has_one_outcome_and_the_page_behind_it_is_read(engine: LocalEngine, name: str) -> None:
    answers = {"/robots.txt": EVERYBODY, "/1.html": QUICK[name].reply, "/2.html": answer(page("二"))}
    with HostileServer(answers) as server:
        began = time.monotonic()
        events = run(engine, job(server, "/1.html", "/2.html"))
        assert time.monotonic() - began < 25
    found = {event.key[-7:]: event for event in events if isinstance(event, Extracted | Failed | Rejected)}
    assert len(outcomes(events)) == len(found) == 2, outcomes(events)
    assert isinstance(found["/2.html"], Extracted)
    first = outcomes([found["/1.html"]])[0]
    assert first in QUICK[name].expected, (name, found["/1.html"])


@pytest.mark.parametrize("name", SLOW)
def test_an_answer_that_does_not_come_ends_with_its_time(engine: LocalEngine, name: str) -> None:
    with HostileServer({"/robots.txt": EVERYBODY, "/1.html": SLOW[name].reply}) as server:
        began = time.monotonic()
        events = run(engine, job(server, "/1.html", limits={"timeout_seconds": 1.5}))
        assert 1.4 < time.monotonic() - began < 25
    assert outcomes(events) == ["timeout"]


@pytest.mark.parametrize("most", [5, 6, 10_000])
def test_five_redirects_are_followed_and_no_more(engine: LocalEngine, most: int) -> None:
    lead = redirects(most)
    with HostileServer(lambda path: EVERYBODY if path == "/robots.txt" else lead(path)) as server:
        events = run(engine, job(server, "/0"))
        assert len(server.asked) == 1 + min(most + 1, 6)
    assert outcomes(events) == ["stored" if most == 5 else "redirect_loop"]


def test_the_time_of_an_answer_is_not_renewed_by_redirects(engine: LocalEngine) -> None:
    def slow(path: str) -> Reply:
        if path == "/robots.txt":
            return EVERYBODY
        return Reply((0.7, *answer("", "302 Found", location=f"{path}0").steps))

    with HostileServer(slow) as server:
        began = time.monotonic()
        events = run(engine, job(server, "/1", limits={"timeout_seconds": 2.0}))
        assert time.monotonic() - began < 25
    assert outcomes(events) == ["timeout"]


def test_a_host_that_does_not_answer_three_times_is_left_alone_by_the_job(engine: LocalEngine) -> None:
    """The pages that were not asked for stay pending; another host of the job is asked as ever."""
    hanging = {"/robots.txt": EVERYBODY} | {f"/{n}.html": Reply(end="hang") for n in range(10)}
    with HostileServer(hanging) as server, HostileServer({"/a.html": answer(PAGE)}, address="127.0.0.2") as other:
        pages = (*(server.url(f"/{n}.html") for n in range(10)), other.url("/a.html"))
        asked = tuple(PageRequest(url=url, key=url_key(url)) for url in pages)
        hosts = (server.address, other.address)
        events = run(engine, job(server, pages=asked, hosts=hosts, limits={"timeout_seconds": 1.0}))
        assert len(server.asked) == 4  # robots.txt and three pages
    assert sorted(outcomes(events)) == ["stored", "timeout", "timeout", "timeout"]
    silent = {event.authority: event.silent for event in only(events, HostAsked)}
    assert silent == {server.authority: True, other.authority: False}


def test_a_host_that_answers_now_and_then_is_not_left_alone(engine: LocalEngine) -> None:
    def answers(path: str) -> Reply:
        return Reply(end="hang") if path[1:2] in {"1", "2", "4", "5"} else answer(page(path))

    with HostileServer(answers) as server:
        paths = [f"/{n}.html" for n in range(7)]
        events = run(engine, job(server, *paths, obey_robots=False, limits={"timeout_seconds": 1.0}))
    assert Counter(outcomes(events)) == {"stored": 3, "timeout": 4}


def test_a_host_that_refuses_connections_is_left_alone_too(engine: LocalEngine) -> None:
    with HostileServer({}) as server:
        pass
    events = run(engine, job(server, *(f"/{n}.html" for n in range(9)), obey_robots=False))
    assert outcomes(events) == ["refused"] * 3


def test_a_cookie_that_was_set_is_never_sent_back(engine: LocalEngine) -> None:
    setting = answer(PAGE, set_cookie="session=abc; Path=/")
    with HostileServer(lambda path: EVERYBODY if path == "/robots.txt" else setting) as server:
        run(engine, job(server, "/1.html", "/2.html", "/3.html"))
        assert len(server.asked) == 4
        assert not any(b"cookie" in asked.head.lower() for asked in server.asked)


@pytest.mark.parametrize(("kind", "most"), [("feed", "max_feed_bytes"), ("sitemap", "max_sitemap_bytes")])
def test_feeds_and_sitemaps_have_bounds_of_their_own(engine: LocalEngine, kind: str, most: str) -> None:
    """A body over 8 MiB is asked for once more, when it is alone."""
    link = "<item><link>{}</link></item>" if kind == "feed" else "<url><loc>{}</loc></url>"
    root = ("<rss><channel>", "</channel></rss>") if kind == "feed" else ("<urlset>", "</urlset>")

    def body(size: int) -> bytes:
        items = link.format(server.url("/2026/11/22/1.html"))
        return f"<?xml version='1.0'?>{root[0]}{items}<!--{'x' * size}-->{root[1]}".encode()

    with HostileServer(lambda path: EVERYBODY if path == "/robots.txt" else answer(sent)) as server:
        for size, allowed, requests, expected in (
            (9_000_000, 10_000_000, 2, "ok"),
            (9_000_000, 8_500_000, 2, "failed"),
            (3_000_000, 10_000_000, 1, "ok"),
            (3_000_000, 2_000_000, 1, "failed"),
        ):
            sent = body(size)
            server.asked.clear()
            entry = EntryPoint(kind=kind, url=server.url("/list.xml"))  # type: ignore[arg-type]
            limits = {most: allowed, "max_pages": 0}
            events = run(engine, job(server, entry_points=(entry,), limits=limits))
            (told,) = only(events, EntryChecked)
            assert (told.status, told.reason) == (expected, "" if expected == "ok" else "too_large"), told
            assert server.count("/list.xml") == requests


# robots.txt

ROBOTS: dict[str, tuple[Reply, str, str]] = {
    "5xx": (answer("User-agent: *\nAllow: /", "500 Oops"), "unreachable", "robots_unreachable"),
    "429": (answer("", "429 Slow", retry_after="5"), "unreachable", "robots_unreachable"),
    "reset": (Reply(end="reset"), "unreachable", "connection"),
    "garbage": (REPLIES["garbage"].reply, "unreachable", "bad_headers"),
    "endless headers": (REPLIES["endless headers"].reply, "unreachable", "bad_headers"),
    "truncated gzip": (REPLIES["truncated gzip"].reply, "unreachable", "truncated"),
    "cut off": (answer("User-agent: *\nDisallow: /x", length=500, end="close"), "unreachable", "truncated"),
    "404": (answer("User-agent: *\nDisallow: /", "404 Not Found"), "none", "stored"),
    "403": (answer("", "403 Forbidden"), "none", "stored"),
    "a page": (answer(PAGE), "suspect", "stored"),
    "empty": (answer(""), "rules", "stored"),
    "endless": (Reply((b"HTTP/1.1 200 OK\r\n\r\nUser-agent: *\nDisallow: /1.html\n", endless(b"# more\n" * 5000))),
                "rules", "robots_disallowed"),
    "60 MB declared": (answer("User-agent: *\nDisallow: /1.html\n" + "# more\n" * 200_000, length=60_000_000),
                       "rules", "robots_disallowed"),
    "600 KB": (answer("User-agent: *\nDisallow: /1.html\n" + "Disallow: /x\n" * 50_000), "rules", "robots_disallowed"),
    "a rule behind 512 KiB": (answer("User-agent: *\n" + "# more\n" * 80_000 + "Disallow: /1.html\n"),
                              "rules", "stored"),
    "packed, 20 MB": (Reply((packed(gzip.compress(
        b"User-agent: *\nDisallow: /1.html\n" + b"# more\n" * 3_000_000), "gzip"),)), "rules", "robots_disallowed"),
    "a loop": (answer("", "302 Found", location="/robots.txt"), "none", "stored"),
}  # fmt: skip


@pytest.mark.parametrize("name", ROBOTS)
def test_a_robots_txt_is_obeyed_as_far_as_it_is_one(engine: LocalEngine, name: str) -> None:
    reply, decision, outcome = ROBOTS[name]
    with HostileServer({"/robots.txt": reply, "/1.html": answer(PAGE)}) as server:
        began = time.monotonic()
        events = run(engine, job(server, "/1.html"))
        assert time.monotonic() - began < 25
        assert server.count("/1.html") == (outcome == "stored")
    assert outcomes(events) == [outcome]
    assert [event.robots for event in only(events, HostAsked)] == [decision]
    assert all(len(event.robots.body) <= 512 * 1024 for event in only(events, RobotsFetched))


def test_a_robots_txt_that_nobody_may_read_closes_the_site_where_the_operator_says_so(engine: LocalEngine) -> None:
    for status, forbidden, expected in (
        ("401 Who", "disallow", "robots_disallowed"),
        ("403 No", "disallow", "robots_disallowed"),
        ("403 No", "allow", "stored"),
        ("404 None", "disallow", "stored"),
    ):
        with HostileServer({"/robots.txt": answer("", status), "/1.html": answer(PAGE)}) as server:
            events = run(engine, job(server, "/1.html", robots_forbidden=forbidden))
        assert outcomes(events) == [expected]


def test_a_robots_txt_that_hangs_costs_ten_seconds_with_all_of_its_redirects(engine: LocalEngine) -> None:
    def slow(path: str) -> Reply:
        if "robots" not in path:
            return answer(PAGE)
        return Reply((4.0, *answer("", "302 Found", location=f"/robots{len(path)}.txt").steps))

    with HostileServer(slow) as server:
        events: list[Event] = []
        assert 9 < quickest(lambda: events.extend(run(engine, job(server, "/1.html", "/2.html"))), 15) < 15
        assert server.count("/1.html") == 0
    assert set(outcomes(events)) == {"timeout"}


# All together


def test_every_page_of_a_server_that_is_a_fifth_hostile_has_one_outcome(engine: LocalEngine) -> None:
    """Soft 404s are known after three of them, so each page says something of its own."""
    mixed = Mixed(lambda path: EVERYBODY if path == "/robots.txt" else answer(page(path)), HOSTILE, 20)
    paths = [f"/{number}.html" for number in range(200)]
    with HostileServer(mixed) as server:
        events = run(engine, job(server, *paths, limits={"concurrency_per_host": 4}))
    told = [event for event in events if isinstance(event, Extracted | Failed | Rejected)]
    assert sorted(event.key for event in told) == sorted(url_key(server.url(path)) for path in paths)
    hostile = {url_key(server.url(path)) for path in paths if mixed.is_hostile(path)}
    assert 25 < len(hostile) < 60
    assert {event.key for event in told if not isinstance(event, Extracted)} == hostile
    (finished,) = only(events, JobFinished)
    assert finished.reason == "finished"


def test_there_are_as_many_kinds_of_broken_answers_as_were_measured_and_more() -> None:
    assert len(REPLIES) > 36
    assert all(isinstance(case, Hostile) and case.expected for case in REPLIES.values())
