"""A coordinator by hand, that places real jobs and reads what came of them; and `dibao worker` as a program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import psutil
import psycopg

from scheduler.engines.cluster import batches
from scheduler.engines.cluster.formats import FORMAT, QUEUE
from storage.records import CrawlJob, Event, JobFinished
from tests.scheduler.engines.cluster.queue_rows import open_doors
from tests.scheduler.engines.cluster.stage import Cluster
from tests.scheduler.engines.cluster.supervisor import runs
from tests.scheduler.engines.jobs import sites_of

PATIENCE_SECONDS = 60.0


def until(what: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    """What comes of it, as soon as that is something."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)
    return found


class JobDesk:
    """A context manager. `settings`: of the table, over those that a coordinator sets."""

    def __init__(self, cluster: Cluster, **settings: object) -> None:
        self.session: psycopg.Connection = cluster.coordinator()
        open_doors(self.session, **{"heartbeat_seconds": 0.5, "stall_seconds": 30.0, **settings})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def place(
        self, job: CrawlJob, *, payload: bytes | None = None, sites: Sequence[str] = (), queue: str = QUEUE
    ) -> None:
        """None; the job waits."""
        asked = sorted(sites or sites_of(job))
        lock, source = f"host:{asked[0]}", f"source:{job.source}"
        with self.session.transaction():
            number = self.value(
                "SELECT (procrastinate_defer_jobs_v1(ARRAY[ROW(%s, 'dibao.crawl', 0, %s, %s, '{}', NULL)]"
                "::procrastinate_job_to_defer_v1[]))[1]",
                queue, lock, source,
            )  # fmt: skip
            self.session.execute(
                "INSERT INTO jobs (id, queue_job, source, lock, sites, format, payload)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (job.id, number, job.source, lock, asked, FORMAT, payload or batches.pack_job(job)),
            )

    def events(self, job: CrawlJob) -> list[Event]:
        """What PostgreSQL has of a job, which is counted without gaps."""
        rows = self.session.execute(
            "SELECT first, last, events, payload FROM events WHERE job_id = %s ORDER BY id", (job.id,)
        ).fetchall()
        found: list[Event] = []
        for first, last, count, payload in rows:
            events = list(batches.unpack(payload))
            assert (first, last, count) == (len(found) + 1, len(found) + len(events), len(events))
            found += events
        return found

    def end(self, job: CrawlJob) -> JobFinished:
        """The last event of a job, as soon as it is there."""

        def found() -> JobFinished | None:
            events = self.events(job)
            return events[-1] if events and isinstance(events[-1], JobFinished) else None

        last: JobFinished = until(found)
        return last

    def is_doing(self, job: CrawlJob) -> bool:
        """Whether a worker has it."""
        sql = "SELECT q.status::text FROM procrastinate_jobs q JOIN jobs j ON j.queue_job = q.id WHERE j.id = %s"
        return bool(self.value(sql, job.id) == "doing")

    def value(self, sql: str, *values: object) -> Any:
        """The first value of the first row, None where there is none."""
        row = self.session.execute(sql, values).fetchone()
        return None if row is None else row[0]


class Worker:
    """A context manager: `dibao worker`, which is dead when it is left, with all below it."""

    def __init__(
        self, cluster: Cluster, folder: Path, *options: str, url: str = "", env: Mapping[str, str] | None = None
    ) -> None:
        self.log = folder / "worker.log"
        program = "from scheduler.cli.main import main; main()"
        words = ["worker", "--schema", cluster.schema, "--processes", "1", *options]
        command = [sys.executable, "-c", program, *words]
        known = {**os.environ, "DIBAO_ENGINE_URL": url or cluster.worker_url, **(env or {})}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=folder, env=known, stdout=log, stderr=log, process_group=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        family = self.family()
        for process in (psutil.Process(self.process.pid), *family) if self.process.poll() is None else family:
            process.kill()
        self.process.wait()

    def family(self) -> list[psutil.Process]:
        """All below it."""
        if self.process.poll() is not None:
            return []
        return psutil.Process(self.process.pid).children(recursive=True)

    def crawlers(self) -> list[psutil.Process]:
        """The processes that ask sites."""
        return [process for process in self.family() if runs(process, "crawler.worker")]

    def said(self) -> str:
        """Its log."""
        return self.log.read_text(encoding="utf-8")

    def send(self, number: signal.Signals) -> None:
        """None; it has the signal."""
        self.process.send_signal(number)

    def ended(self, seconds: float = PATIENCE_SECONDS) -> int:
        """Its exit code, as soon as it has one."""
        return self.process.wait(seconds)
