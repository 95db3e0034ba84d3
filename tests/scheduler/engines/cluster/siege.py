"""A cluster at work as it is deployed, to be disturbed: a coordinator, workers, a supervisor, PostgreSQL and a world.

Everything is real: processes of the installed command, sockets, a server. What is small are the times: a heartbeat each
second, and a worker is lost after STALL_SECONDS.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import psutil
import psycopg
from psycopg.conninfo import conninfo_to_dict

from scheduler.cli.exit_codes import ENGINE_LOST, LOCKED
from storage.database import open_reader
from storage.faults import StorageFault
from tests import digest
from tests.scheduler.engines.cluster.stage import Cluster
from tests.scheduler.engines.cluster.supervisor import Program, Supervisor, tail
from tests.scheduler.engines.cluster.watched_world import WatchedWorld
from tests.scheduler.engines.cluster.wire_cutter import WireCutter

HEARTBEAT_SECONDS = 1.0
STALL_SECONDS = 5.0
PATIENCE_SECONDS = 120.0
MET = frozenset({0, -signal.SIGKILL, ENGINE_LOST, LOCKED})
"""Exit codes: at a stop, of what is killed, without the server, and where one's predecessor is not known to be dead."""
MARK = "DIBAO_SIEGE"
"""A variable that all processes of a siege have, so that none is overlooked at its end."""
QUICK = "[dibao]\ntick_seconds = 0.5\nheartbeat_seconds = 1\nshutdown_seconds = 5\nmin_free_bytes = 0\nworkers = 1\n"
Row = tuple[Any, ...]


class Siege:
    """A context manager. `worker_jobs`: how many jobs a worker has at once, so that there is work for all of them.

    With `behind_wires` each worker and the coordinator reach the server through a wire of their own that can be cut;
    `far` are programs that reach it by another address of this machine, to which the way can be taken away.
    """

    def __init__(
        self,
        folder: Path,
        world: WatchedWorld,
        cluster: Cluster,
        *,
        workers: int = 2,
        worker_jobs: int = 8,
        behind_wires: bool = False,
        far: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
        database: Path | None = None,
    ) -> None:
        self.world, self.cluster, self.folder = world, cluster, folder
        self.database = database or folder / "news.db"
        self.mark = uuid4().hex
        self.env = {**os.environ, **(env or {}), MARK: self.mark}
        self.supervisor = Supervisor()
        self.wires: dict[str, WireCutter] = {}
        self.far = far or {}
        self._behind_wires, self._worker_jobs = behind_wires, worker_jobs
        self._names = [f"w{number}" for number in range(1, workers + 1)]

    def __enter__(self) -> Self:
        if self._behind_wires:
            self.wires = {name: self._wire() for name in ("coordinator", *self._names)}
        self._configure()
        self.supervisor.__enter__()
        self.coordinator = self.supervisor.add(self._program("coordinator", "run", "--wait", "20"))
        self.workers = [self.supervisor.add(self.worker(name)) for name in self._names]
        return self

    def __exit__(self, *error: object) -> None:
        self.supervisor.__exit__(*error)
        for wire in self.wires.values():
            wire.__exit__(None, None, None)

    def worker(self, name: str, *more: str) -> Program:
        """The program that a worker of this name is; it is not started."""
        url = self.url(name, self.cluster.worker_url)
        env = {**self.env, "DIBAO_ENGINE_URL": url}
        options = ("--schema", self.cluster.schema, "--name", name, "--jobs", str(self._worker_jobs))
        return self._program(name, "worker", *options, "--processes", "1", "--workers", "1", *more, env=env)

    def url(self, name: str, url: str) -> str:
        """The address by which this program reaches the server."""
        words = conninfo_to_dict(url)
        host, port = words["host"], words["port"]
        if name in self.wires:
            return url.replace(f"@{host}:{port}", f"@127.0.0.1:{self.wires[name].port}", 1)
        return url.replace(f"@{host}:{port}", f"@{self.far.get(name, host)}:{port}", 1)

    # What is seen

    def ask(self, sql: str, *values: object) -> list[Row]:
        """Rows from PostgreSQL, as its administrator sees them."""
        with psycopg.connect(self.cluster.admin_url, connect_timeout=5) as connection:
            connection.execute(f"SET search_path TO {self.cluster.schema}")
            return connection.execute(sql, values).fetchall()

    def value(self, sql: str) -> Any:
        """One value out of the SQLite file; None while there is none."""
        with suppress(StorageFault), open_reader(self.database) as database:
            return database.value(sql)
        return None

    def stored(self) -> int:
        """How many articles the file has."""
        return self.value("SELECT count(*) FROM articles") or 0

    def hosts_of(self, worker: str) -> set[str]:
        """The hosts that the worker of this name has jobs for."""
        rows = self.ask(
            "SELECT j.source FROM jobs j JOIN procrastinate_jobs q ON q.id = j.queue_job JOIN workers w ON"
            " w.id = q.worker_id WHERE q.status = 'doing' AND w.name = %s",
            worker,
        )
        return {source for (source,) in rows}

    def hosts_at_work(self) -> set[str]:
        """The hosts that workers have jobs for."""
        rows = self.ask(
            "SELECT j.source FROM jobs j JOIN procrastinate_jobs q ON q.id = j.queue_job WHERE q.status = 'doing'"
        )
        return {source for (source,) in rows}

    def until(self, happened: Callable[[], Any], what: str, seconds: float = PATIENCE_SECONDS) -> Any:
        """What `happened` gave, as soon as it is true. Raises AssertionError with all logs where it never is."""
        deadline = time.monotonic() + seconds
        while not (found := happened()):
            assert not self._odd_exits(), f"{self._odd_exits()}\n{self.report()}"
            assert time.monotonic() < deadline, f"not in {seconds:g} s: {what}\n{self.report()}"
            time.sleep(0.05)
        return found

    def _odd_exits(self) -> dict[str, set[int]]:
        """The exit codes that nobody here meets by what is done to them."""
        return {one.name: odd for one in self.supervisor.programs if (odd := set(one.exits) - MET)}

    def report(self) -> str:
        """All that is known, for whoever reads why it went wrong."""
        parts = [f"--- {one.name}, exits {one.exits}\n{tail(one.log)}" for one in self.supervisor.programs]
        with suppress(psycopg.Error):
            tables = (
                "SELECT id, status, worker_id, lock, queueing_lock, scheduled_at, attempts FROM procrastinate_jobs",
                "SELECT id, queue_job, source, stop_wanted, given_back FROM jobs",
                "SELECT job_id, first, last, events, worker FROM events ORDER BY id LIMIT 20",
                "SELECT id, name, state, jobs, room, seen_at, now() - seen_at FROM workers",
            )
            parts += [f"--- {sql}\n" + "\n".join(map(str, self.ask(sql))) for sql in tables]
        left = self.value("SELECT group_concat(state || ' ' || url || ' ' || coalesce(lease_job, '-'), char(10)) FROM"
                          " (SELECT * FROM urls WHERE article_id IS NULL LIMIT 20)")  # fmt: skip
        sources = self.value("SELECT group_concat(name || ' ' || coalesce(last_attempt_at, '-') || ' ' || failures ||"
                             " ' ' || coalesce(not_before, '-'), char(10)) FROM sources")  # fmt: skip
        return "\n".join([*parts, f"--- stored {self.stored()}; not stored:\n{left}\n--- sources\n{sources}"])

    # Its end

    def finish(self, expected: list[Row]) -> None:
        """None; all was stored exactly once, and nothing is left of the work, nor of those who did it."""
        self.until(lambda: self.stored() >= len(expected), "every article is stored")
        self.until(self._is_quiet, "no job is out and no event waits")
        codes = [self.supervisor.end(one, signal.SIGTERM, 60) for one in (self.coordinator, *self.workers)]
        assert codes == [0] * len(codes), self.report()
        self.until(lambda: not self.alive(), "all processes are gone", 20)
        assert digest.articles(self.database) == expected, self.report()
        assert digest.is_sound(self.database), self.report()
        assert self.value("SELECT count(*) FROM urls WHERE lease_job IS NOT NULL") == 0
        assert self.value("SELECT count(*) FROM runs WHERE finished_at IS NULL") == 0
        assert self.left_in_postgres() == {}, self.report()
        assert not (found := self.world.overlaps()), f"{self.world.around(found)}\n{self.report()}"

    def _is_quiet(self) -> bool:
        with suppress(psycopg.Error):
            ((left,),) = self.ask("SELECT (SELECT count(*) FROM jobs) + (SELECT count(*) FROM events)")
            return bool(left == 0 and self.value("SELECT count(*) FROM runs WHERE finished_at IS NULL") == 0)
        return False

    def left_in_postgres(self) -> dict[str, int]:
        """What is still there that should not be, by name."""
        counts = {
            "jobs": "SELECT count(*) FROM jobs",
            "queue": "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')",
            "events": "SELECT count(*) FROM events",
            "advisory locks": "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " WHERE l.locktype = 'advisory' AND d.datname = current_database()",
        }
        found = {name: int(self.ask(sql)[0][0]) for name, sql in counts.items()}
        return {name: many for name, many in found.items() if many}

    def alive(self) -> list[str]:
        """The command lines of all processes of this siege that live."""
        return [" ".join(process.cmdline()) for process in marked(self.mark)]

    def _wire(self) -> WireCutter:
        words = conninfo_to_dict(self.cluster.admin_url)
        return WireCutter(str(words["host"]), int(str(words["port"]))).__enter__()

    def _program(self, name: str, *arguments: str, env: Mapping[str, str] | None = None) -> Program:
        command = [str(Path(sys.executable).with_name("dibao")), *arguments]
        return Program(name, command, self.folder, env or self.env)

    def _configure(self) -> None:
        text = self.world.config_toml(self.database, delay_seconds=0, every="30d")
        text = text.replace("[dibao]\n", QUICK, 1).replace("[fetch]\n", "[fetch]\nmax_pages_per_run = 1000\n", 1)
        url = self.url("coordinator", self.cluster.coordinator_url)
        engine = (
            f'\n[engine]\nurl = "{url}"\nschema = "{self.cluster.schema}"\n'
            f"heartbeat_seconds = {HEARTBEAT_SECONDS}\nstall_seconds = {STALL_SECONDS}\n"
        )
        (self.folder / "dibao.toml").write_text(text + engine, encoding="utf-8")


def marked(mark: str) -> Iterator[psutil.Process]:
    """The processes of a siege that live, zombies left out."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == mark:
                yield process
