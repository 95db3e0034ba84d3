"""Real portals that fail and lose their links, real crawls of them, and what the file then says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scheduler.demo.world import World
from storage.database import open_reader
from storage.watch import incidents, states
from storage.watch.incidents import Incident
from tests.scheduler.newsroom import Newsroom

SINK = '\n[[alert]]\nname = "log"\nkind = "log"\n'


def seen(room: Newsroom) -> tuple[Incident, ...]:
    with open_reader(room.database) as database:
        return incidents.history(database)


def state(room: Newsroom, name: str) -> Any:
    with open_reader(room.database) as database:
        return states.read_one(database, name)


@pytest.fixture
def room(newsroom: Callable[..., Newsroom]) -> Newsroom:
    room = newsroom(World(sites=2, articles=2, kinds=["daily"]))
    room.path.write_text(room.path.read_text(encoding="utf-8") + SINK, encoding="utf-8")
    return room


def alerts(room: Newsroom) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in room.rows("SELECT event, state FROM alerts ORDER BY id")]


def test_a_portal_that_fails_for_hours_is_told_of_once_and_once_more_when_it_is_well(room: Newsroom) -> None:
    well, bad = (site.name for site in room.world.sites)
    room.crawl(everything=True)
    room.world.fail(room.world.sites[1], status=404)
    room.crawl(everything=True, hours=1)
    room.crawl(everything=True, hours=2)
    assert seen(room) == ()
    for hours in (3, 4, 5, 6):
        room.crawl(everything=True, hours=hours)
    (one,) = seen(room)
    assert (one.kind, one.source, one.severity) == ("source_failing", bad, "warning")
    assert (state(room, bad).state, state(room, well).state) == ("failing", "ok")
    assert state(room, bad).next_run_kind == "back_off"
    assert alerts(room) == [("opened", "pending")]
    for hours in (20, 30):
        room.crawl(everything=True, hours=hours)
    assert seen(room)[0].severity == "error"
    room.world.heal()
    room.crawl(everything=True, hours=31)
    assert state(room, bad).state == "ok"
    assert seen(room)[0].is_open
    room.crawl(everything=True, hours=32)
    (one,) = seen(room)
    assert not one.is_open
    assert one.facts["resolution"] == "recovered"


def test_a_portal_that_shows_no_links_any_more_is_told_of(newsroom: Callable[..., Newsroom]) -> None:
    room = newsroom(World(sites=1, articles=1, kinds=["daily"]))
    room.world.heal()
    room.crawl(everything=True)
    pages = room.server._pages
    answer = pages.answer

    def emptied(site: Any, path: str, headers: Any) -> Any:
        found = answer(site, path, headers)
        if "sitemap" in path:
            empty = b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>'
            return type(found)(status=200, body=empty, headers={"Content-Type": "application/xml"})
        return found

    pages.answer = emptied  # type: ignore[method-assign]
    for hours in (1, 4, 7):
        room.crawl(everything=True, hours=hours)
    (one,) = seen(room)
    assert one.kind == "source_no_links"
    assert state(room, one.source or "").state == "empty"


def test_what_a_source_is_called_off_for_is_over_at_the_next_crawl_even_where_nothing_is_due(room: Newsroom) -> None:
    room.crawl(everything=True)
    room.world.fail(room.world.sites[1], status=404)
    for hours in (1, 2, 3, 4):
        room.crawl(everything=True, hours=hours)
    assert seen(room)[0].is_open
    name = room.world.sites[1].name
    text = room.path.read_text(encoding="utf-8")
    room.path.write_text(text.replace(f'name = "{name}"\n', f'name = "{name}"\nenabled = false\n'), encoding="utf-8")
    assert room.crawl(hours=4).run_id is None
    assert seen(room)[0].facts["resolution"] == "off"
