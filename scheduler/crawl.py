"""One crawl from start to end: what `dibao crawl`, the demo and the tests call."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from crawler.config import Source
from scheduler import disk_floor, maintenance, plan
from scheduler.config.file import Config
from scheduler.coordinator import Coordinator
from scheduler.crawl_result import CrawlResult
from scheduler.engines.engine import Engine
from scheduler.engines.local import LocalEngine
from scheduler.listeners import Listener
from scheduler.sources.naming import UnknownSource, switched_on
from scheduler.watching import watching
from storage import clock as stored_times
from storage import runs
from storage.care import checkups
from storage.database import Database, open_writer
from storage.lock import WriterLock
from storage.watch import pauses

__all__ = ["CrawlResult", "StopAsked", "UnknownSource", "crawl", "drain", "local_engine"]


class StopAsked(Exception):
    """Whoever called wants no more, and nothing has begun yet."""


def local_engine(config: Config, log_format: str = "text", log_level: str = "INFO") -> LocalEngine:
    """The engine of this machine, as the configuration wants it."""
    return LocalEngine(
        workers=config.dibao.workers,
        processes=config.dibao.extract_processes,
        recycle_pages=config.dibao.worker_recycle_pages,
        log_format=log_format,
        log_level=log_level,
    )


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
) -> CrawlResult:
    """Crawls what is due (or what is named, or everything) once, and says what came of it.

    `wait_seconds`: how long to wait for another writer. An `engine` that is given is left open.
    Raises UnknownSource, LockHeld, StorageFault or EngineFault; what was unfinished is pending.
    """
    named = switched_on(config.source, names)
    own = engine or local_engine(config)
    began = time.monotonic()
    try:
        lock = WriterLock(config.dibao.database, wait_seconds=wait_seconds, sleep=_sleep_unless(should_stop))
        with lock, open_writer(config.dibao.database) as database:
            if checkups.is_due(checkups.last(database, checkups.QUICK), checkups.QUICK_EVERY, clock()):
                checkups.look_quickly(database, clock(), should_stop)
            with database.transaction():
                may_delete = stored_times.may_delete(database, clock())
            coordinator = Coordinator(config, database, own, clock, listener)
            coordinator.recover()
            chosen = _asked(database, named, everything=everything and not names)
            due = plan.asked_for(chosen, clock()) if names or everything else coordinator.due()
            if not due:
                watching.after_crawl(config, database, clock(), may_delete=may_delete)
                return CrawlResult(run_id=None, sources=(), interrupted=False, seconds=time.monotonic() - began)
            disk_floor.refuse(disk_floor.folders(database.path), config.dibao.min_free_bytes)
            run_id = coordinator.start_run(due, trigger)
            interrupted = _to_the_end(coordinator, lock, config.dibao.shutdown_seconds, should_stop)
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


def drain(coordinator: Coordinator, seconds: float) -> None:
    """None; what is in flight is finished, or after `seconds` given back to the ledger."""
    coordinator.stop()
    deadline = time.monotonic() + seconds
    while not coordinator.is_idle and time.monotonic() < deadline:
        coordinator.step(0.2)
    coordinator.abandon()


def _to_the_end(
    coordinator: Coordinator, lock: WriterLock, shutdown_seconds: float, should_stop: Callable[[], bool]
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
    return False


def _asked(database: Database, named: Sequence[Source], *, everything: bool) -> Sequence[Source]:
    """The sources to ask: those that an operator has paused only by name."""
    if not everything:
        return named
    left_out = pauses.paused(database)
    return [source for source in named if source.name not in left_out]


def _result(database: Database, run_id: int, *, interrupted: bool, seconds: float) -> CrawlResult:
    return CrawlResult(
        run_id=run_id, sources=runs.result(database, run_id), interrupted=interrupted, seconds=seconds
    )
