"""A process that stores articles with raw pages, trims and forgets, until it is killed. Arguments: database, seed."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage import ledger, runs, sources, warc
from storage.archive.folder import archive_folder
from storage.archive.forgetting import forget_pruned
from storage.archive.keeping import Archive
from storage.archive.trimming import trim
from storage.database import Database, open_writer
from storage.identity import content_digest
from storage.imports import ImportIngest
from storage.ingest import Ingest
from storage.lock import WriterLock
from storage.noted import Lease
from storage.rechecks import RecheckPolicy
from storage.records import Article, Candidate, Discovered, Extracted, RawPage, utc_text

START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
FILE_BYTES = 12_000
MAX_BYTES = 150_000


def body(url: str, number: int) -> bytes:
    """What the page at an address says in its revision of that number; some kilobytes that do not pack well."""
    chance = random.Random(f"{url} {number}")
    return f"<html>{url} {number} {chance.randbytes(chance.randrange(200, 2_000)).hex()}</html>".encode()


@contextmanager
def writing(path: Path, now: datetime) -> Iterator[tuple[Database, Ingest, Lease]]:
    """The database with a job that is open, for whoever holds the lock."""
    with WriterLock(path, wait_seconds=30), open_writer(path) as database:
        with database.transaction():
            ledger.release_all(database)
            runs.close_abandoned(database, now)
            source_id = sources.ensure(database, "a", "https://a.cn/", now)
            run_id = runs.begin(database, "crawl", now)
            runs.add_source(database, run_id, source_id, f"job-{run_id}", now, planned=0, with_entries=True)
        lease = Lease(run_id=run_id, source_id=source_id)
        archive = Archive(database, archive_folder(path), FILE_BYTES)
        leases = {f"job-{run_id}": lease}
        yield database, ImportIngest(database, leases, RecheckPolicy(ages=()), archive=archive), lease


def store(database: Database, ingest: Ingest, lease: Lease, urls: list[str], now: datetime) -> None:
    """None; each address has one revision more, in one batch."""
    job = f"job-{lease.run_id}"
    found = tuple(Candidate(url=url, key=url.removeprefix("https:")) for url in urls)
    named = Discovered(job_id=job, number=0, entry_url="", candidates=found, taken=len(found))
    ingest.batch([named, *(_extracted(database, job, url, now) for url in urls)], now)


def _extracted(database: Database, job: str, url: str, now: datetime) -> Extracted:
    key = url.removeprefix("https:")
    number = 1 + (database.value("SELECT revision FROM article_heads WHERE key = ?", (key,)) or 0)
    said = "。".join(f"{url}第{number}稿第{n}句" for n in range(9))
    article = Article(title=url, text=said, encoding="utf-8", encoding_evidence="meta", extractor="test")
    page = RawPage(
        record=warc.response_record(url, now, "200 OK", [], body(url, number)), url=url, fetched_at=now, http_status=200
    )
    return Extracted(
        job_id=job, number=0, key=key, url=url, final_url=url, final_key=key, fetched_at=now, article=article,
        digest=content_digest(article), raw=(page,),
    )  # fmt: skip


def main(path: Path, seed: int, *, endless: bool = True) -> None:
    """None; never, unless it is to make one round only."""
    chance = random.Random(seed)
    now = START + timedelta(days=30 * seed)
    with writing(path, now) as (database, ingest, lease):
        while True:
            now += timedelta(minutes=chance.randrange(1, 600))
            store(database, ingest, lease, sorted({f"https://a.cn/{chance.randrange(400)}" for _ in range(12)}), now)
            if chance.random() < 0.3:
                alive = "SELECT id FROM article_heads WHERE pruned_at IS NULL ORDER BY id"
                for (article_id,) in chance.sample([tuple(row) for row in database.rows(alive)], 3):
                    database.execute(
                        "UPDATE article_heads SET pruned_at = ?, pruned_why = 'asked' WHERE id = ?",
                        (utc_text(now), article_id),
                    )
                forget_pruned(database, now)
            if chance.random() < 0.3:
                trim(database, keep_for_seconds=300 * 86_400, max_bytes=MAX_BYTES, now=now)
            if not endless:
                return


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
