"""`dibao crawl` while no machine runs anything: it says why and what to do, waits on, and ends well when told to."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler import standstill
from scheduler.cli import exit_codes, handing_over
from scheduler.cli.progress import watching
from scheduler.config.file import load_config
from scheduler.control.place import socket_path
from scheduler.crawl import crawl
from tests.scheduler.engines.cluster.machines import DIBAO, engine_section, long_enough
from tests.scheduler.engines.cluster.peopled import Peopled
from tests.scheduler.engines.cluster.stage import Cluster

pytestmark = pytest.mark.cluster
PATIENCE_SECONDS = 60.0


@pytest.fixture
def toml(tmp_path: Path, cluster: Cluster) -> Path:
    """A dibao.toml with a source that nobody asks, for no worker comes."""
    path = tmp_path / "dibao.toml"
    path.write_text(
        '[dibao]\ncontact = "tests@example.org"\ndatabase = "news.db"\nmin_free_bytes = 0\nshutdown_seconds = 5\n'
        '[[source]]\nname = "a"\nhome = "http://127.0.0.1:9/"\n'
        + engine_section(cluster.coordinator_url, cluster.schema, heartbeat_seconds=0.05, stall_seconds=30),
        encoding="utf-8",
    )
    return path


@pytest.fixture
def daemon(toml: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`dibao run` beside that file, which often writes down what it sees."""
    toml.write_text(toml.read_text().replace("[dibao]\n", "[dibao]\nheartbeat_seconds = 0.2\n"))
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with (toml.parent / "log").open("wb") as log:
        process = subprocess.Popen([DIBAO, "run"], cwd=toml.parent, stdout=log, stderr=log)
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0, (toml.parent / "log").read_text()
    for number, handler in before.items():  # of this process, where the command runs
        signal.signal(number, handler)


class HeardError(Exception):
    """What was told."""


def heard(line: str) -> None:
    raise HeardError(line)


def waiting(cluster: Cluster) -> int:
    """How many jobs PostgreSQL has."""
    with cluster.admin() as session:
        row = session.execute("SELECT count(*) FROM jobs").fetchone()
    assert row is not None
    return int(row[0])


def test_each_reason_is_told_once_with_the_next_step_until_it_goes_on(
    toml: Path, cluster: Cluster, peopled: Peopled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standstill, "PATIENCE_SECONDS", 0.0)
    told: list[str] = []

    def tell(line: str) -> None:
        """None; as soon as one reason is told there is the next one."""
        told.append(line)
        if "no worker is alive: start `dibao worker`" in line:
            peopled.worker("w1")
            peopled.admin.execute("UPDATE settings SET paused = true")
        elif "`dibao cluster resume`" in line:
            peopled.admin.execute("UPDATE workers SET wanted = 'drain'")
            peopled.admin.execute("UPDATE settings SET paused = false")
        elif "start `dibao worker` again" in line:
            cluster.postgres.kill_immediate()
        elif f"127.0.0.1:{cluster.postgres.port}" in line:
            cluster.postgres.start()
            with cluster.admin() as session:
                session.execute("UPDATE workers SET wanted = 'work'")

    late = long_enough()
    result = crawl(
        load_config(toml),
        clock=lambda: datetime.now(UTC),
        should_stop=lambda: "it goes on" in told or late(),
        tell=tell,
    )
    assert result.interrupted
    assert [line.split()[3] for line in told[:-1]] == ["no", "the", "all", "PostgreSQL"], told
    assert told[-1] == "it goes on"
    assert waiting(cluster) == 0


def test_ctrl_c_while_nothing_runs_ends_it_well_and_leaves_nothing(toml: Path, cluster: Cluster) -> None:
    with (toml.parent / "errors").open("wb") as errors:
        crawling = subprocess.Popen(
            [DIBAO, "crawl", "--json"], cwd=toml.parent, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
        )
        try:
            said = _said_of_a_worker(crawling, toml.parent / "errors")
            assert waiting(cluster) == 1
            crawling.send_signal(signal.SIGINT)
            out, _ = crawling.communicate(timeout=PATIENCE_SECONDS)
        finally:
            with suppress(ProcessLookupError):
                crawling.kill()
    assert said.startswith("dibao: nothing is fetched: no worker is alive: start `dibao worker`")
    assert crawling.returncode == exit_codes.INTERRUPTED
    document = json.loads(out)
    assert (document["interrupted"], [one["source"] for one in document["sources"]]) == (True, ["a"])
    assert waiting(cluster) == 0
    assert "Traceback" not in (toml.parent / "errors").read_text()


def test_who_waits_for_a_daemons_crawl_is_told_by_the_file_alone(
    toml: Path, daemon: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standstill, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(handing_over, "LOOK_SECONDS", 0.1)
    config = load_config(toml)
    said = "nothing is fetched: no worker is alive: start `dibao worker`"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not socket_path(config.dibao.database).exists():
        assert daemon.poll() is None, (toml.parent / "log").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with watching(shown=False) as listener, pytest.raises(HeardError, match=said):
        handing_over.crawl(config, ("a",), listener, heard)


def _said_of_a_worker(crawling: subprocess.Popen[bytes], errors: Path) -> str:
    """The line in which standard error names the next step."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (lines := [line for line in errors.read_text().splitlines() if "dibao worker" in line]):
        assert crawling.poll() is None, errors.read_text()
        assert time.monotonic() < deadline, errors.read_text()
        time.sleep(0.05)
    (line,) = lines
    return line
