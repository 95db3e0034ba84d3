"""What it costs to find that nothing is new: 100 sources with 20,000 known articles, asked once by `dibao crawl`.

CPU seconds are the kernel's own sum over all processes. Starting them is most of it (imports), and the same for one
source as for a hundred; so "beyond process start" is what the cycle costs more than an equal one of a single source.
That source has a gzipped sitemap index: whatever processes the large cycle starts, the small one starts too. Each is
measured twice, in turns, and the cheaper one counts, because what else the machine does is added to both; where the two
are further apart than they may be, each is measured twice more. The table has the difference to a cycle in which
nothing is due as well: with it, every start of a process is counted.

A daemon starts its processes once. So the same cycle is asked of a running daemon too, after a first one that has
started them: this is what an operator pays each time, and what the floor is for. Seconds are those of a quiet machine:
what was measured, by how much slower a piece of pure Python was just then (tests/benchmarks/yardstick.py).

`pytest tests/benchmarks/test_unchanged.py -m benchmark -s` prints the table.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from scheduler.demo.server import WorldServer
from scheduler.demo.variants import variant
from scheduler.demo.ways import PORTALS
from scheduler.demo.world import World
from storage.database import open_reader
from tests.benchmarks.instant import InstantEngine
from tests.benchmarks.reader import Reader
from tests.benchmarks.rounds import until_well
from tests.benchmarks.yardstick import slowness

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(sys.platform != "linux", reason="whole process trees are measured by Linux's means"),
]

HERE = Path(__file__).parent
SITES, ARTICLES = 100, 200
# Those whose lists name each article once: pages and twins of articles are no part of what is known beforehand.
KINDS = [name for name in PORTALS if name not in {"multi-page", "twins"}]
# The one that needs most processes: a sitemap index is read whenever its server does not say that it is unchanged.
ALONE = "gz-index"
MOST_RATIO = 2.0
MOST_SECONDS, GOAL_SECONDS = 2.0, 0.5
"""CPU seconds of a cycle, of all processes."""
TIMES = 2
PATIENCE_SECONDS = 180.0
REST_SECONDS = 2.0
# Nothing is to be asked but the entry points: what young articles cost is another question.
NO_RECHECKS = "[recheck]\nshare = 0.0\n"


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """What one `dibao crawl` cost."""

    cpu_seconds: float
    roles: dict[str, float]
    requests: int
    articles: int
    not_modified: int
    body_bytes: int


def test_a_cycle_without_news_costs_one_request_an_entry_point(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    world = World(sites=SITES, articles=ARTICLES, seed=2, kinds=KINDS, now=now - timedelta(days=30))
    with WorldServer(world) as server:
        engine = InstantEngine(server)
        sources = [server.source_toml(site, every="30d") for site in world.sites]
        reader = Reader(tmp_path / "dibao", server, engine, sources, more=NO_RECHECKS)
        reader.crawl(now - timedelta(days=2), everything=True)
        assert reader.rows("SELECT count(*) FROM articles") == [(SITES * ARTICLES,)]
        single = next(site.name for site in world.sites if site.portal == ALONE)
        first = _cycle(reader, "--all")
        empty = _cycle(reader)
        alone: list[Cycle] = []
        unchanged: list[Cycle] = []
        written: list[Counter[str]] = []

        def take(_: int) -> None:
            alone.append(_cycle(reader, single))
            before = _tables(reader)
            unchanged.append(_cycle(reader, "--all"))
            written.append(_changed(before, _tables(reader)))

        until_well(take, lambda: _cheapest(unchanged).cpu_seconds < MOST_RATIO * _cheapest(alone).cpu_seconds, TIMES)
        one, cheapest, rows = _cheapest(alone), _cheapest(unchanged), written[0]
        slower = slowness()
        inside = min(_in_a_daemon(reader)) / slower
    entries = sum(len(source.entry_points) for source in reader.config.source)
    _print_table(entries, {"first": first, "nothing due": empty, "one source": one, "unchanged": cheapest})
    print(f"the same cycle in a daemon that runs: {inside:.2f} CPU s (floor {MOST_SECONDS:g}, goal {GOAL_SECONDS:g})")
    print(f"as of a quiet machine; just now this one is {slower:.1f} times as slow")
    print(f"rows written: {', '.join(f'{table} {count}' for table, count in rows.most_common())}")
    assert empty.requests == 0
    assert {cycle.articles for cycle in unchanged} == {0}
    assert {cycle.requests for cycle in unchanged} == {entries}
    # Each entry point, each source, its part of the run, and the run.
    assert rows.total() <= entries + 5 * SITES + 1
    # Seconds are this machine's; as a ratio: a hundred sources cost less than twice what starting up for one does.
    assert cheapest.cpu_seconds < MOST_RATIO * one.cpu_seconds
    assert inside < MOST_SECONDS


def _cheapest(cycles: list[Cycle]) -> Cycle:
    return min(cycles, key=lambda cycle: cycle.cpu_seconds)


def _cycle(reader: Reader, *arguments: str) -> Cycle:
    """One `dibao crawl` as a process of its own, measured with all processes that it starts."""
    folder, server = reader.path.parent, reader.server
    server.reset_counts()
    command = [str(Path(sys.executable).with_name("dibao")), "crawl", *arguments]
    measured = [sys.executable, str(HERE / "measured.py"), "report.json", *command]
    with (folder / "log").open("wb") as log:
        subprocess.run(measured, cwd=folder, stdout=log, stderr=log, timeout=200, check=True)
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert report["exit"] == 0, (folder / "log").read_text(encoding="utf-8")[-2000:]
    asked = [(site, request) for site in server.world.sites for request in server.requests(site)]
    return Cycle(
        cpu_seconds=report["cpu_seconds"],
        roles=report["roles"],
        requests=sum(request.times for _, request in asked),
        articles=sum(
            request.times
            for site, request in asked
            if server.world.find(site, variant(site, request.path).path) is not None
        ),
        not_modified=sum(request.times for _, request in asked if request.status == 304),
        body_bytes=server.body_bytes(),
    )


def _in_a_daemon(reader: Reader) -> list[float]:
    """What the cycle costs a daemon and all of its processes, each time after the first."""
    folder, dibao = reader.path.parent, str(Path(sys.executable).with_name("dibao"))
    spent: list[float] = []
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([dibao, "run"], cwd=folder, stdout=log, stderr=log)
        try:
            _until_it_hears(folder, process)
            for _ in range(TIMES + 1):
                before = _spent(process.pid)
                subprocess.run(
                    [dibao, "crawl", "--all"], cwd=folder, capture_output=True, timeout=PATIENCE_SECONDS, check=True
                )
                time.sleep(REST_SECONDS)  # what is written after the last answer is part of it
                spent.append(_spent(process.pid) - before)
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)
    return spent[1:]


def _until_it_hears(folder: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while b"has started" not in (folder / "log").read_bytes():
        assert process.poll() is None, (folder / "log").read_text(encoding="utf-8")
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _spent(pid: int) -> float:
    """CPU seconds of a process and of those that it has started, which must be alive at both times."""
    main = psutil.Process(pid)
    return sum(sum(one.cpu_times()[:2]) for one in (main, *main.children(recursive=True)))


def _tables(reader: Reader) -> dict[str, dict[Any, int]]:
    """By table, a hash of each row under its rowid."""
    with open_reader(reader.database) as database:
        names = [
            name
            for name, kind in database.rows(
                "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
            )
            if not kind and not name.startswith(("sqlite_", "_"))
        ]
        return {name: _hashed(database.rows(f'SELECT rowid, * FROM "{name}"')) for name in names}


def _hashed(rows: Iterable[Any]) -> dict[Any, int]:
    return {row[0]: hash(tuple(row)) for row in rows}


def _changed(before: dict[str, dict[Any, int]], after: dict[str, dict[Any, int]]) -> Counter[str]:
    """How many rows were inserted, changed or deleted, by table."""
    found = {table: len(before[table].items() ^ rows.items()) for table, rows in after.items()}
    # A changed row is in both, with another hash.
    both = {
        table: sum(1 for key in rows.keys() & before[table].keys() if rows[key] != before[table][key])
        for table, rows in after.items()
    }
    return Counter({table: count - both[table] for table, count in found.items() if count})


def _print_table(entries: int, cycles: dict[str, Cycle]) -> None:
    print(f"\n\n{SITES} sources with {entries} entry points and {SITES * ARTICLES} known articles: `dibao crawl`")
    print(f"{'':12}{'requests':>9}{'304':>6}{'articles':>9}{'body bytes':>12}{'CPU s':>8}   CPU by role")
    for label, one in cycles.items():
        roles = ", ".join(f"{role} {seconds:.2f}" for role, seconds in sorted(one.roles.items()))
        print(
            f"{label:12}{one.requests:9}{one.not_modified:6}{one.articles:9}{one.body_bytes:12}"
            f"{one.cpu_seconds:8.2f}   {roles}"
        )
    unchanged = cycles["unchanged"]
    for label in ("one source", "nothing due"):
        print(f"unchanged beyond {label!r}: {unchanged.cpu_seconds - cycles[label].cpu_seconds:.2f} CPU s")
