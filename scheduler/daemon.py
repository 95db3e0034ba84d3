"""The daemon: a ticker says when, the main thread does the work, signals say when to stop or read again.

The ticker's threads (APScheduler) only put wishes into an inbox; the database and the engine belong to the main thread.
"""

from __future__ import annotations

import logging
import math
import os
import queue
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from crawler.config_errors import ConfigError
from scheduler import maintenance
from scheduler.config.file import Config, load_config
from scheduler.control.granting import Control
from scheduler.control.wishes import Reloaded
from scheduler.coordinator import Coordinator
from scheduler.crawl import StopAsked, drain
from scheduler.engines.choosing import engine_of
from scheduler.engines.cluster.address import warnings_of
from scheduler.engines.engine import Engine, EngineAway
from scheduler.file_care import FileCare, refuse_old_sqlite
from scheduler.listeners import Logged, Several
from scheduler.notify import notifier
from scheduler.own_faults import OwnFaults
from scheduler.signals import on_signals
from scheduler.tellers import Tellers, open_secrets, read_receivers
from scheduler.ticker import StepWatch, Ticker, elapsed_seconds
from scheduler.watching.watching import Watching
from scheduler.write_faults import WriteFaults
from storage import alive, engine_seen
from storage import clock as stored_times
from storage.database import Database, open_writer
from storage.faults import ConservationBroken, StorageFault
from storage.lock import WriterLock
from storage.outbox import caring

logger = logging.getLogger(__name__)

# After a storage fault (a full disk, most often) the same batch is tried again; the crawl waits meanwhile.
RETRY_SECONDS = 5.0
STEP_SECONDS = 1.0
# How long the crawl is listened to between two pieces of a round of upkeep; what has come is taken in first.
UPKEEP_STEP_SECONDS = 0.05
DOUBTED = (
    "the clock is a week or more ahead of what it said last: nothing is deleted for its age before it has gone on"
    " steadily for a day"
)
# A smaller step ahead is what a sleep of the machine or a slow disk may look like where no clock counts it.
SET_AHEAD_TOLD = timedelta(minutes=5)
OTHER_DATABASE = "the new configuration names another database; that needs a restart, the old one stays"
# Settings of the engine, which is made once.
AT_START = ("workers", "extract_processes", "worker_recycle_pages")

Wish = Literal["tick", "heartbeat", "maintenance", "webhooks", "control", "stop", "reload"]


class Daemon:
    """Runs until SIGTERM or SIGINT. `clock` gives the time that is planned with and stored.

    Raises ConfigError where a secret of whom it tells cannot be had.
    """

    def __init__(
        self, config_path: Path, config: Config, clock: Callable[[], datetime], engine: Engine | None = None
    ) -> None:
        self._config_path = config_path
        self._config = config
        self._clock = clock
        self._tellers = Tellers(read_receivers(config, config_path), clock, lambda: self.wish("webhooks"))
        self._engine = engine or engine_of(config, config_path, clock)
        self._inbox: queue.SimpleQueue[Wish] = queue.SimpleQueue()
        self._ticker = Ticker(self.wish)
        self._control = Control(clock, lambda: self.wish("control"))
        self._watch = StepWatch(clock, elapsed_seconds)
        self._watching = Watching(clock)
        self._notifier = notifier()
        self._set_back = timedelta(0)
        self._may_delete: bool | None = None
        self._stopping = False
        self._stop_asked = False
        self._upkeep: Iterator[None] | None = None
        self._faults = WriteFaults(RETRY_SECONDS)
        self._own_faults = OwnFaults()

    def run(self, wait_seconds: float = 0.0) -> None:
        """None, after a clean stop. Raises LockHeld or StorageFault where it cannot begin."""
        path = self._config.dibao.database
        refuse_old_sqlite(allowed=self._config.dibao.allow_old_sqlite)
        restore = on_signals(self.wish)
        try:
            lock = WriterLock(path, wait_seconds=wait_seconds, sleep=self._sleep)
            with lock, open_writer(path) as database, closing(FileCare(lock)) as care, closing(self._control):
                self._control.open(path)
                try:
                    care.begin(database, self._clock(), lambda: self._stop_asked)
                    self._serve(database, care)
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
        self._stop_asked = self._stop_asked or wish == "stop"
        self._inbox.put(wish)
        self._engine.wake()

    def _serve(self, database: Database, care: FileCare) -> None:
        told = Several(Logged(), self._control.followers)
        coordinator = Coordinator(self._config, database, self._engine, self._clock, told)
        self._take_up(coordinator)
        self._schedule()
        for warning in (*open_secrets(self._config), *warnings_of(self._config.engine, self._config_path)):
            logger.warning(warning)
        logger.info("the daemon has started", extra={"pid": os.getpid(), "sources": len(self._config.enabled_sources)})
        try:
            self.wish("heartbeat")
            self.wish("tick")
            self._notifier.ready("at work")
            while not self._stopping:
                self._notifier.turned(f"{coordinator.jobs} jobs")
                self._mind_the_clock(coordinator)
                if coordinator.awaits_engine:
                    self._take_up(coordinator)
                self._grant_wishes(coordinator, database, care)
                self._hear_clients(coordinator, database)
                self._look_around(coordinator, database)
                self._tell_receivers(database)
                self._keep_up()
                self._step(coordinator)
            logger.info("stopping", extra={"jobs": coordinator.jobs})
            self._notifier.stopping()
            if self._engine.outlives:
                coordinator.leave()
            else:
                drain(coordinator, self._config.dibao.shutdown_seconds)
        finally:
            self._control.close()
            self._ticker.close()
            self._leave_receivers(database)
        self._say_stopped(database)
        logger.info("the daemon has stopped")

    def _take_up(self, coordinator: Coordinator) -> None:
        """None; what an earlier coordinator left is taken up, unless the engine is away: it says so itself, once.

        Raises EngineFault where it refuses us.
        """
        try:
            coordinator.recover()
        except EngineAway:
            return
        if coordinator.jobs:
            logger.info("jobs that have gone on are taken up", extra={"jobs": coordinator.jobs})
        self.wish("tick")

    def _schedule(self) -> None:
        """Give the ticker its three words; each is only left as a wish, so none is ever late for long."""
        section = self._config.dibao
        self._ticker.keep({
            "tick": section.tick_seconds,
            "heartbeat": section.heartbeat_seconds,
            "maintenance": section.maintenance_seconds,
        })  # fmt: skip

    def _mind_the_clock(self, coordinator: Coordinator) -> None:
        """None; where the clock was set since the last look, nothing waits for a time that will not come for long."""
        self._ticker.look()
        step = self._watch.step()
        if step > SET_AHEAD_TOLD:
            logger.warning("the clock was set ahead by %s", timedelta(seconds=round(step.total_seconds())))
        if step < -stored_times.STEP:
            self._set_back -= step
        if not self._set_back:
            return
        try:
            coordinator.bring_back(self._set_back)
        except StorageFault as fault:
            self._faults.told("clock", fault)
        else:
            self._set_back = timedelta(0)
            self._faults.mended("clock")
            self.wish("tick")

    def _believe(self, database: Database) -> None:
        """None; it is known whether this clock may have anything deleted. Call it in a transaction."""
        may_delete = stored_times.may_delete(database, self._clock())
        if self._may_delete is not may_delete and not may_delete:
            logger.warning(DOUBTED)
        self._may_delete = may_delete

    def _grant_wishes(self, coordinator: Coordinator, database: Database, care: FileCare) -> None:
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
            self._tellers.hurry()
        try:
            if "reload" in wishes:
                self._reload(coordinator)
            if "heartbeat" in wishes:
                self._beat(coordinator, database, care)
            if "maintenance" in wishes:
                self._begin_upkeep(database, care)
            if ("tick" in wishes or self._until_due(coordinator) == 0) and (due := coordinator.due()):
                coordinator.start_run(due, "daemon")
        except StorageFault as fault:
            self._faults.told("heartbeat", fault)

    def _hear_clients(self, coordinator: Coordinator, database: Database) -> None:
        """None; what commands have handed over is granted, or they know why not (scheduler.control)."""
        if coordinator.awaits_engine:
            return
        with self._own_faults.outlived("control"):
            if self._control.turn(coordinator, database, lambda: self._reload(coordinator)):
                self.wish("tick")

    def _beat(self, coordinator: Coordinator, database: Database, care: FileCare) -> None:
        with database.transaction(), database.aside():
            self._believe(database)
            every = self._config.dibao.heartbeat_seconds
            with self._own_faults.outlived("heartbeat"):
                alive.beat(database, self._clock(), os.getpid(), every_seconds=every, detail=f"{coordinator.jobs} jobs")
                engine_seen.note(database, self._engine.seen)
        care.beat(database, self._clock())
        self._faults.mended("heartbeat")

    def _say_stopped(self, database: Database) -> None:
        """None; the file says that the daemon ended because it was asked to."""
        self._tried("heartbeat", lambda: alive.stopped(database, self._clock(), os.getpid()))

    def _begin_upkeep(self, database: Database, care: FileCare) -> None:
        care.round(database, self._clock())
        if self._may_delete:
            self._upkeep = self._upkeep or maintenance.give_up_old(self._config, database, self._clock())
            caring.forget_delivered(database, self._clock())

    def _tell_receivers(self, database: Database) -> None:
        """None; webhooks and people were told of what is due, if it is time to look. Neither waits for the other."""
        self._tried("webhooks", lambda: self._tellers.changes.tick(database))
        self._tried("alerts", lambda: self._tellers.incidents.tick(database))

    def _look_around(self, coordinator: Coordinator, database: Database) -> None:
        """None; sources and machine were judged, if it is time to."""
        running, may_delete = coordinator.running, self._may_delete
        self._tried("watch", lambda: self._watching.tick(self._config, database, running, may_delete=may_delete))

    def _tried(self, what: str, step: Callable[[], object]) -> None:
        """None; a step of something that the crawl does without was taken, or is tried again next time."""
        try:
            with self._own_faults.outlived(what):
                if step():
                    self._faults.mended(what)
        except StorageFault as fault:
            self._faults.told(what, fault)

    def _leave_receivers(self, database: Database) -> None:
        """None; nothing more is sent. What could not be written is sent again by the next daemon."""
        self._tried("webhooks", lambda: self._tellers.changes.close(database))
        self._tried("alerts", lambda: self._tellers.incidents.close(database))

    def _step(self, coordinator: Coordinator) -> None:
        try:
            longest = STEP_SECONDS if self._upkeep is None else UPKEEP_STEP_SECONDS
            coordinator.step(min(longest, self._until_due(coordinator)))
        except ConservationBroken:
            raise  # no other try would count differently
        except StorageFault as fault:
            self._faults.told("crawl", fault)
            self._wait_for_storage(coordinator)
        else:
            self._faults.mended("crawl")

    def _until_due(self, coordinator: Coordinator) -> float:
        """Seconds until a source is due, so that it is asked then and not at the next tick; inf where none is known."""
        at = coordinator.next_due_at
        return math.inf if at is None else max(0.0, (at - self._clock()).total_seconds())

    def _keep_up(self) -> None:
        """None; a round of upkeep, if there is one, has come a piece further."""
        if self._upkeep is None:
            return
        try:
            next(self._upkeep)
        except StopIteration:
            self._upkeep = None
            self._faults.mended("upkeep")
        except StorageFault as fault:
            self._upkeep = None
            self._faults.told("upkeep", fault)

    def _wait_for_storage(self, coordinator: Coordinator) -> None:
        """None, after a while or as soon as there is a wish. Meanwhile events are kept, and workers are watched."""
        deadline = time.monotonic() + RETRY_SECONDS
        while self._inbox.empty() and (left := deadline - time.monotonic()) > 0:
            coordinator.listen(min(left, STEP_SECONDS))

    def _reload(self, coordinator: Coordinator) -> Reloaded:
        """What came of it. A configuration that cannot be used leaves the old one as it is."""
        with self._notifier.reloading():
            return self._read_again(coordinator)

    def _read_again(self, coordinator: Coordinator) -> Reloaded:
        try:
            config = load_config(self._config_path)
            receivers = read_receivers(config, self._config_path)
        except ConfigError as error:
            logger.error("the new configuration is bad, the old one stays: %s", error)  # noqa: TRY400 - no trace
            return Reloaded(problems=tuple(map(str, error.problems)))
        if config.dibao.database != self._config.dibao.database:
            logger.error(OTHER_DATABASE)
            return Reloaded(problems=(f"{self._config_path}: {OTHER_DATABASE}",))
        waiting = [name for name in AT_START if getattr(config.dibao, name) != getattr(self._config.dibao, name)]
        if config.engine != self._config.engine:
            waiting.append("[engine]")
        if waiting:
            logger.warning("a change of %s takes effect at the next start", ", ".join(waiting))
        self._config = coordinator.config = config
        self._upkeep = None  # it was begun by other settings; the next round is made by these
        self._tellers.configure(receivers)
        self._schedule()
        logger.info("the configuration was read again", extra={"sources": len(config.enabled_sources)})
        return Reloaded(sources=len(config.enabled_sources), at_start=tuple(waiting))
