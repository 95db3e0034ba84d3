"""One crawl from start to end: what `dibao crawl`, the demo and the tests call."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.config import Source
from scheduler import disk_floor, maintenance, plan
from scheduler.config import Config
from scheduler.coordinator import Coordinator
from scheduler.engines.engine import Engine
from scheduler.engines.local import LocalEngine
from scheduler.listeners import Listener
from storage import clock as stored_times
from storage import runs
from storage.care import checkups
from storage.database import Database, open_writer
from storage.lock import WriterLock


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlResult:
    """What one crawl came to. `run_id` is None where nothing was due."""

    run_id: int | None
    sources: tuple[runs.SourceRun, ...]
    interrupted: bool
    seconds: float

    @property
    def failed(self) -> tuple[str, ...]:
        """The sources that could not be crawled, wholly or in part, and not because somebody stopped the crawl."""
        bad = {"failed", "partial"} if self.interrupted else {"failed", "partial", "interrupted"}
        return tuple(one.source for one in self.sources if one.status in bad)

    def total(self, name: str) -> int:
        """The sum of one count over all sources."""
        return sum(int(getattr(one, name)) for one in self.sources)


class StopAsked(Exception):
    """Whoever called wants no more, and nothing has begun yet."""


class UnknownSource(ValueError):
    """A source was named that the configuration does not have, or has switched off."""


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
    chosen = _named(config, names)
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
            due = _forced(chosen, clock()) if names or everything else coordinator.due()
            if not due:
                return CrawlResult(run_id=None, sources=(), interrupted=False, seconds=time.monotonic() - began)
            disk_floor.refuse(disk_floor.folders(database.path), config.dibao.min_free_bytes)
            run_id = coordinator.start_run(due, trigger)
            interrupted = _to_the_end(coordinator, lock, config.dibao.shutdown_seconds, should_stop)
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


def _named(config: Config, names: Sequence[str]) -> tuple[Source, ...]:
    by_name = {source.name: source for source in config.enabled_sources}
    for name in names:
        if name not in by_name:
            raise UnknownSource(f"no source {name!r} is switched on; there are: {', '.join(by_name) or 'none'}")
    return tuple(by_name[name] for name in dict.fromkeys(names)) or tuple(by_name.values())


def _forced(chosen: Sequence[Source], now: datetime) -> tuple[plan.DueSource, ...]:
    return tuple(plan.DueSource(source, plan.Due(now, "asked for", "asked"), entries=True) for source in chosen)


def _result(database: Database, run_id: int, *, interrupted: bool, seconds: float) -> CrawlResult:
    return CrawlResult(
        run_id=run_id, sources=runs.result(database, run_id), interrupted=interrupted, seconds=seconds
    )
