"""What was measured, in words: each figure with whether it is good, and what to do where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scheduler.bench.benching import Result
from scheduler.bench.estimate import ARTICLES, USED

Verdict = Literal["good", "fair", "bad"]

# Each pair: good from here on, bad beyond there. Figures of machines that are known: a disk that turns does some 60
# commits a second, one over a network fewer than 20, any SSD more than 200, and memory or a disk that does not wait for
# its medium more than 10,000. A core of 2015 reads a page in 15 ms.
COMMITS_SECOND = (100, 15)
UNSAFE_COMMITS_SECOND = 10_000
WRITTEN_MB_SECOND = (50, 10)
STATUS_SECONDS = (1.0, 3.0)
PAGE_MS = (8.0, 25.0)
RATIO = (0.35, 0.8)
ARTICLES_SECOND = (80, 15)
SEARCH_MS = (50.0, 300.0)
PAGES_SECOND = (25, 5)
MEMORY_SHARE = (0.5, 0.9)
POLL_MS = (100.0, 400.0)
TRIED = 1_000
"""Sources with which Dibao itself was measured (tests/benchmarks)."""
BOUNDS = {
    "cores": "more cores would carry more",
    "writer": "the one process that writes is full first: more cores would not help",
    "worker": "the process that fetches is full first: set `workers = 2` in [dibao]",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One figure. `advice`: what to do, where it is not good."""

    what: str
    figure: str
    verdict: Verdict
    advice: str = ""


def lines(result: Result) -> list[Line]:
    """Every figure, in the order in which it was measured."""
    return [*_disk(result), *_commands(result), *_pages(result), *_crawl(result)]


def summary(result: Result) -> list[str]:
    """What this machine carries, in sentences; first, where that is so, that it has other work."""
    busy = [_busy(result)] if result.machine.load > result.machine.cores else []
    return [*busy, _carries(result), _adds(result), _beside(result)]


def _busy(result: Result) -> str:
    machine = result.machine
    return (
        f"Other programs were at work (load {machine.load}, with cores for {machine.cores}): these are figures of"
        " what they left over. Measure again when they rest."
    )


def _carries(result: Result) -> str:
    found = result.estimate
    return (
        f"With {USED:.0%} of it in use, this machine carries about {_round(found.pages_day):,} new articles a day. Or"
        f" about {_round(found.sources):,} sources with {ARTICLES} a day each that are asked every 15 minutes;"
        f" {BOUNDS[found.bound]}." + (f" More than {TRIED:,} were not tried." if found.sources > TRIED else "")
    )


def _adds(result: Result) -> str:
    found = result.estimate
    return (
        f"So many sources add {_bytes(found.day_bytes)} to the database in a day, and {_bytes(found.day_raw_bytes)} of"
        f" raw pages, of which {_bytes(found.raw_bytes_kept)} are kept (`max_bytes` in [archive]). The disk has room"
        f" for {found.disk_days:,} {'day' if found.disk_days == 1 else 'days'} of it; [retention] gives up what is old."
    )


def _beside(result: Result) -> str:
    ours, script = result.crawls.dibao, result.crawls.script
    return (
        f"A page of a crawl costs {ours.page_ms:.1f} ms of CPU, one of the obvious script {script.page_ms:.1f} ms;"
        f" Dibao stores {ours.pages_second / script.pages_second:.1f} times as many in the same time. Beside the text"
        " it keeps facts and the raw page, finds copies, and makes every word findable."
    )


def _disk(result: Result) -> list[Line]:
    written, free = result.disk, _bytes(result.disk.free_bytes)
    unsafe = written.commits_second > UNSAFE_COMMITS_SECOND
    advice = "put the database on a disk of this machine, an SSD if there is one"
    too_quick = "it is memory, or does not wait for its medium: a power cut may cost the last minutes, or the file"
    commits = "fair" if unsafe else _more(written.commits_second, COMMITS_SECOND)
    return [
        Line(
            what="database: commits, each safe on the disk",
            figure=f"{written.commits_second:,.0f} a second",
            verdict=commits,
            advice=too_quick if unsafe else advice,
        ),
        Line(
            what=f"disk: one long file ({free} are free)",
            figure=f"{written.bytes_second / 1e6:,.0f} MB a second",
            verdict=_more(written.bytes_second / 1e6, WRITTEN_MB_SECOND),
            advice=advice,
        ),
    ]


def _commands(result: Result) -> list[Line]:
    start = result.start
    return [
        Line(
            what="commands: `dibao --help`, `dibao status`",
            figure=f"{start.help_seconds:.2f} s, {start.status_seconds:.2f} s of CPU",
            verdict=_less(start.status_seconds, STATUS_SECONDS),
            advice="a slow core, or a busy one; call `dibao status` less often from monitoring",
        )
    ]


def _pages(result: Result) -> list[Line]:
    read, stored, searched = result.read, result.stored, result.searched
    return [
        Line(
            what="reading: a page, from bytes to article and facts",
            figure=f"{read.page_ms:.1f} ms of CPU",
            verdict=_less(read.page_ms, PAGE_MS),
            advice="a slow core, or a busy one: see what else runs here",
        ),
        Line(
            what="reading: beside trafilatura with metadata",
            figure=f"{read.ratio:.2f} of its {read.trafilatura_ms:.1f} ms",
            verdict=_less(read.ratio, RATIO),
            advice="this does not depend on the machine: please report it",
        ),
        Line(
            what="storing: with copies, stories and search index",
            figure=f"{stored.articles_second:,.0f} articles a second",
            verdict=_more(stored.articles_second, ARTICLES_SECOND),
            advice="the disk above, or a busy core",
        ),
        Line(
            what=f"searching: a first page among {stored.articles:,}",
            figure=f"{searched.median_ms:.1f} ms; 95 of 100 below {searched.dear_ms:.1f} ms",
            verdict=_less(searched.dear_ms, SEARCH_MS),
            advice="a busy core: see what else runs here",
        ),
    ]


def _crawl(result: Result) -> list[Line]:
    crawls, memory = result.crawls, result.crawls.dibao.whole.peak_bytes
    pages, script = crawls.dibao.pages_second, crawls.script.pages_second
    return [
        Line(
            what=f"crawling: {crawls.dibao.pages:,} pages of {crawls.sources} sites, to committed rows",
            figure=f"{pages:,.0f} pages a second ({pages / script:.1f} times the obvious script)",
            verdict=_more(pages, PAGES_SECOND),
            advice="see reading and storing, and how many cores there are",
        ),
        Line(
            what="asking a source that has nothing new",
            figure=f"{crawls.poll_ms:.0f} ms of CPU" if crawls.poll_ms >= 1 else "less than 1 ms of CPU",
            verdict=_less(crawls.poll_ms, POLL_MS),
            advice="a slow core, or a busy one",
        ),
        Line(
            what="memory at most, all processes of a crawl",
            figure=_bytes(memory),
            verdict=_less(memory / result.machine.memory_bytes, MEMORY_SHARE),
            advice="set `extract_processes = 1` in [dibao]",
        ),
    ]


def _more(value: float, bounds: tuple[float, float]) -> Verdict:
    good, bad = bounds
    return "good" if value >= good else "bad" if value < bad else "fair"


def _less(value: float, bounds: tuple[float, float]) -> Verdict:
    good, bad = bounds
    return "good" if value <= good else "bad" if value > bad else "fair"


def _round(number: int) -> int:
    """Two figures of it: an estimate is no more exact."""
    digits = max(0, len(str(number)) - 2)
    return int(round(number, -digits))


def _bytes(count: int) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count} bytes"
