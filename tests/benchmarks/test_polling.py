"""Requests for each new article, and how late it is seen: by each site's own rhythm, and every fifteen minutes.

`pytest tests/benchmarks/test_polling.py -m "benchmark and nightly" -s` prints the table. Two readers ask the same
twelve portals, one of each kind, over real HTTP; the clock is an argument. What the portals had published before tells
their rhythms. It takes minutes; `test_simulated_year`, of the same policy without HTTP, does not wait for the night.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import merge
from pathlib import Path
from statistics import median, quantiles

import pytest

from scheduler import plan
from scheduler.demo.server import WorldServer
from scheduler.demo.variants import variant
from scheduler.demo.ways import PORTALS
from scheduler.demo.world import LOCAL, World
from scheduler.engines.local import LocalEngine
from scheduler.sources.states import remembered
from storage.database import open_reader
from tests.benchmarks.reader import Reader
from tests.benchmarks.rhythms import times

pytestmark = pytest.mark.benchmark

FIRST = datetime(2026, 11, 9, tzinfo=LOCAL)
BACKLOG_DAYS, DAYS = 3, 1
BEGIN = FIRST + timedelta(days=BACKLOG_DAYS)
END = BEGIN + timedelta(days=DAYS)
SEED = 8
FIXED = "15m"
PHASES = (9, 4, 14)
"""Minutes past each quarter at which a third of the portals each are asked by the clock: together, to spare the bench
crawls. The morning's largest burst, of the province's paper at six, is met after six minutes: sooner than on average.
"""
# Both ask for the first pages of everything; how often young articles are looked at again is not what is compared.
FETCH = "max_pages_per_run = 1000\nconcurrency_per_host = 2\n"
NO_RECHECKS = "[recheck]\nshare = 0.0\n"
STEP = timedelta(minutes=1)


@dataclass(slots=True)
class Polled:
    """What one reader asked and found. `delays`: minutes from publication to the poll that found it, by portal."""

    reader: Reader
    known: int = 0
    polls: int = 0
    lists: Counter[str] = field(default_factory=Counter)
    articles: int = 0
    delays: dict[str, list[float]] = field(default_factory=lambda: {portal: [] for portal in PORTALS})

    @property
    def found(self) -> list[float]:
        """All delays."""
        return [delay for delays in self.delays.values() for delay in delays]

    @property
    def each(self) -> float:
        """Requests for each new article, but for that for the article itself, which nobody can save."""
        return sum(self.lists.values()) / max(len(self.found), 1)

    @property
    def each_in_all(self) -> float:
        """Requests of any kind for each new article."""
        return (sum(self.lists.values()) + self.articles) / max(len(self.found), 1)


@pytest.mark.nightly
def test_asking_by_rhythm_takes_half_of_the_requests_and_finds_articles_no_later(tmp_path: Path) -> None:
    world = World(sites=len(PORTALS), articles=0, seed=SEED, kinds=list(PORTALS), now=FIRST)
    to_come = merge(*(_published(site.name, number) for number, site in enumerate(world.sites)))
    with WorldServer(world) as server, closing(LocalEngine(processes=2, log_level="CRITICAL")) as engine:
        pending = _publish(world, to_come, None, BEGIN)
        rhythm = _reader(tmp_path / "rhythm", server, engine, None)
        rhythm.crawl(BEGIN)
        shutil.copytree(rhythm.database.parent, tmp_path / "fixed")
        fixed = _reader(tmp_path / "fixed", server, engine, FIXED)
        ours, theirs = _simulate(world, to_come, pending, [Polled(rhythm), Polled(fixed)])
    published = [article for article in world.articles() if BEGIN < article.published <= END]
    _print_tables(len(published), ours, theirs)
    assert len(ours.found) >= 0.97 * len(published)  # what came after the last poll is found tomorrow
    assert ours.each <= theirs.each / 2
    assert median(ours.found) <= median(theirs.found)


def _published(site: str, number: int) -> Iterator[tuple[datetime, str]]:
    for at in times(number, FIRST, BACKLOG_DAYS + DAYS, SEED):
        yield at, site


def _reader(folder: Path, server: WorldServer, engine: LocalEngine, every: str | None) -> Reader:
    sources = [server.source_toml(site, every) for site in server.world.sites]
    if every is not None:
        for number, source in enumerate(sources):
            minutes = ",".join(str(PHASES[number % 3] + quarter) for quarter in range(0, 60, 15))
            sources[number] = source.replace(f'every = "{every}"', f'cron = "{minutes} * * * *"')
    return Reader(folder, server, engine, sources, more=NO_RECHECKS, fetch=FETCH)


def _publish(
    world: World, to_come: Iterator[tuple[datetime, str]], pending: tuple[datetime, str] | None, until: datetime
) -> tuple[datetime, str] | None:
    """The first publication after that time, once all before it have happened."""
    pending = pending or next(to_come, None)
    while pending is not None and pending[0] <= until:
        world.publish(pending[1], at=pending[0])
        pending = next(to_come, None)
    return pending


def _simulate(
    world: World, to_come: Iterator[tuple[datetime, str]], pending: tuple[datetime, str] | None, polled: list[Polled]
) -> list[Polled]:
    """The readers at the end of the time: each crawls whenever one of its sources is due."""
    for one in polled:
        one.known = _newest(one.reader)
    due = [_next(one.reader, BEGIN) for one in polled]
    while (now := min(due)) <= END:
        pending = _publish(world, to_come, pending, now)
        for place, one in enumerate(polled):
            if due[place] <= now:
                _poll(one, now)
                due[place] = _next(one.reader, now)
    return polled


def _next(reader: Reader, now: datetime) -> datetime:
    """When the first of its sources is due, in whole minutes, later than now."""
    with open_reader(reader.database) as database:
        states = remembered(reader.config, database, now)
    at = min(plan.next_due(one, states[one.name], now, reader.config.schedule).at for one in reader.config.source)
    minutes = -((BEGIN - max(at, now + STEP)) // STEP)
    return BEGIN + minutes * STEP


def _poll(one: Polled, now: datetime) -> None:
    server, world = one.reader.server, one.reader.server.world
    server.reset_counts()
    one.reader.crawl(now)
    one.polls += 1
    for site in world.sites:
        for path, times_asked in server.hits(site).items():
            if world.find(site, variant(site, path).path) is None:
                one.lists[site.portal] += times_asked
            else:
                one.articles += times_asked
    for url in _new(one):
        for site in world.sites:
            article = world.find(site, url.removeprefix(server.url(site))) if url.startswith(server.url(site)) else None
            if article is not None:
                one.delays[site.portal].append((now - article.published) / timedelta(minutes=1))


def _newest(reader: Reader) -> int:
    return int(reader.rows("SELECT max(id) FROM articles")[0][0])


def _new(one: Polled) -> list[str]:
    rows = one.reader.rows(f"SELECT id, url FROM articles WHERE id > {one.known} ORDER BY id")
    one.known = max((row[0] for row in rows), default=one.known)
    return [row[1] for row in rows]


def _print_tables(published: int, ours: Polled, theirs: Polled) -> None:
    print(f"\n\n{DAYS} day of {len(PORTALS)} portals, {published} articles published, rhythms from {BACKLOG_DAYS} days")
    headings = ("polls", "lists", "articles", "found", "each", "in all", "median min", "p95", "worst")
    print(f"{'':10}" + "".join(f"{heading:>11}" for heading in headings))
    for label, one in (("rhythm", ours), (FIXED, theirs)):
        found = one.found
        print(
            f"{label:10}{one.polls:11}{sum(one.lists.values()):11}{one.articles:11}{len(found):11}{one.each:11.2f}"
            f"{one.each_in_all:11.2f}{median(found):11.1f}{quantiles(found, n=20)[-1]:11.1f}{max(found):11.1f}"
        )
    print(f"{'ratio':10}{ours.each / theirs.each:54.2f}x{ours.each_in_all / theirs.each_in_all:10.2f}x")
    print(f"\n{'kind':14}" + "".join(f"{label + ' req':>12}{'median':>8}" for label in ("rhythm", FIXED)))
    for portal in PORTALS:
        cells = (f"{one.lists[portal]:12}{median(one.delays[portal] or [0]):8.1f}" for one in (ours, theirs))
        print(f"{portal:14}" + "".join(cells))
