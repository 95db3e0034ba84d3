"""Pages from a site to committed rows: Dibao beside the obvious hand-written script, in one run.

`pytest tests/benchmarks/test_throughput.py -m benchmark -s` prints the tables. Seconds are this machine's; the ratios
travel. Two sizes of crawl, so that what starting costs is told apart from what a page does: Dibao starts a worker and a
pool and reads their modules, about 2 s of CPU (the script: 1 s), which a daemon spends once.

* `THROUGHPUT_ROUNDS=5`: so many runs of each program, in turns; medians count. One by default; where that is not within
  the bounds, two more follow, and the medians of all three are what is judged.
* `THROUGHPUT_COPIES=4`: how often the corpus (201 pages) is served in the larger crawl. Two by default, as many as CI
  has time for.
* `THROUGHPUT_PEERS=FOLDER`: news-please too, from a virtual environment made there on demand, and trafilatura's own
  command.
"""

from __future__ import annotations

import os
import sys
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import pytest

from scheduler.demo.remote import RemoteWorld
from tests.benchmarks.contenders import (
    CONCURRENCY,
    DIBAO,
    SCRIPT,
    TRAFILATURA,
    Contender,
    Portal,
    Run,
    fast,
    news_please,
)
from tests.benchmarks.corpus_web import corpus_webs, process
from tests.benchmarks.rounds import until_well
from tests.benchmarks.slopes import Slope, cpu, slope, wall

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(sys.platform != "linux", reason="whole process trees are measured by Linux's means"),
]

ROUNDS = int(os.environ.get("THROUGHPUT_ROUNDS", "1"))
COPIES = int(os.environ.get("THROUGHPUT_COPIES", "2"))
PEERS = os.environ.get("THROUGHPUT_PEERS")
# Kinds with a sitemap: one crawl finds all their articles.
KINDS = "mirror,bay,gazette,daily"
SITES, ARTICLES = 4, 120
MOST_CPU_WORLD = 1.5
"""Of what the script takes for pages that are articles and little else, starting included: it does nothing but extract
them, which such pages make cheap."""
MOST_CPU = 0.5
"""Of what a page costs the script, beyond starting."""
LEAST_SPEED = 2.5
"""Times as many pages a second as the script, beyond starting."""
MOST_OTHERS = 0.2
"""Of all cores, that other programs may have had in Dibao's larger crawl (the median), for seconds to be judged: it
needs all of them, and the script one. With half of them gone, 1.2 to 3 times were seen; alone, 6 to 9."""

Runs = dict[str, list[Run]]


def test_dibao_and_the_script_store_the_same_articles_of_the_demo_world(tmp_path: Path) -> None:
    size = (f"--sites={SITES}", f"--articles={ARTICLES}", f"--kinds={KINDS}")
    with process("-m", "scheduler.demo.serve", *size) as hello:
        articles = RemoteWorld(hello["control"]).articles()
        _warm([article.url for article in articles])
        portal = Portal(config=fast(hello["config"]), pages=len(articles))
        runs: Runs = {DIBAO.name: [], SCRIPT.name: []}
        until_well(
            lambda number: _take(runs, (DIBAO, SCRIPT), portal, tmp_path / str(number)),
            lambda: _share(runs, cpu) <= MOST_CPU_WORLD,
            ROUNDS,
        )
    _print("demo world", runs)
    assert {run.articles for each in runs.values() for run in each} == {SITES * ARTICLES}
    assert _share(runs, cpu) <= MOST_CPU_WORLD


def test_a_real_page_costs_dibao_a_fraction_of_what_it_costs_the_script(tmp_path: Path, shared: Path) -> None:
    pages = shared / "corpus" / "zh-dev" / "html"
    small, large = _crawled(pages, (1, COPIES), tmp_path, (DIBAO, SCRIPT), _is_a_fraction)
    _print_slopes(small, large)
    for runs in (small, large):
        dibao, script = runs["dibao"], runs["script"]
        assert {run.visited for run in dibao} == {run.pages for run in dibao}
        assert len({run.articles for run in dibao}) == len({run.articles for run in script}) == 1
        # The script keeps whatever has a text; Dibao refuses what is no article.
        assert all(0 < run.articles <= run.pages for run in (*dibao, *script))
    assert _is_a_fraction(small, large)


def _is_a_fraction(small: Runs, large: Runs) -> bool:
    """Whether a page costs Dibao no more than it may of CPU, and of time where it had the machine."""
    cost, time = (_pair(small, large, seconds) for seconds in (cpu, wall))
    return (
        cost["dibao"].page_ms <= MOST_CPU * cost["script"].page_ms
        and (time["dibao"].page_ms <= time["script"].page_ms / LEAST_SPEED or _others(large) > MOST_OTHERS)
    )


def _others(runs: Runs) -> float:
    """The share of all cores that other programs had while Dibao crawled."""
    return median(run.others for run in runs["dibao"])


@pytest.mark.skipif(PEERS is None, reason="set THROUGHPUT_PEERS to the folder for their environments")
def test_dibao_is_ahead_of_programs_that_are_told_every_address(tmp_path: Path, shared: Path) -> None:
    others = (TRAFILATURA, news_please(Path(str(PEERS)).absolute() / "news-please"))
    (runs,) = _crawled(shared / "corpus" / "zh-dev" / "html", (1,), tmp_path, (DIBAO, *others))
    for other in others:
        assert median(map(cpu, runs["dibao"])) < median(map(cpu, runs[other.name]))
        assert median(map(wall, runs["dibao"])) < median(map(wall, runs[other.name]))


# Running


def _crawled(
    pages: Path,
    sizes: Sequence[int],
    folder: Path,
    contenders: Sequence[Contender],
    is_well: Callable[..., bool] = lambda *_: True,
) -> list[Runs]:
    """The runs of all contenders over so many copies of the corpus, all of them in turns, after their tables."""
    found: list[Runs] = [{contender.name: [] for contender in contenders} for _ in sizes]
    with corpus_webs(pages, sizes, folder) as webs:

        def take(number: int) -> None:
            for web, runs in zip(webs, found, strict=True):
                portal = Portal(config=fast(_corpus_config(web.sites)), pages=len(web.pages), urls=web.pages)
                _take(runs, contenders, portal, folder / f"{len(web.pages)}-{number}", web.cpu_seconds)

        until_well(take, lambda: is_well(*found), ROUNDS)
        for web, runs in zip(webs, found, strict=True):
            _print(f"zh-dev corpus, from {web.server}", runs)
    return found


def _take(
    runs: Runs,
    contenders: Sequence[Contender],
    portal: Portal,
    folder: Path,
    server: Callable[[], float] = lambda: 0.0,
) -> None:
    """None; each contender has one run more."""
    folder.mkdir()
    for contender in contenders:
        runs[contender.name].append(contender.run(portal, folder / contender.name, server))


def _share(runs: Runs, seconds: Callable[[Run], float]) -> float:
    """What Dibao takes of what the script does, over whole runs: the median of the turns."""
    return median(seconds(ours) / seconds(theirs) for ours, theirs in zip(runs["dibao"], runs["script"], strict=True))


def _pair(small: Runs, large: Runs, seconds: Callable[[Run], float]) -> dict[str, Slope]:
    return {name: slope(small[name], large[name], seconds) for name in small}


def _warm(addresses: list[str]) -> None:
    """The world renders a page when it is first asked for; here, so that the first program does not wait for it."""
    for address in addresses:
        urllib.request.urlopen(address, timeout=30).close()


# Configurations


def _corpus_config(sites: dict[str, str]) -> str:
    sources = [
        f'[[source]]\nname = "{name}"\nhome = "{base}/"\n'
        f'listings = [{{ url = "{base}/list.html", links = "/p/{{id}}.html" }}]\n'
        for name, base in sites.items()
    ]
    head = '[dibao]\ndatabase = "news.db"\ncontact = "demo@example.org"\n\n'
    return head + '[fetch]\nallow_networks = ["127.0.0.0/8"]\ndelay_seconds = 0\n\n' + "\n".join(sources)


# Tables


def _print(name: str, runs: Runs) -> None:
    first, rounds = next(iter(runs.values()))[0], len(runs["dibao"])
    print(f"\n\n{name}: {first.pages} pages, {CONCURRENCY} requests a host, whole runs, medians of {rounds} in turn")
    print(f"{'':12}{'pages/s':>9}{'wall s':>9}{'CPU s':>9}{'ms/page':>9}{'peak MB':>9}{'articles':>10}{'server s':>10}")
    for label, each in runs.items():
        spent, took = median(map(cpu, each)), median(map(wall, each))
        turns = ", ".join(f"{run.wall_seconds:.1f}" for run in each)
        print(
            f"{label:12}{first.pages / took:9.1f}{took:9.1f}{spent:9.1f}{spent / first.pages * 1000:9.1f}"
            f"{median(run.peak_bytes for run in each) / 1e6:9.0f}{each[0].articles:10}"
            f"{median(run.server_seconds for run in each):10.2f}   each: {turns}"
        )
    if "script" in runs:
        print(f"ratio       {1 / _share(runs, wall):.2f}x pages/s, {_share(runs, cpu):.3f} of the CPU", end="")
        print(f"; others had {_others(runs):.0%} of the cores")
    _print_roles(sorted(runs["dibao"], key=cpu)[len(runs["dibao"]) // 2])


def _print_roles(run: Run) -> None:
    """Where Dibao's CPU goes, of the run with the middle CPU time."""
    unseen = run.cpu_seconds - sum(run.roles.values())
    for role, seconds in sorted((run.roles | {"not sampled": unseen}).items(), key=lambda item: -item[1]):
        most = f"{run.peaks[role] / 1e6:6.0f} MB at most" if role in run.peaks else ""
        share = seconds / run.cpu_seconds
        print(f"  {role:14}{seconds:7.2f} s{share:6.0%}{seconds / run.pages * 1000:7.1f} ms/page{most}")


def _print_slopes(small: Runs, large: Runs) -> None:
    print("\n\nstarting, and each page beyond it (the line through both sizes)")
    for label, seconds in (("CPU", cpu), ("wall", wall)):
        found = _pair(small, large, seconds)
        for name, one in found.items():
            print(f"  {label:5}{name:8}{one.start_seconds:7.2f} s to start{one.page_ms:8.1f} ms/page")
        ours, theirs = found["dibao"].page_ms, found["script"].page_ms
        print(f"  {label:5}ratio   {ours / theirs:.3f}: Dibao is {theirs / ours:.2f} times as quick a page")
