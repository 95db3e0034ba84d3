"""One import from start to end: what `dibao import` and the tests call. Files in, rows out, by the one write path."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from crawler.extraction.batch import in_pool
from crawler.importing.addresses import Address, file_address
from crawler.importing.pages import ImportPage, ReadPage, import_pages, read_import
from scheduler.archiving import archive_of
from scheduler.config.file import Archive as ArchiveSection
from scheduler.listeners import Listener, Silent
from storage import elsewhere, ledger, runs, sources
from storage.database import Database, open_writer
from storage.identity import key_hash
from storage.imports import TRIGGER, ImportIngest
from storage.lock import WriterLock
from storage.noted import Lease, Noted
from storage.rechecks import RecheckPolicy
from storage.records import (
    Candidate,
    CrawlJob,
    Discovered,
    Extracted,
    Failed,
    JobFinished,
    PageEvent,
    Rejected,
    Rejection,
)

BATCH_PAGES = 100
BATCH_SECONDS = 0.5
"""A commit costs a disk flush: grouped, but what was read waits no longer than this to be safe."""

BROKEN = frozenset({"extraction_timeout", "extraction_crashed"})
"""Reasons that say that a page could not be read, not that it is no article."""

UNREAD = frozenset({"unreadable", "bad_warc"})
"""Reasons that say that a file could not be had: somebody must look at it."""

# Under which pages are counted that are not taken: another page of this import, or another source, has the address.
REPEATED = "repeated_address"
OTHER_SOURCE = "other_source"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedSource:
    """The source to which the pages are to belong. `home`: None for one that the file must know already.

    `outlets`: what its outlet is called, as storage.sources.ensure takes it; None leaves what the file has.
    """

    name: str
    home: str | None
    timezone: str
    outlets: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """What to import, and how. `base_url`: the address of the folders that are named, where they mirror a site.

    `archive`: how the raw pages are kept; they are not by default.
    """

    database: Path
    source: ImportedSource
    paths: Sequence[Path]
    base_url: str | None = None
    max_body_bytes: int = 8 * 1024 * 1024
    page_seconds: float = 20.0
    processes: int = 0
    archive: ArchiveSection = field(default_factory=lambda: ArchiveSection(enabled=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What one import came to. `passed`: what was counted but is no page of the run, by its reason."""

    run_id: int
    counts: runs.SourceRun
    passed: dict[str, int]
    interrupted: bool
    seconds: float

    @property
    def unread(self) -> int:
        """How many files or pages could not be had or read at all."""
        return self.counts.failed + sum(self.counts.reasons.get(f"rejected:{reason}", 0) for reason in UNREAD)


class HomelessSource(ValueError):
    """A source was named that neither the configuration nor the database knows, and its home was not given."""


@dataclass(slots=True, kw_only=True)
class _Job:
    """The job of the import: what has been read and is not in the file yet."""

    database: Database
    job: CrawlJob
    ingest: ImportIngest
    clock: Callable[[], datetime]
    listener: Listener
    passed: Counter[str]
    seen: set[bytes] = field(default_factory=set)
    refused: set[bytes] = field(default_factory=set)
    pages: list[PageEvent] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    number: int = 0
    bytes_read: int = 0
    since: float = 0.0

    def add(self, page: ImportPage, read: ReadPage | Rejection) -> None:
        """None; what was read of a page waits for the next commit, or is counted as passed over."""
        found = read if isinstance(read, ReadPage) else ReadPage(result=read, address=page.address)
        address = self._free_address(page, found)
        self.bytes_read += found.size
        if address is None:
            self.passed[REPEATED] += 1
            return
        self.seen.add(key_hash(address.key))
        if isinstance(found.result, Rejection):
            self.refused.add(key_hash(address.key))
        if not self.pages:
            self.since = time.monotonic()
        self.candidates.append(Candidate(url=address.url, key=address.key))
        self.pages.append(_event(self.job.id, self._next(), page, found, address))

    def commit_if_due(self) -> None:
        """None; a batch that is large or old enough is in the file."""
        if len(self.pages) >= BATCH_PAGES or (self.pages and time.monotonic() - self.since >= BATCH_SECONDS):
            self.commit()

    def commit(self) -> None:
        """None; all that waits is in the file, in one transaction."""
        if not self.pages:
            return
        now = self.clock()
        count = len(self.candidates)
        named = Discovered(
            job_id=self.job.id, number=self._next(), entry_url="", candidates=tuple(self.candidates), taken=count
        )
        self._tell(self.ingest.batch([named, *self.pages], now))
        self.pages, self.candidates = [], []

    def finish(self, *, interrupted: bool) -> None:
        """None; the job has ended, and its sum is checked."""
        self.commit()
        reason = "stopped" if interrupted else "finished"
        last = JobFinished(job_id=self.job.id, number=self._next(), reason=reason, body_bytes=self.bytes_read)
        self._tell(self.ingest.batch([last], self.clock()))
        with self.database.transaction():
            runs.finish(self.database, self.job.run_id, self.clock())

    def _tell(self, noted: Sequence[Noted]) -> None:
        """None; the listener hears, and pages of which another source has the address are counted."""
        for one in noted:
            self.listener.noted(self.job.source, one)
            if one.result is not None:
                self.listener.finished(one.result)
            if one.outcome is None and isinstance(one.event, Extracted | Rejected | Failed):
                self.passed[OTHER_SOURCE] += 1

    def _free_address(self, page: ImportPage, found: ReadPage) -> Address | None:
        """The address, if no article of this import had it; that of the file where only the page claims another.

        A bad copy does not take it from a good one: what became of it is in the file before the next may come.
        """
        address, key = found.address, key_hash(found.address.key)
        if key not in self.seen:
            return address
        if key in self.refused and not isinstance(found.result, Rejection):
            self.refused.discard(key)
            self.commit()
            return address
        own = file_address(page.source, page.name)
        free = address.told == "page" and key_hash(own.key) not in self.seen
        return own if free else None

    def _next(self) -> int:
        self.number += 1
        return self.number


def import_all(
    plan: ImportPlan,
    *,
    clock: Callable[[], datetime],
    wait_seconds: float = 0.0,
    listener: Listener | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> ImportResult:
    """Imports every page of the paths, and says what came of it.

    Importing again changes nothing; a file that has changed is a new revision. Whatever is killed: what was committed
    stays, the rest is read again the next time. Raises HomelessSource, LockHeld or StorageFault.
    """
    began = time.monotonic()
    with WriterLock(plan.database, wait_seconds=wait_seconds), open_writer(plan.database) as database:
        take_up(database, clock())
        job = _begin(plan, database, clock, listener or Silent())
        interrupted = _read_all(plan, job, should_stop)
        job.finish(interrupted=interrupted)
        (counts,) = runs.result(database, job.job.run_id)
        return ImportResult(
            run_id=job.job.run_id,
            counts=counts,
            passed=dict(job.passed),
            interrupted=interrupted,
            seconds=time.monotonic() - began,
        )


def take_up(database: Database, now: datetime) -> None:
    """None; what a killed writer left behind is free again, and its runs are closed, as a crawl does first.

    Not where jobs may go on elsewhere: what they hold is theirs, and only who asks their engine knows which do.
    """
    if elsewhere.may_go_on(database):
        return
    with database.transaction():
        for source_id in sources.cut_short(database):
            sources.not_attempted(database, source_id)
        ledger.release_all(database)
        runs.close_abandoned(database, now)


def _begin(plan: ImportPlan, database: Database, clock: Callable[[], datetime], listener: Listener) -> _Job:
    """The job of the import, written down as a run."""
    source, now, job_id = plan.source, clock(), uuid.uuid4().hex
    known = database.value("SELECT home FROM sources WHERE name = ?", (source.name,))
    home = source.home or known
    if home is None:
        raise HomelessSource(f"no source {source.name!r} is known; give the address of its front page with --home")
    with database.transaction():
        run_id = runs.begin(database, TRIGGER, now)
        source_id = sources.ensure(database, source.name, str(home), now, source.outlets)
        runs.add_source(database, run_id, source_id, job_id, now, planned=0, with_entries=False)
    job = CrawlJob(
        id=job_id, run_id=run_id, source=source.name, home=str(home), hosts=(), timezone=source.timezone,
        user_agent="", now=now,
    )  # fmt: skip
    leases = {job_id: Lease(run_id=run_id, source_id=source_id)}
    archive = archive_of(plan.archive, database)
    ingest = ImportIngest(database, leases, RecheckPolicy(ages=()), archive=archive)
    listener.started(source.name, job)
    return _Job(database=database, job=job, ingest=ingest, clock=clock, listener=listener, passed=Counter())


def _read_all(plan: ImportPlan, job: _Job, should_stop: Callable[[], bool]) -> bool:
    """Whether it was stopped before the end of the files."""
    pages = _until(
        should_stop,
        import_pages(
            plan.paths,
            job.passed,
            source=plan.source.name,
            timezone=plan.source.timezone,
            now=job.clock(),
            max_body_bytes=plan.max_body_bytes,
            base_url=plan.base_url,
            keep_raw=plan.archive.enabled,
        ),
    )
    results = in_pool(
        read_import, pages, processes=plan.processes, page_seconds=plan.page_seconds, size=lambda page: page.size
    )
    for page, read in results:
        job.add(page, read)
        job.commit_if_due()
    return should_stop()


def _until(should_stop: Callable[[], bool], pages: Iterator[ImportPage]) -> Iterator[ImportPage]:
    """The pages that come before somebody wants no more; those that are being read then are finished."""
    for page in pages:
        if should_stop():
            return
        yield page


def _event(job_id: str, number: int, page: ImportPage, read: ReadPage, address: Address) -> PageEvent:
    """What became of a page, as a worker would say it."""
    result = read.result
    if not isinstance(result, Rejection):
        return Extracted(
            job_id=job_id,
            number=number,
            key=address.key,
            url=address.url,
            final_url=address.url,
            final_key=address.key,
            fetched_at=page.fetched_at,
            article=result,
            digest=read.digest,
            signature=read.signature,
            terms=read.terms,
            raw=() if read.raw is None else (read.raw,),
        )
    kind = Failed if result.reason in BROKEN else Rejected
    detail = f"{page.name}: {result.detail}" if result.detail else page.name
    return kind(
        job_id=job_id,
        number=number,
        key=address.key,
        fetched_at=page.fetched_at,
        reason=result.reason,
        detail=detail[:500],
    )
