"""`dibao worker`s as programs of their own, with what each cost, beside a `dibao crawl` that is their coordinator."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

from tests.benchmarks.contenders import DIBAO as LOCAL
from tests.benchmarks.contenders import Portal, Run
from tests.benchmarks.process_trees import cpu_seconds

HERE = Path(__file__).parent
DIBAO = str(Path(sys.executable).with_name("dibao"))
WAL = "SELECT (pg_current_wal_lsn() - '0/0')::bigint"
READY_SECONDS = 60.0
END_SECONDS = 60.0
ENGINE = '\n[engine]\nurl = "{url}"\nschema = "{schema}"\nheartbeat_seconds = 2\nstall_seconds = 30\n\n'


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A PostgreSQL of this machine with Dibao's schema, for one benchmark."""

    schema: str
    admin_url: str
    coordinator_url: str
    worker_url: str
    postmaster: psutil.Process

    @property
    def engine(self) -> str:
        """The `[engine]` of a dibao.toml."""
        return ENGINE.format(url=self.coordinator_url, schema=self.schema)

    def value(self, query: str) -> Any:
        """What one value of the schema is now."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(self.schema)))
            row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]


@dataclass(frozen=True, kw_only=True)
class Worker:
    """One `dibao worker` under `measured.py`, which writes its report when it ends."""

    measuring: subprocess.Popen[bytes]
    folder: Path

    @property
    def process(self) -> psutil.Process:
        """The worker itself; everything that it starts is below it."""
        return psutil.Process(self.measuring.pid).children()[0]

    def ended(self) -> dict[str, Any]:
        """What it cost from its start on, after it was asked to end and did."""
        self.process.send_signal(signal.SIGTERM)
        said = self.measuring.wait(END_SECONDS)
        log = (self.folder / "log").read_text(encoding="utf-8")[-2000:]
        assert said == 0, log
        report: dict[str, Any] = json.loads((self.folder / "report.json").read_text(encoding="utf-8"))
        assert report["exit"] == 0, log
        report["roles"]["relay"] = report["roles"].pop("coordinator")
        return report


@contextmanager
def workers(url: str, schema: str, folder: Path, names: Sequence[str], *options: str) -> Iterator[list[Worker]]:
    """Workers with these names and options; who has not ended with the block is killed with all that it has."""
    started = [_started(url, schema, folder / name, name, options) for name in names]
    try:
        yield started
    finally:
        for worker in started:
            if worker.measuring.poll() is None:
                worker.measuring.send_signal(signal.SIGTERM)  # it kills what it measures, and all below
                worker.measuring.wait(END_SECONDS)


def _started(url: str, schema: str, folder: Path, name: str, options: Sequence[str]) -> Worker:
    folder.mkdir(parents=True)
    command = [DIBAO, "worker", "--schema", schema, "--name", name, *options]
    measuring = [sys.executable, str(HERE / "measured.py"), "report.json", *command]
    with (folder / "log").open("wb") as log:
        environment = os.environ | {"DIBAO_ENGINE_URL": url}
        process = subprocess.Popen(measuring, cwd=folder, stdout=log, stderr=log, env=environment)
    return Worker(measuring=process, folder=folder)


def until(true: Any, what: str, seconds: float = READY_SECONDS) -> None:
    """None; it has become true. Fails with the sentence where it does not."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def crawled(portal: Portal, folder: Path, machine: Machine, server: Callable[[], float] = lambda: 0.0) -> Run:
    """A crawl by the cluster's engine with one worker: CPU of both with all their processes, and of PostgreSQL.

    `peaks` has, as "WAL", the bytes that PostgreSQL has written there.
    """
    folder.mkdir()
    machine.value("UPDATE settings SET owner = NULL RETURNING 1")  # whoever has served it before is gone
    before, written = cpu_seconds(machine.postmaster), machine.value(WAL)
    config = portal.config.replace("[fetch]", f"{machine.engine}[fetch]", 1)
    with ThreadPoolExecutor(1) as pool:
        crawl = pool.submit(LOCAL.run, replace(portal, config=config), folder / "coordinator", server)
        until(lambda: crawl.done() or machine.value("SELECT owner IS NOT NULL FROM settings"), "no coordinator came")
        with workers(machine.worker_url, machine.schema, folder, ["one"]) as (worker,):
            run = crawl.result()
            report = worker.ended()
    postgresql = cpu_seconds(machine.postmaster) - before
    return replace(
        run,
        cpu_seconds=run.cpu_seconds + report["cpu_seconds"] + postgresql,
        roles=run.roles | report["roles"] | {"PostgreSQL": postgresql},
        peaks=run.peaks | report["peaks"] | {"WAL": machine.value(WAL) - written},
    )
