"""What each format makes of articles, hostile ones among them: read back by programs that are not ours."""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import feedparser
import pytest
from lxml import etree

from storage.database import Database, open_writer
from storage.export import atom, csv_rows, json_lines, parquet
from storage.export.columns import LISTS, chosen, columns
from storage.export.lines import Lines, Wanted
from storage.migrations.smaller import SHORT
from storage.records import Credit, Evidence, Image, PublicationTime
from tests.storage.conftest import START, Desk, article, old_door
from tests.storage.export.conftest import HOSTILE, chunked, jsonl, pruned

ATOM = "{http://www.w3.org/2005/Atom}"
# RFC 3339 as RFC 4287, section 3.3, wants it; RFC 4151, section 2.1.
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
TAG = re.compile(r"tag:[a-z0-9]([a-z0-9.-]*[a-z0-9])?,\d{4}-\d\d-\d\d:[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with open_writer(tmp_path_factory.mktemp("formats") / "news.db") as database:
        yield two_articles(Desk(database))


def two_articles(desk: Desk) -> Desk:
    """Two articles: 1 has every fact and hostile ones, 2 has none."""
    credit = Credit(role="reporter", name="王五", raw=HOSTILE, where="head")
    evidence = Evidence(fact="origin", value="新华社", raw="来源：新华社", where="head", chosen=True)
    published = PublicationTime(at=START, precision="minute", raw="今天", where="head")
    full = article(
        f"{HOSTILE}\n\n第二段。",
        HOSTILE,
        published=published,
        origin="=cmd|' /C calc'!A0",
        sections=("国内", '"&<'),
        keywords=("桥",),
        credits=(credit, Credit(role="author", name="李四")),
        evidence=(evidence,),
        images=(Image(url="https://a.cn/1.jpg", caption="桥"),),
        missing_parts=(2, 3),
        lang="zh",
        script="Hans",
        confidence=0.5,
        licence="版权所有",
    )
    with old_door():
        desk.stored("1", full)
        desk.stored("2", article("=1+1", None))
    return desk


# JSON lines


def test_lists_are_lists_and_unknown_is_null(filled: Desk) -> None:
    full, bare = jsonl(filled.database)[0]
    assert full["authors"] == ["王五", "李四"]
    assert full["credits"][0] == {
        "role": "reporter", "name": "王五", "raw": HOSTILE, "organisation": False, "found_in": "head",
    }  # fmt: skip
    assert (full["missing_parts"], full["images"][0]["caption"]) == ([2, 3], "桥")
    assert (bare["title"], bare["authors"], bare["evidence"]) == (None, [], [])
    assert full["title"] == HOSTILE
    assert list(full)[:3] == ["id", "seq", "op"]


def test_every_column_with_json_is_known_as_a_list(filled: Desk) -> None:
    row = filled.database.row("SELECT * FROM articles WHERE id = 2")
    assert {name for name in columns(filled.database) if row[name] == "[]"} == set(LISTS)


def test_no_character_but_the_last_ends_a_line_or_steers_a_terminal(filled: Desk) -> None:
    out = io.BytesIO()
    known = columns(filled.database)
    json_lines.write(Lines(filled.database, Wanted(), list(known)), list(known.values()), out)
    lines = out.getvalue().decode().splitlines()
    assert len(lines) == 2
    shown = {character for line in lines for character in line if not character.isprintable()}
    assert shown == {"\ufeff", "\ufffe"}  # which do nothing


# CSV


def table(database: Database, cells: csv_rows.Cells, names: Sequence[str] = csv_rows.COLUMNS, **how: Any) -> bytes:
    out = io.BytesIO()
    lines = Lines(database, Wanted(), names, since=how.pop("since", None))
    asked = chosen(columns(database), names)
    csv_rows.write(lines, asked, out, cells, **{"bom": True, "feed": False, **how})
    return out.getvalue()


def rows(made: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(made.decode("utf-8-sig"), newline="")))


def test_a_spreadsheet_gets_a_mark_line_ends_and_no_formula(filled: Desk) -> None:
    made = table(filled.database, csv_rows.Cells())
    assert made.startswith(b"\xef\xbb\xbfid,source,title,text,")
    full, bare = rows(made)
    assert (full["origin"], bare["text"]) == ("'=cmd|' /C calc'!A0", "'=1+1")
    assert (full["authors"], full["sections"]) == ("王五; 李四", '国内; "&<')
    assert full["text"].endswith("\n\n第二段。")
    assert (full["characters"], full["story_id"], bare["title"]) == (str(len(HOSTILE) + 6), "1", "")
    assert "\x1b" not in full["title"]
    assert "\x07" not in full["title"]


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("=1", "'=1"), ("+1", "'+1"), ("-1", "'-1"), ("@a", "'@a"), ("\t=1", "'\t=1"), ("\r=1", "'\n=1"),
        ("＝1", "'＝1"), (" =1", "' =1"), ("\ufeff=1", "'\ufeff=1"), ("\x01=1", "'=1"), ("a=1", "a=1"), ("1-2", "1-2"),
        ("—一", "—一"), (-5, -5), (0.5, 0.5), (None, None),
    ],
)  # fmt: skip
def test_cells_that_begin_as_formulas_are_texts_and_numbers_are_numbers(stored: Any, shown: Any) -> None:
    (column,) = chosen({"x": csv_rows.Column(name="x", kind="text")}, ["x"])
    assert csv_rows.Cells().cell(column, stored) == shown


def test_a_plain_table_has_all_as_it_is(filled: Desk) -> None:
    made = table(filled.database, csv_rows.Cells(guarded=False), bom=False)
    assert made.startswith(b"id,")
    full, bare = rows(made)
    assert (full["title"], bare["text"]) == (HOSTILE, "=1+1")


def test_objects_stay_json_in_a_table(filled: Desk) -> None:
    full, bare = rows(table(filled.database, csv_rows.Cells(), ["id", "credits"]))
    assert json.loads(full["credits"])[0]["name"] == "王五"
    assert bare["credits"] == "[]"


def test_cells_may_be_cut_to_what_excel_holds(desk: Desk) -> None:
    desk.stored("1", article("𠮷" * 20_000, "t"))
    cells = csv_rows.Cells(longest=csv_rows.LONGEST_CELL)
    (row,) = rows(table(desk.database, cells))
    assert (len(row["text"].encode("utf-16-le")) // 2, row["text"][-1], cells.cut) == (32_767, "…", 1)
    (row,) = rows(table(desk.database, csv_rows.Cells()))
    assert len(row["text"]) == 20_000


def test_a_table_of_what_changed_says_what_to_drop(desk: Desk) -> None:
    pruned(two_articles(desk), 2)
    (full, gone) = rows(table(desk.database, csv_rows.Cells(), ["id", "title"], since=0, feed=True))
    assert (full["seq"], full["op"], full["deleted"]) == ("1", "insert", "0")
    assert gone == {"seq": "3", "op": "prune", "deleted": "1", "id": "2", "title": ""}


# Atom


def feed_of(database: Database, *, limit: int = 100, **said: Any) -> bytes:
    out = io.BytesIO()
    feed = atom.Feed(**{"title": f"新闻 {HOSTILE}", "key": "all", "host": "a.cn", "born": "2026-11-22", **said})
    atom.write(Lines(database, Wanted(limit=limit), atom.COLUMNS, newest_first=True), feed, out)
    return out.getvalue()


def check_rfc_4287(made: bytes) -> Any:
    """The root of a feed, in which is all that RFC 4287, section 4.1, says must be, once where it says once."""
    root = etree.fromstring(made)
    assert root.tag == f"{ATOM}feed"
    for one in (root, *root.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(one.findall(f"{ATOM}{name}")) == 1, name
        assert TAG.fullmatch(one.findtext(f"{ATOM}id"))
        times = (*one.findall(f"{ATOM}updated"), *one.findall(f"{ATOM}published"))
        assert all(DATE.fullmatch(time.text) for time in times)
    for entry in root.iter(f"{ATOM}entry"):
        assert entry.findall(f"{ATOM}author/{ATOM}name")
        assert len(entry.findall(f"{ATOM}link[@rel='alternate']")) == 1
        assert len(entry.findall(f"{ATOM}content")) + len(entry.findall(f"{ATOM}summary")) == 1
        assert all(category.get("term") for category in entry.findall(f"{ATOM}category"))
    ids = [entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids)
    return root


def test_a_feed_is_valid_whatever_its_titles_hold(filled: Desk) -> None:
    made = feed_of(filled.database, self_url='https://b.cn/?a=1&b="2"')
    root = check_rfc_4287(made)
    assert root.find(f"{ATOM}link[@rel='self']").get("href") == 'https://b.cn/?a=1&b="2"'
    bare, full = root.iter(f"{ATOM}entry")
    assert full.findtext(f"{ATOM}id") == "tag:a.cn,2026-11-22:article/1"
    assert full.findtext(f"{ATOM}title") == re.sub("[\x1b\x07\x7f\ufffe]", "", HOSTILE)
    assert full.get("{http://www.w3.org/XML/1998/namespace}lang") == "zh-Hans"
    assert full.findtext(f"{ATOM}published") == "2026-11-22T09:30:00Z"
    assert [one.get("term") for one in full.findall(f"{ATOM}category")] == ["国内", '"&<', "桥"]
    assert bare.findtext(f"{ATOM}title") == "=1+1"  # of the text, where the page names none
    assert bare.find(f"{ATOM}published") is None  # never made up


def test_a_feed_reader_shows_paragraphs_and_no_markup_of_pages(filled: Desk) -> None:
    read = feedparser.parse(feed_of(filled.database))
    assert not read.bozo
    full = read.entries[1]
    assert [author.name for author in full.authors] == ["王五", "李四"]
    assert full.link == "https://a.cn/1"
    content = full.content[0].value
    assert content.startswith("<p>]0;你被黑了 a")
    assert "&lt;b&gt;&amp;lt;]]&gt;" in content
    assert content.endswith("<p>第二段。</p>")


def test_a_feed_has_the_newest_that_are_live(desk: Desk) -> None:
    old = PublicationTime(at=datetime(2025, 1, 1, tzinfo=UTC), precision="day", raw="", where="head")
    for name in "123":
        desk.stored(name, article(f"{name}的正文。", name, published=old if name == "3" else None))
    desk.lose("2")
    desk.stored("4", article("4的正文。", "4"))
    assert [entry.title for entry in feedparser.parse(feed_of(desk.database)).entries] == ["4", "1", "3"]
    assert [entry.title for entry in feedparser.parse(feed_of(desk.database, limit=1)).entries] == ["4"]


def test_an_edit_makes_an_entry_newer_and_leaves_its_identity(desk: Desk) -> None:
    desk.stored("1", article("旧正文。" * 200))
    (before,) = feedparser.parse(feed_of(desk.database)).entries
    desk.now = datetime(2026, 11, 25, tzinfo=UTC)
    desk.recheck(desk.extracted("1", "新正文。"))
    made = feed_of(desk.database, summaries=True)
    check_rfc_4287(made)
    (after,) = feedparser.parse(made).entries
    assert (before.id, before.updated) == (after.id, "2026-11-22T09:30:00Z")
    assert (after.updated, after.summary) == ("2026-11-25T00:00:00Z", "新正文。")
    assert feedparser.parse(made).feed.updated == after.updated


def test_an_empty_feed_is_valid(database: Database) -> None:
    check_rfc_4287(feed_of(database))


@pytest.mark.parametrize(
    ("home", "host"),
    [
        ("https://A.cn:8080/x", "a.cn"), ("https://新闻.中国/", "xn--efvy88h.xn--fiqs8s"), ("http://[::1]/", "dibao"),
        ("", "dibao"), ("https://a_b.cn/", "dibao"), (f"https://{'a' * 80}.cn/", "dibao"),
    ],
)  # fmt: skip
def test_identities_are_tags_whatever_the_home(home: str, host: str) -> None:
    made = atom.tag(home, "2026-11-22", "feed/section=国内 要闻#?")
    assert TAG.fullmatch(made)
    assert made.startswith(f"tag:{host},2026-11-22:feed/")


# Chunks


def test_a_chunk_says_where_it_is_from(filled: Desk) -> None:
    full, bare = chunked(filled.database)[0]
    assert full == {
        "id": "1:1:1", "article": 1, "revision": 1, "n": 1, "of": 1, "seq": 1, "source": "a", "title": HOSTILE,
        "url": "https://a.cn/1", "published_at": "2026-11-22T09:30:00Z", "lang": "zh", "story_id": 1,
        "is_canonical": 1, "status": "live", "sections": ["国内", '"&<'], "text": f"{HOSTILE}\n\n第二段。",
    }  # fmt: skip
    assert (bare["id"], bare["text"], bare["title"]) == ("2:1:1", "=1+1", None)


def test_a_long_title_does_not_come_whole_with_each_chunk(desk: Desk) -> None:
    desk.stored("1", article("正文。" * 5000, "题" * 10_000, sections=("国" * 1000,) * 20))
    made, _ = chunked(desk.database)
    assert len(made) > 20
    assert {(len(row["title"]), len(row["sections"]), len(row["sections"][0])) for row in made} == {(300, 10, 300)}


# Parquet


def columnar(database: Database, names: Sequence[str] | None = None, since: int | None = None) -> Any:
    read = pytest.importorskip("pyarrow.parquet")
    out = io.BytesIO()
    known = columns(database)
    asked = chosen(known, names or list(known))
    lines = Lines(database, Wanted(), [column.name for column in asked], since=since)
    parquet.write(lines, asked, out, feed=since is not None)
    return read.ParquetFile(io.BytesIO(out.getvalue()))


def test_parquet_has_types_and_comes_back_equal(filled: Desk) -> None:
    read = columnar(filled.database).read()
    assert str(read.schema.field("first_seen_at").type) == "timestamp[ms, tz=UTC]"
    assert str(read.schema.field("authors").type) == "list<element: string>"
    assert {str(read.schema.field(name).type) for name in ("id", "story_id", "is_canonical")} == {"int64"}
    for made, wanted in zip(read.to_pylist(), jsonl(filled.database)[0], strict=True):
        for name, value in made.items():
            stored = value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value
            assert stored == wanted[name], name


def test_row_groups_are_bounded_by_their_bytes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "GROUP_BYTES", 3000)
    for name in "12345":
        desk.stored(name, name * 600)
    read = columnar(desk.database, ["id", "text"])
    assert (read.num_row_groups, read.read().num_rows) == (3, 5)


def test_parquet_of_what_changed_says_what_to_drop(desk: Desk) -> None:
    pruned(two_articles(desk), 2)
    found = columnar(desk.database, ["id", "title"], since=0).read().to_pylist()
    assert found[1] == {"seq": 3, "op": "prune", "deleted": True, "id": 2, "title": None}
    assert columnar(desk.database, ["id"], since=3).read().num_rows == 0


def test_a_column_of_no_known_type_is_text(database: Database) -> None:
    rows = database.rows("SELECT name FROM pragma_table_info('articles') WHERE type = ''")
    known = columns(database)
    expressions = {"markdown": "text", "is_canonical": "integer", **{name: name for name in SHORT}}
    assert {row["name"]: known[row["name"]].kind for row in rows} == expressions
