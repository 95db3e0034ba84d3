"""A worker needs nothing but the address: no dibao.toml, no home, no disk to write on, and it opens no database."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from scheduler.config.file import load_config
from scheduler.crawl import crawl
from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from tests.scheduler.engines.cluster.machines import engine_section, long_enough, worker
from tests.scheduler.engines.cluster.stage import Cluster
from tests.scheduler.engines.cluster.supervisor import Supervisor

pytestmark = pytest.mark.cluster

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
SQLITE = b"SQLite format 3\x00"
READ_ONLY = "mount --make-rprivate / && mount -o remount,bind,ro / && "
# The disk is read-only, and the folder for temporary files is empty; another one where the program itself lies there.
WAYS = (
    READ_ONLY + 'mount -t tmpfs none "$0" && cd / && exec "$@"',
    READ_ONLY + 'mount -t tmpfs none /mnt && export TMPDIR=/mnt && cd / && exec "$@"',
)


def test_a_worker_needs_nothing_but_the_address(cluster: Cluster, tmp_path: Path) -> None:
    config = tmp_path / "newsroom" / "dibao.toml"
    config.parent.mkdir()
    with WorldServer(World(sites=2, articles=4, seed=2)) as server, Supervisor() as supervisor:
        section = engine_section(cluster.coordinator_url, cluster.schema)
        config.write_text(server.config_toml("news.db") + section, encoding="utf-8")
        bare = worker(tmp_path, cluster.worker_url, cluster.schema, "bare", {"HOME": "/nonexistent"})
        supervisor.add(replace(bare, command=_alone(bare.command)))
        result = crawl(load_config(config), clock=lambda: NOW, should_stop=long_enough())
        opened = {path for process in _family(supervisor) for path in _files(process)}
    assert result.total("stored") == 8
    assert any(path.endswith(".log") for path in opened), "its own log is open, so files were looked at"
    assert [path for path in opened if _is_database(path)] == []
    assert [path.name for path in bare.folder.iterdir()] == ["bare.log"], "which the supervisor writes"


def _alone(command: Sequence[str]) -> Sequence[str]:
    """The command on file systems that it can read only, where this user may arrange that."""
    temporary = "/tmp" if Path("/tmp").is_dir() else "/var/tmp"
    if os.geteuid() == 0 and shutil.which("unshare") is not None:
        for way in WAYS:
            alone = ["unshare", "--mount", "sh", "-c", way, temporary]
            if not subprocess.run([*alone, command[0], "--version"], capture_output=True, check=False).returncode:
                return [*alone, *command]
    return command


def _family(supervisor: Supervisor) -> list[psutil.Process]:
    (program,) = supervisor.programs
    family = [psutil.Process(program.pid), *program.family()]
    assert len(family) > 2, "a worker, its crawler and its pool"
    return family


def _files(process: psutil.Process) -> list[str]:
    """The regular files that a process has open, or in its memory."""
    opened = [str(link.readlink()) for link in Path(f"/proc/{process.pid}/fd").iterdir() if link.exists()]
    return [path for path in [*opened, *(part.path for part in process.memory_maps())] if path.startswith("/")]


def _is_database(path: str) -> bool:
    file = Path(path)
    if not file.is_file():
        return path.endswith((".db", ".db-wal", ".db-shm"))
    with file.open("rb") as opened:
        return opened.read(len(SQLITE)) == SQLITE
