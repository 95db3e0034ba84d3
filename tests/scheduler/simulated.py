"""A coordinator by a clock that is moved on by hand, and an engine whose jobs take the time that they are told to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from scheduler.config.file import load_config
from scheduler.coordinator import Coordinator
from scheduler.engines import lanes
from scheduler.engines.engine import JobOut
from scheduler.ticker import StepWatch
from storage import clock as stored_times
from storage.database import Database
from storage.records import CrawlJob, EntryChecked, Event, JobFinished

HEAD = """
[dibao]
database = "news.db"
contact = "ops@example.org"
[fetch]
delay_seconds = 0
[archive]
enabled = false
"""


def write_config(folder: Path, names: Iterable[str], **values: str) -> Path:
    """The path of a dibao.toml with these sources, each at an address of its own."""
    more = "".join(f'{name} = "{value}"\n' for name, value in values.items())
    tables = (
        f'[[source]]\nname = "{name}"\nhome = "http://127.{number >> 8}.{number & 255}.2/"\n{more}'
        for number, name in enumerate(names)
    )
    path = folder / "dibao.toml"
    path.write_text(HEAD + "".join(tables), encoding="utf-8")
    return path


@dataclass(slots=True)
class Answer:
    """What a source does: how long its job takes, and whether anything comes of it before its end."""

    seconds: float = 0.0
    hangs: bool = False


@dataclass(slots=True)
class Job:
    job: CrawlJob
    answer: Answer
    began: float


@dataclass
class Simulation:
    """The engine, the clocks and what was seen. `real`: seconds that passed; `ahead`: by what the clock is wrong."""

    start: datetime
    answers: Callable[[str], Answer]
    workers: int = 1
    real: float = 0.0
    ahead: timedelta = timedelta(0)
    running: dict[str, Job] = field(default_factory=dict)
    ended: dict[str, list[float]] = field(default_factory=dict)
    asked: dict[str, list[tuple[float, datetime]]] = field(default_factory=dict)
    most_at_once: int = 0

    def clock(self) -> datetime:
        """The time, as the machine says it."""
        return self.start + timedelta(seconds=self.real) + self.ahead

    # The engine

    outlives = False
    seen = None

    @property
    def room(self) -> int:
        """As the local engine says it."""
        return lanes.room(self.workers, (self._silence(job) for job in self.running.values()))

    def _silence(self, job: Job) -> lanes.Silence:
        return lanes.Silence(self.real - job.began if job.answer.hangs else 0.0, not job.answer.hangs)

    def submit(self, job: CrawlJob, sites: Collection[str] = (), memo: bytes = b"") -> None:
        """The job runs."""
        self.running[job.id] = Job(job, self.answers(job.source), self.real)
        self.asked.setdefault(job.source, []).append((self.real, self.clock()))
        self.most_at_once = max(self.most_at_once, len(self.running))

    def jobs_out(self) -> list[JobOut]:
        """None."""
        return []

    def poll(self, timeout_seconds: float, *, limit: int) -> list[Event]:
        """What has ended by now."""
        events: list[Event] = []
        for name, one in list(self.running.items()):
            if self.real - one.began >= one.answer.seconds and len(events) + 2 <= limit:
                del self.running[name]
                self.ended.setdefault(one.job.source, []).append(self.real)
                events += _end(one)
        return events

    def wake(self) -> None:
        """Nothing waits."""

    def committed(self, events: Iterable[Event]) -> None:
        """Nothing waits."""

    def stop_jobs(self) -> None:
        """No job is stopped."""

    def close(self) -> None:
        """Nothing is open."""


def _end(one: Job) -> list[Event]:
    job_id, url = one.job.id, one.job.home
    if one.job.entry_points:
        url = one.job.entry_points[0].url
    status = "failed" if one.answer.hangs else "unchanged"
    return [
        EntryChecked(job_id=job_id, number=1, url=url, status=status, reason="timeout" if one.answer.hangs else ""),
        JobFinished(job_id=job_id, number=2, reason="finished", requests=1),
    ]


class Daemon:
    """What the daemon does between two looks: mind the clock, start what is due, carry it on."""

    def __init__(self, path: Path, database: Database, world: Simulation) -> None:
        self.world = world
        self.database = database
        self.coordinator = Coordinator(load_config(path), database, world, world.clock)
        self.coordinator.recover()
        self._watch = StepWatch(world.clock, lambda: world.real)
        self.steps_seen = 0

    def tick(self, seconds: float) -> None:
        """None; so much time has passed, and what is due was begun."""
        self.world.real += seconds
        step = self._watch.step()
        if step < -stored_times.STEP:
            self.steps_seen += 1
            self.coordinator.bring_back(-step)
        if due := self.coordinator.due():
            self.coordinator.start_run(due, "daemon")
        self.carry_on()

    def carry_on(self) -> None:
        """None; what has ended is in the file, and what has room goes out."""
        self.coordinator.step(0)
        self.coordinator.flush()
        self.coordinator.step(0)
