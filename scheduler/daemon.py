"""The daemon: APScheduler says when, the main thread does the work, signals say when to stop or read again.

APScheduler's threads only put wishes into an inbox; the database and the engine belong to the main thread.
"""

from __future__ import annotations

import logging
import os
import queue
import signal
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from crawler.config_errors import ConfigError
from scheduler import maintenance
from scheduler.config import Config, load_config
from scheduler.coordinator import Coordinator
from scheduler.crawl import StopAsked, drain, local_engine
from scheduler.engines.engine import Engine
from scheduler.listeners import Logged
from scheduler.webhooks.targets import open_secrets, read_targets
from scheduler.webhooks.telling import Telling
from storage import health
from storage.database import Database, open_writer
from storage.faults import ConservationBroken, DamagedFile, StorageFault
from storage.lock import WriterLock
from storage.outbox import caring

logger = logging.getLogger(__name__)

HEARTBEAT = "daemon"
# After a storage fault (a full disk, most often) the same batch is tried again; the crawl waits meanwhile.
RETRY_SECONDS = 5.0
STEP_SECONDS = 1.0
# How long the crawl is listened to between two pieces of a round of upkeep; what has come is taken in first.
UPKEEP_STEP_SECONDS = 0.05
# Settings of the engine, which is made once.
AT_START = ("workers", "extract_processes", "worker_recycle_pages")

Wish = Literal["tick", "heartbeat", "maintenance", "webhooks", "stop", "reload"]


class Daemon:
    """Runs until SIGTERM or SIGINT. `clock` gives the time that is planned with and stored.

    Raises ConfigError where the secret of a webhook cannot be had.
    """

    def __init__(
        self, config_path: Path, config: Config, clock: Callable[[], datetime], engine: Engine | None = None
    ) -> None:
        self._config_path = config_path
        self._config = config
        self._clock = clock
        targets = read_targets(config, config_path)
        self._webhooks = Telling(targets, clock, lambda: self.wish("webhooks"))
        self._engine = engine or local_engine(config)
        self._inbox: queue.SimpleQueue[Wish] = queue.SimpleQueue()
        self._scheduler = BackgroundScheduler(executors={"default": ThreadPoolExecutor(1)}, timezone="UTC")
        self._stopping = False
        self._upkeep: Iterator[None] | None = None
        self._faulty: set[str] = set()

    def run(self, wait_seconds: float = 0.0) -> None:
        """None, after a clean stop. Raises LockHeld or StorageFault where it cannot begin."""
        path = self._config.dibao.database
        restore = self._listen_to_signals()
        try:
            with WriterLock(path, wait_seconds=wait_seconds, sleep=self._sleep), open_writer(path) as database:
                try:
                    self._serve(database)
                finally:
                    # Before the lock is free: the next daemon's worker is not to meet this one's at a site.
                    self._engine.close()
        except StopAsked:
            logger.info("stopped while another process was writing the database")
        finally:
            self._engine.close()
            restore()

    def _sleep(self, seconds: float) -> None:
        """Sleep while waiting for the lock. Raises StopAsked as soon as a stop is wished for."""
        while not self._inbox.empty():
            if self._inbox.get() == "stop":
                raise StopAsked
        time.sleep(seconds)

    def wish(self, wish: Wish) -> None:
        """None; the main thread will see to it. May be called from any thread and from signal handlers."""
        self._inbox.put(wish)
        self._engine.wake()

    def _serve(self, database: Database) -> None:
        coordinator = Coordinator(self._config, database, self._engine, self._clock, Logged())
        coordinator.recover()
        self._schedule()
        for warning in open_secrets(self._config):
            logger.warning(warning)
        logger.info("the daemon has started", extra={"pid": os.getpid(), "sources": len(self._config.enabled_sources)})
        try:
            self.wish("heartbeat")
            self.wish("tick")
            while not self._stopping:
                self._grant_wishes(coordinator, database)
                self._tell_webhooks(database)
                self._keep_up()
                self._step(coordinator)
            logger.info("stopping", extra={"jobs": coordinator.jobs})
            drain(coordinator, self._config.dibao.shutdown_seconds)
        finally:
            self._scheduler.shutdown(wait=False)
            self._leave_webhooks(database)
        logger.info("the daemon has stopped")

    def _schedule(self) -> None:
        """Give APScheduler its three jobs; each only leaves a wish, so none is ever late for long."""
        section = self._config.dibao
        rhythm: dict[Wish, float] = {
            "tick": section.tick_seconds,
            "heartbeat": section.heartbeat_seconds,
            "maintenance": section.maintenance_seconds,
        }
        for wish, seconds in rhythm.items():
            self._scheduler.add_job(
                self.wish,
                "interval",
                args=[wish],
                seconds=seconds,
                id=wish,
                replace_existing=True,
                coalesce=True,  # after a pause of the machine: once, not once for each slot missed
                misfire_grace_time=None,  # late is better than never
                max_instances=1,
            )
        if not self._scheduler.running:
            self._scheduler.start()

    def _grant_wishes(self, coordinator: Coordinator, database: Database) -> None:
        wishes: set[Wish] = set()
        while True:
            try:
                wishes.add(self._inbox.get_nowait())
            except queue.Empty:
                break
        if "stop" in wishes:
            self._stopping = True
            return
        if "webhooks" in wishes:
            self._webhooks.hurry()
        try:
            if "reload" in wishes:
                self._reload(coordinator)
            if "heartbeat" in wishes:
                with database.transaction():
                    health.beat(database, HEARTBEAT, self._clock(), os.getpid(), f"{coordinator.jobs} jobs")
                self._mended("heartbeat")
            if "maintenance" in wishes:
                maintenance.tidy(database)
                self._upkeep = self._upkeep or maintenance.give_up_old(self._config, database, self._clock())
                caring.forget_delivered(database, self._clock())
            if "tick" in wishes and (due := coordinator.due()):
                coordinator.start_run(due, "daemon")
        except StorageFault as fault:
            self._told("heartbeat", fault)

    def _tell_webhooks(self, database: Database) -> None:
        """None; webhooks were told of what is due, if it is time to look."""
        try:
            looked = self._webhooks.tick(database)
        except StorageFault as fault:
            self._told("webhooks", fault)
        else:
            if looked:
                self._mended("webhooks")

    def _leave_webhooks(self, database: Database) -> None:
        """None; nothing more is sent. What could not be written is sent again by the next daemon."""
        try:
            self._webhooks.close(database)
        except StorageFault as fault:
            self._told("webhooks", fault)

    def _step(self, coordinator: Coordinator) -> None:
        try:
            coordinator.step(STEP_SECONDS if self._upkeep is None else UPKEEP_STEP_SECONDS)
        except ConservationBroken:
            raise  # no other try would count differently
        except StorageFault as fault:
            self._told("crawl", fault)
            self._wait_for_storage(coordinator)
        else:
            self._mended("crawl")

    def _keep_up(self) -> None:
        """None; a round of upkeep, if there is one, has come a piece further."""
        if self._upkeep is None:
            return
        try:
            next(self._upkeep)
        except StopIteration:
            self._upkeep = None
            self._mended("upkeep")
        except StorageFault as fault:
            self._upkeep = None
            self._told("upkeep", fault)

    def _wait_for_storage(self, coordinator: Coordinator) -> None:
        """None, after a while or as soon as there is a wish. Meanwhile events are kept, and workers are watched."""
        deadline = time.monotonic() + RETRY_SECONDS
        while self._inbox.empty() and (left := deadline - time.monotonic()) > 0:
            coordinator.listen(min(left, STEP_SECONDS))

    def _told(self, what: str, fault: StorageFault) -> None:
        """Log a fault once, not once for each try nor for each thing that it keeps from being written.

        Damage is raised again: no other try would read other bytes.
        """
        if isinstance(fault, DamagedFile):
            raise fault
        if not self._faulty:
            logger.error("%s; trying again every %g s", fault, RETRY_SECONDS)
        self._faulty.add(what)

    def _mended(self, what: str) -> None:
        """Log that all that could not be written has been."""
        if self._faulty == {what}:
            logger.warning("the database can be written again")
        self._faulty.discard(what)

    def _reload(self, coordinator: Coordinator) -> None:
        try:
            config = load_config(self._config_path)
            targets = read_targets(config, self._config_path)
        except ConfigError as error:
            logger.error("the new configuration is bad, the old one stays: %s", error)  # noqa: TRY400 - no trace
            return
        if config.dibao.database != self._config.dibao.database:
            logger.error("the new configuration names another database; that needs a restart, the old one stays")
            return
        waiting = [name for name in AT_START if getattr(config.dibao, name) != getattr(self._config.dibao, name)]
        if waiting:
            logger.warning("a change of %s takes effect at the next start", ", ".join(waiting))
        self._config = coordinator.config = config
        self._upkeep = None  # it was begun by other settings; the next round is made by these
        self._webhooks.configure(targets)
        self._schedule()
        logger.info("the configuration was read again", extra={"sources": len(config.enabled_sources)})

    def _asked(self, wish: Wish, _number: int, _frame: object) -> None:
        self.wish(wish)

    def _listen_to_signals(self) -> Callable[[], None]:
        """A function that puts the signal handlers back as they were."""
        wanted: dict[signal.Signals, Wish] = {
            signal.SIGTERM: "stop",
            signal.SIGINT: "stop",
            signal.SIGHUP: "reload",
        }
        before: dict[signal.Signals, Any] = {}
        for number, wish in wanted.items():
            before[number] = signal.signal(number, partial(self._asked, wish))

        def restore() -> None:
            for number, handler in before.items():
                signal.signal(number, handler)

        return restore
