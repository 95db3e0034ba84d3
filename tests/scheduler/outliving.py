"""What goes on without a coordinator: a server that keeps its jobs and events, and coordinators one after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from scheduler.config.file import Config
from scheduler.coordinator import Coordinator
from scheduler.engines.engine import EngineAway, JobOut
from storage.database import Database
from storage.identity import key_of_canonical
from storage.records import Candidate, CrawlJob, Discovered, Event, JobFinished

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


@dataclass
class Server:
    """What outlives the coordinator: its jobs, and events that nobody has confirmed."""

    jobs: dict[str, tuple[CrawlJob, bytes]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    confirmed: int = 0
    is_away: bool = False


class Far:
    """An engine at such a server. What it has handed out and nobody has confirmed, another one hands out again."""

    room = 10
    outlives = True
    seen = None

    def __init__(self, server: Server) -> None:
        self.server = server
        self._handed = 0

    def submit(self, job: CrawlJob, sites: Collection[str] = (), memo: bytes = b"") -> None:
        """The job is the server's."""
        assert sites
        self.server.jobs[job.id] = (job, memo)

    def jobs_out(self) -> list[JobOut]:
        """Those of the server."""
        if self.server.is_away:
            raise EngineAway("nobody answers")
        return [JobOut(job_id, memo) for job_id, (_, memo) in self.server.jobs.items()]

    def poll(self, timeout_seconds: float, *, limit: int) -> list[Event]:
        """What has not been handed out by this one."""
        events = self.server.events[self._handed : self._handed + limit]
        self._handed += len(events)
        return events

    def committed(self, events: Iterable[Event]) -> None:
        """The server forgets them."""
        for event in events:
            if event in self.server.events:
                self.server.events.remove(event)
                self._handed -= 1
                self.server.confirmed += 1
            if isinstance(event, JobFinished):
                self.server.jobs.pop(event.job_id, None)

    def stop_job(self, job_id: str) -> None:
        """It is noted."""
        self.server.stopped.append(job_id)

    def stop_jobs(self) -> None:
        """None is asked to."""

    def wake(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Desk:
    """Coordinators of one file at one server, one after the other."""

    config: Config
    database: Database
    server: Server = field(default_factory=Server)

    def coordinator(self, *, recovers: bool = True) -> Coordinator:
        made = Coordinator(self.config, self.database, Far(self.server), lambda: NOW)
        if recovers:
            made.recover()
        return made

    def begun(self) -> Coordinator:
        """One with a job of each source out, each of which has found a page."""
        made = self.coordinator()
        made.start_run(made.due(), "daemon")
        made.step(0)
        assert len(self.server.jobs) == 2
        for job, _ in list(self.server.jobs.values()):
            self.server.events.append(found(job))
        made.step(0)
        made.flush()
        return made

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.database.rows(query)]


def page_of(job: CrawlJob) -> str:
    return f"{job.home}2026/1.html"


def found(job: CrawlJob) -> Discovered:
    url = page_of(job)
    candidates = (Candidate(url=url, key=key_of_canonical(url), position=0),)
    return Discovered(job_id=job.id, number=1, entry_url=job.home, candidates=candidates, taken=1)


def finish(coordinator: Coordinator) -> None:
    for _ in range(20):
        if coordinator.is_idle:
            return
        coordinator.step(0)
        coordinator.flush()
    raise AssertionError("it does not come to its end")
