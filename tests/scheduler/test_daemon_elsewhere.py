"""A daemon whose jobs run elsewhere: it waits for its engine, and leaves without waiting for its jobs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scheduler.config.file import load_config
from scheduler.daemon import Daemon
from scheduler.engines.engine import EngineAway, EngineFault, JobOut
from storage.database import open_reader
from storage.records import CrawlJob, EntryChecked, Event, JobFinished
from tests.scheduler.simulated import write_config

pytestmark = pytest.mark.usefixtures("quick_files")

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


class Elsewhere:
    """An engine that cannot be reached at first, takes jobs, and lets the test go on each time that it is polled."""

    room = 10
    outlives = True
    seen = None

    def __init__(self) -> None:
        self.asked, self.away, self.fault = 0, 0, ""
        self.jobs: dict[str, tuple[CrawlJob, bytes]] = {}
        self.events: list[Event] = []
        self.stopped: list[str | None] = []
        self.turn: Callable[[], object] = lambda: None

    def submit(self, job: CrawlJob, sites: Collection[str] = (), memo: bytes = b"") -> None:
        """It is out."""
        self.jobs[job.id] = (job, memo)

    def jobs_out(self) -> list[JobOut]:
        """What is out, once the engine is there."""
        self.asked += 1
        if self.fault:
            raise EngineFault(self.fault)
        if self.asked <= self.away:
            raise EngineAway("nobody answers")
        return [JobOut(name, memo) for name, (_, memo) in self.jobs.items()]

    def poll(self, timeout_seconds: float, *, limit: int) -> list[Event]:
        """What has happened."""
        self.turn()
        events, self.events = self.events, []
        return events

    def committed(self, events: Collection[Event]) -> None:
        """A job that has ended is out no more."""
        for event in events:
            if isinstance(event, JobFinished):
                del self.jobs[event.job_id]

    def stop_job(self, job_id: str) -> None:
        """It is noted."""
        self.stopped.append(job_id)

    def stop_jobs(self) -> None:
        """It is noted."""
        self.stopped.append(None)

    def wake(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_config(tmp_path, ["a"])


def serve(path: Path, engine: Elsewhere, script: Iterator[Callable[[Daemon], Any]]) -> None:
    """None; the daemon ran until the script's end, a step of which is taken each time that the engine is polled."""
    daemon = Daemon(path, load_config(path), lambda: NOW, engine)

    def turn() -> None:
        step = next(script, lambda one: one.wish("stop"))
        step(daemon)

    engine.turn = turn
    daemon.run()


def value(path: Path, sql: str) -> Any:
    with open_reader(path.with_name("news.db")) as database:
        return database.value(sql)


def nothing(_: Daemon) -> None:
    """None; the daemon goes on."""


def test_a_daemon_that_is_stopped_leaves_its_jobs_out_and_the_next_one_carries_them_on(path: Path) -> None:
    engine = Elsewhere()
    serve(path, engine, iter([nothing, nothing, nothing]))
    assert len(engine.jobs) == 1
    assert engine.stopped == []
    assert value(path, "SELECT status FROM run_log") == "running"
    ((job, _),) = engine.jobs.values()

    def end(_: Daemon) -> None:
        engine.events = [
            EntryChecked(job_id=job.id, number=1, url=job.home, status="unchanged", kind="listing"),
            JobFinished(job_id=job.id, number=2, reason="finished"),
        ]

    serve(path, engine, iter([nothing, end, nothing, nothing]))
    assert engine.jobs == {}
    assert value(path, "SELECT group_concat(status) FROM run_log") == "ok"


def test_a_daemon_lives_on_while_its_engine_cannot_be_reached_and_begins_when_it_can(path: Path) -> None:
    engine = Elsewhere()
    engine.away = 4
    beats: list[Any] = []

    def look(_: Daemon) -> None:
        beats.append((len(engine.jobs), value(path, "SELECT count(*) FROM heartbeats")))

    serve(path, engine, iter([look] * 8))
    assert beats[:3] == [(0, 1)] * 3
    assert beats[-1] == (1, 1)
    assert engine.asked == 5


def test_a_daemon_ends_where_its_engine_refuses_it(path: Path) -> None:
    engine = Elsewhere()
    engine.fault = "schema dibao serves another database file"
    with pytest.raises(EngineFault, match="serves another"):
        serve(path, engine, iter([]))


def test_a_change_of_the_engine_waits_for_the_next_start(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    engine = Elsewhere()

    def change(daemon: Daemon) -> None:
        path.write_text(path.read_text(encoding="utf-8") + "[engine]\nstall_seconds = 77\n", encoding="utf-8")
        daemon.wish("reload")

    serve(path, engine, iter([nothing, change, nothing, nothing]))
    assert "a change of [engine] takes effect at the next start" in caplog.text
