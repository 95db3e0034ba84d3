"""A crawl from pages on loopback to committed rows: by Dibao, and by the script that one would write by hand."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scheduler.bench.fault import BenchFault
from scheduler.bench.processes import Cost, dibao, run
from scheduler.demo.server import WorldServer
from scheduler.demo.static import StaticSite
from scheduler.demo.world import World
from storage.database import open_reader

CONCURRENCY = 4
"""Requests to a site at a time, of both."""
LIMITS = f"[fetch]\nmax_pages_per_run = 100000\nconcurrency_per_host = {CONCURRENCY}"
NO_RECHECKS = "\n[recheck]\nshare = 0.0\n"
ASKING = ("coordinator", "worker", "pool")
"""Roles whose CPU time grows with the sources that are asked."""
NOTHING = "/nothing-is-called-so"
"""What no link says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawled:
    """One program's crawl of all pages. `again`: another in which nothing is new, or nothing is wanted: its start."""

    whole: Cost
    again: Cost
    pages: int
    articles: int

    @property
    def page_ms(self) -> float:
        """CPU milliseconds of a page, beyond starting."""
        return max(0.0, self.whole.cpu_seconds - self.again.cpu_seconds) / self.pages * 1000

    @property
    def pages_second(self) -> float:
        """Pages a second by the clock on the wall, beyond starting."""
        return self.pages / max(0.001, self.whole.wall_seconds - self.again.wall_seconds)

    def role_ms(self, role: str) -> float:
        """CPU milliseconds of a page in one role, beyond starting."""
        return max(0.0, self.whole.roles.get(role, 0.0) - self.again.roles.get(role, 0.0)) / self.pages * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Bytes that an article takes: of the database, and of the folder of raw pages."""

    file_bytes: float
    raw_bytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawls:
    """`poll_ms`: CPU of asking one more source that has nothing new. `server_seconds`: of who answered, not counted.

    `kept`: bytes of an article on the disk.
    """

    dibao: Crawled
    script: Crawled
    sources: int
    poll_ms: float
    kept: Kept
    server_seconds: float


def measure(folder: Path, sites: Sequence[StaticSite]) -> Crawls:
    """Both crawls, one after the other. Raises BenchFault or StorageFault."""
    pages = sum(len(site.pages) for site in sites)
    try:
        with WorldServer(World(sites=0), static=sites) as server:
            began = time.process_time()
            ours, poll_ms, kept = _dibao(folder, server, sites, pages)
            theirs = _script(folder, server, sites, pages)
            served = time.process_time() - began
    except OSError as fault:
        if fault.errno is None or fault.filename is not None:
            raise
        raise BenchFault(f"no address on loopback can be listened on: {fault.strerror}") from fault
    return Crawls(
        dibao=ours, script=theirs, sources=len(sites), poll_ms=poll_ms, kept=kept, server_seconds=served
    )


def _dibao(
    folder: Path, server: WorldServer, sites: Sequence[StaticSite], pages: int
) -> tuple[Crawled, float, Kept]:
    """Dibao's crawl; CPU milliseconds of a source more in which nothing is new; and what an article takes."""
    place = folder / "dibao"
    place.mkdir()
    config = server.config_toml("news.db", delay_seconds=0.0).replace("[fetch]", LIMITS, 1) + NO_RECHECKS
    (place / "dibao.toml").write_text(config, encoding="utf-8")
    everything = dibao("crawl", "--all", "--json")
    whole = run(everything, place)
    with open_reader(place / "news.db") as database:
        articles = int(database.value("SELECT count(*) FROM articles"))
    if not articles:
        raise BenchFault("the crawl stored nothing; `dibao doctor` says what is wrong with the installation")
    kept = Kept(
        file_bytes=_bytes(place.glob("news.db*")) / articles,
        raw_bytes=_bytes((place / "news.db.archive").iterdir()) / articles,
    )
    again, single = (_twice(command, place) for command in (everything, dibao("crawl", "--json", sites[0].name)))
    poll_ms = asking_ms(again, single, len(sites) - 1)
    crawled = Crawled(whole=whole, again=min(again, key=lambda cost: cost.cpu_seconds), pages=pages, articles=articles)
    return crawled, poll_ms, kept


def _twice(command: list[str], place: Path) -> list[Cost]:
    return [run(command, place) for _ in range(2)]


def asking_ms(many: Sequence[Cost], one: Sequence[Cost], more: int) -> float:
    """CPU milliseconds of asking a source, by runs that asked so many `more` than the others; the cheapest count.

    The fork server is left out: it does the same in all of them, and varies by more than what is looked for.
    """
    asked, alone = (min(sum(cost.roles.get(role, 0.0) for role in ASKING) for cost in runs) for runs in (many, one))
    return max(0.0, asked - alone) / max(1, more) * 1000


def _bytes(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths if path.is_file())


def _script(folder: Path, server: WorldServer, sites: Sequence[StaticSite], pages: int) -> Crawled:
    """The same pages by the obvious script; it starts in the same way where no link is of an article."""
    place = folder / "script"
    place.mkdir()
    both = []
    for name, links in (("all", "."), ("none", NOTHING)):
        listed = [{"sitemaps": [], "listings": [f"{server.url(site)}/list.html"], "links": links} for site in sites]
        spec = place / f"{name}.json"
        spec.write_text(json.dumps({"concurrency": CONCURRENCY, "sites": listed}), encoding="utf-8")
        command = [sys.executable, "-P", "-m", "scheduler.bench.obvious_script", str(spec), f"{name}.db"]
        both.append(run(command, place))
    return Crawled(whole=both[0], again=both[1], pages=pages, articles=pages)
