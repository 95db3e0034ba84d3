"""The drill that an operator is told to hold: a gigabyte is backed up, lost, and put back within ten minutes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from storage.database import open_writer
from tests.conftest import Run
from tests.storage.conftest import Desk

pytestmark = [pytest.mark.faults, pytest.mark.nightly]

ROWS, TEXT_BYTES = 100_000, 10_000
MOST_SECONDS = 600.0


def test_a_gigabyte_is_put_back_within_ten_minutes(tmp_path: Path, dibao: Run) -> None:
    path = tmp_path / "news.db"
    with open_writer(path) as database:
        database.execute("PRAGMA synchronous = OFF")
        Desk(database).stored("1.html")
        with database.transaction():
            _fill(database)
    size = path.stat().st_size
    assert size > 10**9
    assert dibao("backup", "copy.db", "--database", "news.db", timeout=900).returncode == 0
    path.unlink()
    began = time.monotonic()
    done = dibao("restore", "copy.db", "--database", "news.db", timeout=900)
    seconds = time.monotonic() - began
    print(f"{size >> 20} MiB put back, verified, in {seconds:.1f} s")
    assert done.returncode == 0, done.stderr
    assert seconds < MOST_SECONDS
    assert dibao("db", "check", "--quick", "--database", "news.db", timeout=900).stdout.count("damaged") == 0


def _fill(database) -> None:
    """None; the article is there as often as makes a gigabyte, each with a text of its own."""
    numbers = f"WITH RECURSIVE n(id) AS (SELECT 2 UNION ALL SELECT id + 1 FROM n WHERE id < {ROWS})"
    for table, new in (
        ("article_heads", {"id": "n.id", "key": "'//a.cn/' || n.id"}),
        ("article_revisions", {"id": "n.id", "article_id": "n.id"}),
        ("article_texts", {"revision_id": "n.id", "text": f"hex(randomblob({TEXT_BYTES // 2}))"}),
    ):
        columns = [row["name"] for row in database.rows("SELECT name FROM pragma_table_info(?)", (table,))]
        values = ", ".join(new.get(name, f"t.{name}") for name in columns)
        first = "revision_id" if table == "article_texts" else "id"
        row = f"SELECT {values} FROM n, {table} t WHERE t.{first} = 1"
        database.execute(f"{numbers} INSERT INTO {table} ({', '.join(columns)}) {row}")
