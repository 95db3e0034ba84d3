"""`dibao export`: what comes out in each format, what is kept of how far it came, and what is refused."""

import csv
import gzip
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import feedparser
import pytest

from scheduler.cli.export_output import _Terminal
from storage.database import open_writer
from storage.export.replacing import replaced
from tests.storage.conftest import HOUR, Desk, article
from tests.storage.test_schema import of_version

Run = Callable[..., "subprocess.CompletedProcess[str]"]
FORMATS = ("jsonl", "csv", "parquet", "chunks", "atom", "warc")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of two articles."""
    path = tmp_path_factory.mktemp("stored") / "news.db"
    with open_writer(path) as database:
        made = Desk(database)
        made.stored("1", article("党建工作开新局。", "党建\x1b[2J", sections=("国内",), lang="zh"))
        made.stored("2", article("=桥通车了。", "桥"))
    return path


@pytest.fixture
def desk(stored: Path, tmp_path: Path) -> Iterator[Desk]:
    """A copy of it, as a writer has it open."""
    with open_writer(Path(shutil.copy(stored, tmp_path))) as database:
        yield Desk(database)


@pytest.fixture
def export(desk: Desk, dibao_here: Run) -> Run:
    """Runs `dibao export FORMAT ...` on the database."""
    return lambda form, *arguments: dibao_here("export", form, "--database", "news.db", *arguments)


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_json_lines_stand_on_standard_output_and_all_else_on_standard_error(export: Run) -> None:
    done = export("jsonl")
    assert (done.returncode, done.stderr) == (0, "next: --since-seq 2\n")
    assert [(row["id"], row["sections"]) for row in objects(done.stdout)] == [(1, ["国内"]), (2, [])]


def test_filters_choose_and_columns_are_those_asked_for(export: Run) -> None:
    for chosen in (("--where", "lang = zh"), ("--section", "国内"), ("--where", "title ~ 党", "--canonical"),
                   ("--until", "2026-11-23", "--limit", "1", "--source", "a")):  # fmt: skip
        done = export("jsonl", "--columns", "title", *chosen)
        assert objects(done.stdout) == [{"id": 1, "seq": 1, "op": "insert", "title": "党建[2J"}]
    assert export("jsonl", "--since", "2026-11-23").stdout == ""


def test_words_choose_as_search_does(export: Run) -> None:
    assert [row["id"] for row in objects(export("jsonl", "--search", "党建").stdout)] == [1]
    assert [row["article"] for row in objects(export("chunks", "--search", "通车").stdout)] == [2]
    assert export("jsonl", "--search", "无此").stdout == ""


def test_a_cursor_keeps_how_far_it_came(desk: Desk, export: Run, tmp_path: Path) -> None:
    cursor, out = tmp_path / "last.seq", tmp_path / "out.jsonl"
    arguments = ("--cursor", "last.seq", "--out", "out.jsonl")
    assert export("jsonl", *arguments).stderr == ""
    assert (cursor.read_text(), len(objects(out.read_text()))) == ("2\n", 2)
    for _ in range(2):
        export("jsonl", *arguments)
        assert (cursor.read_text(), out.read_text()) == ("2\n", "")
    desk.now += HOUR
    desk.recheck(desk.extracted("2", "桥又通车了。"))
    export("jsonl", *arguments)
    assert (cursor.read_text(), [row["text"] for row in objects(out.read_text())]) == ("3\n", ["桥又通车了。"])
    assert export("jsonl", "--since-seq", "2").stdout == out.read_text()
    assert sorted(path.name for path in tmp_path.glob("*.part")) == []


@pytest.mark.parametrize(
    "arguments",
    [("--where", "titel = x"), ("--out", "none/out.jsonl"), ("--source", "nobody"), ("--out", "news.db")],
)
def test_a_cursor_stays_where_the_export_fails(export: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "last.seq").write_text("1\n")
    assert export("jsonl", "--cursor", "last.seq", *arguments).returncode in {2, 4}
    assert (tmp_path / "last.seq").read_text() == "1\n"
    assert list(tmp_path.glob("*.part")) == []


def test_two_exports_do_not_go_on_from_one_cursor_at_once(export: Run, tmp_path: Path) -> None:
    with replaced(tmp_path / "last.seq"):
        done = export("jsonl", "--cursor", "last.seq")
    assert (done.returncode, done.stdout) == (3, "")
    assert "another process is writing" in done.stderr


def test_a_table_opens_in_a_spreadsheet(export: Run, tmp_path: Path) -> None:
    assert export("csv", "--out", "news.csv").returncode == 0
    made = (tmp_path / "news.csv").read_bytes()
    assert made.startswith(b"\xef\xbb\xbfid,")
    assert [row["text"] for row in csv.DictReader(io.StringIO(made.decode("utf-8-sig")))] == [
        "党建工作开新局。",
        "'=桥通车了。",
    ]
    assert export("csv", "--plain", "--columns", "id,text").stdout == "id,text\n1,党建工作开新局。\n2,=桥通车了。\n"
    assert export("csv", "--since-seq", "1", "--columns", "title").stdout.endswith("2,insert,0,2,桥\n")


def test_a_feed_is_of_a_source_a_section_or_a_search(export: Run) -> None:
    done = export("atom", "--source", "a", "--section", "国内", "--self-url", "https://b.cn/feed.xml")
    read = feedparser.parse(done.stdout)
    assert (read.bozo, done.stderr, read.feed.title) == (False, "", "Dibao: a · 国内")
    assert read.feed.id.startswith("tag:a.cn,2026-11-22:feed/source%3Da/section%3D")
    assert [entry.title for entry in read.entries] == ["党建[2J"]
    both = feedparser.parse(export("atom", "--title", "新闻", "--summaries").stdout)
    assert (both.feed.title, len(both.entries)) == ("新闻", 2)
    assert both.feed.id != read.feed.id


def test_chunks_are_as_long_as_is_asked(desk: Desk, export: Run) -> None:
    desk.stored("3", "城东的桥今天通车了。" * 100)
    made = objects(export("chunks", "--target-characters", "100", "--where", "id = 3").stdout)
    assert {len(row["text"]) <= 140 for row in made} == {True}
    assert [row["id"] for row in made] == [f"3:1:{n}" for n in range(1, len(made) + 1)]


def test_parquet_is_read_by_others(export: Run, tmp_path: Path) -> None:
    read = pytest.importorskip("pyarrow.parquet")
    assert export("parquet", "--out", "news.parquet", "--columns", "id,title").returncode == 0
    assert read.read_table(tmp_path / "news.parquet").to_pylist()[1] == {"id": 2, "title": "桥"}


def test_without_its_library_parquet_says_how_to_get_it(export: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    done = export("parquet", "--out", "news.parquet")
    assert (done.returncode, done.stdout) == (2, "")
    assert 'pip install "dibao[parquet]"' in done.stderr


def test_raw_pages_come_as_warc(export: Run, tmp_path: Path) -> None:
    assert export("warc", "--out", "pages.warc.gz", "--source", "a").returncode == 0
    assert (tmp_path / "pages.warc.gz").is_file()


def test_a_name_that_ends_in_gz_is_compressed(export: Run, tmp_path: Path) -> None:
    export("jsonl", "--out", "news.jsonl.gz")
    assert gzip.decompress((tmp_path / "news.jsonl.gz").read_bytes()).decode() == export("jsonl").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("jsonl", "--where", "titel = x"), 2, "did you mean title?"),
        (("jsonl", "--where", "titel"), 2, "is no condition; write COLUMN OPERATOR VALUE"),
        (("csv", "--columns", "id,nope"), 2, "articles have no column 'nope'"),
        (("csv", "--columns", "id,,title"), 2, "write names of columns with commas between"),
        (("jsonl", "--since-seq", "1", "--cursor", "c"), 2, "--cursor FILE keeps what --since-seq would say"),
        (("jsonl", "--cursor", "same", "--out", "same"), 2, "--out and --cursor name one file"),
        (("jsonl", "--cursor", "junk"), 2, "junk: not the number of a change alone"),
        (("jsonl", "--since-seq", "3"), 4, "its changes end at 2, before 3"),
        (("jsonl", "--source", "nobody"), 4, "has no source 'nobody'"),
        (("csv", "--out", "news.db"), 2, "news.db: a database"),
        (("atom", "--out", "news.db-wal"), 2, "what belongs to one"),
        (("jsonl", "--cursor", "news.db.lock"), 2, "what belongs to one"),
        (("csv", "--out", "none/news.csv"), 4, "none/news.csv"),
        (("parquet", "--out", "news.parquet.gz"), 2, "compressed within"),
        (("atom", "--limit", "0"), 2, "--limit"),
        (("atom", "--since-seq", "1"), 2, "No such option"),
    ],
)
def test_what_cannot_be_is_told_and_leaves_all_as_it_was(
    export: Run, tmp_path: Path, arguments: tuple[str, ...], code: int, why: str
) -> None:
    (tmp_path / "junk").write_text("12 monkeys")
    before = sorted(path.name for path in tmp_path.iterdir())
    done = export(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert why in re.sub(r"\s+", " ", done.stderr)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("option", ["--out", "--cursor"])
def test_the_configuration_is_not_overwritten(desk: Desk, dibao_here: Run, tmp_path: Path, option: str) -> None:
    written = '[dibao]\ndatabase = "news.db"\ncontact = "a@example.org"\n'
    (tmp_path / "dibao.toml").write_text(written)
    (tmp_path / "link").symlink_to("dibao.toml")
    for name in ("dibao.toml", "link"):
        done = dibao_here("export", "jsonl", option, name)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"{name}: the configuration; name another file" in done.stderr
    assert (tmp_path / "dibao.toml").read_text() == written


def test_a_file_of_an_older_version_is_refused_with_what_to_run(dibao_here: Run, tmp_path: Path) -> None:
    of_version(tmp_path / "old.db", 10)
    for form in FORMATS:
        done = dibao_here("export", form, "--database", "old.db")
        assert (done.returncode, done.stdout) == (4, "")
        assert "run `dibao db migrate` once" in done.stderr


def test_who_has_read_enough_ends_it_without_a_word(desk: Desk, dibao_command: str, tmp_path: Path) -> None:
    for name in "345":
        desk.stored(name, f"{name}的正文。" * 20_000)
    with subprocess.Popen(
        [dibao_command, "export", "jsonl", "--database", "news.db", "--cursor", "last.seq"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.read(10)
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(30) == 0
    assert not (tmp_path / "last.seq").exists()


@pytest.mark.faults
def test_a_full_standard_output_is_told(desk: Desk, dibao_command: str, tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [dibao_command, "export", "csv", "--database", "news.db"],
            cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert done.returncode == 4
    assert b"standard output: No space left on device" in done.stderr


def test_nothing_of_a_page_steers_a_terminal() -> None:
    shown = io.BytesIO()
    out = _Terminal(shown)
    assert out.write("党建\x1b[2J\u202e\x9b,a\r\n".encode()) == len("党建\x1b[2J\u202e\x9b,a\r\n".encode())
    assert shown.getvalue().decode() == "党建 [2J  ,a\n"
