"""How many pages a second, and how much memory, against sources, stored articles and cores: crawls of whole processes.

`SCALE=draw pytest tests/benchmarks/test_scale.py -m benchmark -s` measures up to a thousand sources and a million
stored articles (half an hour, 3 GB of disk), and writes the figure and the table of scheduler/README.md. It is quicker
with `SCALE_TIMES=1` and `SCALE_PAGES=1000`. Without `SCALE`, small ones are crawled, and nothing is written; with
`SCALE=sketch` what they say is written.

Stored articles are rows that SQL multiplies (stored_articles.py): each has what ingest looks into, but no words of its
own in the search index; test_million.py measures that.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from scheduler.bench import pages
from scheduler.bench.machine import this_machine
from storage.database import open_writer
from storage.search import index
from tests.benchmarks import scale
from tests.benchmarks.contenders import DIBAO, Contender, Portal, Run, fast
from tests.benchmarks.corpus_web import static_web
from tests.benchmarks.rounds import FURTHER
from tests.benchmarks.scale import Point, Scale
from tests.benchmarks.stored_articles import fill

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(sys.platform != "linux", reason="whole process trees are measured by Linux's means"),
]

DRAW = os.environ.get("SCALE") == "draw"
WRITE = DRAW or os.environ.get("SCALE") == "sketch"
SOURCES = (10, 100, 1_000) if DRAW else (4, 16)
STORED = (0, 100_000, 1_000_000) if DRAW else (0, 2_000)
PAGES = int(os.environ.get("SCALE_PAGES", "2000" if DRAW else "96"))
TIMES = int(os.environ.get("SCALE_TIMES", "3" if DRAW else "1"))
"""Of which the run with the middle CPU time counts: what else the machine does is added to it. Where a single one says
that a page is dearer than it may be, all are crawled twice more, and the middle of three is what is judged."""
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
FLAT = 1.8
"""Times as much CPU as a page may take where there is more of anything, starting of processes included."""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Scale:
    """Every crawl of the figure."""
    folder = tmp_path_factory.mktemp("scale")
    middle = SOURCES[len(SOURCES) // 2]
    machine = this_machine()
    there = machine.cores
    counts = sorted({*(2**power for power in range(there.bit_length()) if 2**power <= there), there})
    memory = f"{machine.memory_bytes / 2**30:.0f} GiB"
    name = f"{machine.processor}, {there} cores, {memory}, Python {platform.python_version()}"
    name += f", beside other work (load {machine.load:.0f})" if machine.load > there else ""
    crawl = Crawls(folder, there)

    def found() -> Scale:
        return Scale(
            day=f"{datetime.now(UTC):%Y-%m-%d}",
            machine=name,
            sources=[_read(count, crawl(count)) for count in SOURCES],
            stored=[_read(count, crawl(middle, stored=count)) for count in STORED],
            cores=[_read(count, crawl(middle, cores=count)) for count in counts],
        )

    if TIMES < 1 + FURTHER and not _is_flat(found()):
        crawl.times = 1 + FURTHER
    return found()


def test_a_page_costs_the_same_with_more_sources_and_with_more_articles(measured: Scale) -> None:
    assert _is_flat(measured), (measured.sources, measured.stored)


def _is_flat(measured: Scale) -> bool:
    return all(
        points[-1].page_ms <= FLAT * points[0].page_ms for points in (measured.sources, measured.stored)
    )


def test_the_figure_is_drawn_of_what_was_measured(measured: Scale, tmp_path: Path) -> None:
    svg = scale.draw(measured)
    (tmp_path / "scale.svg").write_text(svg, encoding="utf-8")
    assert ET.fromstring(svg).tag.endswith("svg")  # noqa: S314 - drawn by us
    assert scale.read(svg) == measured
    print(f"\n{scale.block(measured)}")
    if WRITE:
        scale.write(measured)


class Crawls:
    """Crawls of PAGES pages, each of its kind in the middle of `times`. `there`: the cores of this machine."""

    def __init__(self, folder: Path, there: int) -> None:
        self.times = TIMES
        self._folder = folder
        self._there = there
        self._made: dict[tuple[int, int, int], list[Run]] = {}

    def __call__(self, sources: int, *, stored: int = 0, cores: int | None = None) -> Run:
        kind = (sources, stored, cores or self._there)
        made = self._made.setdefault(kind, [])
        if len(made) < self.times:
            made += self._crawled(*kind, times=self.times - len(made))
        return sorted(made, key=lambda run: run.cpu_seconds)[len(made) // 2]

    def _crawled(self, sources: int, stored: int, cores: int, *, times: int) -> list[Run]:
        place = self._folder / f"{sources}-{stored}-{cores}"
        place.mkdir()
        with static_web(pages.sites(sources, PAGES // sources, NOW), place) as web:
            portal = Portal(config=fast(_config(web.sites)), pages=len(web.pages))
            program = _prepared(stored, None if cores == self._there else cores)
            runs = []
            for number in range(times):
                runs.append(program.run(portal, place / f"run-{number}", web.cpu_seconds))
                assert runs[-1].articles > stored
                shutil.rmtree(place / f"run-{number}")
        shutil.rmtree(place)
        return runs


def _prepared(stored: int, cores: int | None) -> Contender:
    """Dibao, with so many articles in its file already, on so many cores."""

    def prepare(portal: Portal, folder: Path) -> list[str]:
        command = DIBAO.prepare(portal, folder)
        if stored:
            fill(folder / "news.db", stored)
            with open_writer(folder / "news.db") as database, database.transaction():
                index.note_version(database)
        return command if cores is None else ["taskset", "-c", f"0-{cores - 1}", *command]

    return replace(DIBAO, prepare=prepare)


def _read(of: int, run: Run) -> Point:
    return Point(
        of=of,
        pages=run.pages,
        pages_second=round(run.pages / run.wall_seconds, 2),
        page_ms=round(run.cpu_seconds / run.pages * 1000, 2),
        memory_mb=round(run.peak_bytes / 1e6, 1),
        coordinator_mb=round(run.peaks["coordinator"] / 1e6, 1),
        role_ms={role: round(seconds / run.pages * 1000, 3) for role, seconds in sorted(run.roles.items())},
    )


def _config(sites: dict[str, str]) -> str:
    blocks = [
        f'[[source]]\nname = "{name}"\nhome = "{base}/"\nlistings = [{{ url = "{base}/list.html" }}]\n'
        for name, base in sites.items()
    ]
    head = '[dibao]\ndatabase = "news.db"\ncontact = "demo@example.org"\n\n'
    return head + '[fetch]\nallow_networks = ["127.0.0.0/8"]\ndelay_seconds = 0\n\n' + "\n".join(blocks)
