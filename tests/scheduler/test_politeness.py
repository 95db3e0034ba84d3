"""How hosts are asked across sources and crawls: robots.txt, pauses, budgets; and sources that lose their feed."""

from __future__ import annotations

import json
from collections.abc import Callable

from scheduler.demo.world import World
from scheduler.sources.states import remembered
from storage.database import open_reader
from tests.scheduler.newsroom import NOW, Newsroom

Make = Callable[..., Newsroom]


def with_twin(room: Newsroom, **settings: object) -> None:
    """A second source on the first one's host, with an entry point of its own."""
    site = room.world.sites[0]
    base = room.server.url(site)
    twin = f'\n[[source]]\nname = "twin"\nhome = "{base}/"\nevery = "15m"\nfeeds = ["{base}/feed.xml"]\n'
    text = room.path.read_text() + twin
    more = "".join(f"{name} = {value}\n" for name, value in settings.items())
    room.path.write_text(text.replace("[fetch]\n", f"[fetch]\n{more}", 1))


def asked(room: Newsroom, path: str) -> int:
    return sum(request.times for request in room.server.requests() if request.path == path)


def test_robots_txt_is_asked_for_once_a_day(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=2, kinds=["daily"]))
    for hours in (0, 1, 23):
        room.crawl(everything=True, hours=hours)
        assert asked(room, "/robots.txt") == 1
    room.crawl(everything=True, hours=25)
    assert asked(room, "/robots.txt") == 2


def test_what_robots_txt_decided_is_part_of_the_run(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=2, kinds=["daily"]))
    room.crawl()
    (hosts,) = room.rows("SELECT hosts FROM run_sources")[0]
    (host,) = json.loads(hosts)
    assert (host["robots"], host["throttled"], host["address"]) == ("rules", False, host["authority"].split(":")[0])
    assert host["requests"] == 4


def test_a_host_whose_robots_txt_cannot_be_had_is_left_alone_until_it_can(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=2, kinds=["daily"]))
    room.world.fail("/robots.txt", status=500)
    assert room.crawl().total("stored") == 0
    assert room.paths() == {"/robots.txt"}
    room.world.heal()
    assert room.crawl(hours=1).total("stored") == 2


def test_429_on_one_page_stops_all_that_is_asked_of_the_host_until_its_time_has_come(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=9, kinds=["blog"]))
    with_twin(room)
    newest = room.world.articles()[-1]
    room.world.fail(newest, status=429, retry_after=2 * 3600)
    room.crawl()
    room.world.heal()
    assert len(room.rows("SELECT 1 FROM articles")) < 3
    room.server.reset_counts()
    assert room.crawl(hours=1.9).run_id is None
    with open_reader(room.database) as database:
        states = remembered(room.config, database, NOW)
    assert {state.pause_why.split(" asked for a pause: ")[1] for state in states.values()} == {
        "HTTP 429, Retry-After 7200 s"
    }
    assert room.paths() == set()
    room.crawl(hours=2.1)
    assert len(room.rows("SELECT 1 FROM articles")) == 9
    assert {row[0] for row in room.rows("SELECT state FROM urls")} == {"stored"}


def test_sources_of_one_host_share_its_requests_of_an_hour(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=9, kinds=["blog"]))
    with_twin(room, max_requests_per_hour=6)
    room.crawl()
    assert sum(request.times for request in room.server.requests()) == 6
    assert room.crawl(hours=0.9).run_id is None
    for hours in (1.1, 2.2, 3.3):
        room.crawl(hours=hours)
        assert sum(request.times for request in room.server.requests()) <= 6 * (2 + int(hours))
    assert len(room.rows("SELECT 1 FROM articles")) == 9


def test_a_source_whose_feed_is_gone_is_found_by_its_home_page(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=5, kinds=["blog"]))
    text = room.path.read_text()
    room.path.write_text("\n".join(line for line in text.splitlines() if not line.startswith("listings")))
    room.world.fail("/feed.xml", status=404)
    assert room.crawl().failed == (room.world.sites[0].name,)
    room.crawl(hours=1)
    assert len(room.rows("SELECT 1 FROM articles")) == 5
    assert room.rows("SELECT DISTINCT entry_kind FROM discoveries") == [("listing",)]
    assert room.rows("SELECT found_by FROM entry_points WHERE kind = 'listing'") == [("fallback",)]
    room.world.heal()
    room.world.publish(room.world.sites[0])
    room.crawl(hours=4)
    assert len(room.rows("SELECT 1 FROM articles")) == 6


def test_what_a_link_said_is_kept_with_the_article(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=3, kinds=["blog"]))
    room.crawl()
    newest = room.world.articles()[-1]
    row = room.rows("SELECT * FROM discoveries WHERE url = ?", room.server.url_of(newest))[0]
    (entry_url, kind, title, published, position, guid) = row[4:10]
    assert (entry_url, kind) == (room.server.url(room.world.sites[0]) + "/feed.xml", "feed")
    assert (title, position, guid) == (newest.title, 0, newest.id)
    assert published is not None


def test_a_crawl_teaches_when_its_source_publishes(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=9, kinds=["daily"]))
    room.crawl()
    with open_reader(room.database) as database:
        (state,) = remembered(room.config, database, NOW).values()
        assert state.rhythm is None
        text = room.path.read_text()
        room.path.write_text("\n".join(line for line in text.splitlines() if not line.startswith("every")))
        (state,) = remembered(room.config, database, NOW).values()
    assert state.rhythm is not None
    assert room.rows("SELECT length(rhythm) < 5000 FROM sources") == [(1,)]
    assert room.rows("SELECT shape, articles, others FROM link_shapes")[0][1:] == (9, 0)
