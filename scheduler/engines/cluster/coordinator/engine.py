"""The engine of several machines: jobs go to PostgreSQL, `dibao worker`s anywhere take them, events come back there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Final

from scheduler.engines.cluster.coordinator.bell import Bell
from scheduler.engines.cluster.coordinator.clerk import REAP_SECONDS, Clerk
from scheduler.engines.cluster.coordinator.looking import Looking
from scheduler.engines.engine import EngineFault, JobOut
from storage.engine_seen import EngineSeen
from storage.records import CrawlJob, Event

if TYPE_CHECKING:
    from scheduler.engines.cluster.address import Address
    from scheduler.engines.cluster.coordinator.line import Terms

PATIENCE_SECONDS: Final = 1.0
"""For so long a server is waited for by whoever asks again anyway."""
CLOSING_SECONDS: Final = 8.0
"""For so long a server that does not answer holds up the end of the coordinator; what it was to be told comes again."""


class ClusterEngine:
    """Runs jobs on whatever machines have workers. None of its methods waits for the server but `jobs_out` and `close`.

    `patience_seconds`: how long `jobs_out` waits for the server. The thread begins with `jobs_out`.
    """

    outlives = True

    def __init__(
        self,
        address: Address,
        *,
        schema: str,
        terms: Terms,
        clock: Callable[[], datetime] | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
        reap_seconds: float = REAP_SECONDS,
    ) -> None:
        self._patience_seconds = patience_seconds
        self._shown = address.shown
        self._bell = Bell()
        self._looking = Looking(address.shown, terms.heartbeat_seconds, clock or _now)
        self._clerk = Clerk(address, schema, terms, self._bell, self._looking, reap_seconds=reap_seconds)
        self._closed = False

    @property
    def seen(self) -> EngineSeen | None:
        """What it saw last of the workers and of what waits; None before the first look."""
        if self._clerk.is_deaf:
            self._looking.lost(f"PostgreSQL at {self._shown} does not answer")
        return self._looking.seen

    @property
    def room(self) -> int:
        """How many more jobs may be submitted now; none while the server is away."""
        return self._clerk.room

    def submit(self, job: CrawlJob, sites: Collection[str] = (), memo: bytes = b"") -> None:
        """None; the job goes out with the next `poll`, together with all others; it waits while the server is away."""
        self._clerk.outbox.add(job, sites, memo)

    def jobs_out(self) -> list[JobOut]:
        """The jobs of earlier coordinators that go on, or of which events still wait. Events come from then on.

        Raises EngineAway where the server cannot be reached, EngineRefused where it does not take this coordinator, and
        EngineFault where there is another one.
        """
        found = self._clerk.jobs_out(self._patience_seconds)
        if isinstance(found, EngineFault):
            raise found
        return found

    def poll(self, timeout_seconds: float, *, limit: int) -> list[Event]:
        """Events that have arrived, at most `limit`, after waiting for the first, or a `wake`, up to a time."""
        if self._clerk.outbox.uncounted:
            self._clerk.desk_bell.ring()
        if not (events := self._events(limit)):
            wait([self._bell.fileno()], timeout_seconds)
            self._bell.hush()
            events = self._events(limit)
        return events

    def wake(self) -> None:
        """None; a `poll` that waits returns. May be called from any thread and from signal handlers."""
        self._bell.ring()

    def committed(self, events: Iterable[Event]) -> None:
        """None; PostgreSQL need not keep these events any longer. A job whose end it has not told is given up."""
        self._clerk.inbox.committed(events)
        self._clerk.desk_bell.ring()

    def stop_jobs(self) -> None:
        """None; no job starts a new request, what is in flight is finished."""
        self._clerk.outbox.stop(None)
        self._clerk.desk_bell.ring()

    def stop_job(self, job_id: str) -> None:
        """None; this job starts no new request, what it has in flight is finished. One that has not begun ends."""
        self._clerk.outbox.stop(job_id)
        self._clerk.desk_bell.ring()

    def close(self) -> None:
        """None; nothing more is said or heard. Jobs that are out go on."""
        if self._closed:
            return
        self._closed = True
        self._clerk.leave(CLOSING_SECONDS)
        self._bell.close()

    def _events(self, limit: int) -> list[Event]:
        events = self._clerk.inbox.events(limit)
        if events:
            self._clerk.desk_bell.ring()  # there is room for more
        return events


def _now() -> datetime:
    return datetime.now(UTC)
