"""`dibao demo`: what it leaves, and what it leaves alone."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from storage.database import open_reader
from tests import digest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def test_the_demo_leaves_a_copy_a_revision_and_a_gone_article_and_runs_again(dibao: Run, tmp_path: Path) -> None:
    for _ in range(2):
        done = dibao("demo")
        assert (done.returncode, done.stderr) == (0, "")
        with open_reader(tmp_path / "demo.db") as database:
            assert database.value("SELECT count(*) FROM articles WHERE duplicate_of IS NOT NULL") >= 1
            assert database.value("SELECT count(*) FROM articles WHERE revision = 2") >= 1
            assert database.value("SELECT count(*) FROM articles WHERE status = 'gone'") == 1
            assert database.value("SELECT count(*) FROM runs") == 3
        assert digest.is_sound(tmp_path / "demo.db")


def test_the_demo_refuses_a_foreign_file(dibao: Run, tmp_path: Path) -> None:
    (tmp_path / "demo.db").write_text("my diary")
    done = dibao("demo")
    assert done.returncode == 4
    assert "left untouched" in done.stderr
    assert (tmp_path / "demo.db").read_text() == "my diary"
