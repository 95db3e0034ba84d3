"""Who waits for which sources: a listener that tells clients how the crawls go that they have wished for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from scheduler.control.wishes import Answer, Done, Ended, Progress
from storage import runs
from storage.noted import Noted
from storage.records import CrawlJob, Discovered


class Tell(Protocol):
    """Whatever carries an answer to a client."""

    def __call__(self, client: int, answer: Answer, *, last: bool) -> None:
        """None; it is on its way. `last`: the client has nothing more to wait for."""


@dataclass(slots=True)
class _Job:
    source: str
    run_id: int
    wanted: int
    ended: int = 0


@dataclass(slots=True)
class _Follower:
    waits: dict[str, int]
    """The run in which each source is crawled that is not done yet."""
    wanted: int = 0
    ended: int = 0
    source: str = ""
    is_told: bool = False


class Followers:
    """A listener of the coordinator. `tell` carries what there is to say to a client."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._jobs: dict[str, _Job] = {}
        self._followers: dict[int, _Follower] = {}

    def follow(self, client: int, sources: Mapping[str, int]) -> None:
        """None; the client is told of these sources, each crawled in the run of that id."""
        self._followers[client] = follower = _Follower(dict(sources))
        for job in self._jobs.values():
            if follower.waits.get(job.source) == job.run_id:
                follower.wanted += job.wanted
                follower.ended += job.ended

    def forget(self, client: int) -> None:
        """None; the client is gone. What it has wished for goes on."""
        self._followers.pop(client, None)

    def started(self, source: str, job: CrawlJob) -> None:
        """None; its pages are wanted."""
        self._jobs[job.id] = _Job(source, job.run_id, len(job.pages))
        self._count(source, job.run_id, wanted=len(job.pages))

    def noted(self, source: str, noted: Noted) -> None:
        """None; more pages are wanted, or one has ended."""
        job = self._jobs.get(noted.event.job_id)
        if job is None:
            return
        wanted = noted.event.taken if isinstance(noted.event, Discovered) else 0
        ended = int(noted.outcome is not None and not wanted)
        job.wanted += wanted
        job.ended += ended
        if wanted or ended:
            self._count(source, job.run_id, wanted=wanted, ended=ended)

    def finished(self, result: runs.SourceRun) -> None:
        """None; those that waited for the source are told what it came to."""
        job = self._jobs.pop(result.job_id, None)
        for client, follower in list(self._followers.items()):
            if job is not None and follower.waits.get(result.source) == job.run_id:
                del follower.waits[result.source]
                self._tell(client, Ended(result=result), last=False)

    def look(self, at_work: set[tuple[str, int]]) -> None:
        """None; clients are told how far theirs are, and those are done whose sources are `at_work` no more."""
        for client, follower in list(self._followers.items()):
            if not follower.is_told and follower.source:
                follower.is_told = True
                moved = Progress(source=follower.source, wanted=follower.wanted, ended=follower.ended)
                self._tell(client, moved, last=False)
            if follower.waits.items() & at_work:
                continue
            del self._followers[client]
            self._tell(client, Done(left_out=tuple(sorted(follower.waits))), last=True)

    @property
    def are_waiting(self) -> bool:
        """Whether anybody waits for a source."""
        return bool(self._followers)

    def end(self, answer: Answer) -> None:
        """None; nobody waits any more, and all have been told why."""
        for client in list(self._followers):
            del self._followers[client]
            self._tell(client, answer, last=True)

    def _count(self, source: str, run_id: int, *, wanted: int = 0, ended: int = 0) -> None:
        for follower in self._followers.values():
            if follower.waits.get(source) == run_id:
                follower.wanted += wanted
                follower.ended += ended
                follower.source, follower.is_told = source, False
