"""The drill that an operator is told to hold: from the version before to today's and back, with the commands alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from storage import schema
from storage.database import unchecked
from tests.storage.contract.test_released_files import COMMITS

pytestmark = pytest.mark.faults

ROOT = Path(__file__).resolve().parents[2]
COMMAND = "from scheduler.cli.main import main; main()"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole program as it was before today's schema."""
    folder = tmp_path_factory.mktemp("before")
    commit = COMMITS[schema.VERSION - 1]
    packed = subprocess.run(
        ["git", "archive", commit, "crawler", "scheduler", "storage"], cwd=ROOT, capture_output=True, check=False
    )
    if packed.returncode:
        pytest.skip(f"this checkout has no history to take {commit} from")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True)
    return folder


def runs(code: Path, folder: Path) -> Run:
    """A function that runs a command of that code in a folder."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-c", COMMAND, *words],
            cwd=folder, env={**os.environ, "PYTHONPATH": str(code)}, capture_output=True, text=True, timeout=120,
            check=False,
        )  # fmt: skip

    return run


def version(path: Path) -> int:
    with unchecked(path) as database:
        return int(database.value("PRAGMA user_version"))


def stored(path: Path) -> set[tuple[str, str]]:
    with unchecked(path) as database:
        return {(row["url"], row["title"]) for row in database.rows("SELECT url, title FROM articles")}


def test_an_upgrade_goes_forward_and_back_without_losing_an_article(before: Path, tmp_path: Path) -> None:
    old, new = runs(before, tmp_path), runs(ROOT, tmp_path)
    path = tmp_path / "news.db"
    with WorldServer(World(sites=2, articles=3, seed=3)) as server:
        config = tmp_path / "dibao.toml"
        config.write_text(server.config_toml("news.db").replace("[dibao]", "[dibao]\nmin_free_bytes = 0"))
        assert old("crawl").returncode == 0, "the old program runs"
        assert version(path) == schema.VERSION - 1
        articles = stored(path)
        assert len(articles) == 6

        # Forward: a copy, the new program, its look at the file, its migration, its look again.
        assert new("backup", "before-upgrade.db").returncode == 0
        assert new("doctor", "--health").stdout.startswith("outdated: ")
        looked = json.loads(new("doctor", "--json").stdout)
        assert any("dibao db migrate" in f"{one['says']} {one['step']}" for one in looked["checks"])
        assert "m0" in new("db", "migrate").stdout
        assert version(path) == schema.VERSION
        assert new("db", "check").returncode == 0
        assert new("crawl", "--all").returncode == 0
        assert new("doctor", "--health").stdout.startswith("waiting: ")
        assert stored(path) == articles

        # Back: the old program refuses the new file and leaves it alone; the copy of then is put in its place.
        refused = old("crawl", "--all")
        assert (refused.returncode, "upgrade Dibao" in refused.stderr) == (4, True)
        assert version(path) == schema.VERSION
        kept = f"news.db.before-schema-{schema.VERSION}"
        done = old("restore", kept)
        assert done.returncode == 0, done.stderr
        assert version(path) == schema.VERSION - 1
        assert old("crawl", "--all").returncode == 0
        assert stored(path) == articles
        assert old("db", "check").returncode == 0

        # And forward again: a copy of before the first upgrade does not stand in the way of the second.
        assert new("crawl", "--all").returncode == 0
        assert version(path) == schema.VERSION
        assert stored(path) == articles
        assert new("db", "check").returncode == 0
