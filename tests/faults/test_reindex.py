"""kill -9 of `dibao db reindex` at any time: the old index is whole or the new one is, and the next run ends it."""

from __future__ import annotations

import random
import subprocess
import time
from pathlib import Path

import pytest

from storage.database import open_reader, open_writer
from storage.search import index
from tests.benchmarks.news_texts import Newsroom
from tests.nightly import long_form
from tests.storage.search.conftest import Shelf

pytestmark = pytest.mark.faults

TEXTS = 1_500
CONFIG = """
[dibao]
database = "news.db"
contact = "tests@example.org"
"""


def told(path: Path) -> tuple[str | None, set[tuple[str, int]]]:
    """The version of the index, and all its terms with their articles."""
    with open_reader(path) as database:
        database.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, article_fts, row)")
        terms = {(row["term"], row["doc"]) for row in database.rows("SELECT term, doc FROM temp.terms")}
        return index.version(database), terms


@pytest.mark.parametrize("kills", long_form(2, 8))
def test_a_reindexing_that_is_killed_again_and_again_ends_like_an_undisturbed_one(
    dibao_command: str, tmp_path: Path, kills: int
) -> None:
    (tmp_path / "dibao.toml").write_text(CONFIG, encoding="utf-8")
    path, newsroom = tmp_path / "news.db", Newsroom(characters=200)
    with open_writer(path) as database, database.transaction():
        shelf = Shelf(database)
        for number in range(TEXTS):
            item = newsroom.item(number)
            shelf.put(item.title, item.text)
    wanted = told(path)
    spoil(path)
    spoilt = told(path)
    command = [dibao_command, "db", "reindex"]
    began = time.monotonic()
    subprocess.run(command, cwd=tmp_path, check=True, timeout=300)
    length = time.monotonic() - began
    assert told(path) == wanted
    spoil(path)
    chance = random.Random(7)
    went_on = 0
    for _ in range(kills):
        running = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL)
        try:
            assert running.wait(chance.uniform(0.3, 1.05) * length) == 0
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
        now = told(path)
        assert now in (spoilt, wanted)
        with open_reader(path) as database:
            went_on += database.value("SELECT count(*) FROM meta WHERE name = 'search_index_building'")
            assert database.value("PRAGMA quick_check") == "ok"
        if now == wanted:
            spoil(path)
    assert went_on
    subprocess.run(command, cwd=tmp_path, check=True, timeout=300)
    assert told(path) == wanted


def spoil(path: Path) -> None:
    """None; the file has an index of other rules, which is easily told from the right one."""
    with open_writer(path) as database, database.transaction():
        database.execute("INSERT INTO article_fts (article_fts) VALUES ('delete-all')")
        database.execute("INSERT INTO article_fts (rowid, title, text) VALUES (1, 'old', 'index')")
        database.execute("UPDATE meta SET value = '0-other' WHERE name = 'search_index'")
