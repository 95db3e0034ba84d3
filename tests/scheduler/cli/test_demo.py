"""`dibao demo`: what it leaves, and what it leaves alone."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from scheduler.cli.demo import _clear
from storage.database import open_reader
from tests import digest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def test_the_demo_leaves_a_story_a_revision_and_a_gone_article_and_clears_its_own_file(
    dibao: Run, tmp_path: Path
) -> None:
    done = dibao("demo")
    assert (done.returncode, done.stderr) == (0, "")
    with open_reader(tmp_path / "demo.db") as database:
        assert database.value("SELECT count(*) FROM articles WHERE duplicate_of IS NOT NULL") >= 1
        assert database.value("SELECT n_sites FROM stories ORDER BY n_articles DESC") == 3
        assert database.value("SELECT count(*) FROM articles WHERE revision = 2") >= 1
        assert database.value("SELECT count(*) FROM articles WHERE status = 'gone'") == 1
        assert database.value("SELECT count(*) FROM runs") == 3
    assert "3 articles on 3 sites" in done.stdout
    assert done.stdout.rstrip().splitlines()[-1].endswith("dibao serve --database demo.db")
    assert digest.is_sound(tmp_path / "demo.db")
    _clear(tmp_path / "demo.db")
    assert not list(tmp_path.glob("demo.db*[!k]"))


def test_the_demo_refuses_a_foreign_file(dibao: Run, tmp_path: Path) -> None:
    (tmp_path / "demo.db").write_text("my diary")
    done = dibao("demo")
    assert done.returncode == 4
    assert "left untouched" in done.stderr
    assert (tmp_path / "demo.db").read_text() == "my diary"
