"""The Big List of Naughty Strings: through extraction, wire, store, search and each export, and back as it was."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import feedparser
import pytest
from lxml import etree

from crawler import wire
from crawler.discovery.entry import EntryInput, EntryPage, read_entry
from crawler.extraction.cleaning import clean_line
from crawler.extraction.page import PageInput, extract_page
from scheduler.cli.terminal import plain
from storage.cleaning import clean_text
from storage.database import Database, open_reader, open_writer
from storage.export import atom, chunks, csv_rows, json_lines, parquet
from storage.export.columns import chosen, columns
from storage.export.lines import Lines, Wanted
from storage.records import Article, Candidate, Credit, Discovered, Extracted
from storage.search.finding import find
from storage.search.query import BadQuery, parse
from storage.search.terms import search_terms
from storage.selection import Selection
from tests.storage.conftest import Desk
from tests.suites.foreign import PROSE, article_page, escaped, naughty_strings

NOW = datetime(2026, 11, 22, tzinfo=UTC)
STRINGS = 515
FOUND = 449
"""Strings with a letter or digit that can be looked for; the others are refused in words."""


@pytest.fixture(scope="module", params=[pytest.param(7, id="each seventh"), pytest.param(1, marks=pytest.mark.faults)])
def every(request: pytest.FixtureRequest) -> int:
    """Of how many strings one is taken."""
    return int(request.param)


@pytest.fixture(scope="module")
def strings(every: int) -> list[str]:
    """The strings that are on the shelf."""
    found = naughty_strings()
    assert len(found) == STRINGS
    return found[::every]


@pytest.fixture(scope="module")
def shelf(strings: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A file with an article for each string: in title, text, name, keyword and the link to it."""
    path = tmp_path_factory.mktemp("naughty") / "news.db"
    with open_writer(path) as database:
        database.execute("PRAGMA synchronous = OFF")
        desk = Desk(database)
        desk.begin()
        for start in range(0, len(strings), 100):
            some = list(enumerate(strings))[start : start + 100]
            desk.take(*(sent(event) for at, string in some for event in events(desk, at, string)))
        desk.end()
    with open_reader(path) as database:
        yield database


def events(desk: Desk, number: int, string: str) -> tuple[Discovered, Extracted]:
    """An article with the string wherever a page can write, and how it was found."""
    link = Candidate(url=f"https://a.cn/{number}", key=f"//a.cn/{number}", title=string, guid=string)
    found = Discovered(job_id=desk.job, number=0, entry_url="https://a.cn/", candidates=(link,), taken=1)
    article = Article(
        title=string or None,
        text=text_of(number, string),
        markdown=string,
        credits=(Credit(role="reporter", name=string, raw=string),),
        keywords=(string,),
        origin=string,
        encoding="utf-8",
        encoding_evidence="meta",
        extractor="test",
    )
    event = desk.extracted(str(number), article, terms=search_terms(article.title, article.text))
    return found, event


def text_of(number: int, string: str) -> str:
    """The text of an article, which is like no other."""
    return f"{string}\n\n第{number}篇到此为止。"


def sent(event: Any) -> Any:
    """The event as it comes out of the pipe."""
    return wire.decode(wire.encode(event))


def test_each_string_comes_back_as_it_was_but_for_what_nobody_sees(shelf: Database, strings: list[str]) -> None:
    rows = shelf.rows("SELECT title, text, markdown, origin, keywords, credits FROM articles ORDER BY id")
    assert len(rows) == len(strings)
    for number, (row, string) in enumerate(zip(rows, strings, strict=True)):
        clean = clean_text(string)
        assert (row["title"] or "", row["text"]) == (clean, clean_text(text_of(number, string)))
        assert (row["origin"], json.loads(row["keywords"])) == (clean, [clean])
        assert json.loads(row["credits"])[0]["name"] == clean
    titles = shelf.rows("SELECT link_title FROM urls ORDER BY id")
    assert [row[0] or "" for row in titles] == [clean_text(string) for string in strings]


def test_each_string_is_found_or_refused_in_words(shelf: Database, strings: list[str], every: int) -> None:
    found = 0
    for number, string in enumerate(strings, start=1):
        try:
            parse(f'"{string}"')
        except BadQuery:
            with pytest.raises(BadQuery):
                find(shelf, f'"{string}"', Selection())
            continue
        hits = {hit.article_id for hit in find(shelf, f'"{string}"', Selection(), limit=1000).hits}
        # A quote within ends the quoted string; an Ogham space is a blank in a query and a sign in a text.
        assert number in hits or set(string) & set('"“”„＂\u1680'), string
        found += number in hits
    assert found >= FOUND // every


def test_the_index_says_what_is_stored(shelf: Database) -> None:
    shelf.execute("BEGIN")
    stored: set[str] = set()
    for row in shelf.rows("SELECT title, text FROM articles"):
        terms = search_terms(row["title"], row["text"])
        stored |= {*terms.title.split(), *terms.text.split()}
    shelf.execute("COMMIT")
    shelf.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', 'article_fts', 'row')")
    assert {row[0] for row in shelf.rows("SELECT term FROM temp.words")} == stored


def test_every_export_gives_each_string_back(shelf: Database, strings: list[str]) -> None:
    strings = [clean_text(string) for string in strings]
    known = columns(shelf)
    lines = Lines(shelf, Wanted(), list(known))
    out = io.BytesIO()
    json_lines.write(lines, list(known.values()), out)
    assert [json.loads(line)["title"] or "" for line in out.getvalue().decode().splitlines()] == strings
    plain_rows = table(shelf, csv_rows.Cells(guarded=False))
    assert [row["title"] for row in plain_rows] == strings
    assert {row["title"][:1] for row in table(shelf, csv_rows.Cells())} & set("=+-@\t＝＋－＠") == set()
    assert [row["n"] for row in chunked(shelf)] == [1] * len(strings)


def test_a_parquet_file_gives_each_string_back(shelf: Database, strings: list[str]) -> None:
    read = pytest.importorskip("pyarrow.parquet")
    out = io.BytesIO()
    asked = chosen(columns(shelf), ["id", "title"])
    parquet.write(Lines(shelf, Wanted(), ["id", "title"]), asked, out, feed=False)
    titles = read.ParquetFile(io.BytesIO(out.getvalue())).read().to_pylist()
    assert [row["title"] or "" for row in titles] == [clean_text(string) for string in strings]


def test_a_feed_with_all_of_them_is_well_formed(shelf: Database, strings: list[str]) -> None:
    out = io.BytesIO()
    said = atom.Feed(title="新闻", key="all", host="a.cn", born="2026-11-22")
    atom.write(Lines(shelf, Wanted(limit=1000), atom.COLUMNS, newest_first=True), said, out)
    root = etree.fromstring(out.getvalue())
    entries = root.findall("{http://www.w3.org/2005/Atom}entry")
    assert len(entries) == len(strings)
    read = feedparser.parse(out.getvalue())
    assert not read.bozo
    assert not [entry for entry in read.entries if "<script" in entry.content[0].value.lower()]


def test_no_string_steers_a_terminal() -> None:
    assert all(plain(string).isprintable() for string in naughty_strings())


def test_each_string_in_a_page_is_in_its_text_and_none_is_live_in_its_markdown() -> None:
    strings = [string for string in naughty_strings() if clean_line(string)]
    missing = []
    for start in range(0, len(strings), 60):
        some = strings[start : start + 60]
        page = article_page(*(f"第{at}项，{PROSE[:30]}：{escaped(one)}；{PROSE[30:]}" for at, one in enumerate(some)))
        said = extract_page(PageInput(body=page.encode(), url="https://a.cn/1.html", now=NOW))
        assert isinstance(said, Article)
        missing += [string for string in some if clean_line(string) not in said.text]
        assert said.markdown is None or "<script" not in said.markdown.lower().replace("\\<", "")
    assert missing == []


@pytest.mark.parametrize("kind", ["feed", "listing"])
def test_each_string_is_the_title_of_a_link(kind: str) -> None:
    strings = naughty_strings()
    if kind == "feed":
        items = (f"<item><title>{escaped(escaped(one))}</title><link>/n/{at}.html</link></item>"
                 for at, one in enumerate(strings))  # fmt: skip
        body = f"<rss><channel>{''.join(items)}</channel></rss>"
    else:
        links = (f'<li><a href="/n/{at}.html">{escaped(one)}</a></li>' for at, one in enumerate(strings))
        body = f"<html><body><ul>{''.join(links)}</ul></body></html>"
    entry = EntryInput(kind=kind, url="https://a.cn/x", body=body.encode(), home="https://a.cn/", links="/n/{id}.html")  # type: ignore[arg-type]
    page = read_entry(entry)
    assert isinstance(page, EntryPage)
    told = {candidate.url.rpartition("/")[2].removesuffix(".html"): candidate.title for candidate in page.candidates}
    assert len(told) == STRINGS
    for number, string in enumerate(strings):
        title = told[str(number)]
        assert title is None or title == clean_text(title)
        if "<" not in string and "&" not in string:
            assert (title or "") == clean_line(string)[:500].rstrip(), string


def table(database: Database, cells: csv_rows.Cells) -> list[dict[str, str]]:
    """The rows of a table, read back."""
    out = io.BytesIO()
    names = ["id", "title", "text"]
    csv_rows.write(Lines(database, Wanted(), names), chosen(columns(database), names), out, cells, bom=True, feed=False)
    return list(csv.DictReader(io.StringIO(out.getvalue().decode("utf-8-sig"), newline="")))


def chunked(database: Database) -> list[dict[str, Any]]:
    """The chunks of all articles."""
    out = io.BytesIO()
    chunks.write(Lines(database, Wanted(), chunks.COLUMNS), out, 500)
    return [json.loads(line) for line in out.getvalue().decode().splitlines()]
