"""kill -9 of a re-extraction at any moment: every article is as it was or as it should be, and the next run ends it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import digest
from tests.nightly import long_form
from tests.scheduler.test_learning import NOTICE
from tests.scheduler.test_reextracting import all_rows, misread, rows, run, run_import

pytestmark = pytest.mark.faults

ARTICLES = 240
CONFIG = '[dibao]\ncontact = "a@example.cn"\n'


def _page(number: int) -> str:
    told = "天修桥铺路，村里的老人说，这座桥等了三十年，如今总算修好了。"
    lines = "".join(f"<p>{number}号村第{day}{told}</p>" for day in "一二三四五六")
    title = f"{number}号村的桥修好了大家都说好"
    return f"<html><head><meta charset=utf-8><title>{title}</title></head><body><h1>{title}</h1>{lines}</body></html>"


@pytest.mark.parametrize("kills", long_form(2, 12))
def test_a_run_that_is_killed_again_and_again_ends_like_an_undisturbed_one(tmp_path: Path, kills: int) -> None:
    files, path = tmp_path / "files", tmp_path / "news.db"
    files.mkdir()
    for number in range(ARTICLES):
        (files / f"{number}.html").write_text(_page(number), encoding="utf-8")
    (tmp_path / "dibao.toml").write_text(CONFIG, encoding="utf-8")
    run_import(path, files)
    texts = rows(path, "SELECT id, title, text FROM articles ORDER BY id")
    for found, _, text in texts:
        misread(path, found, f"{NOTICE}\n\n{text}")
    chance = random.Random(6)
    killed = 0
    while killed < kills:
        if _killed(tmp_path, chance.uniform(0.7, 2.5)):
            killed += 1
        for found, revision, text in rows(path, "SELECT id, revision, text FROM articles"):
            assert text.startswith(NOTICE) == (revision == 1), found
        assert digest.is_sound(path)
        if rows(path, "SELECT count(*) FROM articles WHERE revision = 1") == [(0,)]:
            break
    assert killed
    assert subprocess.run(_COMMAND, cwd=tmp_path, check=False, capture_output=True).returncode == 0
    assert rows(path, "SELECT id, title, text FROM articles ORDER BY id") == texts
    assert rows(path, "SELECT revision, count(*) FROM revisions GROUP BY 1") == [(1, ARTICLES), (2, ARTICLES)]
    assert rows(path, "SELECT count(*), count(DISTINCT article_id) FROM changes WHERE op = 'revise'") == [
        (ARTICLES, ARTICLES)
    ]
    settled = all_rows(path)
    assert run(path).unchanged == ARTICLES
    assert all_rows(path) == settled


_COMMAND = [str(Path(sys.executable).with_name("dibao")), "reextract", "--samples", "0", "--wait", "20"]


def _killed(folder: Path, after: float) -> bool:
    """Whether the run was still at work after so many seconds; then it is no more, nor are its processes."""
    running = subprocess.Popen(_COMMAND, cwd=folder, start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        running.wait(after)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        return True
    assert running.returncode == 0
    return False
