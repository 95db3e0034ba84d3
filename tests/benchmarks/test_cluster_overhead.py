"""What the queue costs: the same pages by the engine of one machine and by the cluster's, all of it on this machine.

`pytest tests/benchmarks/test_cluster_overhead.py -m benchmark -s` prints the table. Both in turns, two sizes of crawl,
so that starting is told apart from what a page does; of CPU seconds, not of the clock. A page costs the extraction pool
and the worker the same either way: what differs is the coordinator, the relay (`dibao worker` itself) and PostgreSQL
with all of its processes, and those are compared with what a whole page costs.

The same work costs a tenth more CPU seconds where others use the caches too, and a fifth less a minute later: more than
what is looked for. So each run is taken as if its pool had cost what the pools of all runs of its size did at the
median: they have read the same pages.

* `CLUSTER_ROUNDS=3`: so many runs of each, in turns; medians count. One by default; where it is above the bound, two
  more follow, and the medians of all three are what is judged.
* `CLUSTER_COPIES=5`: how often the corpus (201 pages) is served in the larger crawl, by default.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from statistics import median

import pytest

from tests.benchmarks.cluster_programs import Machine, crawled
from tests.benchmarks.contenders import DIBAO, Portal, Run, fast
from tests.benchmarks.corpus_web import corpus_webs
from tests.benchmarks.rounds import until_well
from tests.benchmarks.slopes import cpu, slope
from tests.benchmarks.test_throughput import _corpus_config

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(sys.platform != "linux", reason="whole process trees are measured by Linux's means"),
]

ROUNDS = int(os.environ.get("CLUSTER_ROUNDS", "1"))
COPIES = int(os.environ.get("CLUSTER_COPIES", "5"))
QUEUE = ("coordinator", "relay", "PostgreSQL")
"""The roles that differ; what the others do is the same work of the same code."""
MOST_OF_QUEUE = 0.05 if ROUNDS >= 3 else 0.1
"""More than a page costs with the local engine, of those roles alone."""
LEAST_BUSY = 0.5
"""Of all cores, that the crawls must have had. With less they last longer, and what costs by the second (looking for
jobs, signs of life) falls on few pages: it was 17 % of a page at nine pages a second, and 2 % at 29."""
MOST_WHEN_STARVED = 0.25
"""Of a page, where others have had the machine."""
MOST_WAL_BYTES = 60_000
"""That PostgreSQL writes of a page beside its tables: a page's events have 31 kB with its raw bytes, packed."""

Runs = dict[str, list[Run]]


def test_the_queue_costs_a_twentieth_of_a_page_at_most(tmp_path: Path, shared: Path, machine: Machine) -> None:
    small, large = _crawled(shared / "corpus" / "zh-dev" / "html", machine, tmp_path)
    written = slope(small["cluster"], large["cluster"], lambda run: run.peaks["WAL"]).page_ms / 1000
    assert len({run.articles for run in (*large["local"], *large["cluster"])}) == 1
    _print(small, large)
    print(f"  the queue costs {_share(small, large):+.1%} of a page")
    print(f"  PostgreSQL has written {written:,.0f} bytes of WAL a page")
    print(f"  the crawls had {_busy(large):.0%} of the machine")
    assert not _is_dear(small, large)
    assert written <= MOST_WAL_BYTES


def _crawled(pages: Path, machine: Machine, folder: Path) -> list[Runs]:
    """The runs of both engines over one copy of the corpus and over several, all of them in turns."""
    found: list[Runs] = [{"local": [], "cluster": []}, {"local": [], "cluster": []}]
    with corpus_webs(pages, (1, COPIES), folder) as webs:

        def take(number: int) -> None:
            for web, runs in zip(webs, found, strict=True):
                portal = Portal(config=fast(_corpus_config(web.sites)), pages=len(web.pages), urls=web.pages)
                place = folder / f"{len(web.pages)}-{number}"
                place.mkdir()
                runs["local"].append(DIBAO.run(portal, place / "local", web.cpu_seconds))
                runs["cluster"].append(crawled(portal, place / "cluster", machine, web.cpu_seconds))

        until_well(take, lambda: not _is_dear(*found), ROUNDS)
    return found


def _is_dear(small: Runs, large: Runs) -> bool:
    """Whether the queue costs more than it may, by the medians of all runs."""
    most = MOST_OF_QUEUE if _busy(large) >= LEAST_BUSY else MOST_WHEN_STARVED
    return _share(small, large) > most


def _share(small: Runs, large: Runs) -> float:
    """What the roles of the queue cost more with the cluster's engine, of all that a page costs with the local one."""
    small, large = _evened(small), _evened(large)
    return sum(_more(small, large, role) for role in QUEUE) / slope(small["local"], large["local"], cpu).page_ms


def _evened(runs: Runs) -> Runs:
    """The runs as if each had been on a machine on which the pool's work, the same for all, costs the same."""
    typical = median(run.roles["pool"] for each in runs.values() for run in each)
    return {name: [_scaled(run, typical / run.roles["pool"]) for run in each] for name, each in runs.items()}


def _scaled(run: Run, factor: float) -> Run:
    roles = {role: factor * seconds for role, seconds in run.roles.items()}
    return replace(run, cpu_seconds=factor * run.cpu_seconds, roles=roles)


def _busy(runs: Runs) -> float:
    """The least share of the machine's cores that any of the runs had."""
    cores = len(os.sched_getaffinity(0))
    return min(run.cpu_seconds / run.wall_seconds / cores for each in runs.values() for run in each)


def _roles(runs: Runs) -> set[str]:
    return {role for each in runs.values() for run in each for role in run.roles}


def _more(small: Runs, large: Runs, role: str) -> float:
    """Milliseconds a page that the role costs more with the cluster's engine."""
    return _of(small["cluster"], large["cluster"], role) - _of(small["local"], large["local"], role)


def _of(small: list[Run], large: list[Run], role: str) -> float:
    return slope(small, large, lambda run: run.roles.get(role, 0.0)).page_ms


def _print(small: Runs, large: Runs) -> None:
    small, large = _evened(small), _evened(large)
    few, many, rounds = small["local"][0].pages, large["local"][0].pages, len(large["local"])
    parts = {role: _more(small, large, role) for role in _roles(large)}
    print(f"\n\nms of CPU a page beyond starting: {few} and {many} pages of the zh-dev corpus, medians of {rounds}")
    print(f"  {'':14}{'local':>9}{'cluster':>9}{'more':>9}")
    for role, more in sorted(parts.items(), key=lambda part: -part[1]):
        both = (_of(small[name], large[name], role) for name in ("local", "cluster"))
        print(f"  {role:14}{next(both):9.3f}{next(both):9.3f}{more:+9.3f}")
    local, cluster = (slope(small[name], large[name], cpu) for name in ("local", "cluster"))
    print(f"  {'everything':14}{local.page_ms:9.3f}{cluster.page_ms:9.3f}{cluster.page_ms - local.page_ms:+9.3f}")
    print(f"  {'to start':14}{local.start_seconds:8.2f}s{cluster.start_seconds:8.2f}s")
    for name in ("local", "cluster"):
        rate = median(run.pages / run.wall_seconds for run in large[name])
        print(f"  {name}: {rate:.1f} pages/s with starting, {[round(run.cpu_seconds, 2) for run in large[name]]} s")
