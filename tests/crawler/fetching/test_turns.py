"""One request of a host at a time, also where the machine is so busy that each pause is over before it begins."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler.config.file import load_config
from scheduler.crawl import crawl
from scheduler.demo.server import WorldServer
from scheduler.demo.world import World

SITE = """
import importlib.machinery, itertools, sys

class Finder:
    def find_spec(self, name, path, target=None):
        if name != "scrapy.core.downloader":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        execute = spec.loader.exec_module
        def exec_module(module):
            execute(module)
            module.monotonic = itertools.count().__next__
        spec.loader.exec_module = exec_module
        return spec

sys.meta_path.insert(0, Finder())
"""
"""For the workers: a second passes in the downloader between any two looks at the clock."""


def test_a_site_is_asked_one_thing_at_a_time_however_late_the_clock_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(SITE, encoding="utf-8")
    others = os.environ.get("PYTHONPATH")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(tmp_path), others))))
    world = World(sites=1, articles=12, kinds=["daily"])
    for article in world.articles():
        world.stall(article, 0.05)
    with WorldServer(world) as server:
        path = tmp_path / "dibao.toml"
        path.write_text(server.config_toml("news.db"), encoding="utf-8")
        result = crawl(load_config(path), clock=lambda: datetime.now(UTC), everything=True)
        assert result.total("stored") == 12
        assert server.max_concurrent(world.sites[0]) == 1
