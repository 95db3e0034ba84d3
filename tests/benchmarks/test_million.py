"""What a file of many articles is like for who reads and who writes it.

`MILLION_ARTICLES=1000000 pytest tests/benchmarks/test_million.py -m benchmark -s` prints the table for a million; it
takes an hour on two cores. Without the variable there are fewer, and the bounds that a million must keep are looser
there. CPU time, because the machine does other things too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.benchmarks.news_words import REFERENCE

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(not REFERENCE.is_dir(), reason="the words are those of the shared corpus, which is not here"),
]

ARTICLES = int(os.environ.get("MILLION_ARTICLES", "5000"))
LEVELS = (0, ARTICLES // 10, ARTICLES)
SEARCH_MS = 100
"""Of CPU, for 95 of a hundred first pages, of any kind."""
LIST_MS = 10
PAGE_MS = 200
"""Of CPU, for a page of `dibao serve`: the median of its askings, for a search 95 of a hundred."""
STEPS = 1.5
"""Most by which the steps of SQLite for a page may grow with ten times the articles."""
FEW_STEPS = 300
"""Thousands, some 15 ms, that any page may take: 20,000 refused addresses are looked through for a rare reason."""
FLAT = 1.2
"""Most that an article may cost to ingest where there are the most, of what it costs where there are fewer, or none."""
MANY = 100_000
TIMES_ITS_TEXT = {True: 3.0, False: 3.6}
"""What an article takes of the file, with its Markdown and all that is kept to find it, by the UTF-8 bytes of its text:
where there are MANY, and where the words of the index are new in every other article."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the file is like at each level."""
    folder = Path(os.environ.get("MILLION_FOLDER", tmp_path_factory.mktemp("million")))
    script = Path(__file__).with_name("million_side.py")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, str(script), str(folder), *map(str, LEVELS)]
    done = subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE, text=True)
    if "MILLION_FOLDER" not in os.environ:
        for level in LEVELS:
            (folder / f"news-{level}.db").unlink()
    levels: list[dict[str, Any]] = json.loads(done.stdout)
    _print(levels)
    return levels


def test_a_first_page_of_any_search_takes_less_than_a_tenth_of_a_second(told: list[dict[str, Any]]) -> None:
    assert all(spent["p95"] < SEARCH_MS for spent in told[-1]["search"].values())


def test_search_finds_all_that_a_scan_of_the_texts_finds(told: list[dict[str, Any]]) -> None:
    found = told[-1]["found"]
    assert found["hits"] > 100
    assert found["recall"] == 1.0


def test_the_newest_articles_and_a_poll_of_the_feed_are_there_at_once(told: list[dict[str, Any]]) -> None:
    assert all(spent < LIST_MS for spent in told[-1]["lists"].values())


def test_no_page_takes_longer_than_a_fifth_of_a_second(told: list[dict[str, Any]]) -> None:
    assert {name: cost["cpu"] for name, cost in told[-1]["pages"].items() if cost["cpu"] >= PAGE_MS} == {}


def test_no_page_reads_more_where_there_are_ten_times_the_articles(told: list[dict[str, Any]]) -> None:
    """But for searches, which read more of the index until they have read as much as they may."""
    fewer, many = told[-2]["pages"], told[-1]["pages"]
    grown = {
        name: cost["steps"]
        for name, cost in many.items()
        if not name.startswith("search") and cost["steps"] > max(FEW_STEPS, fewer[name]["steps"] * STEPS)
    }
    assert grown == {}


def test_one_more_article_costs_the_same_however_many_there_are(told: list[dict[str, Any]]) -> None:
    """Batch against batch of the same turn: the machine may be half as fast a minute later."""
    *fewer, many = (one["ingest"]["batches"] for one in told)
    for batches in fewer:
        assert median(more / less for more, less in zip(many, batches, strict=True)) <= FLAT


def test_an_article_takes_a_bounded_part_of_the_file(told: list[dict[str, Any]]) -> None:
    taken = told[-1]["bytes"]
    assert taken["all"] / taken["its text"] < TIMES_ITS_TEXT[ARTICLES >= MANY]


def _print(levels: list[dict[str, Any]]) -> None:
    print("\narticles   ingest, us of CPU (quiet quarter / mean), of wall time   bytes an article")
    for one in levels:
        ingest, parts = one["ingest"], one.get("bytes", {})
        spread = ", ".join(f"{part} {taken:,.0f}" for part, taken in parts.items())
        cost = f"{ingest['cpu']:5.0f} / {ingest['cpu_mean']:5.0f}, {ingest['wall']:5.0f}"
        print(f"{one['level']:>9,}   {cost}   {spread}")
    last = levels[-1]
    print("search, ms of CPU          p50     p95    most")
    for kind, spent in last["search"].items():
        print(f"  {kind:<22} {spent['p50']:6.1f}  {spent['p95']:6.1f}  {spent['most']:6.1f}")
    print("pages, ms of CPU           asked  most   wall   thousands of steps (at a tenth of the articles)")
    fewer = levels[-2].get("pages", {})
    for name, cost in last["pages"].items():
        before = fewer[name]["steps"] if name in fewer else 0
        print(f"  {name:<26} {cost['cpu']:6.1f} {cost['most']:6.1f} {cost['wall']:6.1f}  {cost['steps']} ({before})")
    print("listings, ms of CPU: " + ", ".join(f"{name} {spent:.2f}" for name, spent in last["lists"].items()))
    found = last["found"]
    hits = f"{found['queries']} queries, {found['hits']} hits"
    print(f"against a scan: {hits}, recall {found['recall']:.4f}, precision {found['precision']:.4f}")
