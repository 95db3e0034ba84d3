"""The coordinator: turns what is due into jobs, folds their events into the file, and is its only writer.

`dibao crawl` and `dibao run` are this same object; only who calls `start_run`, and how long, differs.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from crawler.config import Source
from crawler.jobs import asked_sites, build_job, own_sites
from scheduler import plan
from scheduler.config import Config
from scheduler.engines.engine import Engine
from scheduler.states import remembered
from storage import chrome, ledger, runs, sources
from storage.database import Database
from storage.ingest import Ingest, Lease, Noted
from storage.records import CrawlJob, Discovered, EntryChecked, Event, JobFinished

logger = logging.getLogger(__name__)

# A commit costs a disk flush (5 ms here): grouped, but no article waits longer than this to be safe.
BATCH_EVENTS = 200
BATCH_SECONDS = 0.5
POLL_SECONDS = 0.5


class Listener(Protocol):
    """Who watches: a progress bar, the demo's report, a log."""

    def started(self, source: str, job: CrawlJob) -> None:
        """None; a source's job has begun."""

    def noted(self, source: str, noted: Noted) -> None:
        """None; one event of a source is in the file."""

    def finished(self, result: runs.SourceRun) -> None:
        """None; a source's part of the run is summed up."""


class Logged:
    """A listener that logs what each source's part of a run came to: the daemon's."""

    def started(self, source: str, job: CrawlJob) -> None:
        """None."""

    def noted(self, source: str, noted: Noted) -> None:
        """None."""

    def finished(self, result: runs.SourceRun) -> None:
        """None; one line for the source, with its counts as keys."""
        counts = {name: getattr(result, name) for name in ("discovered", "revised", *runs.COUNTED)}
        said = ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "nothing new"
        level = logging.WARNING if result.status in {"failed", "partial"} else logging.INFO
        error = f"; {result.error}" if result.error else ""
        extra = {"source": result.source, "status": result.status, "error": result.error, **counts}
        logger.log(level, "crawled %s: %s%s", result.source, said, error, extra=extra)


class Silent:
    """A listener that does nothing."""

    def started(self, source: str, job: CrawlJob) -> None:
        """None."""

    def noted(self, source: str, noted: Noted) -> None:
        """None."""

    def finished(self, result: runs.SourceRun) -> None:
        """None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A source that waits for its sites to be free. `entries`: whether its entry points are to be asked."""

    source: Source
    run_id: int
    entries: bool


@dataclass(slots=True, kw_only=True)
class Running:
    """A job that is out, and what it has said about being left alone."""

    source: Source
    run_id: int
    source_id: int
    entries: bool
    sites: frozenset[str]
    retry_after_seconds: float | None = None


@dataclass(slots=True)
class Batch:
    """Events that have come but are not in the file yet. `since`: when the first came (monotonic)."""

    events: list[Event] = field(default_factory=list)
    since: float = 0.0

    def add(self, events: Sequence[Event], now: float) -> None:
        """None; the events wait for the next commit."""
        if events and not self.events:
            self.since = now
        self.events += events

    def is_due(self, now: float) -> bool:
        """Whether it is time to commit: enough events, old enough ones, or one that a spider waits for."""
        return bool(self.events) and (
            len(self.events) >= BATCH_EVENTS
            or now - self.since >= BATCH_SECONDS
            or any(isinstance(event, Discovered | JobFinished) for event in self.events)
        )


class Coordinator:
    """The only writer. `clock` gives the time that is stored; `listener` watches."""

    def __init__(
        self,
        config: Config,
        database: Database,
        engine: Engine,
        clock: Callable[[], datetime],
        listener: Listener | None = None,
    ) -> None:
        self.config = config
        self.listener: Listener = listener or Silent()
        self._database = database
        self._engine = engine
        self._clock = clock
        self._waiting: list[Planned] = []
        self._running: dict[str, Running] = {}
        self._leases: dict[str, Lease] = {}
        self._batch = Batch()
        self._ended: set[int] = set()
        self._stopping = False
        self._dropped: set[int] = set()

    # What is due

    def recover(self) -> None:
        """None; what a killed coordinator left behind is free again and its runs are closed."""
        with self._database.transaction():
            for source_id in sources.cut_short(self._database):
                sources.not_attempted(self._database, source_id)
            freed = ledger.release_all(self._database)
            closed = runs.close_abandoned(self._database, self._clock())
        if freed or closed:
            logger.warning("took up after an unclean end", extra={"runs": closed, "urls": freed})

    def due(self) -> tuple[plan.DueSource, ...]:
        """The sources that are due now and not at work already."""
        now = self._clock()
        busy = {planned.source.name for planned in self._waiting}
        busy |= {running.source.name for running in self._running.values()}
        idle = [source for source in self.config.enabled_sources if source.name not in busy]
        return plan.due(idle, remembered(self._database, now), now)

    # Runs

    def start_run(self, due: Sequence[plan.DueSource], trigger: str) -> int:
        """The id of a run over these sources; `step` carries it on."""
        with self._database.transaction():
            run_id = runs.begin(self._database, trigger, self._clock())
        self._waiting += [Planned(source=d.source, run_id=run_id, entries=d.entries) for d in due]
        self._finish_runs({run_id})
        return run_id

    @property
    def is_idle(self) -> bool:
        """Whether nothing is planned, running, or still to be written."""
        return not (self._waiting or self._running or self._batch.events or self._ended)

    @property
    def jobs(self) -> int:
        """How many jobs are out."""
        return len(self._running)

    def step(self, timeout_seconds: float = POLL_SECONDS) -> None:
        """None; jobs whose sites are free go out, events come in, and are committed when it is time."""
        self._dispatch()
        self.listen(min(timeout_seconds, BATCH_SECONDS) if self._batch.events else timeout_seconds)
        if self._batch.is_due(time.monotonic()):
            self.flush()
        if self._ended:
            self._finish_runs(set())

    def listen(self, timeout_seconds: float) -> None:
        """None; events that come are kept, nothing is written: for when the file cannot be."""
        events = self._engine.poll(timeout_seconds, limit=max(1, BATCH_EVENTS - len(self._batch.events)))
        self._heed(events)
        self._batch.add(events, time.monotonic())

    def flush(self) -> None:
        """None; what has come is in the file. On StorageFault the batch is kept for another try."""
        events = self._batch.events
        if not events:
            return
        ages = [timedelta(seconds=age) for age in self.config.recheck.after]
        ingest = Ingest(self._database, self._leases, ages, job_ended=self._settle_source)
        noted = ingest.batch(events, self._clock())
        self._batch.events = []
        self._engine.committed(events)
        self._after_commit(noted)

    def stop(self) -> None:
        """None; nothing new begins, what is in flight comes to its end."""
        if not self._stopping:
            self._stopping = True
            self._dropped = {planned.run_id for planned in self._waiting}
            self._waiting.clear()
            self._engine.stop_jobs()
            self._finish_runs(self._dropped)

    def abandon(self) -> None:
        """None; jobs that are still out are given up. Their URLs are pending and come again."""
        self._batch.add(
            [JobFinished(job_id=job_id, number=0, reason="stopped") for job_id in self._running], time.monotonic()
        )
        self.flush()

    def _dispatch(self) -> None:
        busy = frozenset[str]().union(*(running.sites for running in self._running.values()))
        for planned in list(self._waiting):
            if self._engine.room <= 0:
                return
            sites = asked_sites(planned.source)
            if not sites & busy:
                busy |= sites
                self._send_out(planned, sites)
                self._waiting.remove(planned)

    def _send_out(self, planned: Planned, sites: frozenset[str]) -> None:
        job, source_id = self._lease(planned)
        self._running[job.id] = Running(
            source=planned.source, run_id=planned.run_id, source_id=source_id, entries=planned.entries, sites=sites
        )
        self._leases[job.id] = Lease(run_id=planned.run_id, source_id=source_id)
        self._engine.submit(job)
        self.listener.started(planned.source.name, job)

    def _lease(self, planned: Planned) -> tuple[CrawlJob, int]:
        """A job with what the ledger lends it, written down before it goes out."""
        now, source, database = self._clock(), planned.source, self._database
        limits = self.config.fetch.limits(source)
        with database.transaction():
            source_id = sources.ensure(database, source.name, source.home, now)
            entries = source.entry_points if planned.entries else ()
            draft = build_job(
                source,
                self.config.fetch,
                self.config.dibao.contact,
                now=now,
                run_id=planned.run_id,
                entry_points=sources.with_validators(database, source_id, entries, own_sites(source)),
            )
            pages = ledger.lease(
                database,
                run_id=planned.run_id,
                job_id=draft.id,
                source_id=source_id,
                now=now,
                limit=limits.max_pages,
                rechecks=planned.entries,
            )
            runs.add_source(
                database,
                planned.run_id,
                source_id,
                draft.id,
                now,
                planned=len(pages),
                with_entries=planned.entries,
            )
            if planned.entries:
                sources.attempted(database, source_id, now)
            known = ledger.known(database, own_sites(source), source_id)
            learned = chrome.for_job(database, source_id)
        return replace(draft, pages=pages, known=known, chrome=learned), source_id

    # Events

    def _heed(self, events: Sequence[Event]) -> None:
        """Remember the longest Retry-After that a source's entry points have asked for."""
        for event in events:
            running = self._running.get(event.job_id)
            if running and isinstance(event, EntryChecked) and event.retry_after_seconds is not None:
                running.retry_after_seconds = max(running.retry_after_seconds or 0, event.retry_after_seconds)

    def _settle_source(self, event: JobFinished, result: runs.SourceRun) -> None:
        """None; the source's success or failure is written in the transaction that ends its job."""
        running = self._running[event.job_id]
        now = self._clock()
        if result.status in {"ok", "partial"}:
            if running.entries:
                sources.succeeded(self._database, running.source_id, now, result.error)
                if running.retry_after_seconds is not None:
                    pause = timedelta(seconds=running.retry_after_seconds)
                    sources.pause(self._database, running.source_id, now + pause)
        elif result.status == "interrupted":
            if running.entries:
                sources.not_attempted(self._database, running.source_id)
        elif result.status == "failed":
            failures = sources.failures(self._database, running.source_id) + 1
            wait = plan.back_off(failures, plan.period_seconds(running.source, now), running.source.name)
            if running.retry_after_seconds is not None:
                wait = max(wait, timedelta(seconds=running.retry_after_seconds))
            sources.failed(self._database, running.source_id, now + wait, result.error or "failed")

    def _after_commit(self, noted: Sequence[Noted]) -> None:
        ended = set()
        for one in noted:
            running = self._running.get(one.event.job_id)
            if running is None:
                continue
            self.listener.noted(running.source.name, one)
            if isinstance(one.event, JobFinished):
                del self._running[one.event.job_id], self._leases[one.event.job_id]
                ended.add(running.run_id)
                if one.result is not None:
                    self.listener.finished(one.result)
        self._finish_runs(ended)

    def _finish_runs(self, run_ids: set[int]) -> None:
        """None; those of the runs that have no more jobs are closed. On StorageFault they stay to be closed."""
        open_runs = {planned.run_id for planned in self._waiting}
        open_runs |= {running.run_id for running in self._running.values()}
        self._ended |= run_ids - open_runs
        for run_id in sorted(self._ended):
            with self._database.transaction():
                runs.finish(self._database, run_id, self._clock(), interrupted=run_id in self._dropped)
            self._ended.discard(run_id)

