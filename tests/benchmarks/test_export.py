"""What an export costs, and that its memory does not grow with the file.

`EXPORT_ARTICLES=50000 pytest tests/benchmarks/test_export.py -m benchmark -s` prints the table for as many.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from storage.database import open_writer
from tests.benchmarks.stored_articles import fill as fill_rows

pytestmark = pytest.mark.benchmark

ARTICLES = int(os.environ.get("EXPORT_ARTICLES", "4000"))
FORMATS = ("jsonl", "csv", "chunks", "parquet")
GROWTH = 1.35
"""Most that the peak of memory may grow by where there is four times as much; 1.0 was seen, of Parquet 1.2 at most."""
SENTENCES = [f"第{n}批{what}今天在城东开工，预计明年三月完成，共投{n * 37}万元。" for n in range(9) for what in "桥路"]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """Of each format: what a quarter of the articles took, and what all of them."""
    folder = tmp_path_factory.mktemp("export")
    sizes = (ARTICLES // 4, ARTICLES)
    for size in sizes:
        fill(folder / f"{size}.db", size)
    formats = [form for form in FORMATS if form != "parquet" or importlib.util.find_spec("pyarrow")]
    found = {form: [_export(folder, size, form) for size in sizes] for form in formats}
    print(f"\n{ARTICLES} articles   MB      s  MB/s  articles/s  peak MB (of a quarter)")
    for form, (small, large) in found.items():
        size, seconds = large["bytes"] / 1e6, large["seconds"]
        peaks = f"{large['peak_bytes'] / 1e6:7.0f} ({small['peak_bytes'] / 1e6:.0f})"
        print(f"{form:12} {size:9.1f} {seconds:6.2f} {size / seconds:5.0f} {ARTICLES / seconds:11.0f} {peaks}")
    return found


def fill(path: Path, articles: int) -> None:
    """None; the file has so many articles: 2,500 characters of text, the same as Markdown, and evidence."""
    fill_rows(path, articles)
    found = {"fact": "origin", "value": "新华社", "raw": "来源", "found_in": "head", "chosen": True}
    evidence = json.dumps([found] * 6)
    with open_writer(path) as database, database.transaction():
        for number in range(1, articles + 1):
            text = "\n\n".join(SENTENCES[(number * 7919 + at * 31) % len(SENTENCES)] * 3 for at in range(27))
            database.execute("UPDATE article_texts SET text = ?1, markdown = ?1 WHERE revision_id = ?2", (text, number))
            database.execute("UPDATE article_revisions SET evidence = ? WHERE id = ?", (evidence, number))


def _export(folder: Path, size: int, form: str) -> dict[str, Any]:
    script = Path(__file__).with_name("export_side.py")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, str(script), str(folder / f"{size}.db"), form, str(folder / "out")]
    done = subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE, text=True)
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def test_memory_does_not_grow_with_the_file(told: dict[str, list[dict[str, Any]]]) -> None:
    for form, (small, large) in told.items():
        assert large["peak_bytes"] < GROWTH * small["peak_bytes"], form


def test_an_export_takes_less_than_a_millisecond_an_article(told: dict[str, list[dict[str, Any]]]) -> None:
    assert all(large["seconds"] < ARTICLES / 1000 for _, large in told.values())
