"""A coordinator as a process writes down what it sees of its cluster, so that who reads the file alone knows it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from storage import engine_seen
from storage.database import open_reader
from storage.engine_seen import EngineSeen
from tests.scheduler.engines.cluster.peopled import Peopled
from tests.scheduler.engines.cluster.stage import Cluster

pytestmark = pytest.mark.cluster
PATIENCE_SECONDS = 40
DIBAO = (sys.executable, "-P", "-c", "from scheduler.cli.main import main; main()")


@pytest.fixture
def daemon(tmp_path: Path, cluster: Cluster) -> Iterator[subprocess.Popen[bytes]]:
    """`dibao run` without a source, which beats often."""
    (tmp_path / "engine.url").write_text(cluster.coordinator_url)
    (tmp_path / "engine.url").chmod(0o600)
    (tmp_path / "dibao.toml").write_text(
        '[dibao]\ncontact = "tests@example.org"\nheartbeat_seconds = 0.2\nmin_free_bytes = 0\n'
        f'[engine]\nurl_file = "engine.url"\nschema = "{cluster.schema}"\nheartbeat_seconds = 0.2\nstall_seconds = 2\n'
    )
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([*DIBAO, "run"], cwd=tmp_path, stdout=log, stderr=log)
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0, (tmp_path / "log").read_text()


def until(path: Path, true: Callable[[EngineSeen], bool]) -> EngineSeen:
    """What was noted, as soon as it is so."""
    deadline, seen = time.monotonic() + PATIENCE_SECONDS, None
    while time.monotonic() < deadline:
        if (path / "news.db").exists():
            with open_reader(path / "news.db") as database:
                seen = engine_seen.noted(database)
            if seen is not None and true(seen):
                return seen
        time.sleep(0.05)
    raise AssertionError(f"it never came to that; the last was {seen}\n{(path / 'log').read_text()[-3000:]}")


def told(path: Path) -> dict[str, Any]:
    done = subprocess.run([*DIBAO, "status", "--json"], cwd=path, capture_output=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)["cluster"]
    return found


def test_the_file_tells_workers_the_lost_and_a_server_that_is_gone(
    daemon: subprocess.Popen[bytes], tmp_path: Path, cluster: Cluster
) -> None:
    seen = until(tmp_path, lambda seen: seen.workerless_since is not None)
    assert (seen.workers, seen.backlog_limit_bytes, "the" in seen.server) == (0, 1024**3, False)
    peopled = Peopled(cluster)
    peopled.worker("w1")
    until(tmp_path, lambda seen: seen.workers == 1 and seen.workerless_since is None)
    assert until(tmp_path, lambda seen: bool(seen.lost)).lost == ("w1",)
    assert told(tmp_path)["workers"] == 0
    peopled.close()
    cluster.postgres.kill_immediate()
    try:
        gone = until(tmp_path, lambda seen: not seen.is_reachable)
        assert gone.error
        assert told(tmp_path)["unreachable_since"] is not None
    finally:
        cluster.postgres.start()
    assert until(tmp_path, lambda seen: seen.is_reachable).error is None
    assert daemon.poll() is None
