"""The coordinator's memory over more jobs than a daemon can run in a test: here an engine answers at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from scheduler.config import load_config
from scheduler.coordinator import Coordinator
from storage.database import open_writer
from storage.records import CrawlJob, EntryChecked, Event, JobFinished

pytestmark = pytest.mark.soak

SOURCES, CYCLES = 20, 1_200
# SQLite's page cache fills to its 2 MB in the first 15,000 jobs or so; after that 6 kB per 1,000 jobs were measured.
WARM_CYCLES = 800
MOST_KB_PER_1000_JOBS = 60


class Prompt:
    """An engine whose every job finds its first entry point unchanged, at once."""

    room = 1_000

    def __init__(self) -> None:
        self._events: list[Event] = []

    def submit(self, job: CrawlJob) -> None:
        """The job has ended."""
        self._events.append(EntryChecked(job_id=job.id, number=1, url=job.entry_points[0].url, status="unchanged"))
        self._events.append(JobFinished(job_id=job.id, number=2, reason="finished", requests=2, body_bytes=100))

    def poll(self, timeout_seconds: float, *, limit: int) -> list[Event]:
        """All that has happened."""
        events, self._events = self._events, []
        return events

    def wake(self) -> None:
        """Nothing waits."""

    def committed(self, events: Iterable[Event]) -> None:
        """Nothing waits."""

    def stop_jobs(self) -> None:
        """No job runs."""

    def close(self) -> None:
        """Nothing is open."""


def test_the_coordinator_is_flat_over_24_000_jobs(tmp_path: Path) -> None:
    source = '[[source]]\nname = "s{}"\nhome = "http://127.0.0.{}/"\nevery = "1m"\n'
    sources = "".join(source.format(number, number + 2) for number in range(SOURCES))
    path = tmp_path / "dibao.toml"
    head = '[dibao]\ndatabase = "news.db"\ncontact = "ops@example.org"\n[fetch]\ndelay_seconds = 0\n'
    path.write_text(head + sources, encoding="utf-8")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    process, resident = psutil.Process(), {}
    with open_writer(tmp_path / "news.db") as database:
        database.execute("PRAGMA synchronous = OFF")  # the disk is not what is measured
        coordinator = Coordinator(load_config(path), database, Prompt(), lambda: now)
        jobs = 0
        for cycle in range(CYCLES + 1):
            now += timedelta(minutes=1)
            due = coordinator.due()
            jobs += len(due)
            coordinator.start_run(due, "soak")
            while not coordinator.is_idle:
                coordinator.step(0)
            resident[cycle] = process.memory_info().rss / 1024
    assert jobs == SOURCES * (CYCLES + 1)
    per_1000 = (resident[CYCLES] - resident[WARM_CYCLES]) / (SOURCES * (CYCLES - WARM_CYCLES)) * 1_000
    print(f"{jobs} jobs: {resident[0]:.0f} kB at first, {resident[CYCLES]:.0f} kB at last, "
          f"{per_1000:.0f} kB per 1,000 jobs after the first {SOURCES * WARM_CYCLES}")  # fmt: skip
    assert per_1000 < MOST_KB_PER_1000_JOBS
