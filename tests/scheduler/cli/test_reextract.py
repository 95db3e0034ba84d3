"""`dibao reextract`: what it shows, what it writes, and what it answers to the shell."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from scheduler.cli.reextract_showing import summary
from scheduler.reextracting import Left, ReextractResult
from storage.lock import WriterLock
from tests.scheduler.cli.conftest import Run
from tests.scheduler.test_learning import PLACES, page
from tests.scheduler.test_reextracting import misread, rows, run_import

CONFIG = '[dibao]\ncontact = "a@example.cn"\nextract_processes = 1\n'


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database of three articles beside a configuration, and with the archive of their pages."""
    folder = tmp_path_factory.mktemp("imported")
    (folder / "files").mkdir()
    for number, place in enumerate(PLACES[:3], 1):
        (folder / "files" / f"{number}.html").write_bytes(page(place))
    (folder / "dibao.toml").write_text(CONFIG, encoding="utf-8")
    run_import(folder / "news.db", folder / "files")
    return folder


@pytest.fixture
def path(imported: Path, tmp_path: Path) -> Path:
    """A copy of that database where `dibao` is run."""
    shutil.copytree(imported, tmp_path, dirs_exist_ok=True)
    return tmp_path / "news.db"


def as_json(done: Any) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_a_dry_run_shows_a_diff_and_a_real_one_writes_what_it_showed(path: Path, dibao_here: Run) -> None:
    ((title, text),) = rows(path, "SELECT title, text FROM articles WHERE id = 1")
    misread(path, 1, f"首页\x1b[31m 登录\n\n{text}", title=f"{title}\u202e", lang="xx")
    shown = dibao_here("reextract", "--dry-run")
    assert shown.returncode == 0
    assert "only we read it otherwise: the kept page was read again" in shown.stdout
    assert "[-首页" in shown.stdout
    assert "\x1b" not in shown.stdout
    assert "\u202e" not in shown.stdout
    assert "  lang: xx -> zh" in shown.stdout
    assert "3 articles read again in" in shown.stdout
    assert "2 unchanged, 1 would change" in shown.stdout
    assert "columns: lang 1, text 1, title 1" in shown.stdout
    assert "Nothing was written; without --dry-run: 1 new revision." in shown.stdout
    assert rows(path, "SELECT count(*) FROM revisions") == [(3,)]

    wanted = as_json(dibao_here("reextract", "--dry-run", "--json"))
    done = as_json(dibao_here("reextract", "--json"))
    for result in (wanted, done):
        result.pop("seconds")
    assert (wanted.pop("dry_run"), done.pop("dry_run")) == (True, False)
    assert (wanted.pop("written"), done.pop("written")) == (0, 1)
    assert wanted == done
    assert done["columns"] == {"title": 1, "lang": 1, "text": 1}
    assert done["samples"][0]["columns"]["lang"] == {"old": "xx", "new": "zh"}
    assert done["samples"][0]["new"]["cause"] == "reextract"
    assert as_json(dibao_here("reextract", "--json"))["changed"] == 0
    assert "only we read it otherwise: the kept page was read again" in dibao_here("diff", "1").stdout
    assert dibao_here("diff", "--stealth").stdout.strip() == "no stealth edits"


def test_samples_limit_source_and_time_choose_what_is_read_and_shown(path: Path, dibao_here: Run) -> None:
    for number in (1, 2, 3):
        misread(path, number, "首页")
    two = as_json(dibao_here("reextract", "--dry-run", "--json", "--limit", "2", "--samples", "1"))
    assert (two["read"], two["changed"], len(two["samples"])) == (2, 2, 1)
    none = as_json(dibao_here("reextract", "--json", "--source", "a", "--since", "2030-01-01"))
    assert (none["selected"], none["read"]) == (0, 0)
    silent = dibao_here("reextract", "--samples", "0", "--until", "2030-01-01")
    assert "3 articles read again in" in silent.stdout
    assert "article 1 " not in silent.stdout


def test_exit_codes_say_what_was_wrong(path: Path, dibao_here: Run) -> None:
    unknown = dibao_here("reextract", "--source", "nobody")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "no source 'nobody'" in unknown.stderr
    assert dibao_here("reextract", "--limit", "0").returncode == 2
    assert dibao_here("reextract", "--since", "yesterday").returncode == 2
    with WriterLock(path):
        assert dibao_here("reextract").returncode == 3
        assert dibao_here("reextract", "--dry-run").returncode == 0
    path.write_bytes(b"no database")
    assert dibao_here("reextract", "--dry-run").returncode == 4
    path.unlink()
    missing = dibao_here("reextract", "--dry-run")
    assert (missing.returncode, path.exists()) == (4, False)


def test_what_is_left_as_it_is_is_told_with_its_reason() -> None:
    result = ReextractResult(dry_run=False, selected=9, not_archived=4, read=5, unchanged=2, interrupted=True)
    result.rejected.update({"listing": 2})
    result.unreadable.update({"extraction_timeout": 1})
    result.refused.append(Left(article_id=7, url="https://a.cn/\x1b[2J", reason="listing", detail="x" * 500))
    lines = summary(result).split("\n")
    assert lines[0].endswith("2 unchanged, 0 changed, 2 rejected by today's rules, 1 unreadable; interrupted")
    assert lines[1:] == [
        "  rejected by today's rules, left as they are: listing 2",
        "  unreadable, left as they are: extraction_timeout 1",
        f"    article 7  https://a.cn/ [2J: listing ({'x' * 400})",
        "  not archived: 4, of which no page was kept",
    ]
