"""Fixtures for all tests: the installed command, a world, a configuration."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from scheduler.demo.server import WorldServer
from scheduler.demo.world import World

# A test's time says nothing on a machine that others use too.
settings.register_profile("dibao", deadline=None)
settings.load_profile("dibao")

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("DIBAO_SHARED", ROOT.parent / "shared"))

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def shared() -> Path:
    """The folder of measured data that is handed to developers and CI, not part of the repo."""
    if not (SHARED / "corpus" / "zh-dev" / "html").is_dir():
        pytest.skip(f"the corpus is not at {SHARED}; set DIBAO_SHARED to the folder that has it")
    return SHARED


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
