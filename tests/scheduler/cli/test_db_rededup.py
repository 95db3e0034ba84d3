"""`dibao db rededup`: all stories made anew, told to people and programs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from scheduler.cli.counting import counted
from storage.database import open_reader, open_writer
from storage.lock import WriterLock
from tests.storage.test_rededup import fill, forget, stories

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def path(config_file: Path) -> Path:
    """The database beside a dibao.toml: six articles, three copies of each of two texts, in no story."""
    made = config_file.parent / "news.db"
    fill(made, texts=2)
    forget(made)
    return made


def test_it_tells_what_it_would_do_then_does_it_then_has_nothing_to_do(path: Path, dibao_here: Run) -> None:
    rest = "0 are in another one now; 0 stand for theirs now or no longer do"
    told = f"6 articles, stories 0 -> 2; 6 articles had none yet; {rest}"
    dry = dibao_here("db", "rededup", "--dry-run")
    assert (dry.returncode, dry.stdout, dry.stderr) == (0, f"{path}: (dry run, nothing changed) {told}\n", "")
    assert stories(path) == {}
    assert dibao_here("db", "rededup").stdout == f"{path}: {told}\n"
    assert stories(path) == {1: {1, 2, 3}, 4: {4, 5, 6}}
    again = f"6 articles, stories 2 -> 2; 0 articles had none yet; {rest}"
    assert dibao_here("db", "rededup").stdout == f"{path}: {again}\n"


def test_programs_get_the_numbers(path: Path, dibao_here: Run) -> None:
    assert json.loads(dibao_here("db", "rededup", "--json").stdout) == {
        "articles": 6,
        "stories_before": 0,
        "stories_after": 2,
        "new": 6,
        "moved": 0,
        "canonicals": 0,
        "dry_run": False,
    }


def test_a_split_is_kept(path: Path, dibao_here: Run) -> None:
    dibao_here("db", "rededup")
    assert dibao_here("story", "split", "1", "3").returncode == 0
    dibao_here("db", "rededup")
    assert stories(path) == {1: {1, 2}, 3: {3}, 4: {4, 5, 6}}


def test_nothing_is_done_while_another_writes_not_even_a_dry_run(path: Path, dibao_here: Run) -> None:
    with WriterLock(path):
        for arguments in ((), ("--dry-run",)):
            done = dibao_here("db", "rededup", *arguments)
            assert (done.returncode, "is writing" in done.stderr) == (3, True)


def test_a_file_that_is_not_there_or_has_keys_of_other_rules_is_refused(config_file: Path, dibao_here: Run) -> None:
    path = config_file.parent / "news.db"
    done = dibao_here("db", "rededup")
    assert (done.returncode, "does not exist yet" in done.stderr) == (4, True)
    assert not path.exists()
    fill(path, texts=1)
    with open_writer(path) as database:
        database.execute("UPDATE meta SET value = '1' WHERE name = 'key_rules'")
    done = dibao_here("db", "rededup")
    assert (done.returncode, "dibao db rekey" in done.stderr) == (4, True)
    with open_reader(path) as database:
        assert database.value("SELECT count(*) FROM fingerprints") == 3


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_on_a_terminal_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    with counted("placing articles") as progress:
        progress(0, 3000)
        progress(1234, 3000)
    assert "1234/3000" in sys.stderr.getvalue()  # type: ignore[attr-defined]
    monkeypatch.setattr(sys, "stderr", StringIO())
    with counted("placing articles") as progress:
        progress(1234, 3000)
    assert sys.stderr.getvalue() == ""  # type: ignore[attr-defined]
