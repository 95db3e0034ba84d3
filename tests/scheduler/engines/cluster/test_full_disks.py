"""A cluster whose disks are full: nothing is lost, and it goes on by itself when there is room again."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from scheduler.demo.world import World
from tests import digest
from tests.scheduler.engines.cluster.postgres import Postgres, absence
from tests.scheduler.engines.cluster.siege import STALL_SECONDS, Siege
from tests.scheduler.engines.cluster.stage import Cluster, fresh_cluster
from tests.scheduler.engines.cluster.watched_world import WatchedWorld

pytestmark = pytest.mark.cluster

MIB = 1024**2
POSTGRES_MIB = 160
FULL_SECONDS = STALL_SECONDS + 3


@pytest.fixture
def world() -> Iterator[WatchedWorld]:
    world = World(sites=6, articles=30, seed=3, kinds=("bay", "gazette", "daily"))
    with WatchedWorld(world, answer_seconds=0.3) as running:
        yield running


@pytest.fixture
def small_postgres(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Postgres, Path]]:
    """A server on a file system of its own, and that."""
    if absent := absence():
        pytest.skip(absent)
    folder = Path(tempfile.mkdtemp(prefix="dibao-small-"))
    folder.chmod(0o755)
    command = ["mount", "-t", "tmpfs", "-o", f"size={POSTGRES_MIB}m,mode=755", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, check=False).returncode:
        folder.rmdir()
        pytest.skip("a file system cannot be mounted here")
    try:
        with monkeypatch.context() as patch:
            patch.setattr(tempfile, "tempdir", str(folder))
            server = Postgres(max_wal_size="32MB", min_wal_size="32MB", wal_recycle="off", shared_buffers="16MB")
        yield server, folder
        server.remove()
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()


def fill(folder: Path) -> Path:
    """A file that takes all room."""
    ballast = folder / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(1 << 16)):
            pass
    return ballast


@pytest.mark.nightly
def test_the_disk_of_postgresql_is_full_for_a_while(
    small_postgres: tuple[Postgres, Path], world: WatchedWorld, tmp_path: Path
) -> None:
    postgres, folder = small_postgres
    with fresh_cluster(postgres) as cluster, Siege(tmp_path, world, cluster) as siege:
        siege.until(lambda: siege.stored() > 20, "some articles are stored")
        ballast = fill(folder)
        siege.until(lambda: "No space left" in postgres.log, "PostgreSQL has no room")
        time.sleep(FULL_SECONDS)
        ballast.unlink()
        if not postgres.process.is_running():
            postgres.start()
        siege.finish(all_of(world, siege))


@pytest.mark.nightly
def test_the_disk_of_the_file_is_full_for_a_while_and_events_wait(
    cluster: Cluster, world: WatchedWorld, small_disk: Path, tmp_path: Path
) -> None:
    subprocess.run(["mount", "-o", "remount,size=24m", str(small_disk)], check=True)
    with Siege(tmp_path, world, cluster, database=small_disk / "news.db") as siege:
        siege.until(lambda: siege.stored() > 20, "some articles are stored")
        ballast = fill(small_disk)
        waiting = "SELECT count(*) FROM events"
        siege.until(lambda: siege.ask(waiting)[0][0], "events wait")
        siege.until(lambda: "trying again every" in siege.coordinator.log.read_text(), "it is said")
        time.sleep(FULL_SECONDS)
        assert siege.ask(waiting)[0][0]
        assert siege.stored() < len(world.world.articles())
        ballast.unlink()
        siege.finish(all_of(world, siege))


def all_of(world: WatchedWorld, siege: Siege) -> list[tuple[object, ...]]:
    """What the file must have in the end: each article of the world, once; its texts are what they are."""
    many = len(world.world.articles())
    siege.until(lambda: siege.stored() >= many, "every article is stored")
    articles = digest.articles(siege.database)
    assert len({row[0] for row in articles}) == many
    assert {row[-1] for row in articles} == {1}
    return articles
