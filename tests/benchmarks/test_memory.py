"""What each process of a crawl has in memory, and whether it grows: 3,000 pages, or MEMORY_PAGES of them.

`MEMORY_PAGES=100000 pytest tests/benchmarks/test_memory.py -m benchmark -s` is half an hour.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from storage.database import open_reader
from storage.faults import StorageFault
from tests.benchmarks.corpus_web import process
from tests.benchmarks.news_words import SHARED
from tests.benchmarks.resident import ROLES, Resident, slope, watched

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(sys.platform != "linux", reason="memory is read where Linux tells it"),
]

HERE = Path(__file__).parent
PAGES = int(os.environ.get("MEMORY_PAGES", "3000"))
# What was seen goes there as JSON lines, for plots.
KEPT = os.environ.get("MEMORY_LOG")
# As many as a source has at most in one run, unless it is told otherwise: a job keeps in mind what it has asked for.
PAGES_OF_SITE = 200
SITES = max(4, PAGES // PAGES_OF_SITE)
CONCURRENCY = 4
EVERY_SECONDS = 2.0
CEILING_BYTES = {"coordinator": 300e6, "worker": 400e6, "fork server": 400e6, "pool process": 400e6}
# By a page, in the second half: 20 MB in 100,000 pages. What the allocator keeps for itself goes up and down by that
# much, and short runs tell less.
MOST_GROWTH = 200.0
LEAST_FOR_SLOPE = 20_000


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> list[Resident]:
    """The memory of one crawl of that many pages, by one worker that is never replaced."""
    folder, corpus = tmp_path_factory.mktemp("memory"), SHARED / "corpus" / "zh-dev" / "html"
    if not corpus.is_dir():
        pytest.skip("the corpus of real pages is not there")
    arguments = (str(corpus), str(SITES), str(PAGES))
    with process(str(HERE / "serve_varied.py"), *arguments) as hello:
        (folder / "dibao.toml").write_text(_config(hello["sites"]), encoding="utf-8")
        with (folder / "log").open("wb") as log:
            command = [str(Path(sys.executable).with_name("dibao")), "crawl", "--all", "--json"]
            crawl = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
            found = watched(
                psutil.Process(crawl.pid), lambda: _done(folder), lambda: crawl.poll() is None, EVERY_SECONDS
            )
    assert crawl.returncode == 0, (folder / "log").read_text(encoding="utf-8")[-2000:]
    assert _done(folder) >= 0.9 * PAGES
    _print(found)
    return found


@pytest.mark.parametrize("role", ROLES)
def test_a_process_stays_below_its_ceiling(seen: list[Resident], role: str) -> None:
    assert max(one.resident for one in seen if one.role == role) < CEILING_BYTES[role]


@pytest.mark.skipif(PAGES < LEAST_FOR_SLOPE, reason="too few pages to tell growth from what is loaded once")
@pytest.mark.parametrize("role", ["coordinator", "worker", "fork server"])
def test_a_process_does_not_grow_with_the_pages_that_it_has_done(seen: list[Resident], role: str) -> None:
    assert slope(seen, role, PAGES // 2) < MOST_GROWTH


def _done(folder: Path) -> int:
    """How many pages the file has a word about."""
    try:
        with open_reader(folder / "news.db") as database:
            return database.value("SELECT coalesce(max(id), 0) FROM article_heads") or 0
    except StorageFault:
        return 0


def _config(sites: dict[str, str]) -> str:
    sources = [
        f'[[source]]\nname = "{name}"\nhome = "{base}/"\n'
        f'listings = [{{ url = "{base}/list.html", links = "/p/{{id}}.html" }}]\n'
        for name, base in sites.items()
    ]
    return (
        '[dibao]\ndatabase = "news.db"\ncontact = "demo@example.org"\nworker_recycle_pages = 100000000\n\n'
        f'[fetch]\nallow_networks = ["127.0.0.0/8"]\ndelay_seconds = 0\n'
        f"concurrency_per_host = {CONCURRENCY}\nrun_timeout_seconds = 86400\n\n" + "\n".join(sources)
    )


def _print(seen: list[Resident]) -> None:
    if KEPT:
        lines = (json.dumps({name: getattr(one, name) for name in Resident.__slots__}) for one in seen)
        Path(KEPT).write_text("\n".join(lines) + "\n", encoding="utf-8")
    last = max(one.pages for one in seen)
    print(f"\n\nmemory, MB: resident (shared in parts) own; {PAGES} pages over {SITES} sites, {last} stored")
    for role in ROLES:
        of_role = [one for one in seen if one.role == role]
        said = []
        for share in (0.02, 0.1, 0.25, 0.5, 0.75, 1.0):
            near = min(of_role, key=lambda one: abs(one.pages - share * last))
            said.append(f"{near.pages}: {near.resident / 1e6:.0f} ({near.share / 1e6:.0f}) {near.own / 1e6:.0f}")
        print(f"{role:13} {'; '.join(said)}; most {max(one.resident for one in of_role) / 1e6:.0f}")
        if role != "pool process":
            print(f"{'':13} grows by {slope(seen, role, last // 2):.0f} bytes a page in the second half")
