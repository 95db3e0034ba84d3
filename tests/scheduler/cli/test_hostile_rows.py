"""What commands make of a file of attacks: nothing steers a terminal, and no format carries more than text."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import etree, html

from scheduler.cli.main import main
from scheduler.demo.sourcefile import head
from tests.storage import hostile_rows
from tests.storage.hostile_rows import ATTACKS, MARK

# Controls but tab and line feed, line ends of Unicode, and what turns the direction of reading.
STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
ATOM = "{http://www.w3.org/2005/Atom}"
SHOWN = [
    ("search", MARK), ("search", MARK, "--json"), ("search", "正文", "--sort", "relevance"),
    ("story", "show", "1"), ("story", "show", "41"), ("story", "show", "41", "--json"), ("story", "history", "41"),
    *(("diff", str(number)) for number in range(1, len(ATTACKS) + 1)),
    ("diff", "41", "--json"), ("diff", "--stealth"), ("status",), ("status", "--json"), ("sources", "list"),
    ("db", "check"), ("export", "jsonl"), ("export", "chunks"), ("prune", "--dry-run"), ("chrome", "a"),
]  # fmt: skip


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("attacked")
    hostile_rows.make(folder / "news.db")
    (folder / "dibao.toml").write_text(head("news.db", 0.0) + '[[source]]\nname = "a"\nhome = "https://a.cn/"\n')
    return folder


@pytest.fixture(autouse=True)
def _here(attacked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(attacked)
    monkeypatch.delenv("DIBAO_CONFIG", raising=False)


def run(*words: str) -> tuple[str, str]:
    done = CliRunner().invoke(main, list(words))
    assert done.exit_code in {0, 1, 2, 4}, (words, done.exception)
    assert done.exception is None or isinstance(done.exception, SystemExit), (words, done.exception)
    return done.stdout, done.stderr


def test_nothing_that_a_command_shows_steers_a_terminal() -> None:
    said = 0
    for words in SHOWN:
        out, err = run(*words)
        for text in (out, err):
            assert not STEERS.search(text), (words, STEERS.search(text))
        said += MARK in out
    assert said > 25


def test_json_lines_and_chunks_are_one_document_a_line() -> None:
    for format_ in ("jsonl", "chunks"):
        lines = run("export", format_)[0].splitlines()
        assert len(lines) >= len(ATTACKS)
        assert all(isinstance(json.loads(line), dict) for line in lines)


def test_no_cell_of_an_export_is_a_formula() -> None:
    out, _ = run("export", "csv", "--columns", "id,title,text,origin,authors,sections,url,licence,kicker,markdown")
    rows = list(csv.reader(io.StringIO(out.removeprefix("\ufeff"), newline="")))
    assert len(rows) == 1 + len(ATTACKS)
    for cell in (cell for row in rows[1:] for cell in row):
        assert not re.match(r"[\s\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]", cell), cell
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f]", cell)


@pytest.mark.parametrize("options", [(), ("--summaries",)])
def test_a_feed_is_valid_and_a_reader_finds_no_markup_of_a_page_in_it(options: tuple[str, ...]) -> None:
    out, _ = run("export", "atom", "--limit", "100", *options)
    feed = etree.fromstring(out.encode(), etree.XMLParser(resolve_entities=False))
    assert len(feed.findall(f"{ATOM}entry")) == len(ATTACKS)
    assert {element.tag for element in feed.iter()} <= {ATOM + name for name in (
        "feed", "id", "title", "updated", "generator", "link", "entry", "author", "name", "content", "summary",
        "published", "category", "rights",
    )}  # fmt: skip
    for link in feed.iter(f"{ATOM}link"):
        assert re.match("https?://", link.get("href", "")), link.get("href")
    for content in feed.iter(f"{ATOM}content"):
        shown = html.fragment_fromstring(content.text or "", create_parent="div")
        assert {element.tag for element in shown.iter()} == {"div", "p"}
        assert not any(element.attrib for element in shown.iter())
    for title in feed.iter(f"{ATOM}title"):
        assert title.get("type", "text") == "text"


def test_a_diff_as_html_has_no_markup_of_a_page() -> None:
    for number in range(1, len(ATTACKS) + 1):
        out, _ = run("diff", str(number), "--html")
        page = html.document_fromstring(out)
        assert not STEERS.search(out)
        for element in page.iter():
            if not isinstance(element.tag, str):
                continue
            assert element.tag not in {"script", "img", "svg", "iframe", "base", "object", "embed", "form"}
            assert not [name for name in element.attrib if name.startswith("on") or name in {"src", "srcdoc"}]
            assert re.match("https?://", element.get("href", "https://"))
            assert element.get("href") is None or element.get("rel") == "noopener noreferrer nofollow"
        assert "default-src 'none'" in out
