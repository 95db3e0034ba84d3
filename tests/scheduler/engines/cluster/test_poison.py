"""A page that takes the whole `dibao worker` with it that reads it."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from scheduler.demo.world import World
from tests import digest
from tests.faults import poison
from tests.scheduler.engines.cluster.siege import Siege
from tests.scheduler.engines.cluster.stage import Cluster
from tests.scheduler.engines.cluster.watched_world import WatchedWorld

pytestmark = pytest.mark.cluster

LOSSES = 3
ARTICLES = 12
"""Of each site: the others, on the same one worker, are amid theirs when the page is read."""


def test_its_source_is_left_alone_after_three_workers_and_all_others_are_stored(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison.arm(tmp_path, monkeypatch)
    world = World(sites=3, articles=ARTICLES, seed=3, kinds=["daily"])
    site = world.sites[0]
    bad = world.articles(site)[8]
    others = [article for article in world.articles() if article.site != site.name]
    with WatchedWorld(world, answer_seconds=0.2) as served, Siege(tmp_path, served, cluster, workers=1) as siege:
        served.marks[site.name, bad.path] = poison.marked("", "worker", "parent")
        failed = f"SELECT failures FROM sources WHERE name = '{site.name}'"
        siege.until(lambda: siege.value(failed), "the source has failed")
        killed = [code for worker in siege.workers for code in worker.exits if code == -signal.SIGKILL]
        assert len(killed) == LOSSES
        urls = {served.url_of(article) for article in others}
        siege.until(lambda: urls <= _stored(siege), "all other articles are stored")
        assert siege.value("SELECT count(*) FROM sources WHERE failures > 0") == 1, siege.report()
        siege.finish(digest.articles(siege.database))
        last = [asked.at for asked in served.asked() if (asked.host, asked.path) == (site.name, bad.path)]
        assert len(last) == LOSSES


def _stored(siege: Siege) -> set[str]:
    """The addresses of all articles in the file."""
    return {row[0] for row in digest.articles(siege.database)}
