"""A result as `dibao bench` finds it, for tests of what is said of it."""

from __future__ import annotations

from scheduler.bench.benching import Result
from scheduler.bench.crawling import Crawled, Crawls, Kept
from scheduler.bench.disk import Disk
from scheduler.bench.estimate import estimate
from scheduler.bench.machine import Machine
from scheduler.bench.processes import Cost
from scheduler.bench.reading import Read
from scheduler.bench.starting import Start
from scheduler.bench.storing import Searched, Stored

MACHINE = Machine(
    dibao="0.1.0",
    python="3.13.1",
    sqlite="3.51.3",
    system="Linux x86_64",
    processor="Made-up 9000",
    cores=4,
    memory_bytes=8 << 30,
    load=0.1,
)
DISK = Disk(commits_second=400.0, bytes_second=300e6, free_bytes=100 * 10**9)


def crawls(*, coordinator: float = 2.0, worker: float = 1.0, pool: float = 5.0, poll_ms: float = 10.0) -> Crawls:
    """A hundred pages, each of which costs so many milliseconds by role, and starts of two seconds."""
    roles = {"coordinator": coordinator, "worker": worker, "pool": pool}
    start = Cost(wall_seconds=2.0, cpu_seconds=2.0, peak_bytes=1, roles=dict.fromkeys(roles, 0.5))
    whole = Cost(
        wall_seconds=3.0,
        cpu_seconds=2.0 + sum(roles.values()) / 10,
        peak_bytes=400_000_000,
        roles={role: 0.5 + ms / 10 for role, ms in roles.items()},
    )
    slow = Cost(wall_seconds=6.0, cpu_seconds=6.0, peak_bytes=1)
    return Crawls(
        dibao=Crawled(whole=whole, again=start, pages=100, articles=99),
        script=Crawled(whole=slow, again=start, pages=100, articles=100),
        sources=24,
        poll_ms=poll_ms,
        kept=Kept(file_bytes=8_000.0, raw_bytes=12_000.0),
        server_seconds=0.2,
    )


def result(*, disk: Disk = DISK, found: Crawls | None = None, page_ms: float = 4.0) -> Result:
    """A good machine, but for what is given."""
    found = found or crawls()
    return Result(
        machine=MACHINE,
        disk=disk,
        start=Start(help_seconds=0.1, status_seconds=0.3),
        read=Read(page_ms=page_ms, compared_ms=4.0, trafilatura_ms=24.0, pages=600),
        stored=Stored(article_ms=3.0, articles_second=250.0, article_bytes=8000.0, articles=600),
        searched=Searched(median_ms=0.5, dear_ms=3.0),
        crawls=found,
        estimate=estimate(MACHINE, found, disk.free_bytes),
    )
