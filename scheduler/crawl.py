"""One crawl from start to end: what `dibao crawl`, the demo and the tests call."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from crawler.config import Source
from scheduler import disk_floor, maintenance, plan
from scheduler.config.file import Config
from scheduler.coordinator import Coordinator
from scheduler.crawl_result import CrawlResult
from scheduler.engines.choosing import engine_of, local_engine
from scheduler.engines.engine import Engine, EngineAway
from scheduler.listeners import Listener, Several, Silent
from scheduler.sources.naming import UnknownSource, switched_on
from scheduler.standstill import Standstill
from scheduler.watching import watching
from storage import clock as stored_times
from storage import engine_seen, runs
from storage.care import checkups
from storage.database import Database, open_writer
from storage.lock import WriterLock
from storage.watch import pauses

__all__ = ["CrawlResult", "StopAsked", "UnknownSource", "crawl", "drain", "local_engine"]


class StopAsked(Exception):
    """Whoever called wants no more, and nothing has begun yet."""


def crawl(
    config: Config,
    *,
    clock: Callable[[], datetime],
    engine: Engine | None = None,
    names: Sequence[str] = (),
    everything: bool = False,
    trigger: str = "crawl",
    wait_seconds: float = 0.0,
    listener: Listener | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    tell: Callable[[str], object] = lambda _: None,
) -> CrawlResult:
    """Crawls what is due (or what is named, or everything) once, and says what came of it.

    Jobs that have gone on since an earlier crawl was killed are carried on too (scheduler.adopting); where nothing else
    is due, theirs is the run that is told of. `wait_seconds`: how long to wait for another writer. `tell` is given
    a line when no machine runs anything, with the reason, and when it goes on. An `engine` that is given is left open.
    Raises UnknownSource, LockHeld, StorageFault or EngineFault; what was unfinished is pending.
    """
    named = switched_on(config.source, names)
    own = engine or engine_of(config, Path("dibao.toml"), clock)
    began = time.monotonic()
    try:
        lock = WriterLock(config.dibao.database, wait_seconds=wait_seconds, sleep=_sleep_unless(should_stop))
        with lock, open_writer(config.dibao.database) as database:
            if checkups.is_due(checkups.last(database, checkups.QUICK), checkups.QUICK_EVERY, clock()):
                checkups.look_quickly(database, clock(), should_stop)
            with database.transaction():
                may_delete = stored_times.may_delete(database, clock())
            standstill = Standstill(lambda: own.seen, tell)
            heard = Several(listener or Silent(), standstill) if own.outlives else listener
            coordinator = Coordinator(config, database, own, clock, heard)
            _take_up(coordinator, config.engine.connect_seconds, should_stop, standstill)
            chosen = _asked(database, named, everything=everything and not names)
            due = plan.asked_for(chosen, clock()) if names or everything else coordinator.due()
            if not due and coordinator.is_idle:
                watching.after_crawl(config, database, clock(), may_delete=may_delete)
                return CrawlResult(run_id=None, sources=(), interrupted=False, seconds=time.monotonic() - began)
            disk_floor.refuse(disk_floor.folders(database.path), config.dibao.min_free_bytes)
            run_id = coordinator.start_run(due, trigger) if due else coordinator.open_run
            interrupted = _to_the_end(coordinator, lock, config.dibao.shutdown_seconds, should_stop, standstill)
            with database.transaction():
                engine_seen.note(database, own.seen)
            if not interrupted:
                watching.after_crawl(config, database, clock(), may_delete=may_delete)
            if not interrupted and may_delete:
                maintenance.after_crawl(config, database, clock())
            return _result(database, run_id, interrupted=interrupted, seconds=time.monotonic() - began)
    except StopAsked:
        return CrawlResult(run_id=None, sources=(), interrupted=True, seconds=time.monotonic() - began)
    finally:
        if engine is None:
            own.close()


def _sleep_unless(should_stop: Callable[[], bool]) -> Callable[[float], None]:
    """A sleep for whoever waits for the lock; it raises StopAsked as soon as nobody wants to wait any more."""

    def sleep(seconds: float) -> None:
        if should_stop():
            raise StopAsked
        time.sleep(seconds)

    return sleep


def _take_up(
    coordinator: Coordinator, seconds: float, should_stop: Callable[[], bool], standstill: Standstill
) -> None:
    """None; what an earlier coordinator left is taken up. Raises EngineAway after so long, and StopAsked."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return coordinator.recover()
        except EngineAway as away:  # it has waited for a moment
            if should_stop():
                raise StopAsked from None
            if time.monotonic() >= deadline:
                raise
            standstill.look(time.monotonic(), str(away))


def drain(coordinator: Coordinator, seconds: float) -> None:
    """None; what is in flight is finished, or after `seconds` given back to the ledger."""
    coordinator.stop()
    deadline = time.monotonic() + seconds
    while not coordinator.is_idle and time.monotonic() < deadline:
        coordinator.step(0.2)
    coordinator.abandon()


def _to_the_end(
    coordinator: Coordinator,
    lock: WriterLock,
    shutdown_seconds: float,
    should_stop: Callable[[], bool],
    standstill: Standstill,
) -> bool:
    """Whether the crawl was stopped before its end. Raises LockHeld or DiskLow where it has to end."""
    while not coordinator.is_idle:
        lock.keep()
        if coordinator.is_paused:
            drain(coordinator, shutdown_seconds)
            raise disk_floor.DiskLow(
                "the crawl ended early: the disk is nearly full (`min_free_bytes` in [dibao]). What is stored is safe;"
                " make room, and the next crawl goes on"
            )
        if should_stop():
            drain(coordinator, shutdown_seconds)
            return True
        coordinator.step()
        standstill.look(time.monotonic())
    return False


def _asked(database: Database, named: Sequence[Source], *, everything: bool) -> Sequence[Source]:
    """The sources to ask: those that an operator has paused only by name."""
    if not everything:
        return named
    left_out = pauses.paused(database)
    return [source for source in named if source.name not in left_out]


def _result(database: Database, run_id: int | None, *, interrupted: bool, seconds: float) -> CrawlResult:
    sources = () if run_id is None else runs.result(database, run_id)
    return CrawlResult(run_id=run_id, sources=sources, interrupted=interrupted, seconds=seconds)
