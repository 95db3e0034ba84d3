"""Lists of sources: CSV and OPML, out and in again, and files that mean ill."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.config import Source
from crawler.config_values import parse_name
from scheduler.sources.csv_lists import csv_rows, csv_text
from scheduler.sources.lists import ListFault, propose_name, slug, sort_rows
from scheduler.sources.opml import opml_rows, opml_text


def source(name: str, **values: object) -> Source:
    return Source.model_validate({"name": name, "home": f"https://{name}.test/"} | values)


CARRIED = (
    source("plain"),
    source("feeds", feeds=("https://feeds.test/a.xml?x=1&y=“2”", "https://feeds.test/b,c.xml")),
    source("maps", sitemaps=("https://maps.test/s.xml",), every="1h30m", timezone="UTC", enabled=False),
    source("timed", cron="*/5 6-23 * * *"),
    source(
        "lists",
        listings=(
            {"url": "https://lists.test/gn/?a=b", "links": "/gn/{date}/{id}.html"},
            {"url": "https://lists.test/"},
            {"url": "https://lists.test/api?p={page}", "items": "data.list", "link": "/n/{id}.html", "date": "t"},
        ),
    ),
)


def test_what_csv_carries_comes_back_equal() -> None:
    text = csv_text(CARRIED)
    assert "\r\n" in text
    assert sort_rows(csv_rows(text.encode("utf-8-sig")), ()).new == CARRIED
    assert sort_rows(csv_rows(text.replace("“2”", "二").encode("gb18030")), ()).bad == ()


def test_opml_carries_names_homes_and_feeds() -> None:
    back = sort_rows(opml_rows(opml_text(CARRIED).encode()), ())
    assert (back.bad, back.known) == ((), ())
    assert [(s.name, s.home, s.feeds) for s in back.new] == [(s.name, s.home, s.feeds) for s in CARRIED]


def test_the_opml_of_a_reader_is_grouped_by_site_through_folders() -> None:
    text = """<?xml version="1.0" encoding="GBK"?><opml version="1.0"><body>
      <outline text="新闻"><outline text="某报" type="rss" xmlUrl="http://a.cn/1.xml" htmlUrl="http://a.cn/"/>
      <outline text="深层"><outline title="某报体育" xmlUrl="http://a.cn/2.xml" htmlUrl="http://a.cn"/></outline></outline>
      <outline text="no home" xmlURL="feed://www.b.com/rss"/><outline text="a folder"/></body></opml>"""
    back = sort_rows(opml_rows(text.encode("gbk")), ())
    assert [(s.name, s.home, s.feeds) for s in back.new] == [
        ("a", "http://a.cn/", ("http://a.cn/1.xml", "http://a.cn/2.xml")),
        ("b", "http://www.b.com/", ("http://www.b.com/rss",)),
    ]


def test_repeats_are_known_and_wrong_rows_are_told_with_their_lines() -> None:
    text = (
        "name,home,every\r\n"
        "a,https://a.test/,15m\r\n"
        '"a",https://other.test/,\r\n'
        "\r\n"
        "c,https://A.test:443/#x,\r\n"
        "d,ftp://d.test/,\r\n"
        '"E!","https://e.\ntest/",soon\r\n'
        "f,https://f.test/,15m,more\r\n"
        ",https://www.present.test/,\r\n"
        ",https://news.fresh.cn/,\r\n"
    )
    came = sort_rows(csv_rows(text.encode()), [source("old", home="https://www.present.test/")])
    assert [(s.name, s.every) for s in came.new] == [("a", 900), ("fresh", None)]
    assert [told.line for told in came.known] == [3, 5, 10]
    assert [told.line for told in came.bad] == [6, 7, 9]
    assert "expected a http:// or https:// address" in came.bad[0].message
    assert all(word in came.bad[1].message for word in ("name:", "home:", "every:"))
    assert "4 cells under 3 columns" in came.bad[2].message


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "no header"),
        (b"url,title\n", "no header"),
        (b"home,nmae\n", 'did you mean "name"'),
        (b"home,home\n", "twice"),
        (b'name,home\n"a,https://a.test/\n', "not valid CSV"),
        (b"name,home\na,https://a.test/\n\xff\xff\x80,b\n", "neither UTF-8 nor GBK"),
    ],
)
def test_a_table_that_cannot_be_read_is_one_sentence(body: bytes, said: str) -> None:
    with pytest.raises(ListFault, match=said):
        list(csv_rows(body))


BOMB = b"""<?xml version="1.0"?><!DOCTYPE o [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<opml><body><outline text="&b;" xmlUrl="http://a.test/"/></body></opml>"""
OUTSIDE = b'<!DOCTYPE o SYSTEM "http://127.0.0.1:9/x.dtd"><opml><body/></opml>'


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (BOMB, "DOCTYPE"),
        (OUTSIDE, "DOCTYPE"),
        (BOMB.decode().encode("utf-16"), "DOCTYPE|not valid XML"),
        (b"<opml><body>", "not valid XML"),
        (b"<html><body/></html>", "not an OPML file"),
        (b"", "not valid XML"),
        (b"<opml>" + b"<outline>" * 5_000, "not valid XML"),
    ],
)
def test_a_document_that_is_no_opml_or_an_attack_is_one_sentence(body: bytes, said: str) -> None:
    with pytest.raises(ListFault, match=said):
        list(opml_rows(body))


def test_a_list_holds_no_control_characters() -> None:
    evil = Source.model_construct(name="a", home="https://a.test/\x1b[31m\x00", feeds=("https://a.test/\x07",))
    for text in (csv_text([evil]), opml_text([evil])):
        assert not any(ord(character) < 32 and character not in "\r\n" for character in text)


@given(st.text(max_size=300), st.sets(st.text(alphabet="ab-2", min_size=1, max_size=6)))
def test_a_proposed_name_is_valid_and_free(host: str, taken: set[str]) -> None:
    name = propose_name(host, taken)
    assert parse_name(name) == name
    assert name not in taken
    assert slug(host) == "" or parse_name(slug(host))


@given(st.binary(max_size=400))
def test_any_bytes_are_rows_or_a_fault(body: bytes) -> None:
    for reader in (csv_rows, opml_rows):
        for given_bytes in (body, b"name,home\n" + body, b"<opml>" + body):
            try:
                sort_rows(reader(given_bytes), ())
            except ListFault:
                continue


def test_the_names_of_hosts_are_what_is_particular_in_them() -> None:
    hosts = ("www.enshi.cn", "news.enshi.com.cn", "m.example.co.uk", "127.0.0.1", "[::1]", "localhost", "新闻.中国")
    assert [propose_name(host) for host in hosts] == [
        "enshi", "enshi", "example", "127-0-0-1", "1", "localhost", "source",
    ]  # fmt: skip
    assert propose_name("www.enshi.cn", {"enshi", "enshi-2"}) == "enshi-3"
