"""One crawl from start to end, by `scheduler.crawl.crawl`, against a real server and a real database."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from scheduler.crawl import UnknownSource, crawl
from scheduler.demo.static import StaticSite
from scheduler.demo.world import World
from scheduler.engines.local import LocalEngine
from storage.faults import ForeignFile, LockHeld
from storage.lock import WriterLock
from tests import digest
from tests.scheduler.newsroom import Newsroom

Make = Callable[..., Newsroom]
OUTCOMES = ("stored", "unchanged", "duplicate", "rejected", "failed", "pending")
HTML = "text/html; charset=utf-8"
TEXT = "".join(f"<p>这是第{n}段文字，讲的是村里修桥铺路的事情，大家都说好，明年还要接着修。</p>" for n in range(12))
PAGE = f"<html><head><title>修桥</title></head><body><h1>修桥铺路好事连连</h1><article>{TEXT}</article></body></html>"
LARGE = 60_000


# What a first crawl stores


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, engine: LocalEngine) -> Iterator[Newsroom]:
    """Three sites, each crawled once."""
    with Newsroom(tmp_path_factory.mktemp("first"), World(sites=3, articles=4, seed=7), engine) as room:
        room.crawl()
        yield room


def test_a_first_crawl_stores_every_article(first: Newsroom) -> None:
    stored = {row[0] for row in first.rows("SELECT url FROM articles WHERE status = 'live'")}
    assert stored == {first.server.url_of(article) for article in first.world.articles()}
    assert digest.is_sound(first.database)


def test_a_publication_time_keeps_the_offset_of_its_page(first: Newsroom) -> None:
    article = first.world.articles(first.world.sites[0])[0]
    assert first.article(article)["published_local"] == article.published.isoformat()


def test_nothing_is_due_right_after_a_crawl(first: Newsroom) -> None:
    first.server.reset_counts()
    result = first.crawl(hours=0)
    assert (result.run_id, result.sources, result.failed) == (None, (), ())
    assert first.paths() == set()


def test_a_forced_second_crawl_asks_entry_points_only(first: Newsroom) -> None:
    first.server.reset_counts()
    result = first.crawl(everything=True)
    assert (result.total("discovered"), result.failed) == (0, ())
    assert not first.paths() & {article.path for article in first.world.articles()}
    asked = [r for r in first.server.requests() if r.path != "/robots.txt"]
    assert asked
    assert {request.status for request in asked} == {304}


def test_a_site_is_asked_one_thing_at_a_time(first: Newsroom) -> None:
    assert {first.server.max_concurrent(site) for site in first.world.sites} == {1}


def test_an_unknown_source_is_named_before_anything_is_done(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=1))
    with pytest.raises(UnknownSource, match="no source 'nowhere'"):
        room.crawl("nowhere")
    assert not room.database.exists()


def test_only_the_named_source_is_crawled(newsroom: Make) -> None:
    room = newsroom(World(sites=2, articles=1))
    name = room.world.sites[1].name
    assert [one.source for one in room.crawl(name).sources] == [name]


# What changes between two crawls


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory, engine: LocalEngine) -> Iterator[Newsroom]:
    """Two sites of one kind two hours after their first crawl: something was edited, copied and taken down."""
    world = World(sites=2, articles=5, seed=11, kinds=["party", "party"])
    with Newsroom(tmp_path_factory.mktemp("later"), world, engine) as room:
        room.crawl()
        one, other = world.sites
        articles = world.articles(one)
        world.edit(articles[0])
        world.repost(articles[1], other)
        world.take_down(articles[2], 410)
        world.take_down(articles[3], 404)
        room.server.reset_counts()
        room.crawl(hours=2, everything=True)
        yield room


def test_an_edited_article_gets_a_second_revision(later: Newsroom) -> None:
    edited = later.world.articles(later.world.sites[0])[0]
    row = later.article(edited)
    assert (row["revision"], row["status"]) == (2, "live")
    changes = later.rows("SELECT op, revision FROM changes WHERE article_id = ? ORDER BY seq", row["id"])
    assert changes == [("insert", 1), ("revise", 2)]


def test_a_repost_is_linked_to_its_original(later: Newsroom) -> None:
    original = later.article(later.world.articles(later.world.sites[0])[1])
    copy = later.article(later.world.articles(later.world.sites[1])[-1])
    assert copy["duplicate_of"] == original["id"]
    assert original["duplicate_of"] is None


def test_what_did_not_change_is_not_stored_again(later: Newsroom) -> None:
    assert later.article(later.world.articles(later.world.sites[1])[0])["revision"] == 1


def test_an_article_that_answers_404_or_410_is_gone_only_when_that_has_lasted(later: Newsroom) -> None:
    missing = later.world.articles(later.world.sites[0])[2:4]
    for hours, status in ((2, "live"), (5.1, "live"), (8.2, "gone")):
        later.crawl(hours=hours, everything=True)
        assert [later.article(one)["status"] for one in missing] == [status] * 2, hours
    assert digest.is_sound(later.database)


# What goes wrong with pages


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory, engine: LocalEngine) -> Iterator[Newsroom]:
    """One crawl in which every page has a trouble of its own."""
    world = World(sites=1, articles=8, seed=5, kinds=["mirror"])
    static = StaticSite(
        "static",
        {
            "/robots.txt": (b"User-agent: dibao\nDisallow: /2026/secret/\n", "text/plain"),
            "/2026/11/21/100001.html": (PAGE.encode(), HTML),
            "/2026/secret/100002.html": (PAGE.encode(), HTML),
            "/2026/11/21/100003.html": (b"%PDF-1.7\n" + b"\x00\x01" * 500, "application/pdf"),
            "/2026/11/21/100004.html": (PAGE.encode() + b" " * LARGE, HTML),
        },
    )
    folder = tmp_path_factory.mktemp("troubled")
    with Newsroom(folder, world, engine, [static], timeout_seconds=1.5, max_body_bytes=LARGE) as room:
        a = world.articles()
        world.redirect(a[0], "/")
        world.redirect(a[1], a[2])
        world.redirect(a[3], a[3])
        world.fail(a[4], status=502, retry_after=7200)
        world.stall(a[5], seconds=30)
        world.fail(a[6], status=403)
        room.crawl()
        yield room


def test_a_redirect_to_the_home_page_is_no_article_and_asked_again_a_day_later(troubled: Newsroom) -> None:
    assert troubled.ledger(troubled.world.articles()[0])[:2] == ("pending", "redirected_home")


def test_a_redirect_to_another_article_makes_no_second_one(troubled: Newsroom) -> None:
    moved, there = troubled.world.articles()[1:3]
    assert {troubled.ledger(moved)[0], troubled.ledger(there)[0]} <= {"stored", "alias"}
    urls = {row[0] for row in troubled.rows("SELECT url FROM articles")}
    assert troubled.server.url_of(there) in urls
    assert troubled.server.url_of(moved) not in urls


def test_a_page_that_leads_to_itself_is_no_article_and_asked_again_a_day_later(troubled: Newsroom) -> None:
    assert troubled.ledger(troubled.world.articles()[3])[:2] == ("pending", "redirect_loop")


def test_a_page_that_asks_for_time_is_given_it(troubled: Newsroom) -> None:
    state, reason, status, next_at = troubled.ledger(troubled.world.articles()[4])
    assert (state, reason, status) == ("pending", "http_502", 502)
    assert next_at.startswith("2026-11-22T04:00")


def test_a_page_that_stalls_has_failed_after_the_timeout(troubled: Newsroom) -> None:
    state, reason, _, next_at = troubled.ledger(troubled.world.articles()[5])
    assert (state, reason) == ("pending", "timeout")
    assert next_at > "2026-11-22T02:05"


def test_a_page_that_is_forbidden_is_asked_again_later(troubled: Newsroom) -> None:
    assert troubled.ledger(troubled.world.articles()[6])[:2] == ("pending", "http_403")


def test_a_healthy_page_among_troubled_ones_is_stored(troubled: Newsroom) -> None:
    assert troubled.ledger(troubled.world.articles()[7])[0] == "stored"
    assert troubled.ledger(troubled.server.url("static") + "/2026/11/21/100001.html")[0] == "stored"


def test_what_robots_txt_disallows_is_not_asked_and_its_rules_are_read_again_a_day_later(troubled: Newsroom) -> None:
    path = "/2026/secret/100002.html"
    assert troubled.ledger(troubled.server.url("static") + path)[:2] == ("pending", "robots_disallowed")
    assert path not in troubled.paths()


def test_a_pdf_is_rejected_as_not_html(troubled: Newsroom) -> None:
    assert troubled.ledger(troubled.server.url("static") + "/2026/11/21/100003.html")[:2] == ("rejected", "not_html")


def test_a_body_over_the_limit_is_rejected(troubled: Newsroom) -> None:
    assert troubled.ledger(troubled.server.url("static") + "/2026/11/21/100004.html")[:2] == ("rejected", "too_large")


def test_every_url_of_a_troubled_run_is_counted_once(troubled: Newsroom) -> None:
    sums = " + ".join(OUTCOMES)
    assert troubled.rows(f"SELECT discovered - ({sums}) FROM run_sources") == [(0,), (0,)]
    assert troubled.rows("SELECT sum(discovered) FROM run_sources") == troubled.rows("SELECT count(*) FROM urls")


# What goes wrong with entry points


def test_a_source_whose_only_entry_point_asks_for_time_is_left_alone_until_then(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=2, kinds=["city"]))
    room.world.fail("/list.html", status=503, retry_after=3 * 3600)
    assert room.crawl().failed == (room.world.sites[0].name,)
    room.world.heal()
    room.server.reset_counts()
    assert room.crawl(hours=2.9).run_id is None
    assert room.paths() == set()
    assert room.crawl(hours=3.6).total("stored") == 2


def test_one_entry_point_of_two_that_asks_for_time_holds_the_source_back_too(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=2, kinds=["bay"]))
    room.world.fail("/list.html", status=429, retry_after=3 * 3600)
    result = room.crawl()
    assert [one.status for one in result.sources] == ["partial"]
    room.server.reset_counts()
    assert room.crawl(hours=2.9).run_id is None
    assert room.paths() == set()


def test_a_private_address_is_not_asked_without_leave(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=2, kinds=["city"]))
    room.path.write_text(room.path.read_text().replace('allow_networks = ["127.0.0.0/8"]\n', ""))
    result = room.crawl()
    assert result.failed == (room.world.sites[0].name,)
    assert room.rows("SELECT last_status, last_reason FROM entry_points") == [("failed", "blocked_address")]
    assert room.paths() == set()


def test_a_dead_source_does_not_keep_the_others_from_being_stored(newsroom: Make) -> None:
    room = newsroom(World(sites=2, articles=2))
    dead, alive = room.world.sites
    room.world.fail(dead, status=500)
    result = room.crawl()
    assert result.failed == (dead.name,)
    assert {row[0] for row in room.rows("SELECT source FROM articles")} == {alive.name}
    assert result.total("stored") == 2


# How much, how fast, and what is left


def test_what_is_over_the_budget_is_done_by_the_next_runs(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=7, kinds=["daily"]), max_pages_per_run=3)
    results = [room.crawl() for _ in range(4)]
    assert [result.total("stored") for result in results] == [3, 3, 1, 0]
    assert [result.total("pending") for result in results] == [4, 0, 0, 0]
    assert results[-1].run_id is None
    assert digest.is_sound(room.database)


def test_two_sources_of_one_site_are_never_asked_at_the_same_time(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=6, kinds=["bay"]))
    site = room.world.sites[0]
    twin = room.server.source_toml(site).replace(f'name = "{site.name}"', 'name = "twin"')
    twin = twin.replace(room.server.url(site) + "/list.html", room.server.url(site) + "/list_1.html")
    room.path.write_text(room.path.read_text() + "\n" + twin)
    room.world.stall(site, seconds=0.05)
    result = room.crawl()
    assert len(result.sources) == 2
    assert room.server.max_concurrent(site) == 1
    assert len(room.rows("SELECT url FROM articles")) == 6


def test_the_delay_between_two_requests_is_kept(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=4, kinds=["daily"]))
    room.path.write_text(room.path.read_text().replace("delay_seconds = 0.0", "delay_seconds = 0.5"))
    began = time.monotonic()
    room.crawl()
    requests = sum(request.times for request in room.server.requests())
    assert requests == 6
    # The first request waits for nobody. The crawl's own work comes on top, so only the lower bound is exact.
    assert time.monotonic() - began >= (requests - 1) * 0.5 * 0.95


def test_what_the_configuration_calls_an_outlet_is_in_the_file_from_the_next_crawl_on(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=1))
    room.crawl()
    assert room.rows("SELECT outlets FROM sources") == [("[]",)]
    text = room.path.read_text(encoding="utf-8")
    named = text.replace("[[source]]\n", '[[source]]\noutlet = ["恩施日报", "恩施网"]\n')
    room.path.write_text(named, encoding="utf-8")
    room.crawl(hours=12)
    assert room.rows("SELECT outlets FROM sources") == [('["恩施日报", "恩施网"]',)]


# Being stopped, and sharing the file


def test_a_crawl_that_is_stopped_leaves_no_lease_and_is_due_again(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=5, kinds=["daily"]))
    room.world.stall(room.world.sites[0], seconds=0.5)
    deadline = time.monotonic() + 1.5
    result = room.crawl(should_stop=lambda: time.monotonic() > deadline)
    assert result.interrupted
    assert [one.status for one in result.sources] == ["interrupted"]
    assert room.rows("SELECT count(*) FROM urls WHERE lease_job IS NOT NULL") == [(0,)]
    room.world.heal()
    again = room.crawl()
    assert again.run_id is not None
    assert room.rows("SELECT count(*) FROM articles") == [(5,)]
    assert digest.is_sound(room.database)


def test_a_crawl_that_is_stopped_before_its_worker_has_begun_stops_all_the_same(tmp_path: Path) -> None:
    world = World(sites=1, articles=3, kinds=["daily"])
    with (
        closing(LocalEngine(processes=1, log_level="CRITICAL")) as cold,
        Newsroom(tmp_path, world, cold) as room,
    ):
        world.stall("/sitemap.xml", seconds=0.5)
        asked = iter([False])
        result = room.crawl(should_stop=lambda: next(asked, True))
        assert (result.interrupted, result.total("stored")) == (True, 0)
        assert not room.paths() & {article.path for article in world.articles()}


def test_a_second_writer_is_refused_and_may_wait_instead(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=1))
    with WriterLock(room.config.dibao.database), pytest.raises(LockHeld):
        room.crawl()
    assert room.crawl().total("stored") == 1


def test_whoever_waits_for_another_writer_can_be_stopped(newsroom: Make, engine: LocalEngine) -> None:
    room = newsroom(World(sites=1, articles=1))
    asked = threading.Event()
    threading.Timer(0.2, asked.set).start()
    with WriterLock(room.config.dibao.database):
        result = crawl(
            room.config, clock=lambda: pytest.fail("nothing began"), engine=engine, wait_seconds=60,
            should_stop=asked.is_set,
        )  # fmt: skip
    assert result.interrupted
    assert result.run_id is None


def test_a_foreign_file_is_left_as_it_is(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=1))
    room.database.write_bytes(b"my diary")
    with pytest.raises(ForeignFile):
        room.crawl()
    assert room.database.read_bytes() == b"my diary"


def test_what_a_killed_crawl_was_asking_is_due_again(newsroom: Make, tmp_path: Path, dibao_command: str) -> None:
    room = newsroom(World(sites=1, articles=2, kinds=["daily"]))
    room.world.stall("/sitemap.xml", seconds=30)
    process = subprocess.Popen([dibao_command, "crawl"], cwd=tmp_path)
    deadline = time.monotonic() + 30
    while "/robots.txt" not in room.paths() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.wait()
    room.world.heal()
    assert room.rows("SELECT last_attempt_at IS NOT NULL FROM sources") == [(1,)]
    assert room.crawl().total("stored") == 2
