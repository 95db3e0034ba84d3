"""What the daemon's main thread does with wishes: it grants them between two steps of the crawl, or says why not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from scheduler import disk_floor
from scheduler.control.progress import Followers
from scheduler.control.server import Server
from scheduler.control.wishes import (
    Acknowledge,
    Acknowledged,
    Answer,
    Changed,
    Crawl,
    Done,
    Pause,
    Refused,
    Reload,
    Reloaded,
    Resume,
    Taken,
    Wish,
)
from scheduler.coordinator import Coordinator
from scheduler.disk_floor import DiskLow
from scheduler.sources import pausing
from scheduler.sources.naming import UnknownSource, configured, switched_on
from scheduler.watching import acknowledging
from scheduler.watching.acknowledging import UnknownIncident
from storage import clock as stored_times
from storage.database import Database
from storage.faults import DamagedFile, LockHeld, StorageFault
from storage.watch import pauses

logger = logging.getLogger(__name__)

BROKEN = Refused(why="a fault of Dibao keeps the daemon from it; please report what its log says", cause="storage")
STOPPING = Refused(why="the daemon is stopping; try again when it has started, or without it", cause="busy")


class Control:
    """The daemon's side. `wake` makes the main thread call `turn`; `reload` reads the configuration again."""

    def __init__(self, clock: Callable[[], datetime], wake: Callable[[], None]) -> None:
        self._clock = clock
        self._wake = wake
        self._server: Server | None = None
        self.followers = Followers(self._tell)

    def open(self, database: Path) -> None:
        """None; clients are heard from now on. The caller holds the writer lock.

        Where no socket can be made (a filesystem without them, a foreign file in its place), that is a warning.
        """
        try:
            self._server = Server(database, self._wake)
        # AttributeError: a platform without unix sockets; RuntimeError: no thread can be started.
        except (OSError, AttributeError, RuntimeError) as error:
            logger.warning(
                "there is no control socket (%s): `dibao crawl SOURCE`, `pause` and `reload` cannot reach this daemon",
                getattr(error, "strerror", None) or error,
            )

    def turn(self, coordinator: Coordinator, database: Database, reload: Callable[[], Reloaded]) -> bool:
        """Whether something is due at once now; wishes were granted, and clients told how theirs go.

        Raises StorageFault only where no other try would help.
        """
        if self._server is None:
            return False
        hurry = False
        for client, wish in self._server.wishes().items():
            if wish is None:
                self.followers.forget(client)
            else:
                hurry |= self._heard(client, wish, coordinator, database, reload)
        if self.followers.are_waiting:
            if coordinator.is_paused:
                why = "fetching pauses, for the disk is nearly full (`min_free_bytes`); it goes on by itself"
                self.followers.end(Refused(why=why, cause="storage"))
            self.followers.look(coordinator.at_work)
        return hurry

    def close(self) -> None:
        """None; nobody is heard any more, and those that wait know that the daemon stops."""
        if self._server is not None:
            self.followers.end(Done(interrupted=True))
            self._server.close(STOPPING)
            self._server = None

    def _heard(
        self,
        client: int,
        wish: Wish,
        coordinator: Coordinator,
        database: Database,
        reload: Callable[[], Reloaded],
    ) -> bool:
        logger.info("a command asks: %s", _spoken(wish))
        try:
            return self._grant(client, wish, coordinator, database, reload)
        except UnknownSource as error:
            why = f"{error}. That is what the daemon has read; `dibao reload` has it read dibao.toml again"
            self._tell(client, Refused(why=why, cause="configuration"))
        except UnknownIncident as error:
            self._tell(client, Refused(why=str(error), cause="configuration"))
        except StorageFault as fault:
            self._tell(client, Refused(why=str(fault), cause="storage"))
            if isinstance(fault, DamagedFile | LockHeld):
                raise
            if not isinstance(fault, DiskLow):
                logger.warning("what a command asked cannot be done: %s", fault)
        except Exception:
            logger.exception("what a command asked cannot be done, by a fault of Dibao")
            self._tell(client, BROKEN)
        return False

    def _grant(
        self,
        client: int,
        wish: Wish,
        coordinator: Coordinator,
        database: Database,
        reload: Callable[[], Reloaded],
    ) -> bool:
        """Whether something is due at once now. Raises UnknownSource or StorageFault where it cannot be granted."""
        now = self._clock()
        match wish:
            case Crawl():
                self._crawl(client, wish, coordinator, database)
            case Pause():
                asked = configured(coordinator.config.source, wish.names)
                changed = pausing.pause(database, asked, now, wish.why)
                for source in asked:
                    coordinator.leave_alone(source.name)
                self._tell(client, Changed(names=changed.names, already=changed.already))
            case Resume():
                changed = pausing.resume(database, configured(coordinator.config.source, wish.names), now)
                self._tell(client, Changed(names=changed.names, already=changed.already))
                return True
            case Acknowledge():
                acknowledging.acknowledge(database, wish.ids, now)
                self._tell(client, Acknowledged(ids=wish.ids))
            case Reload():
                reloaded = reload()
                self._tell(client, reloaded)
                return not reloaded.problems
        return False

    def _crawl(self, client: int, wish: Crawl, coordinator: Coordinator, database: Database) -> None:
        config = coordinator.config
        asked = switched_on(config.source, wish.names)
        if not wish.names:
            left_out = pauses.paused(database)
            asked = tuple(source for source in asked if source.name not in left_out)
        disk_floor.refuse(disk_floor.folders(database.path), config.dibao.min_free_bytes)
        before = coordinator.at_work
        runs = coordinator.ask(asked, "crawl")
        joined = tuple(name for name, run_id in runs.items() if (name, run_id) in before)
        notes = () if stored_times.is_set(self._clock()) else (_clock_note(self._clock()),)
        run_id = max(runs.values(), default=None)
        self._tell(client, Taken(run_id=run_id, sources=tuple(runs), joined=joined, notes=notes), last=False)
        self.followers.follow(client, runs)

    def _tell(self, client: int, answer: Answer, *, last: bool = True) -> None:
        if self._server is not None:
            self._server.send(client, answer, last=last)


def _clock_note(now: datetime) -> str:
    return f"this machine's clock says {now.date()}: what is noted now has wrong times until it is set"


def _spoken(wish: Wish) -> str:
    match wish:
        case Crawl() | Pause() | Resume():
            names = ", ".join(wish.names) or "all"
            return f"{type(wish).__name__.lower()} {names}"
    return type(wish).__name__.lower()
