"""What is kept in fewer bytes is written out to the letter, by SQL alone, and by any SQLite that readers may have."""

from __future__ import annotations

import json
import random
import sqlite3
from typing import Any

import pysqlite3
import pytest

from storage.care.checking import check
from storage.migrations.smaller import SHORT
from storage.read_columns import read_columns
from storage.records import Article, Credit, Evidence, Image
from storage.short_forms import LEAST_PIECE, LONGEST_PIECE, as_read, kept, pieces
from tests.storage.conftest import Desk, article

TEXT = "第一段说桥今天通车。\n\n第二段说有“人”走过，引号\\和'撇号'都在。\n\n- 第三段是一张表\n\n完。"
MARKDOWN = {
    "marks within": f"**{TEXT[:3]}**{TEXT[3:]}".replace("\\", "\\\\").replace("- 第", "\\- 第"),
    "a heading and a picture": f"![图](https://a.cn/1.jpg)\n\n# 桥\n\n{TEXT}",
    "words of its own at the end": f"{TEXT}\n\n![桥](https://a.cn/2.jpg)",
    "less than the text": TEXT.replace("第二段说有“人”走过，", ""),
    "nothing of the text": "别的话，" * 20,
    "shorter than any piece": "完。",
}
LISTS: tuple[dict[str, Any], ...] = (
    {},
    {
        "evidence": (Evidence(fact="title", value="桥", raw="桥", where="headline", chosen=True),),
        "origin": "石桥新闻", "origin_raw": "来源：石桥新闻",
    },
    {
        "title": '说"桥"', "origin": "title", "origin_raw": "raw",
        "evidence": (Evidence(fact="title", value='说"桥"', raw='说"桥"', where="headline", chosen=True),
                     Evidence(fact="origin", value="title", raw="raw", where="head", chosen=True),
                     Evidence(fact="origin", value="别家", raw="据\n别家\t", where="tail", chosen=False)),
        "credits": (Credit(role="reporter", name="何望", raw="（记者何望）", where="lead"),
                    Credit(role="editor", name="raw", raw="raw", where="tail"),
                    Credit(role="author", name="本社", organisation=True)),
        "images": (Image(url="https://a.cn/1.jpg"), Image(url="https://a.cn/2.jpg", caption="桥", photographer="何望")),
    },
    {"title": None, "evidence": (Evidence(fact="title", value="", raw="", where="headline", chosen=True),)},
    {"credits": (Credit(role="reporter", name="\x01\x02", raw="\x0b"),)},
)  # fmt: skip


def columns(text: str = TEXT, **values: Any) -> dict[str, Any]:
    title = values.pop("title", "桥")
    return read_columns(
        Article(title=title, text=text, encoding="gbk", encoding_evidence="meta", extractor="x", **values)
    )


def written_out(stored: dict[str, Any], names: list[str], library: Any = pysqlite3) -> dict[str, Any]:
    """The columns as SQL gives them of a row that has what is stored."""
    database = library.connect(":memory:")
    declared = ", ".join(stored)
    for table in ("r", "t"):
        database.execute(f"CREATE TABLE {table} ({declared})")
        database.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(stored))})", tuple(stored.values()))
    row = database.execute(f"SELECT {as_read(names)} FROM r, t").fetchone()
    database.close()
    return dict(zip(names, row, strict=True))


@pytest.mark.parametrize("library", [sqlite3, pysqlite3], ids=["of Python", "of ours"])
@pytest.mark.parametrize("values", LISTS)
def test_lists_are_written_out_to_the_letter(values: dict[str, Any], library: Any) -> None:
    read = columns(**values)
    assert written_out(kept(read), [*SHORT], library) == {name: read[name] for name in SHORT}


def test_what_another_column_says_is_not_kept_again() -> None:
    stored = kept(columns(**LISTS[1]))
    assert (stored["evidence"], stored["evidence_short"]) == ("[]", b"[\x01]")
    assert {stored["credits"], stored["images"]} == {"[]"}
    assert stored["credits_short"] is stored["images_short"] is None


@pytest.mark.parametrize("library", [sqlite3, pysqlite3], ids=["of Python", "of ours"])
@pytest.mark.parametrize("case", MARKDOWN)
def test_markdown_is_written_out_to_the_letter(case: str, library: Any) -> None:
    stored = kept(columns(markdown=MARKDOWN[case]))
    assert written_out(stored, ["markdown"], library) == {"markdown": MARKDOWN[case]}
    is_in_pieces = stored["markdown_pieces"] is not None
    assert is_in_pieces == (case not in {"nothing of the text", "shorter than any piece"})
    assert (stored["markdown"] is None) == is_in_pieces


def test_a_text_that_is_its_own_markdown_or_has_none_is_kept_as_before() -> None:
    assert (kept(columns(markdown=TEXT))["markdown"], kept(columns())["markdown"]) == ("", None)
    assert kept(columns(markdown=TEXT))["markdown_pieces"] is kept(columns())["markdown_pieces"] is None


@pytest.mark.parametrize(("text", "markdown"), [(TEXT, f"{TEXT}\n\n![\0桥](1.jpg)"), (f"{TEXT[:9]}\0{TEXT[9:]}", TEXT)])
def test_what_has_a_nul_is_kept_as_it_is(text: str, markdown: str) -> None:
    """SQLite counts characters up to it, and older ones put nothing together that has one."""
    assert kept(columns(text, markdown=markdown))["markdown"] == markdown


def test_a_long_piece_is_several() -> None:
    text = "".join(map(chr, random.Random("long").choices(range(0x4E00, 0x9FA5), k=3 * LONGEST_PIECE)))
    said = pieces(text, f"# {text}")
    assert said is not None
    assert [one & LONGEST_PIECE for one in json.loads(said)[1:]] == [LONGEST_PIECE] * 3
    assert written_out(kept(columns(text, markdown=f"# {text}")), ["markdown"]) == {"markdown": f"# {text}"}


def test_markdown_that_would_take_long_to_write_out_is_kept_as_it_is() -> None:
    line = "一二三四五六七八九十" * 4
    text = "\n\n".join(f"{number}{line}" for number in range(1000))
    assert pieces(text, text.replace("一", "**一**")) is None
    assert pieces(text[:4000], text[:4000].replace("一二", "**一**二")) is not None


@pytest.mark.parametrize("seed", range(20))
def test_whatever_was_changed_in_a_text_is_written_out(seed: int) -> None:
    luck = random.Random(seed)
    text = "".join(luck.choices("一二三四五六七八九十，。\n \"\\'😀[]*", k=luck.randrange(1, 400)))
    markdown = text
    for _ in range(luck.randrange(12)):
        at, gone = luck.randrange(len(markdown) + 1), luck.choice((0, 0, 1, LEAST_PIECE * 2))
        own = luck.choice(("**", "\\", "[", '](https://a.cn/?a=1&b="2")', "\n\n![](1.jpg)\n\n", ""))
        markdown = markdown[:at] + own + markdown[at + gone :]
    stored = kept(columns(text, markdown=markdown))
    told = "" if markdown == text else markdown
    assert written_out(stored, ["markdown"]) == {"markdown": told}


def test_the_views_say_what_the_page_said(desk: Desk) -> None:
    values = LISTS[2]
    desk.stored("1.html", article(TEXT, markdown=MARKDOWN["marks within"], **values))
    read = columns(markdown=MARKDOWN["marks within"], **values)
    for view in ("articles", "revisions"):
        (row,) = desk.database.rows(f"SELECT * FROM {view}")
        assert {name: row[name] for name in (*SHORT, "markdown")} == {
            name: read[name] for name in (*SHORT, "markdown")
        }
    assert desk.database.value("SELECT evidence FROM article_revisions") == "[]"
    facts = desk.database.rows("SELECT fact, value, raw, found_in, chosen FROM facts")
    assert [tuple(row) for row in facts] == [
        (one.fact, one.value, one.raw, one.where, int(one.chosen)) for one in values["evidence"]
    ]
    credited = desk.database.rows("SELECT role, name, organisation FROM credits")
    assert [tuple(row) for row in credited] == [
        (one.role, one.name, int(one.organisation)) for one in values["credits"]
    ]


def test_a_list_is_json_even_where_somebody_wrote_into_what_it_names(desk: Desk) -> None:
    """Else one bad row would end each query over all credits."""
    evidence = (
        Evidence(fact="title", value="桥", raw="桥", where="headline", chosen=True),
        Evidence(fact="origin", value="石桥新闻", raw="来源：石桥新闻", where="head", chosen=True),
    )
    credited = (Credit(role="reporter", name="何望", raw="来源：石桥新闻", where="head"),)
    said = {"origin": "石桥新闻", "origin_raw": "来源：石桥新闻", "evidence": evidence, "credits": credited}
    desk.stored("1.html", article(TEXT, "桥", **said))
    desk.database.execute("UPDATE article_revisions SET title = '\"\\', origin = NULL, origin_raw = char(5, 34, 0)")
    assert [row["value"] for row in desk.database.rows("SELECT value FROM facts")] == ['"\\', None]
    assert desk.database.value("SELECT name FROM credits") == "何望"
    json.loads(desk.database.value("SELECT evidence FROM articles"))


@pytest.mark.parametrize("library", [sqlite3, pysqlite3], ids=["of Python", "of ours"])
@pytest.mark.parametrize("damaged", ["[", "[[1], {}, null, 1.5, -1, 99999999]", "", '"'])
def test_pieces_that_a_disk_has_changed_end_no_query(desk: Desk, damaged: str, library: Any) -> None:
    """Else one bad row would end each export; the row's digest tells `db check` of it."""
    desk.stored("1.html", article(TEXT, "桥", markdown=MARKDOWN["marks within"]))
    desk.stored("2.html", article(TEXT + TEXT, "桥", markdown=MARKDOWN["marks within"] + TEXT))
    desk.database.execute("UPDATE article_texts SET markdown_pieces = ? WHERE revision_id = 1", (damaged,))
    reader = library.connect(str(desk.database.path))
    shown = [row[0] for row in reader.execute("SELECT markdown FROM articles ORDER BY id")]
    reader.close()
    assert shown[1] == MARKDOWN["marks within"] + TEXT
    assert [one.check for one in check(desk.database).findings] == ["row_digest"]
