"""What it costs to find an article's copies among those that are stored: flat in time, in memory, and in bytes each.

`DEDUP_ARTICLES=1000000 pytest tests/benchmarks/test_dedup_cost.py -m benchmark -s` prints the table up to a million;
without the variable it ends at a hundred thousand. Absolute figures are this machine's; the ratios travel. CPU time,
because the machine does other things too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from storage.dedup.documents import KEPT_BYTES
from tests.benchmarks.dedup_side import FLAT

pytestmark = pytest.mark.benchmark

HERE = Path(__file__).parent
MOST = int(os.environ.get("DEDUP_ARTICLES", "100000"))
LEVELS = {10_000: 500, 100_000: 5_000} | ({MOST: 600} if MOST > 100_000 else {})
"""Stored articles, and how many are measured beside them."""
LSH_LEVELS = (10_000, 100_000) if MOST > 100_000 else (10_000,)
INDEX_BYTES = 600
"""Of anchors, fingerprint and story an article, at most; 380 were measured, 274 to 400 by research/dedup.md 3.2."""
GROWTH_BYTES = 16 * 1024 * 1024
"""Of resident memory, once the documents that are kept in memory (KEPT_BYTES) have filled their bound; 1 MiB was
measured over the last 1,500 of 5,000 articles, none from there to a million."""
SETTLING = 7
"""Of ten samples, those in which the bound fills: 3,500 articles, a tenth of which have to be compared."""


@pytest.fixture(scope="module")
def cost(tmp_path_factory: pytest.TempPathFactory) -> dict[Any, Any]:
    """What one more article costs Dibao at each level; what datasketch is measured at runs beside it."""
    folder = tmp_path_factory.mktemp("cost")
    lsh = _start("lsh_side.py", *map(str, LSH_LEVELS))
    ours = _result(_start("dedup_side.py", str(folder), *(f"{level}:{count}" for level, count in LEVELS.items())))
    theirs = _result(lsh)
    (folder / "news.db").unlink()
    (folder / "before.db").unlink()
    _print(ours, theirs)
    return {
        **{one["level"]: one for one in ours["levels"]},
        **{-one["level"]: one for one in theirs},
        "times": ours["times"],
    }


def test_what_an_article_costs_does_not_grow_with_ten_times_as_many(cost: dict[Any, Any]) -> None:
    """Batch against batch of the same turn: the machine may be half as fast a minute later."""
    assert cost["times"]["step"] <= FLAT
    assert cost["times"]["ingest"] <= FLAT


def test_an_article_takes_a_bounded_part_of_the_file(cost: dict[Any, Any]) -> None:
    assert all(cost[level]["bytes"] <= INDEX_BYTES for level in LEVELS)


def test_the_memory_of_the_coordinator_is_flat(cost: dict[Any, Any]) -> None:
    resident = cost[100_000]["resident"]
    assert max(resident) - resident[0] <= KEPT_BYTES + GROWTH_BYTES
    settled = [*resident[SETTLING:], *(cost[MOST]["resident"] if MOST > 100_000 else ())]
    assert max(settled) - settled[0] <= GROWTH_BYTES


def test_an_index_in_memory_costs_more_than_the_file(cost: dict[Any, Any]) -> None:
    """Of MinHashLSH: what it holds in memory for an article is many times what the file takes on the disk."""
    level = max(LSH_LEVELS)
    assert cost[-level]["bytes"] > 5 * cost[level]["bytes"]


def _start(script: str, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1])}
    command = [sys.executable, str(HERE / script), *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def _result(process: subprocess.Popen[str]) -> Any:
    told, _ = process.communicate(timeout=900)
    assert process.returncode == 0
    return json.loads(told)


def _print(ours: dict[str, Any], theirs: list[dict[str, Any]]) -> None:
    print("\nCPU us an article: quiet batches / median / dear tenth")
    print("   stored           whole ingest         finding copies    index   resident   pairs / hot keys")
    for one in ours["levels"]:
        print(
            f"{one['level']:>9,}   {_three(one['ingest_us'])}   {_three(one['step_us'])}   {one['bytes']:4.0f} B"
            f"   {one['resident'][-1] / 2**20:4.0f} MiB   {one['pairs']} / {one['hot']}"
        )
    times = ours["times"]
    print(f"the last level by the one before it, in turns: ingest {times['ingest']:.2f}x, copies {times['step']:.2f}x")
    print("MinHashLSH     sign it   query and insert   in memory")
    for one in theirs:
        print(f"{one['level']:>9,}   {one['sign_us']:6.0f} us   {one['step_us']:13.0f} us   {one['bytes']:7.0f} B")


def _three(spread: dict[str, float]) -> str:
    return f"{spread['quiet']:5.0f} / {spread['median']:5.0f} / {spread['dear']:5.0f}"
