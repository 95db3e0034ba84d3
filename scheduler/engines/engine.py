"""What every engine offers. The coordinator knows nothing else of where a job runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from storage.job_records import CrawlJob

if TYPE_CHECKING:
    from storage.engine_seen import EngineSeen
    from storage.records import Event


class EngineFault(Exception):
    """The engine cannot run jobs at all. What it had is still pending in the ledger."""


class EngineAway(EngineFault):
    """The engine cannot be reached now, and is looked for on: to be asked again."""


class EngineRefused(EngineFault):
    """The engine does not take this coordinator, and would not the next time either: something is to be put right."""


@dataclass(frozen=True, slots=True)
class JobOut:
    """A job that an earlier coordinator has sent out, and what that one wanted to be reminded of with it."""

    job_id: str
    memo: bytes


class Engine(Protocol):
    """Takes jobs, gives back events. Each job ends in exactly one `JobFinished`, also where its process died."""

    @property
    def seen(self) -> EngineSeen | None:
        """What it saw last of the machines that it runs on; nobody is asked. None where there is but this one."""

    @property
    def outlives(self) -> bool:
        """Whether its jobs go on without this process, so that the next coordinator finds them (`jobs_out`)."""

    @property
    def room(self) -> int:
        """How many more jobs may be submitted now."""

    def submit(self, job: CrawlJob, sites: Collection[str] = (), memo: bytes = b"") -> None:
        """None; the job runs. Raises EngineFault where nothing can run it.

        `sites`: what no other job may ask meanwhile. `memo`: what `jobs_out` gives back with it.
        """

    def jobs_out(self) -> list[JobOut]:
        """The jobs of earlier coordinators that go on, or of which events still wait.

        To be asked before the first `poll`. Raises EngineAway, where it is to be asked again, and EngineFault.
        """

    def poll(self, timeout_seconds: float, *, limit: int) -> list[Event]:
        """Events that have arrived, at most `limit`, after waiting for the first, or a `wake`, up to a time."""

    def wake(self) -> None:
        """None; a `poll` that waits returns. May be called from any thread and from signal handlers."""

    def committed(self, events: Iterable[Event]) -> None:
        """None; the worker learns that these events are safe."""

    def stop_jobs(self) -> None:
        """None; no job starts a new request, what is in flight is finished."""

    def stop_job(self, job_id: str) -> None:
        """None; this job starts no new request, what it has in flight is finished."""

    def close(self) -> None:
        """None; everything is ended now. What was unfinished is still pending in the ledger."""
