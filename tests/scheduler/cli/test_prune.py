"""`dibao prune`: what is given up, told to people and programs."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from storage import vacuum as vacuuming
from storage.database import open_reader, open_writer
from storage.lock import WriterLock
from tests.storage.test_rededup import fill

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six articles of long ago, three copies of each of two texts."""
    made = tmp_path_factory.mktemp("once") / "news.db"
    fill(made, texts=2)
    with open_writer(made) as database:
        database.execute("UPDATE article_heads SET first_seen_at = '2020-01-01T00:00:00Z'")
    return made


@pytest.fixture
def path(config_file: Path, once: Path) -> Path:
    """That database beside a dibao.toml."""
    return Path(shutil.copy(once, config_file.parent / "news.db"))


def articles(path: Path) -> list[int]:
    with open_reader(path) as database:
        return [row[0] for row in database.rows("SELECT id FROM articles ORDER BY id")]


def test_without_settings_nothing_is_pruned_and_that_is_told(path: Path, dibao_here: Run) -> None:
    done = dibao_here("prune")
    assert (done.returncode, done.stdout) == (0, f"{path}: 0 articles pruned\n")
    assert "[retention] sets neither keep_for nor keep_bytes" in done.stderr
    assert articles(path) == [1, 2, 3, 4, 5, 6]


def test_what_is_too_old_is_told_first_then_pruned_then_there_is_nothing_to_do(
    path: Path, config_file: Path, dibao_here: Run
) -> None:
    config_file.write_text(config_file.read_text() + "\n[retention]\nkeep_bytes = 1000000\n", encoding="utf-8")
    assert dibao_here("prune", "--dry-run").stdout == f"{path}: (dry run, nothing changed) 0 articles pruned\n"
    dry = dibao_here("prune", "--older-than", "10s", "--source", "a", "--dry-run")
    assert dry.stdout.startswith("a: 6 articles for age, ")
    assert dry.stdout.endswith(f"\n{path}: (dry run, nothing changed) 6 articles pruned\n")
    assert articles(path) == [1, 2, 3, 4, 5, 6]
    done = json.loads(dibao_here("prune", "--older-than", "10s", "--json").stdout)
    (lot,) = done.pop("pruned")
    assert done == {"articles": 6, "raw_pages": 0, "idle": False, "dry_run": False}
    assert (lot["source"], lot["why"], lot["articles"]) == ("a", "age", 6)
    assert articles(path) == []
    assert json.loads(dibao_here("prune", "--older-than", "10s", "--json").stdout)["articles"] == 0


def test_an_article_that_somebody_asked_back_goes_and_the_others_of_its_story_are_named(
    path: Path, dibao_here: Run
) -> None:
    dry = dibao_here("prune", "--article", "1", "--dry-run")
    assert "of the same story, and kept: 2 a https://a.cn/1.html " in dry.stdout
    done = dibao_here("prune", "--article", "https://a.cn/0.html", "--vacuum")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith(f"{path}: 1 article pruned, the file is ")
    assert articles(path) == [2, 3, 4, 5, 6]
    again = dibao_here("prune", "--article", "1")
    assert "article 1 was pruned at " in again.stderr
    asked = dibao_here("diff", "1")
    assert (asked.returncode, asked.stdout) == (2, "")
    assert "article 1 was pruned at " in asked.stderr
    assert dibao_here("story", "show", "1", "--json").stdout == dibao_here("story", "show", "2", "--json").stdout


def test_after_a_vacuum_no_trace_of_the_text_is_left(path: Path, dibao_here: Run) -> None:
    with open_reader(path) as database:
        text = database.value("SELECT text FROM articles WHERE id = 1")[200:230].encode()
    assert text in path.read_bytes()
    others = (word for number in ("1", "2", "3") for word in ("--article", number))
    assert dibao_here("prune", *others, "--vacuum").returncode == 0
    assert not any(text in file.read_bytes() for file in path.parent.iterdir())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--article", "99"), "'99': there is no such article. Nothing was changed"),
        (("--article", "1", "--source", "a"), "--article names articles"),
        (("--source", "b", "--older-than", "1d"), "has no source 'b'; there are: a"),
        (("--older-than", "long"), "--older-than"),
        (("--vacuum", "--dry-run"), "--vacuum writes the file"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_done(
    path: Path, dibao_here: Run, arguments: tuple[str, ...], told: str
) -> None:
    done = dibao_here("prune", *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert articles(path) == [1, 2, 3, 4, 5, 6]


def test_it_is_alone_and_needs_a_file(path: Path, dibao_here: Run) -> None:
    with WriterLock(path):
        assert dibao_here("prune").returncode == 3
        assert dibao_here("prune", "--dry-run").returncode == 0
    path.unlink()
    assert dibao_here("prune").returncode == 4


def test_a_file_is_not_vacuumed_where_there_is_no_room(
    path: Path, dibao_here: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vacuuming.shutil, "disk_usage", lambda _folder: type("Usage", (), {"free": 1000})())
    done = dibao_here("prune", "--vacuum")
    assert done.returncode == 4
    assert "nothing was vacuumed" in done.stderr
