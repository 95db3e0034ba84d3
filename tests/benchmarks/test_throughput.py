"""Pages a second from a site to committed rows: Dibao beside the obvious hand-written script, in one run.

`pytest tests/benchmarks -m benchmark -s` prints the tables. Absolute figures are this machine's; the ratios travel.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest

from scheduler.demo.remote import RemoteWorld
from storage.database import open_reader

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(sys.platform != "linux", reason="whole process trees are measured by Linux's means"),
]

HERE = Path(__file__).parent
ROUNDS = int(os.environ.get("THROUGHPUT_ROUNDS", "1"))
CONCURRENCY = 4
# Kinds with a sitemap: one crawl finds all their articles.
KINDS = "mirror,bay,gazette,daily"
SITES, ARTICLES = 4, 120
# Each further copy costs both programs together about 50 s of CPU a round (measured).
COPIES = 1


@dataclass(frozen=True, kw_only=True)
class Portal:
    """Sites to crawl: as a dibao.toml, and as the baseline is told of them."""

    config: str
    pages: int

    @property
    def baseline(self) -> dict[str, object]:
        """The same entry points, link patterns and concurrency for the baseline."""
        return {
            "concurrency": CONCURRENCY,
            "sites": [
                {
                    "sitemaps": source.get("sitemaps", []),
                    "listings": [listing["url"] for listing in source.get("listings", [])],
                    "links": _expression(source),
                }
                for source in tomllib.loads(self.config)["source"]
            ],
        }


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One crawl: what it cost and what it stored."""

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    roles: dict[str, float]
    pages: int
    articles: int

    @property
    def rate(self) -> float:
        """Pages a second, from the start of the program to its end."""
        return self.pages / self.wall_seconds


def test_dibao_and_the_baseline_store_the_same_articles_of_the_demo_world(tmp_path: Path) -> None:
    size = (f"--sites={SITES}", f"--articles={ARTICLES}", f"--kinds={KINDS}")
    with _process("-m", "scheduler.demo.serve", *size) as hello:
        articles = RemoteWorld(hello["control"]).articles()
        _warm([article.url for article in articles])
        portal = Portal(config=_fast(hello["config"]), pages=len(articles))
        dibao, baseline = _compare(portal, tmp_path, "demo world")
    assert {one.articles for one in (*dibao, *baseline)} == {SITES * ARTICLES}


def test_dibao_and_the_baseline_visit_the_same_real_pages(tmp_path: Path, shared: Path) -> None:
    with _process(str(HERE / "serve_corpus.py"), str(shared / "corpus" / "zh-dev" / "html"), str(COPIES)) as hello:
        portal = Portal(config=_fast(_corpus_config(hello["sites"])), pages=len(hello["pages"]))
        dibao, baseline = _compare(portal, tmp_path, "zh-dev corpus")
    assert {one.pages for one in dibao} == {portal.pages}
    assert len({one.articles for one in dibao}) == 1
    assert len({one.articles for one in baseline}) == 1
    # The baseline keeps whatever has a text; Dibao refuses what is no article.
    assert all(0 < one.articles <= portal.pages for one in (*dibao, *baseline))


# Running and measuring


def _compare(portal: Portal, folder: Path, name: str) -> tuple[list[Measured], list[Measured]]:
    """The measured crawls of both programs, taken in turn, after their table is printed."""
    dibao, baseline = [], []
    for number in range(ROUNDS):
        dibao.append(_measure(_prepare_dibao, _count_dibao, portal, folder / f"dibao-{number}"))
        baseline.append(_measure(_prepare_baseline, _count_baseline, portal, folder / f"baseline-{number}"))
    _print_tables(name, portal, dibao, baseline)
    return dibao, baseline


def _measure(
    prepare: Callable[[Portal, Path], list[str]],
    count: Callable[[Path], tuple[int, int] | None],
    portal: Portal,
    folder: Path,
) -> Measured:
    folder.mkdir()
    command = [sys.executable, str(HERE / "measured.py"), "report.json", *prepare(portal, folder)]
    with (folder / "log").open("wb") as log:
        subprocess.run(command, cwd=folder, stdout=log, stderr=log, timeout=300, check=True)
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert report["exit"] == 0, (folder / "log").read_text(encoding="utf-8")[-2000:]
    pages, articles = count(folder) or (0, 0)
    return Measured(
        wall_seconds=report["wall_seconds"],
        cpu_seconds=report["cpu_seconds"],
        peak_bytes=report["peak_bytes"],
        roles=report["roles"],
        pages=pages or portal.pages,
        articles=articles,
    )


def _prepare_dibao(portal: Portal, folder: Path) -> list[str]:
    (folder / "dibao.toml").write_text(portal.config, encoding="utf-8")
    return [str(Path(sys.executable).with_name("dibao")), "crawl", "--all", "--json"]


def _prepare_baseline(portal: Portal, folder: Path) -> list[str]:
    (folder / "spec.json").write_text(json.dumps(portal.baseline), encoding="utf-8")
    return [sys.executable, str(HERE / "baseline.py"), "spec.json", "news.db"]


def _count_dibao(folder: Path) -> tuple[int, int]:
    with open_reader(folder / "news.db") as database:
        visited = database.value("SELECT count(*) FROM urls WHERE last_checked_at IS NOT NULL")
        return visited, database.value("SELECT count(*) FROM articles")


def _count_baseline(folder: Path) -> tuple[int, int]:
    import sqlite3  # noqa: PLC0415 - the baseline's file is no Dibao database

    connection = sqlite3.connect(folder / "news.db")
    try:
        return 0, connection.execute("SELECT count(*) FROM articles").fetchone()[0]
    finally:
        connection.close()


@contextmanager
def _process(*arguments: str) -> Iterator[dict]:
    """A Python program that prints a line of JSON and serves; it is ended with the block."""
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _warm(addresses: list[str]) -> None:
    """The world renders a page when it is first asked for; here, so that the first program does not wait for it."""
    for address in addresses:
        urllib.request.urlopen(address, timeout=30).close()


# Configurations


def _fast(config: str) -> str:
    limits = f"[fetch]\nmax_pages_per_run = 100000\nconcurrency_per_host = {CONCURRENCY}"
    return config.replace("[fetch]", limits, 1)


def _corpus_config(sites: dict[str, str]) -> str:
    sources = [
        f'[[source]]\nname = "{name}"\nhome = "{base}/"\n'
        f'listings = [{{ url = "{base}/list.html", links = "/p/{{id}}.html" }}]\n'
        for name, base in sites.items()
    ]
    head = '[dibao]\ndatabase = "news.db"\ncontact = "demo@example.org"\n\n'
    return head + '[fetch]\nallow_networks = ["127.0.0.0/8"]\ndelay_seconds = 0\n\n' + "\n".join(sources)


def _expression(source: dict) -> str:
    """The regular expression of a source's article addresses."""
    patterns = {"mirror": r"/\d+\.html$", "bay": r"/c\d+\.shtml$", "gazette": r"\?p=\d+$", "daily": r"/c\d+\.html$"}
    kind = source["name"].rpartition("-")[2]
    return patterns.get(kind, re.escape("/p/") + r"\d+\.html$")


# Tables


def _print_tables(name: str, portal: Portal, dibao: list[Measured], baseline: list[Measured]) -> None:
    print(f"\n\n{name}: {portal.pages} pages, {CONCURRENCY} requests a host, cold, medians of {ROUNDS} runs in turn")
    print(f"{'':10}{'pages/s':>9}{'wall s':>9}{'CPU s':>9}{'ms/page':>9}{'peak MB':>9}{'articles':>10}   each wall")
    for label, runs in (("dibao", dibao), ("baseline", baseline)):
        cpu = median(one.cpu_seconds for one in runs)
        print(
            f"{label:10}{median(one.rate for one in runs):9.1f}{median(one.wall_seconds for one in runs):9.1f}"
            f"{cpu:9.1f}{cpu / portal.pages * 1000:9.1f}{median(one.peak_bytes for one in runs) / 1e6:9.0f}"
            f"{runs[0].articles:10}   {', '.join(f'{one.wall_seconds:.1f}' for one in runs)}"
        )
    speed = [ours.rate / theirs.rate for ours, theirs in zip(dibao, baseline, strict=True)]
    cost = [ours.cpu_seconds / theirs.cpu_seconds for ours, theirs in zip(dibao, baseline, strict=True)]
    print(f"ratio     {median(speed):8.2f}x pages/s, {median(cost):.2f}x CPU (each: {_listed(speed)}; {_listed(cost)})")
    middle = sorted(dibao, key=lambda one: one.cpu_seconds)[len(dibao) // 2]
    print(f"\n{name}: where Dibao's CPU goes (the run with the middle CPU time)")
    print(f"{'role':14}{'CPU s':>8}{'share':>8}{'ms/page':>9}")
    unseen = middle.cpu_seconds - sum(middle.roles.values())
    for role, seconds in sorted((middle.roles | {"not sampled": unseen}).items(), key=lambda item: -item[1]):
        share = seconds / middle.cpu_seconds
        print(f"{role:14}{seconds:8.2f}{share:8.0%}{seconds / portal.pages * 1000:9.1f}")


def _listed(ratios: list[float]) -> str:
    return ", ".join(f"{ratio:.2f}" for ratio in ratios)
