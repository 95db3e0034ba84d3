"""Conditions that people write: what they choose, and that none of it reaches SQL but as a bound value."""

import contextlib
import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.database import Database, open_writer
from storage.export.columns import Column, NoSuchColumn, columns
from storage.export.filters import BadFilter, condition
from storage.export.lines import Lines, Wanted
from storage.records import Credit
from tests.storage.conftest import Desk, article

KNOWN = {"title": Column(name="title", kind="text"), "id": Column(name="id", kind="integer")}


def chosen(database: Database, *written: str) -> list[int]:
    wanted = Wanted(conditions=tuple(map(condition, written)))
    return [line.article_id for line in Lines(database, wanted, ["id"])]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Three articles: 1 of 新华社 with a breadcrumb and an author, 2 of another origin, 3 of which little is known."""
    with open_writer(tmp_path_factory.mktemp("filters") / "news.db") as database:
        fill(Desk(database))
        yield database


def fill(desk: Desk) -> None:
    said = Credit(role="reporter", name="王五", raw="记者 王五", where="head")
    known = {"origin": "新华社", "sections": ("国内", "要闻"), "credits": (said,), "lang": "zh"}
    desk.stored("1", article("党建工作。" * 200, "党建", **known))
    known = {"origin": "城东日报", "lang": "zh", "confidence": 0.5, "missing_parts": (2,)}
    desk.stored("2", article("100% 的'事实'。", 'a"b', **known))
    desk.stored("3", article("三。", None))


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        ("lang = zh", [1, 2]),
        ("lang=zh", [1, 2]),
        ("lang != zh", [3]),  # what is unknown is not zh
        ("lang <> zh", [3]),
        ("origin = '新华社'", [1]),
        ("characters >= 500", [1]),
        ("characters < 500", [2, 3]),
        ("confidence > 0.4", [2]),
        ("title ~ 党", [1]),
        ("title !~ 党", [2, 3]),
        ('title = a"b', [2]),
        ("text ~ %", [2]),
        ("text ~ '事实'", [2]),
        ("title is null", [3]),
        ("title IS  NOT NULL", [1, 2]),
        ("sections = 要闻", [1]),
        ("sections ~ 闻", [1]),
        ("sections != 要闻", [2, 3]),
        ("sections is null", [2, 3]),
        ("authors = 王五", [1]),
        ("missing_parts = 2", [2]),
        ("credits ~ reporter", [1]),
        ("credits is not null", [1]),
        ("first_seen_at >= 2026-11", [1, 2, 3]),
        ("first_seen_at < 2026-11-22T09:30", []),
        ("is_canonical = 1", [1, 2, 3]),
        ("id = 2", [2]),
    ],
)
def test_a_condition_chooses_what_it_says(filled: Database, written: str, ids: list[int]) -> None:
    assert chosen(filled, written) == ids


def test_conditions_must_all_hold(filled: Database) -> None:
    assert chosen(filled, "lang = zh", "title ~ 党") == [1]


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("lang", "is no condition; write COLUMN OPERATOR VALUE"),
        ("", "is no condition"),
        ("title =", "a value stands behind ="),
        ("title is null now", "nothing stands behind is null"),
        ("titel = x", "no column 'titel'; did you mean title?"),
        ("xyzzy = x", "there are: id, source, url"),
        ("characters = viele", "characters is a number"),
        ("characters = nan", "characters is a number"),
        ("confidence > nan", "no number is that large"),
        ("confidence > 1e400", "no number is that large"),
        ("id = 99999999999999999999", "no number is that large"),
        ("published_at > gestern", "times are UTC"),
        ("sections > x", "sections is a list"),
        ("credits = x", "use one of ~ !~"),
        ("title = \udce4", "is not UTF-8"),
    ],
)
def test_what_cannot_be_asked_is_told(filled: Database, written: str, why: str) -> None:
    with pytest.raises((BadFilter, NoSuchColumn), match=re.escape(why)):
        condition(written).sql(columns(filled))


@pytest.mark.parametrize(
    "written",
    [
        "title = x' OR 1=1 --",
        "title = '); DROP TABLE article_heads; --",
        "title) OR (1 = 1",
        "title ~ %",
        "title = ?",
        "title = :name",
        "rowid = 1",
        "text; DELETE FROM article_heads = 1",
    ],
)
def test_hostile_conditions_choose_nothing_and_change_nothing(filled: Database, written: str) -> None:
    with contextlib.suppress(BadFilter, NoSuchColumn):
        assert chosen(filled, written) == []
    assert filled.value("SELECT count(*) FROM articles") == 3


@given(st.text(max_size=40))
@settings(max_examples=40)
def test_of_what_is_written_only_names_of_columns_reach_sql(written: str) -> None:
    for text in (written, f"title = {written}", f"id < {written}", f"title ~ {written}"):
        try:
            sql, values = condition(text).sql(KNOWN)
        except (BadFilter, NoSuchColumn):
            continue
        assert sql in {
            f"v.{name} {operator}"
            for name in KNOWN
            for operator in ("IS ?", "IS NOT ?", "< ?", "<= ?", "> ?", ">= ?", "IS NULL")
        } | {f"{no}{it}" for no in ("", "NOT ") for name in KNOWN
             for it in (f"coalesce(instr(v.{name}, ?) > 0, 0)", f"v.{name} IS NULL")}
        assert len(values) == sql.count("?")
