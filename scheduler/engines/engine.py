"""What every engine offers. The coordinator knows nothing else of where a job runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from storage.job_records import CrawlJob

if TYPE_CHECKING:
    from storage.records import Event


class EngineFault(Exception):
    """The engine cannot run jobs at all. What it had is still pending in the ledger."""


class Engine(Protocol):
    """Takes jobs, gives back events. Each job ends in exactly one `JobFinished`, also where its process died."""

    @property
    def room(self) -> int:
        """How many more jobs may be submitted now."""

    def submit(self, job: CrawlJob) -> None:
        """None; the job runs. Raises EngineFault where nothing can run it."""

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
