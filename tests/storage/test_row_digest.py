"""What is stored of a revision is known by a digest beside it, to the last character."""

from datetime import timedelta

import pytest

from storage.read_columns import read_columns
from storage.records import Article
from storage.row_digest import COLUMNS, is_changed, row_digest
from storage.short_forms import as_read
from tests.storage.conftest import Desk, article

ROW = f"SELECT {as_read(COLUMNS)}, t.digest FROM article_revisions r JOIN article_texts t ON t.revision_id = r.id"


def test_each_revision_has_the_digest_of_its_row(desk: Desk) -> None:
    desk.stored("1.html", article("甲。", markdown="**甲**。", confidence=0.5, learned=2))
    desk.now += timedelta(days=4)
    desk.recheck(desk.extracted("1.html", article("乙说的是另一座桥。", title="另一个", keywords=("桥", "路"))))
    rows = desk.database.rows(ROW)
    assert len(rows) == 2
    assert all(row["digest"] == row_digest(row) and not is_changed(row, row["digest"]) for row in rows)


@pytest.mark.parametrize("column", COLUMNS)
def test_each_column_counts(column: str) -> None:
    columns = {**read_columns(Article(title="甲", text="乙", encoding="gbk", encoding_evidence="meta", extractor="x"))}
    columns["extractor"] = "x"
    digest = row_digest(columns)
    for other in ("else", 7, b"\xff", None):
        if columns[column] != other:
            assert is_changed({**columns, column: other}, digest)
    assert not is_changed(columns, digest)


def test_all_that_a_page_fills_is_in_it() -> None:
    """A new column needs a new version of the digest: what is in files was made without it."""
    made = read_columns(Article(title=None, text="", encoding="", encoding_evidence="", extractor=""))
    assert {*COLUMNS} == {*made, "extractor"}


def test_no_digest_says_nothing_and_one_that_was_overwritten_is_a_change() -> None:
    columns = dict.fromkeys(COLUMNS)
    assert not is_changed(columns, None)
    assert is_changed(columns, b"\x02" + bytes(16))
    assert is_changed(columns, b"\x01" + bytes(16))
    assert is_changed(columns, "what a garbled page gives back")
