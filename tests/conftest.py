"""Fixtures for all tests: the installed command, a world, a configuration."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from crawler.logs import QUIET
from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from storage import database

# A test's time says nothing on a machine that others use too.
settings.register_profile("dibao", deadline=None)
settings.load_profile("dibao")

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("DIBAO_SHARED", ROOT.parent / "shared"))

_CREATE, _SYNCHRONOUS = database._create, database.WRITER_PRAGMAS["synchronous"]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """None; what is for the night is left out unless it was asked for by that word: its short forms say the same."""
    if "nightly" in config.getoption("markexpr"):
        return
    late = [item for item in items if item.get_closest_marker("nightly")]
    config.hook.pytest_deselected(items=late)
    items[:] = [item for item in items if not item.get_closest_marker("nightly")]


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """A test that runs a command in this process leaves its logging to nobody, nor what it kept from the collector."""
    root = logging.getLogger()
    level, handlers = root.level, [*root.handlers]
    levels = {name: logging.getLogger(name).level for name in QUIET}
    yield
    gc.unfreeze()
    root.setLevel(level)
    root.handlers[:] = handlers
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


@pytest.fixture
def shared() -> Path:
    """The folder of measured data that is handed to developers and CI, not part of the repo."""
    if not (SHARED / "corpus" / "zh-dev" / "html").is_dir():
        pytest.skip(f"the corpus is not at {SHARED}; set DIBAO_SHARED to the folder that has it")
    return SHARED


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new database, made by all migrations: 90 ms of CPU, as much as many a test of what is stored takes."""
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    database._create(path)
    return path


@pytest.fixture(scope="module")
def quick_files(empty_file: Path) -> Iterator[None]:
    """None; databases that this process makes are copies of `empty_file`, and no commit waits for the disk (4 ms each).

    Programs that tests start make theirs by migrations and wait. Tests of how a file is made take `real_files`.
    """

    def copied(path: Path) -> None:
        database._refuse_orphaned_log(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(shutil.copyfile(empty_file, path.with_name(f"{path.name}.new")))
        with database.unchecked(draft) as new:
            new.execute("UPDATE meta SET value = lower(hex(randomblob(4))) WHERE name = 'archive_id'")
        draft.rename(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_create", copied)
        patch.setitem(database.WRITER_PRAGMAS, "synchronous", 0)
        yield


@pytest.fixture
def real_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """None; databases are made and written as by the program, whatever `quick_files` does."""
    monkeypatch.setattr(database, "_create", _CREATE)
    monkeypatch.setitem(database.WRITER_PRAGMAS, "synchronous", _SYNCHRONOUS)


@pytest.fixture(scope="session")
def dibao_command() -> str:
    """The installed `dibao` command of this Python."""
    return str(Path(sys.executable).with_name("dibao"))


@pytest.fixture
def dibao(dibao_command: str, tmp_path: Path) -> Run:
    """Runs `dibao ARGUMENTS` in tmp_path and gives back what it printed and its exit code."""

    def run(*arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [dibao_command, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=timeout, check=False
        )

    return run


@pytest.fixture
def world() -> World:
    """Three small sites: UTF-8, GBK and Big5."""
    return World(sites=3, articles=5, seed=7)


@pytest.fixture
def server(world: World) -> Iterator[WorldServer]:
    """The world, on loopback."""
    with WorldServer(world) as running:
        yield running


@pytest.fixture
def config_file(server: WorldServer, tmp_path: Path) -> Path:
    """A dibao.toml in tmp_path for the world."""
    path = tmp_path / "dibao.toml"
    path.write_text(server.config_toml("news.db", delay_seconds=0.0), encoding="utf-8")
    return path


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if done.returncode:
        pytest.skip(f"a file system cannot be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
