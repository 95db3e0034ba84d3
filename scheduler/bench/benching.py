"""All measurements, one after another, in a folder that is gone at their end."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scheduler.bench import crawling, disk, pages, reading, starting, storing
from scheduler.bench.crawling import Crawls
from scheduler.bench.disk import Disk
from scheduler.bench.estimate import Estimate, estimate
from scheduler.bench.fault import BenchFault
from scheduler.bench.machine import Machine, this_machine
from scheduler.bench.reading import Read
from scheduler.bench.starting import Start
from scheduler.bench.storing import Searched, Stored

PREFIX = ".dibao-bench-"
NEEDED_BYTES = 300 << 20
"""Databases, raw pages and logs of both crawls, and as much again."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is measured: `sites` with `articles` each, of which trafilatura reads `compared`."""

    sites: int
    articles: int
    compared: int
    commits: int
    starts: int


# Of few sites, what asking one more costs would be lost in what starting costs now and then.
FULL = Size(sites=100, articles=6, compared=60, commits=200, starts=3)
QUICK = Size(sites=32, articles=2, compared=16, commits=50, starts=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All that was found."""

    machine: Machine
    disk: Disk
    start: Start
    read: Read
    stored: Stored
    searched: Searched
    crawls: Crawls
    estimate: Estimate


def bench(folder: Path, size: Size, now: datetime, say: Say = lambda _: None) -> Result:
    """What this machine does, with files in `folder`, none of which is left. `say` is told what is measured now.

    Raises BenchFault, StorageFault or OSError.
    """
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        raise BenchFault(
            f"{free >> 20} MiB are free at {folder}, and {NEEDED_BYTES >> 20} MiB are needed; make room, or name"
            " another folder with --folder"
        )
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=folder) as place:
        return _measured(Path(place), size, now, say)


def _measured(place: Path, size: Size, now: datetime, say: Say) -> Result:
    machine = this_machine()
    say("the disk")
    written = disk.measure(place, size.commits)
    say("how quickly commands start")
    start = starting.measure(place, size.starts)
    say("reading pages")
    sites = pages.sites(size.sites, size.articles, now)
    read, found = reading.measure(pages.pages(sites), size.compared, now)
    say("storing and searching articles")
    stored, searched = storing.measure(place / "ingest.db", found, now)
    say("a crawl, and the same by the obvious script")
    crawls = crawling.measure(place, sites)
    carries = estimate(machine, crawls, written.free_bytes)
    return Result(
        machine=machine,
        disk=written,
        start=start,
        read=read,
        stored=stored,
        searched=searched,
        crawls=crawls,
        estimate=carries,
    )
