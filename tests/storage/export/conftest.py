"""What the tests of exports share: an export as a consumer takes it, and a hostile article."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from storage.database import Database, open_writer
from storage.export import chunks, json_lines
from storage.export.columns import columns
from storage.export.lines import Lines, Wanted
from storage.retention.giving_up import give_up
from tests.storage.conftest import Desk

HOSTILE = "\x1b]0;你被黑了\x07 a\u2028b\u0085c\x7f <b>&lt;]]> \ufeff\u202e\ufffe 😀𠮷"
"""A text line with what steers terminals, ends lines elsewhere, or is no character of XML."""


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without articles: to make one takes a tenth of a second."""
    made = tmp_path_factory.mktemp("empty") / "news.db"
    open_writer(made).close()
    return made


@pytest.fixture
def path(empty: Path, tmp_path: Path) -> Path:
    """A database of a test's own."""
    return Path(shutil.copy(empty, tmp_path))


def jsonl(database: Database, since: int | None = None, **wanted: Any) -> tuple[list[dict[str, Any]], int | None]:
    """The objects of an export, and where the next one begins."""
    out = io.BytesIO()
    known = columns(database)
    lines = Lines(database, Wanted(**wanted), list(known), since=since)
    count = json_lines.write(lines, list(known.values()), out)
    found = [json.loads(line) for line in out.getvalue().decode().splitlines()]
    assert len(found) == count
    return found, lines.next_since


def chunked(
    database: Database, since: int | None = None, *, target: int = 500, **wanted: Any
) -> tuple[list[dict[str, Any]], int | None]:
    """The chunks of an export, and where the next one begins."""
    out = io.BytesIO()
    lines = Lines(database, Wanted(**wanted), chunks.COLUMNS, since=since)
    chunks.write(lines, out, target)
    return [json.loads(line) for line in out.getvalue().decode().splitlines()], lines.next_since


def pruned(desk: Desk, article_id: int) -> None:
    """None; the article is given up."""
    with desk.database.transaction():
        assert give_up(desk.database, [article_id], "age", desk.now) == 1
