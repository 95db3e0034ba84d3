"""This machine loses its network between real crawls of a real world: one incident, and no source is blamed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scheduler.demo.world import World
from storage.database import open_reader
from storage.watch import incidents
from storage.watch.incidents import Incident
from tests.scheduler.newsroom import Newsroom

SITES = 8


def seen(room: Newsroom) -> tuple[Incident, ...]:
    with open_reader(room.database) as database:
        return incidents.history(database)


def states(room: Newsroom) -> set[Any]:
    return {row[0] for row in room.rows("SELECT state FROM source_states")}


@pytest.fixture
def room(newsroom: Callable[..., Newsroom]) -> Newsroom:
    """Portals after two good crawls."""
    room = newsroom(World(sites=SITES, articles=1, kinds=["daily"]), timeout_seconds=5)
    room.crawl(everything=True)
    room.crawl(everything=True, hours=1)
    return room


def unplugged(room: Newsroom) -> None:
    """None; nobody answers any more."""
    room.server.__exit__(None, None, None)


def plugged_in(room: Newsroom) -> None:
    """None; everybody answers at the same addresses again."""
    room.server._port = room.server.addresses[room.server.names[0]][1]
    room.server.__enter__()


def test_a_lost_network_is_one_incident_and_its_end_is_none(room: Newsroom) -> None:
    assert seen(room) == ()
    assert states(room) == {"ok"}
    unplugged(room)
    for hours in (2, 3, 9):
        room.crawl(everything=True, hours=hours)
    (down,) = seen(room)
    assert (down.kind, down.severity, down.is_open) == ("network_down", "error", True)
    assert down.facts["tried"] == SITES
    assert down.facts["hosts"] == SITES
    assert down.facts["since"] <= "2026-11-22T03:05:00Z"
    assert states(room) == {"ok"}
    plugged_in(room)
    room.crawl(room.server.names[0], hours=30)
    assert [one.is_open for one in seen(room)] == [True]
    room.crawl(everything=True, hours=31)
    (over,) = seen(room)
    assert over.facts["resolution"] == "recovered"
    assert states(room) == {"ok"}
