"""What an article costs to be stored, its copies looked for and its words made findable; and what a search costs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from crawler.extraction.page import Reading
from scheduler.bench.pages import BenchPage
from storage import ledger, runs, sources
from storage.database import Database, open_reader, open_writer
from storage.identity import content_digest, host_of, url_key
from storage.ingest import Ingest
from storage.noted import Lease
from storage.rechecks import RecheckPolicy
from storage.records import Article, Candidate, Extracted, JobFinished
from storage.search import finding
from storage.selection import Selection

BATCH = 25
QUERIES = 40
QUERY_LETTERS = 4

Found = Sequence[tuple[BenchPage, Reading]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Of an article: CPU milliseconds, and bytes of the file. `second`: articles a second by the clock on the wall."""

    article_ms: float
    articles_second: float
    article_bytes: float
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """Milliseconds of CPU of a first page of hits: in the middle, and of the dearest twentieth."""

    median_ms: float
    dear_ms: float


def measure(path: Path, found: Found, now: datetime) -> tuple[Stored, Searched]:
    """What the articles cost to store in a new file, and to find there. Raises StorageFault."""
    with open_writer(path) as database:
        empty = _bytes(database)
        cpu = wall = 0.0
        for number, at in enumerate(range(0, len(found), BATCH)):
            part = found[at : at + BATCH]
            taken = _batch(database, part, number, now + timedelta(seconds=at))
            cpu, wall = cpu + taken[0], wall + taken[1]
        stored = Stored(
            article_ms=cpu / len(found) * 1000,
            articles_second=len(found) / wall,
            article_bytes=(_bytes(database) - empty) / len(found),
            articles=int(database.value("SELECT count(*) FROM articles")),
        )
    with open_reader(path) as database:
        return stored, _searched(database, found)


def lent(database: Database, job: str, home: str, urls: Sequence[str], now: datetime) -> Lease:
    """The lease of a job that has found these addresses of a site and has them on loan, as a crawl does.

    The source is called by the first label of its `home`.
    """
    with database.transaction():
        source = sources.ensure(database, host_of(home).partition(".")[0], home, now)
        run = runs.begin(database, "bench", now)
        runs.add_source(database, run, source, job, now, planned=0, with_entries=True)
        links = tuple(Candidate(url=url, key=url_key(url)) for url in urls)
        new = ledger.discover(
            database, run_id=run, job_id=job, source_id=source, entry_url="", candidates=links, taken=len(urls), now=now
        )
        runs.discovered(database, job, new)
    return Lease(run_id=run, source_id=source)


def _batch(database: Database, part: Found, number: int, now: datetime) -> tuple[float, float]:
    """CPU and wall seconds to store a batch, as a crawl does: found, lent, stored, and its job ended."""
    job, site = f"bench-{number}", part[0][0].site
    urls = [f"http://{page.site}.example{page.path}" for page, _ in part]
    lease = lent(database, job, f"http://{site}.example/", urls, now)
    events = [_event(job, n, url, reading, now) for n, (url, (_, reading)) in enumerate(zip(urls, part, strict=True))]
    ingest = Ingest(database, {job: lease}, RecheckPolicy(ages=()))
    cpu, wall = time.process_time(), time.monotonic()
    ingest.batch(events, now)
    taken = time.process_time() - cpu, time.monotonic() - wall
    ingest.batch([JobFinished(job_id=job, number=len(events), reason="finished")], now)
    return taken


def _event(job: str, number: int, url: str, reading: Reading, now: datetime) -> Extracted:
    article = reading.result
    assert isinstance(article, Article)
    key = url_key(url)
    return Extracted(
        job_id=job, number=number, key=key, url=url, final_url=url, final_key=key, fetched_at=now, article=article,
        digest=content_digest(article), fingerprint=reading.fingerprint, signature=reading.signature,
        terms=reading.terms, sentences=reading.sentences,
    )  # fmt: skip


def _searched(database: Database, found: Found) -> Searched:
    taken = []
    step = max(1, len(found) // QUERIES)
    for _, reading in found[::step][:QUERIES]:
        assert isinstance(reading.result, Article)
        text = reading.result.text
        began = time.process_time()
        finding.find(database, _words(text), Selection(), limit=20)
        taken.append((time.process_time() - began) * 1000)
    taken.sort()
    return Searched(median_ms=taken[len(taken) // 2], dear_ms=taken[int(len(taken) * 0.95)])


def _words(text: str) -> str:
    """Letters in a row from the middle of a text."""
    letters = "".join(filter(str.isalpha, text[len(text) // 2 :][:60])) or text
    return letters[:QUERY_LETTERS]


def _bytes(database: Database) -> int:
    return int(database.value("PRAGMA page_count")) * int(database.value("PRAGMA page_size"))
