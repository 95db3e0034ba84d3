"""Whatever dies between two commits, each event is counted once: batches come again, and change nothing then."""

from __future__ import annotations

import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scheduler.config.file import load_config
from scheduler.crawl import crawl
from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from scheduler.engines.cluster.batches import unpack
from storage.database import open_reader
from storage.records import Event, Extracted
from tests.scheduler.engines.cluster import dying_coordinator, play
from tests.scheduler.engines.cluster.machines import engine_section, exit_code, long_enough, workers
from tests.scheduler.engines.cluster.stage import Cluster
from tests.scheduler.engines.cluster.supervisor import tail

pytestmark = pytest.mark.cluster

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
SITES, ARTICLES = 4, 12
SUMS = ("discovered", "stored", "revised", "unchanged", "duplicate", "rejected", "failed", "pending", "requests")


def test_a_batch_that_comes_again_after_its_commit_changes_nothing(cluster: Cluster, tmp_path: Path) -> None:
    """The coordinator is killed between SQLite's commit and PostgreSQL's, again and again."""
    world = World(sites=SITES, articles=ARTICLES, seed=3)
    with WorldServer(world) as server:
        here, there = (_config(tmp_path / name, server, more) for name, more in (
            ("here", ""), ("there", engine_section(cluster.coordinator_url, cluster.schema)),
        ))  # fmt: skip
        assert not crawl(load_config(here), clock=lambda: NOW, should_stop=long_enough()).interrupted
        again = 0
        with workers(tmp_path, cluster.worker_url, cluster.schema, ["one", "two"]):
            for commit in (1, 3, 2, 1):
                _die(there, commit)
                again += _come_again(cluster, there)
            assert not crawl(load_config(there), clock=lambda: NOW, should_stop=long_enough()).interrupted
        assert again > 0, "nothing came twice, so nothing was tried"
        assert _waiting(cluster) == []
        assert _jobs(cluster) == []
    told, expected = (play.told(path.with_name("news.db")) for path in (there, here))
    assert {name: told[name] for name, rows in expected.items() if told[name] != rows} == {}
    assert _sums(there) == _sums(here)


def _config(folder: Path, server: WorldServer, more: str) -> Path:
    folder.mkdir()
    path = folder / "dibao.toml"
    path.write_text(server.config_toml("news.db") + more, encoding="utf-8")
    return path


def _die(config: Path, commit: int) -> None:
    """None; a coordinator has died at its so many-th commit."""
    command = [sys.executable, dying_coordinator.__file__, str(config), NOW.isoformat(), str(commit)]
    assert exit_code(command, config.parent) == -signal.SIGKILL, tail(config.with_name("said"))


def _waiting(cluster: Cluster) -> list[Event]:
    """The events that wait in PostgreSQL."""
    with cluster.admin() as session:
        rows = session.execute("SELECT payload FROM events ORDER BY id").fetchall()
    return [event for (payload,) in rows for event in unpack(payload)]


def _jobs(cluster: Cluster) -> list[str]:
    """The jobs of which PostgreSQL still knows."""
    with cluster.admin() as session:
        return [job_id for (job_id,) in session.execute("SELECT id FROM jobs")]


def _come_again(cluster: Cluster, config: Path) -> int:
    """How many articles wait in PostgreSQL that are in the file already."""
    with open_reader(config.with_name("news.db")) as database:
        stored = {row["key"] for row in database.rows("SELECT key FROM urls WHERE state = 'stored'")}
    return len({event.key for event in _waiting(cluster) if isinstance(event, Extracted)} & stored)


def _sums(config: Path) -> list[tuple[Any, ...]]:
    with open_reader(config.with_name("news.db")) as database:
        rows = database.rows(f"SELECT source, count(*), {', '.join(f'sum({name})' for name in SUMS)}"
                             " FROM run_sources GROUP BY source ORDER BY source")  # fmt: skip
        return [tuple(row) for row in rows]
