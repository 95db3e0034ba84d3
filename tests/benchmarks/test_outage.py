"""Ten portals that answer nothing for six hours, and publish: what is stored of it once they answer again.

`pytest tests/benchmarks/test_outage.py -m benchmark -s` prints the table.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from scheduler import plan
from scheduler.demo.server import WorldServer
from scheduler.demo.world import LOCAL, World
from scheduler.engines.local import LocalEngine
from scheduler.sources.states import remembered
from storage.database import open_reader
from storage.gaps import open_gaps
from tests.benchmarks.reader import Reader, told_apart

pytestmark = pytest.mark.benchmark

KINDS = [
    "feed",
    "hidden-feed",
    "news-sitemap",
    "gz-index",
    "sections",
    "gbk",
    "json-api",
    "refresh",
    "twins",
    "calendar",
]
BACKLOG = 25
# More than a feed shows, and more than one page of a list.
FEED, LIST, MISSED = 20, 20, 45
FIRST = datetime(2026, 11, 18, 8, 0, tzinfo=LOCAL)
CRAWLED = (FIRST, FIRST + timedelta(minutes=30))
DOWN = FIRST + timedelta(hours=1)
UP = DOWN + timedelta(hours=6)
END = UP + timedelta(hours=6)
STEP = timedelta(minutes=5)
STATUSES = (503, 500, 502)
FETCH = "max_pages_per_run = 1000\nconcurrency_per_host = 2\n"
NO_RECHECKS = "[recheck]\nshare = 0.0\n"


@dataclass(slots=True)
class Recovery:
    """One site: what it published meanwhile, what of it is stored, and when the last of it was."""

    portal: str
    refused: int = 0
    stored: int = 0
    whole_after: timedelta | None = None


def test_an_outage_of_six_hours_loses_nothing(tmp_path: Path) -> None:
    world = World(sites=len(KINDS), articles=BACKLOG, seed=3, kinds=KINDS, now=FIRST, list_size=LIST, feed_size=FEED)
    with WorldServer(world) as server, closing(LocalEngine(processes=2, log_level="CRITICAL")) as engine:
        sources = [server.source_toml(site, every="15m") for site in world.sites]
        reader = Reader(tmp_path / "dibao", server, engine, sources, more=NO_RECHECKS, fetch=FETCH)
        for now in CRAWLED:
            reader.crawl(now, everything=True)
        recoveries = {site.name: Recovery(site.portal) for site in world.sites}
        _outage(reader, world, recoveries)
        _recovery(reader, world, recoveries)
        gaps = _gaps(reader)
    _print_table(recoveries, gaps)
    assert {one.portal: one.stored for one in recoveries.values()} == dict.fromkeys(KINDS, MISSED)
    assert not gaps


def _outage(reader: Reader, world: World, recoveries: dict[str, Recovery]) -> None:
    """Nothing: the sites fail, publish and are asked in vain."""
    for number, site in enumerate(world.sites):
        world.fail(site, status=STATUSES[number % len(STATUSES)])
    reader.server.reset_counts()
    now = DOWN
    for number in range(MISSED):
        at = DOWN + (UP - DOWN) * number / MISSED
        while now <= at:
            reader.crawl(now)
            now = _next(reader, now)
        for site in world.sites:
            world.publish(site, at=at)
    for site in world.sites:
        recoveries[site.name].refused = sum(request.times for request in reader.server.requests(site))


def _recovery(reader: Reader, world: World, recoveries: dict[str, Recovery]) -> None:
    """Nothing: the sites answer again, and are asked until everything is stored, or until the end."""
    world.heal()
    now = UP
    while now < END and any(one.whole_after is None for one in recoveries.values()):
        reader.crawl(now)
        stored = reader.stored()
        for site in world.sites:
            one = recoveries[site.name]
            missed = world.articles(site)[BACKLOG : BACKLOG + MISSED]
            found, _, _ = told_apart(site, missed, [path for name, path in stored if name == site.name])
            one.stored = len(found)
            if one.stored == MISSED and one.whole_after is None:
                one.whole_after = now - UP
        now = _next(reader, now)


def _next(reader: Reader, now: datetime) -> datetime:
    """When the first source is due, not sooner than a step later."""
    with open_reader(reader.database) as database:
        states = remembered(reader.config, database, now)
    at = min(plan.next_due(one, states[one.name], now, reader.config.schedule).at for one in reader.config.source)
    return max(at, now + STEP)


def _gaps(reader: Reader) -> set[str]:
    """The sources of which something may still be missing."""
    with open_reader(reader.database) as database:
        return {gap.source for gap in open_gaps(database)}


def _print_table(recoveries: dict[str, Recovery], gaps: set[str]) -> None:
    hours = (UP - DOWN) / timedelta(hours=1)
    print(f"\n\n{len(KINDS)} sites without an answer for {hours:.0f} h, in which each published {MISSED} articles")
    print(f"(a feed shows {FEED}, a page of a list {LIST})")
    print(f"{'kind':14}{'asked in vain':>15}{'stored':>10}{'all after min':>15}")
    for name, one in recoveries.items():
        after = "never" if one.whole_after is None else f"{one.whole_after / timedelta(minutes=1):.0f}"
        stored = f"{one.stored}/{MISSED}"
        print(f"{one.portal:14}{one.refused:15}{stored:>10}{after:>15}{'   gap open' if name in gaps else ''}")
