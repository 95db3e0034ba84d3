"""How much of what portals of twelve kinds publish is found within two polls, and what that costs.

`pytest tests/benchmarks/test_discovery.py -m benchmark -s` prints the tables. Beside it, what trafilatura's own
discovery finds on the same sites: it keeps nothing between two runs, so each run costs it all its requests again.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from scheduler.demo.server import WorldServer
from scheduler.demo.shelf import WorldArticle
from scheduler.demo.site import WorldSite
from scheduler.demo.ways import PORTALS
from scheduler.demo.world import World
from scheduler.engines.local import LocalEngine
from tests.benchmarks.reader import Reader, told_apart
from tests.benchmarks.sources import Written, written

pytestmark = pytest.mark.benchmark

HERE = Path(__file__).parent
SITES, ARTICLES, LATER = 60, 24, 2
BEGIN = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
POLLS = (BEGIN, BEGIN + timedelta(hours=1))
# Several times what is allowed by default: the first poll is of a whole backlog, and nobody waits for these sites.
FETCH = "max_pages_per_run = 1000\nconcurrency_per_host = 2\n"
MODES = ("feed", "sitemap", "crawl")
MOST_PAGES = 50


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found on the sites of one kind. `twice`, `junk`: stored again under another address; no article.

    `dated`: articles whose stored time is that of their publication, or its day where only that was to be had.
    `whole`: those whose stored text has every paragraph.
    """

    published: int
    articles: int
    twice: int
    junk: int
    requests: int
    dated: int = 0
    whole: int = 0

    @property
    def share(self) -> float:
        return self.articles / self.published


class Facts(NamedTuple):
    """What is stored of an article: time of publication in UTC, and as it is shown; text."""

    at: str
    local: str
    text: str


def test_two_polls_find_what_portals_of_twelve_kinds_have_published(tmp_path: Path) -> None:
    world = World(sites=SITES, articles=ARTICLES, seed=4, kinds=list(PORTALS), now=BEGIN - timedelta(minutes=30))
    with WorldServer(world) as server, closing(LocalEngine(processes=2, log_level="CRITICAL")) as engine:
        blocks = written(server, tmp_path, POLLS[0])
        server.reset_counts()
        reader = Reader(tmp_path / "dibao", server, engine, [one.toml for one in blocks], fetch=FETCH)
        reader.crawl(POLLS[0], everything=True)
        for site in world.sites:
            world.publish(site, LATER)
        reader.crawl(POLLS[1], everything=True)
        found = dict(_by_portal(reader, world))
    others = _trafilatura(tmp_path)
    _print_tables(found, others, blocks)
    for portal, one in found.items():
        assert one.share == 1.0, f"{portal}: {one}"
        assert (one.twice, one.junk) == (0, 0), f"{portal}: {one}"
    assert [block.site.name for block in blocks if not block.by_add] == []


def _by_portal(reader: Reader, world: World) -> Iterator[tuple[str, Found]]:
    stored = reader.stored()
    facts = {
        url: Facts(at or "", local or "", text)
        for url, at, local, text in reader.rows("SELECT url, published_at, published_local, text FROM articles")
    }
    for portal in PORTALS:
        sites = [site for site in world.sites if site.portal == portal]
        told = [
            told_apart(site, world.articles(site), [path for name, path in stored if name == site.name])
            for site in sites
        ]
        truth = [article for site in sites for article in world.articles(site)]
        yield (
            portal,
            Found(
                published=len(truth),
                articles=sum(len(paths) for paths, _, _ in told),
                twice=sum(twice for _, twice, _ in told),
                junk=sum(junk for _, _, junk in told),
                requests=sum(sum(reader.server.hits(site).values()) for site in sites),
                dated=sum(_is_dated(article, facts.get(reader.server.url_of(article))) for article in truth),
                whole=sum(_is_whole(article, facts.get(reader.server.url_of(article))) for article in truth),
            ),
        )


def _is_dated(article: WorldArticle, facts: Facts | None) -> bool:
    if facts is None:
        return False
    if len(facts.local) == len("2026-11-22"):
        return facts.local == f"{article.published:%Y-%m-%d}"
    return facts.at[:16] == f"{article.published.astimezone(UTC):%Y-%m-%dT%H:%M}"


def _is_whole(article: WorldArticle, facts: Facts | None) -> bool:
    return facts is not None and all(paragraph in facts.text for paragraph in article.paragraphs)


# The same sites for trafilatura


def _trafilatura(folder: Path) -> dict[str, dict[str, Found]]:
    """By kind and mode, for one site of each kind."""
    found: dict[str, dict[str, Found]] = {portal: {} for portal in PORTALS}
    world = World(sites=len(PORTALS), articles=ARTICLES, seed=4, kinds=list(PORTALS))
    with WorldServer(world, domain="example.com") as server:
        for mode in MODES:
            server.reset_counts()
            urls = _asked(server, mode, folder)
            for site in world.sites:
                found[site.portal][mode] = _told(server, site, urls[site.name])
    return found


def _asked(server: WorldServer, mode: str, folder: Path) -> dict[str, list[str]]:
    spec = {
        "mode": mode,
        "names": {f"{name}.example.com": host for name, (host, _) in server.addresses.items()},
        "homes": {name: f"{server.url(name)}/" for name in server.names},
        "most_pages": MOST_PAGES,
    }
    path = folder / f"{mode}.json"
    path.write_text(json.dumps(spec), encoding="utf-8")
    command = [sys.executable, str(HERE / "trafilatura_side.py"), str(path)]
    printed = subprocess.run(command, stdout=subprocess.PIPE, timeout=120, check=True).stdout
    urls: dict[str, list[str]] = json.loads(printed)
    return urls


def _told(server: WorldServer, site: WorldSite, urls: list[str]) -> Found:
    base = server.url(site)
    paths = [url.removeprefix(base) for url in urls if url.startswith(base)]
    articles = server.world.articles(site)
    found, twice, junk = told_apart(site, articles, paths)
    return Found(
        published=len(articles),
        articles=len(found),
        twice=twice,
        junk=junk,
        requests=sum(server.hits(site).values()),
    )


# Tables


def _print_tables(found: dict[str, Found], others: dict[str, dict[str, Found]], blocks: list[Written]) -> None:
    by_add = Counter(one.site.portal for one in blocks if one.by_add)
    print(f"\n\n{SITES} portals of {len(PORTALS)} kinds, {ARTICLES} + {LATER} articles each, two polls")
    headings = {"by add": 8, "add req": 8, "found": 8, "twice": 7, "junk": 6, "req/article": 13, "dated": 8, "whole": 8}
    print(f"{'kind':14}" + "".join(f"{heading:>{width}}" for heading, width in headings.items()))
    for portal, one in found.items():
        mine = [block for block in blocks if block.site.portal == portal]
        asked = sum(block.requests for block in mine) / len(mine)
        print(
            f"{portal:14}{f'{by_add[portal]}/{len(mine)}':>8}{asked:8.1f}{one.share:8.1%}{one.twice:7}{one.junk:6}"
            f"{one.requests / max(one.articles, 1):13.2f}"
            f"{one.dated / one.published:8.1%}{one.whole / one.published:8.1%}"
        )
    print(f"\ntrafilatura, one site a kind: share of {ARTICLES} articles (other addresses) : requests of one run")
    print(f"{'kind':14}" + "".join(f"{mode:>22}" for mode in MODES))
    for portal, modes in others.items():
        cells = (f"{one.share:.0%} (+{one.twice + one.junk}) : {one.requests}" for one in modes.values())
        print(f"{portal:14}" + "".join(f"{cell:>22}" for cell in cells))
