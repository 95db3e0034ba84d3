"""kill -9, SIGSTOP and cut lines amid the crawl of a cluster: all is stored once, no host is asked twice at a time.

`pytest tests/scheduler/engines/cluster/test_kills.py -m "cluster and nightly" -s` prints how long each took to recover.
With `-n 2`, the variable DIBAO_RECOVERIES names a file for that, which recovering.py prints.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scheduler.demo.world import World
from tests import digest
from tests.scheduler.engines.cluster.disturbances import KINDS, Disturb, worker_without_a_way
from tests.scheduler.engines.cluster.machines import DIBAO, exit_code
from tests.scheduler.engines.cluster.postgres import Postgres, absence
from tests.scheduler.engines.cluster.recovering import Recovery, note, recovery, table
from tests.scheduler.engines.cluster.siege import Row, Siege
from tests.scheduler.engines.cluster.stage import Cluster, fresh_cluster
from tests.scheduler.engines.cluster.supervisor import tail
from tests.scheduler.engines.cluster.watched_world import WatchedWorld

pytestmark = pytest.mark.cluster

# Kinds with a sitemap: one crawl finds all their articles.
SITE_KINDS = ("mirror", "bay", "gazette", "daily")
SITES, ARTICLES, ANSWER_SECONDS = 12, 14, 0.7
"""A host's pages take longer than to lose a worker: one that is frozen is still amid them when others begin."""
ROUNDS = 10
FAR = f"127.77.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"
"""An address of this machine that this process alone uses."""
WIRED = ("cut_off", "refused", "unheard")
EARLIEST, LATEST = 0.05, 0.4
"""Parts of all articles that are stored when something is done to the crawl."""
ALWAYS = ("worker_killed", "worker_frozen", "coordinator_killed", "postgres_killed")
"""The kinds that every change is tried with, once each; the others are for the night."""


recoveries: list[Recovery] = []


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """What a crawl on one machine stores of the world, and the port that is a part of all its addresses."""

    port: int
    articles: list[Row]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    path = tmp_path_factory.mktemp("undisturbed") / "dibao.toml"
    with WatchedWorld(_world()) as world:
        path.write_text(world.config_toml("news.db"), encoding="utf-8")
        assert exit_code([DIBAO, "crawl", "--all"], path.parent) == 0, tail(path.with_name("said"))
        port = next(iter(world.addresses.values()))[1]
    articles = digest.articles(path.with_name("news.db"))
    assert len(articles) == SITES * ARTICLES
    return Undisturbed(port, articles)


@pytest.fixture(scope="module", autouse=True)
def _table() -> Iterator[None]:
    """None; what was measured is printed in the end."""
    recoveries.clear()
    yield
    print(table(recoveries))


def _cases() -> Iterator[Any]:
    for kind in KINDS:
        for number in range(ROUNDS):
            late = () if kind in ALWAYS and number == 0 else (pytest.mark.nightly,)
            yield pytest.param(kind, number, marks=late, id=f"{kind}-{number}")


@pytest.mark.parametrize(("kind", "number"), [*_cases()])
def test_it_ends_like_an_undisturbed_crawl(
    kind: str, number: int, cluster: Cluster, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    with WatchedWorld(_world(), undisturbed.port, answer_seconds=ANSWER_SECONDS) as world, \
            Siege(tmp_path, world, cluster, behind_wires=kind.endswith(WIRED)) as siege:  # fmt: skip
        play(siege, KINDS[kind], number, undisturbed)


@pytest.fixture(scope="module")
def far_postgres() -> Iterator[Postgres]:
    """A server that has a second address, to which the way can be taken away."""
    if os.geteuid() or shutil.which("ip") is None or absence() is not None:
        pytest.skip("routes of this machine cannot be changed")
    server = Postgres(listen_addresses=f"127.0.0.1,{FAR}")
    yield server
    server.remove()


@pytest.mark.nightly
@pytest.mark.parametrize("number", range(ROUNDS))
def test_it_ends_so_where_the_network_is_split(
    number: int, far_postgres: Postgres, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    with fresh_cluster(far_postgres) as cluster, \
            WatchedWorld(_world(), undisturbed.port, answer_seconds=ANSWER_SECONDS) as world, \
            Siege(tmp_path, world, cluster, far={"w1": FAR}) as siege:  # fmt: skip
        play(siege, worker_without_a_way, number, undisturbed)


def play(siege: Siege, disturb: Disturb, number: int, undisturbed: Undisturbed) -> None:
    """None; the crawl was disturbed at some moment, and ended as if it had not been."""
    chance = random.Random(f"{disturb.__name__} {number}")
    part = chance.uniform(EARLIEST, LATEST) * len(undisturbed.articles)
    siege.until(lambda: siege.stored() >= part, "some articles are stored")
    time.sleep(chance.uniform(0, 1))
    at = time.monotonic()
    hosts = disturb(siege, siege.cluster.postgres)
    siege.until(lambda: siege.stored() >= len(undisturbed.articles), "every article is stored")
    recoveries.append(recovery(disturb.__name__, hosts, siege.world, at, time.monotonic() - at))
    note(recoveries[-1])
    siege.finish(undisturbed.articles)


def _world() -> World:
    return World(sites=SITES, articles=ARTICLES, seed=3, kinds=SITE_KINDS)
