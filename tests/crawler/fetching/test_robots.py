"""robots.txt by RFC 9309, seen from outside: what is asked of a real server, and what the run says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.config.file import load_config
from scheduler.crawl import CrawlResult, crawl
from scheduler.demo.server import WorldServer
from scheduler.demo.world import World

ARTICLES = 3


def crawled(
    folder: Path, world: World, server: WorldServer, later: timedelta = timedelta(0)
) -> tuple[CrawlResult, list[str]]:
    """The result of one crawl, so much later than now, and the paths that were asked for, robots.txt left out."""
    path = folder / "dibao.toml"
    path.write_text(server.config_toml("news.db"), encoding="utf-8")
    result = crawl(load_config(path), clock=lambda: datetime.now(UTC) + later, everything=True)
    return result, [request.path for request in server.requests(world.sites[0]) if request.path != "/robots.txt"]


@pytest.mark.parametrize("status", [500, 429])
def test_a_site_whose_robots_txt_fails_is_left_alone(tmp_path: Path, status: int) -> None:
    world = World(sites=1, articles=ARTICLES, kinds=["daily"])
    with WorldServer(world) as server:
        world.fail("/robots.txt", status=status)
        result, asked = crawled(tmp_path, world, server)
    assert asked == []
    (source,) = result.sources
    assert source.status == "failed"
    assert "robots_unreachable" in (source.error or "")


def test_a_missing_robots_txt_forbids_nothing(tmp_path: Path) -> None:
    world = World(sites=1, articles=ARTICLES, kinds=["daily"])
    with WorldServer(world) as server:
        world.fail("/robots.txt", status=404)
        result, _ = crawled(tmp_path, world, server)
    assert result.total("stored") == ARTICLES


@pytest.mark.faults
def test_a_site_that_comes_back_is_crawled_again(tmp_path: Path) -> None:
    world = World(sites=1, articles=ARTICLES, kinds=["daily"])
    with WorldServer(world) as server:
        world.fail("/robots.txt", status=503, times=1)
        assert crawled(tmp_path, world, server)[0].total("stored") == 0
        assert crawled(tmp_path, world, server, timedelta(hours=2))[0].total("stored") == ARTICLES
