"""The daemon, whole, whose clock is set while it runs: what it stores, asks and deletes. Its engine answers at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scheduler import maintenance
from scheduler.config.file import load_config
from scheduler.daemon import Daemon
from scheduler.engines.engine import JobOut
from storage.database import open_reader
from storage.records import Candidate, CrawlJob, Discovered, EntryChecked, Event, Failed, JobFinished

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
HOUR, YEAR = timedelta(hours=1), timedelta(days=365)
CONFIG = """
[dibao]
database = "news.db"
contact = "ops@example.org"
tick_seconds = 0.05
heartbeat_seconds = 0.05
[retention]
keep_for = "30d"
[[source]]
name = "enshi"
home = "http://127.0.0.2/"
every = "15m"
"""
PATIENCE_SECONDS = 20.0


class Scripted:
    """An engine whose every job ends at once, and which carries a script on each time that it is asked for events."""

    room = 10
    outlives = False
    seen = None

    def __init__(self) -> None:
        self.script: Iterator[Callable[[], Any]] = iter(())
        self.jobs: list[CrawlJob] = []
        self._until: Callable[[], Any] = lambda: True
        self.events: list[Event] = []
        self.ends_at_once = True
        self._deadline = time.monotonic() + PATIENCE_SECONDS

    def submit(self, job: CrawlJob, sites: Collection[str] = (), memo: bytes = b"") -> None:
        """The job has ended, unless its end is the script's."""
        self.jobs.append(job)
        if not self.ends_at_once:
            return
        self.events += [
            EntryChecked(job_id=job.id, number=1, url=job.home, status="unchanged", kind="listing"),
            JobFinished(job_id=job.id, number=2, reason="finished"),
        ]

    def jobs_out(self) -> list[JobOut]:
        """None."""
        return []

    def poll(self, timeout_seconds: float, *, limit: int) -> list[Event]:
        """What has happened. The script goes on where what it waits for is true."""
        assert time.monotonic() < self._deadline, "the script does not come to its end"
        events, self.events = self.events, []
        if not events:
            time.sleep(min(timeout_seconds, 0.01))
            while self._until():
                self._until = next(self.script, lambda: False)
        return events

    def wake(self) -> None:
        """Nothing waits."""

    def committed(self, events: object) -> None:
        """Nothing waits."""

    def stop_jobs(self) -> None:
        """No job runs."""

    def close(self) -> None:
        """Nothing is open."""


class Set:
    """A daemon and its clock, which stands still unless it is set."""

    def __init__(self, folder: Path) -> None:
        self.now = NOW
        self.path = folder / "dibao.toml"
        self.path.write_text(CONFIG, encoding="utf-8")
        self.engine = Scripted()
        self.daemon = Daemon(self.path, load_config(self.path), lambda: self.now, self.engine)

    def run(self, script: Iterator[Callable[[], Any]]) -> None:
        """None; the daemon ran until the script's end. Each of its steps is a condition that is waited for."""

        def whole() -> Iterator[Callable[[], Any]]:
            yield from script
            self.daemon.wish("stop")

        self.engine.script = whole()
        self.daemon.run()

    def value(self, sql: str) -> Any:
        with open_reader(self.path.with_name("news.db")) as database:
            return database.value(sql)

    def asked(self, times: int) -> Callable[[], bool]:
        return lambda: len(self.engine.jobs) == times


def is_shortly_before(text: str, moment: datetime) -> bool:
    """Whether a stored time is that moment; the clock stands still, so a step counts the time of the look as well."""
    return moment - timedelta(seconds=PATIENCE_SECONDS) <= datetime.fromisoformat(text) <= moment


@pytest.fixture
def machine(tmp_path: Path) -> Set:
    return Set(tmp_path)


def test_after_a_step_back_the_next_run_comes_when_it_would_have(
    machine: Set, caplog: pytest.LogCaptureFixture
) -> None:
    def script() -> Iterator[Callable[[], Any]]:
        yield machine.asked(1)
        machine.now -= HOUR
        yield lambda: "set back by 1:00:00" in caplog.text
        yield lambda: machine.value("SELECT at FROM heartbeats") == "2026-11-22T01:00:00Z"
        assert is_shortly_before(machine.value("SELECT last_attempt_at FROM sources"), NOW - HOUR)
        machine.now += timedelta(minutes=15)
        yield machine.asked(2)

    machine.run(script())
    assert machine.value("SELECT max(started_at) FROM runs") == "2026-11-22T01:15:00Z"


def test_after_a_step_ahead_what_is_due_is_asked_once_and_nothing_is_deleted_for_its_age(
    machine: Set, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[datetime] = []

    def give_up_old(_config: object, _database: object, now: datetime) -> Iterator[None]:
        rounds.append(now)
        return iter(())

    monkeypatch.setattr(maintenance, "give_up_old", give_up_old)

    def script() -> Iterator[Callable[[], Any]]:
        yield machine.asked(1)
        machine.daemon.wish("maintenance")
        yield lambda: rounds == [NOW]
        machine.now += YEAR
        yield machine.asked(2)
        yield lambda: "nothing is deleted for its age" in caplog.text
        machine.daemon.wish("maintenance")
        yield machine.daemon._inbox.empty
        machine.now -= YEAR
        yield lambda: "set back by 365 days" in caplog.text
        yield lambda: machine.daemon._may_delete
        machine.daemon.wish("maintenance")
        yield lambda: len(rounds) == 2

    machine.run(script())
    assert rounds == [NOW, NOW]
    assert len(machine.engine.jobs) == 2 or machine.engine.jobs[2].now == NOW
    assert caplog.text.count("nothing is deleted for its age") == 1


def test_a_daemon_whose_clock_was_never_set_asks_nothing_until_it_is(
    machine: Set, caplog: pytest.LogCaptureFixture
) -> None:
    machine.now = datetime(1970, 1, 1, tzinfo=UTC)

    def script() -> Iterator[Callable[[], Any]]:
        yield lambda: "clock says 1970-01-01: nothing is crawled" in caplog.text
        assert machine.engine.jobs == []
        machine.now = NOW
        yield machine.asked(1)

    machine.run(script())
    assert machine.value("SELECT created_at FROM sources") == "2026-11-22T02:00:00Z"


def test_what_a_job_tells_that_went_out_before_the_step_is_noted_by_the_clock_as_it_is(
    machine: Set, caplog: pytest.LogCaptureFixture
) -> None:
    """Its worker goes by the time that the job brought: pages would be noted a year ahead, and wait until then."""
    machine.now = NOW + YEAR
    found = Candidate(url="http://127.0.0.2/1.html", key="//127.0.0.2/1.html")
    machine.engine.ends_at_once = False

    def script() -> Iterator[Callable[[], Any]]:
        yield machine.asked(1)
        (job,) = machine.engine.jobs
        machine.now -= YEAR
        yield lambda: "set back by 365 days" in caplog.text
        at = job.now + timedelta(seconds=5)
        machine.engine.events += [
            Discovered(job_id=job.id, number=1, entry_url=job.home, candidates=(found,), taken=1, found_at=at),
            Failed(job_id=job.id, number=2, key=found.key, fetched_at=at, reason="timeout"),
            JobFinished(job_id=job.id, number=3, reason="finished"),
        ]
        yield lambda: machine.value("SELECT attempts FROM urls") == 1

    machine.run(script())
    assert is_shortly_before(machine.value("SELECT discovered_at FROM urls"), NOW + timedelta(seconds=5))
    assert is_shortly_before(machine.value("SELECT last_checked_at FROM urls"), NOW + timedelta(seconds=5))
    assert is_shortly_before(machine.value("SELECT next_at FROM urls"), NOW + timedelta(minutes=5, seconds=5))
