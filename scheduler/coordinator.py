"""The coordinator: turns what is due into jobs, folds their events into the file, and is its only writer.

`dibao crawl` and `dibao run` are this same object; only who calls `start_run`, and how long, differs.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from crawler.config import Source
from crawler.extraction.extractor import EXTRACTOR
from scheduler import adopting, plan, recovery, setting_back, settling
from scheduler.agenda import Agenda
from scheduler.archiving import archive_of
from scheduler.batch import BATCH_SECONDS, Batch
from scheduler.budgets import Budgets
from scheduler.config.file import Config, Recheck
from scheduler.disk_floor import DiskFloor, folders
from scheduler.dispatching import Queue
from scheduler.engines.engine import Engine
from scheduler.leasing import Planned, group_of, make_job
from scheduler.listeners import Listener, Silent
from scheduler.running import Running
from storage import elsewhere, rededup, runs
from storage.database import Database
from storage.ingest import Ingest
from storage.noted import Lease, Noted
from storage.rechecks import RecheckPolicy
from storage.records import CrawlJob, Event, JobFinished
from storage.sources import SourceRow

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
# Leases without a job are looked for this often; there should be none.
STRAYS_SECONDS = 600.0


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
        self._agenda = Agenda()
        self._budgets = Budgets(config)
        self._queue = Queue()
        self._running: dict[str, Running] = {}
        self._leases: dict[str, Lease] = {}
        self._batch = Batch()
        self._ended: set[int] = set()
        self._looked = time.monotonic()
        self._stopping = False
        self._dropped: set[int] = set()
        self._set_clock = setting_back.SetClock()
        self._floor = DiskFloor()
        self._strangers = adopting.Strangers()
        self.awaits_engine = False
        """Whether it is not known yet which jobs are out, because the engine is away: nothing begins before."""

    # What is due

    def recover(self) -> None:
        """None; what an earlier coordinator left behind is free again and its runs are closed.

        Jobs of it that go on without it are taken up (scheduler.adopting). Raises EngineAway where it is not known
        which do, and then `awaits_engine`: to be called again before anything is begun.
        """
        self.awaits_engine = True
        jobs = self._engine.jobs_out()
        by = setting_back.set_back_by(self._database, self._clock())
        if elsewhere.may_go_on(self._database) and not self._engine.outlives:
            logger.warning(adopting.LEFT_BEHIND)
        with self._database.transaction():
            elsewhere.note(self._database, elsewhere=self._engine.outlives)
        found = adopting.adopted(self._database, jobs)
        self._running, self._leases = found.running, found.leases
        self._strangers = adopting.Strangers(found.strange)
        recovery.take_up(self._database, EXTRACTOR, self._clock(), out=found.leases)
        adopting.send_home(self._engine, found)
        self.awaits_engine = False
        if by is not None:
            self.bring_back(by)

    def bring_back(self, by: timedelta) -> None:
        """None; the clock was set back by so much, and nothing waits for times that it had said before."""
        setting_back.repair(self.config, self._database, self._clock(), by)
        for running in self._running.values():
            running.set_back += by
        self._batch.events = [setting_back.earlier(event, by) for event in self._batch.events]

    def due(self) -> tuple[plan.DueSource, ...]:
        """The sources that are due now and not at work already; none while the disk is full or no clock is set."""
        now = self._clock()
        if not self._set_clock.is_set(now) or self.is_paused or self.awaits_engine:
            return ()
        return self._agenda.due(self.config, self._database, now, {name for name, _ in self.at_work})

    @property
    def next_due_at(self) -> datetime | None:
        """When a source will be due that was not at the last look for what is; None where that is not known."""
        return None if self.is_paused else self._agenda.next_at

    @property
    def running(self) -> frozenset[str]:
        """The sources of which a job is out."""
        return frozenset(running.source.name for running in self._running.values())

    @property
    def at_work(self) -> set[tuple[str, int]]:
        """The sources that wait or are being asked, each with the run for which it is."""
        at_work = {(planned.source.name, planned.run_id) for planned in self._queue.waiting}
        return at_work | {(running.source.name, running.run_id) for running in self._running.values()}

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
        self._queue.waiting += [
            Planned(
                source=one.source,
                run_id=run_id,
                entries=one.entries,
                forced=one.due.kind == "asked",
                suspect=one.due.kind == "back_off",
                sites=group_of(self._database, one.source, now),
            )
            for one in due
        ]
        self._finish_runs({run_id})
        return run_id

    def ask(self, asked: Sequence[Source], trigger: str) -> dict[str, int]:
        """For each of these sources the run in which its entry points are asked: one that is on already, or a new one.

        One that waits for other reasons is asked in the new run. None is asked twice.
        """
        names = {source.name for source in asked}
        on = {one.source.name: one.run_id for one in self._running.values() if one.entries}
        on |= {planned.source.name: planned.run_id for planned in self._queue.waiting if planned.forced}
        due = plan.asked_for([source for source in asked if source.name not in on], self._clock())
        for planned in [one for one in self._queue.waiting if one.source.name in names and not one.forced]:
            self._queue.drop(planned)
            self._finish_runs({planned.run_id})
        new = self.start_run(due, trigger) if due else 0
        return {name: on.get(name, new) for name in sorted(names)}

    def leave_alone(self, name: str) -> None:
        """None; nothing new is asked of the source: what waits is dropped, its job comes to its end."""
        for planned in [one for one in self._queue.waiting if one.source.name == name]:
            self._queue.drop(planned)
            self._dropped.add(planned.run_id)
            self._finish_runs({planned.run_id})
        for job_id in [job_id for job_id, one in self._running.items() if one.source.name == name]:
            self._engine.stop_job(job_id)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is planned, running, or still to be written."""
        return not (self._queue.waiting or self._running or self._batch.events or self._ended)

    @property
    def is_paused(self) -> bool:
        """Whether nothing is fetched because the disk has too little room (scheduler.disk_floor)."""
        return self._floor.is_low

    @property
    def jobs(self) -> int:
        """How many jobs are out."""
        return len(self._running)

    @property
    def open_run(self) -> int | None:
        """The last run of which a job is out; None where none is."""
        return max((running.run_id for running in self._running.values()), default=None)

    def step(self, timeout_seconds: float = POLL_SECONDS) -> None:
        """None; jobs whose sites are free go out, events come in, and are committed when it is time."""
        self._dispatch()
        self.listen(min(timeout_seconds, BATCH_SECONDS) if self._batch.events else timeout_seconds)
        if self._batch.is_due(time.monotonic()):
            self.flush()
        if self._ended:
            self._finish_runs(set())
        if time.monotonic() - self._looked >= STRAYS_SECONDS:
            self._looked = time.monotonic()
            recovery.free_strays(self._database, self._leases.keys())

    def listen(self, timeout_seconds: float) -> None:
        """None; events that come are kept, nothing is written: for when the file cannot be."""
        # Of an engine that ends with us one at least, or its workers would not be watched while the file is full. They
        # wait for us to write; the machines of one that outlives us do not, and fill our memory.
        room = self._batch.room if self._engine.outlives else max(1, self._batch.room)
        polled = self._engine.poll(timeout_seconds, limit=room)
        events = [self._heeded(event) for event in polled]
        self._batch.add(events, time.monotonic())

    def flush(self) -> None:
        """None; what has come is in the file. On StorageFault the batch is kept for another try."""
        events = self._batch.events
        if not events:
            return
        archive = archive_of(self.config.archive, self._database)
        ingest = Ingest(
            self._database,
            self._leases,
            _policy(self.config.recheck),
            job_ended=self._settle_source,
            archive=archive,
            extractor=EXTRACTOR,
        )
        noted = ingest.batch(events, self._clock())
        self._batch.events = []
        self._engine.committed(events)
        self._after_commit(noted)

    def stop(self) -> None:
        """None; nothing new begins, what is in flight comes to its end."""
        if not self._stopping:
            self._stopping = True
            self._dropped = self._queue.run_ids
            self._queue.waiting.clear()
            self._engine.stop_jobs()
            self._finish_runs(self._dropped)

    def abandon(self) -> None:
        """None; jobs that are still out are given up. Their URLs are pending and come again."""
        self._batch.add(
            [JobFinished(job_id=job_id, number=0, reason="stopped") for job_id in self._running], time.monotonic()
        )
        self.flush()

    def leave(self) -> None:
        """None; what waits is dropped. Jobs that are out go on, for the engine outlives this process."""
        self._stopping = True
        self._dropped = self._queue.run_ids
        self._queue.waiting.clear()
        self.flush()
        self._finish_runs(self._dropped)

    def _dispatch(self) -> None:
        """None; jobs go out whose hosts no other job asks, and have had their pause since the last one."""
        if self._has_no_room() or self.awaits_engine:
            return
        chosen = self._queue.free(self._running.values(), time.monotonic(), self._engine.room)
        if not chosen:
            return
        with self._database.transaction():  # one for all: a commit is a third of what a job costs here
            made = [(planned, self._made(planned)) for planned in chosen]
        for planned, parts in made:
            self._queue.drop(planned)
            if parts is not None:
                job, lease, before = parts
                self._running[job.id] = Running.of(planned, job, lease, before)
                self._leases[job.id] = lease
        for planned, parts in made:
            if parts is not None:
                self._submit(parts[0])
                self.listener.started(planned.source.name, parts[0])
        self._finish_runs({planned.run_id for planned, parts in made if parts is None})

    def _submit(self, job: CrawlJob) -> None:
        """None; the job, which is written down, goes out, with what brings it back where the engine outlives us."""
        running = self._running[job.id]
        memo = adopting.memo_of(running, self._leases[job.id]) if self._engine.outlives else b""
        self._engine.submit(job, running.sites, memo)

    def _has_no_room(self) -> bool:
        """Whether the disk is nearly full; what is being fetched when it becomes so is left for later."""
        was_low = self._floor.is_low
        is_low = self._floor.look(folders(self._database.path), self.config.dibao.min_free_bytes)
        if is_low and not was_low:
            self._engine.stop_jobs()
        return is_low

    def _made(self, planned: Planned) -> tuple[CrawlJob, Lease, SourceRow] | None:
        """The source's job, which is written down; None where its hosts have had their requests of this hour."""
        if self._budgets.config is not self.config:
            self._budgets = Budgets(self.config)
        now = self._clock()
        left, _ = self._budgets.left(self._database, planned.source, now)
        if left == 0:
            # Not begun, so not attempted: the plan holds the source back until there is room in the hour.
            logger.warning("%s waits: its hosts have had their requests of this hour", planned.source.name)
            return None
        return make_job(self.config, self._database, planned, now, left)

    # Events

    def _heeded(self, event: Event) -> Event:
        """The event by the clock as it is; what it says of its source is remembered."""
        running = self._running.get(event.job_id)
        if running is None:
            return event
        running.heed(event)
        return running.by_this_clock(event)

    def _settle_source(self, event: JobFinished, result: runs.SourceRun) -> None:
        """None; what the end of the job means for its source is written in the same transaction."""
        running, now = self._running[event.job_id], self._clock()
        settling.settle(self.config, self._database, running, result, now)
        settling.learn(self._database, running, now)

    def _after_commit(self, noted: Sequence[Noted]) -> None:
        ended: set[int] = set()
        for one in noted:
            running = self._running.get(one.event.job_id)
            if running is None:
                self._strangers.note(one.event)
                continue
            self.listener.noted(running.source.name, one)
            if isinstance(one.event, JobFinished):
                self._queue.rest(running.sites, time.monotonic() + running.delay_seconds)
                del self._running[one.event.job_id], self._leases[one.event.job_id]
                ended.add(running.run_id)
                if one.result is not None:
                    self.listener.finished(one.result)
        self._finish_runs(ended)

    def _finish_runs(self, run_ids: set[int]) -> None:
        """None; those of the runs that have no more jobs are closed. On StorageFault they stay to be closed."""
        self._ended |= run_ids - self._queue.run_ids - {running.run_id for running in self._running.values()}
        for run_id in sorted(self._ended):
            with self._database.transaction():
                runs.finish(self._database, run_id, self._clock(), interrupted=run_id in self._dropped)
            self._ended.discard(run_id)
            self._dropped.discard(run_id)


def _policy(recheck: Recheck) -> RecheckPolicy:
    return RecheckPolicy(
        ages=tuple(timedelta(seconds=age) for age in recheck.after),
        gone_times=recheck.gone_times,
        gone_after=timedelta(seconds=recheck.gone_after),
    )
