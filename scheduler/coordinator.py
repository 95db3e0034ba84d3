"""The coordinator: turns what is due into jobs, folds their events into the file, and is its only writer.

`dibao crawl` and `dibao run` are this same object; only who calls `start_run`, and how long, differs.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from crawler.config import Source
from scheduler import plan
from scheduler.archiving import archive_of
from scheduler.budgets import Budgets
from scheduler.config import Config
from scheduler.engines.engine import Engine
from scheduler.findings import Findings
from scheduler.leasing import Planned, group_of, make_job
from scheduler.listeners import Listener, Silent
from scheduler.rhythm import Rhythm, observed
from scheduler.states import remembered
from storage import ledger, link_shapes, rededup, runs, sources
from storage.database import Database
from storage.faults import StorageFault
from storage.ingest import Ingest, Lease, Noted
from storage.rechecks import RecheckPolicy
from storage.records import Discovered, EntryChecked, Event, HostAsked, JobFinished
from storage.sources import SourceRow

logger = logging.getLogger(__name__)

BACKLOG_FOR = timedelta(days=1)
# A commit costs a disk flush (5 ms here): grouped, but no article waits longer than this to be safe.
BATCH_EVENTS = 200
BATCH_SECONDS = 0.5
POLL_SECONDS = 0.5


@dataclass(slots=True, kw_only=True)
class Running:
    """A job that is out, and what it has said about being left alone."""

    source: Source
    run_id: int
    source_id: int
    entries: bool
    sites: frozenset[str]
    delay_seconds: float
    before: SourceRow
    """What was known of the source when the job went out."""
    retry_after_seconds: float | None = None
    findings: Findings = field(default_factory=Findings)


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
        self._rested: dict[str, float] = {}
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
        return plan.due(idle, remembered(self.config, self._database, now), now, self.config.schedule)

    # Runs

    def start_run(self, due: Sequence[plan.DueSource], trigger: str) -> int:
        """The id of a run over these sources; `step` carries it on."""
        # numpy, as for whoever stores articles.
        from storage.search import index as reindex  # noqa: PLC0415

        now = self._clock()
        with self._database.transaction():
            run_id = runs.begin(self._database, trigger, now)
            advice = (rededup.advice(self._database), reindex.advice_once(self._database))
        for sentence in filter(None, advice):
            logger.warning(sentence)
        self._waiting += [
            Planned(
                source=one.source,
                run_id=run_id,
                entries=one.entries,
                forced=one.due.kind == "asked",
                sites=group_of(self._database, one.source, now),
            )
            for one in due
        ]
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
        archive = archive_of(self.config.archive, self._database)
        ingest = Ingest(
            self._database, self._leases, self._policy(), job_ended=self._settle_source, archive=archive
        )
        noted = ingest.batch(events, self._clock())
        self._batch.events = []
        self._engine.committed(events)
        self._after_commit(noted)

    def _policy(self) -> RecheckPolicy:
        recheck = self.config.recheck
        return RecheckPolicy(
            ages=tuple(timedelta(seconds=age) for age in recheck.after),
            gone_times=recheck.gone_times,
            gone_after=timedelta(seconds=recheck.gone_after),
        )

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
        """None; jobs go out whose hosts no other job asks, and have had their pause since the last one."""
        moment = time.monotonic()
        self._rested = {site: until for site, until in self._rested.items() if until > moment}
        busy = frozenset(self._rested).union(*(running.sites for running in self._running.values()))
        for planned in list(self._waiting):
            if self._engine.room <= 0:
                return
            if not planned.sites & busy:
                sent = self._send_out(planned)
                self._waiting.remove(planned)
                if sent:
                    busy |= planned.sites
                else:
                    self._finish_runs({planned.run_id})

    def _send_out(self, planned: Planned) -> bool:
        """Whether the source's job is out; False where its hosts have had their requests of this hour."""
        left, _ = Budgets(self.config).left(self._database, planned.source, self._clock())
        if left == 0:
            # Not begun, so not attempted: the plan holds the source back until there is room in the hour.
            logger.warning("%s waits: its hosts have had their requests of this hour", planned.source.name)
            return False
        job, lease, before = make_job(self.config, self._database, planned, self._clock())
        self._running[job.id] = Running(
            source=planned.source,
            run_id=planned.run_id,
            source_id=lease.source_id,
            entries=planned.entries,
            sites=planned.sites,
            delay_seconds=job.limits.delay_seconds,
            before=before,
        )
        self._leases[job.id] = lease
        self._engine.submit(job)
        self.listener.started(planned.source.name, job)
        return True

    # Events

    def _heed(self, events: Sequence[Event]) -> None:
        """Remember the longest pauses that a source's entry points and robots.txt have asked for."""
        for event in events:
            running = self._running.get(event.job_id)
            if running is None:
                continue
            if isinstance(event, HostAsked):
                running.delay_seconds = max(running.delay_seconds, event.delay_seconds)
            if isinstance(event, EntryChecked) and event.retry_after_seconds is not None:
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
            rhythm = Rhythm.from_old_text(running.before.rhythm)
            period = plan.period_seconds(running.source, now, self.config.schedule, rhythm)
            wait = plan.back_off(failures, period, running.source.name)
            if running.retry_after_seconds is not None:
                wait = max(wait, timedelta(seconds=running.retry_after_seconds))
            sources.failed(self._database, running.source_id, now + wait, result.error or "failed")

    def _learn(self, ended: Sequence[Running]) -> None:
        """None; what the jobs have taught is kept. If it cannot be, nothing else is lost with it."""
        now = self._clock()
        try:
            with self._database.transaction():
                for running in ended:
                    link_shapes.add(self._database, running.source_id, running.findings.shapes)
                    if running.entries or running.findings.times:
                        sources.set_rhythm(self._database, running.source_id, _rhythm(running, now).text())
        except StorageFault as fault:
            logger.warning("what was learned of %d sources is not kept: %s", len(ended), fault)

    def _after_commit(self, noted: Sequence[Noted]) -> None:
        ended: list[Running] = []
        for one in noted:
            running = self._running.get(one.event.job_id)
            if running is None:
                continue
            self.listener.noted(running.source.name, one)
            running.findings.note(one)
            if isinstance(one.event, JobFinished):
                until = time.monotonic() + running.delay_seconds
                self._rested |= dict.fromkeys(running.sites, until)
                del self._running[one.event.job_id], self._leases[one.event.job_id]
                ended.append(running)
                if one.result is not None:
                    self.listener.finished(one.result)
        if ended:
            self._learn(ended)
        self._finish_runs({running.run_id for running in ended})

    def _finish_runs(self, run_ids: set[int]) -> None:
        """None; those of the runs that have no more jobs are closed. On StorageFault they stay to be closed."""
        open_runs = {planned.run_id for planned in self._waiting}
        open_runs |= {running.run_id for running in self._running.values()}
        self._ended |= run_ids - open_runs
        for run_id in sorted(self._ended):
            with self._database.transaction():
                runs.finish(self._database, run_id, self._clock(), interrupted=run_id in self._dropped)
            self._ended.discard(run_id)


def _rhythm(running: Running, now: datetime) -> Rhythm:
    """What is known of the source's hours after the job.

    What its first crawl brings is its backlog, and tells of the hours before; so does, for a day, what was left of it.
    """
    before, times = running.before, running.findings.times
    backlog = before.pending_ready > 0 and now - before.created_at < BACKLOG_FOR
    since = None if backlog else before.last_success_at
    if since is not None:
        times = [at for at in times if at is None or at > since - BACKLOG_FOR]
    zone = ZoneInfo(running.source.timezone)
    return observed(Rhythm.from_old_text(before.rhythm), since=since, until=now, times=times, zone=zone)
