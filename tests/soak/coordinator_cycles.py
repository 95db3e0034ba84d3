"""The program that test_coordinator_memory.py runs: a coordinator through many cycles, whose engine answers at once.

Prints {"jobs": how many, "kilobytes": [resident memory after each cycle]}. Arguments: folder, sources, cycles.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from scheduler.config.file import load_config
from scheduler.coordinator import Coordinator
from scheduler.engines.engine import JobOut
from storage.database import open_writer
from storage.records import CrawlJob, EntryChecked, Event, JobFinished

HEAD = '[dibao]\ndatabase = "news.db"\ncontact = "ops@example.org"\n[fetch]\ndelay_seconds = 0\n'
SOURCE = '[[source]]\nname = "s{}"\nhome = "http://127.0.0.{}/"\nevery = "1m"\n'


class Prompt:
    """An engine whose every job finds its first entry point unchanged, at once."""

    room = 1_000
    outlives = False
    seen = None

    def __init__(self) -> None:
        self._events: list[Event] = []

    def submit(self, job: CrawlJob, sites: Collection[str] = (), memo: bytes = b"") -> None:
        """The job has ended."""
        self._events.append(EntryChecked(job_id=job.id, number=1, url=job.entry_points[0].url, status="unchanged"))
        self._events.append(JobFinished(job_id=job.id, number=2, reason="finished", requests=2, body_bytes=100))

    def jobs_out(self) -> list[JobOut]:
        """None."""
        return []

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


def main(folder: Path, sources: int, cycles: int) -> None:
    """None; a minute lies between two cycles, and every source is due in each."""
    path = folder / "dibao.toml"
    path.write_text(HEAD + "".join(SOURCE.format(number, number + 2) for number in range(sources)), encoding="utf-8")
    now, jobs, kilobytes = datetime(2026, 1, 1, tzinfo=UTC), 0, []
    process = psutil.Process()
    with open_writer(folder / "news.db") as database:
        database.execute("PRAGMA synchronous = OFF")  # the disk is not what is measured
        # Nor SQLite's page cache: it grows with the file, up to its bound, and hides what grows without one.
        database.execute("PRAGMA cache_size = -2000")
        coordinator = Coordinator(load_config(path), database, Prompt(), lambda: now)
        for cycle in range(cycles):
            now += timedelta(minutes=1)
            due = coordinator.due()
            jobs += len(due)
            coordinator.start_run(due, "soak")
            while not coordinator.is_idle:
                coordinator.step(0)
            if cycle % 100 == 0:
                # Python keeps up to 2,000 freed tuples of each size until it looks through everything.
                gc.collect()
            kilobytes.append(process.memory_info().rss // 1024)
    print(json.dumps({"jobs": jobs, "kilobytes": kilobytes}))


main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
