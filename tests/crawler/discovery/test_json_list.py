"""Listings that are JSON."""

import json
import time

import pytest

from crawler.discovery.entry import EntryInput, EntryPage, read_entry
from crawler.discovery.json_list import guess_items
from storage.records import JsonItems, Rejection

HOME = "https://www.portal.test/"
URL = "https://www.portal.test/api/list?page=1"
ITEMS = [
    {"id": 1001, "url": "/2026/1001.html", "title": "武汉<b>今日</b>大雨&nbsp;", "date": "2026-11-21 08:30"},
    {"id": 1002, "url": "https://www.portal.test/2026/1002.html", "title": "长江水位上涨", "date": 1795221000},
    {"id": 1003, "url": "//www.portal.test/2026/1003.html", "title": "学校明日停课", "date": 1795221000000},
]


def read(body, *, items=JsonItems(items="data.list"), content_type="application/json", links=None):  # noqa: B008 - frozen
    body = body if isinstance(body, bytes) else body.encode()
    return read_entry(
        EntryInput(
            kind="listing",
            url=URL,
            body=body,
            content_type=content_type,
            home=HOME,
            json=items,
            links=links,
            timezone="Asia/Shanghai",
        )
    )


def answer(items=ITEMS) -> str:
    return json.dumps({"code": 0, "data": {"total": 3, "list": items}}, ensure_ascii=False)


def paths(page) -> list[str]:
    assert isinstance(page, EntryPage), page
    return [candidate.url.removeprefix("https://www.portal.test") for candidate in page.candidates]


def test_items_become_candidates_with_their_titles_and_dates():
    page = read(answer())
    assert paths(page) == ["/2026/1001.html", "/2026/1002.html", "/2026/1003.html"]
    assert [(c.title, c.published_raw, c.published_at.isoformat()) for c in page.candidates] == [
        ("武汉今日大雨", "2026-11-21 08:30", "2026-11-21T08:30:00+08:00"),
        ("长江水位上涨", "1795221000", "2026-11-21T08:30:00+08:00"),
        ("学校明日停课", "1795221000000", "2026-11-21T08:30:00+08:00"),
    ]
    assert page.notes == ()


@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "\ufeff  {}\n",
        "jQuery123_456({});",
        "/**/ cb({});",
        "window.cb && window.cb({})",
        "var list = {};\nvar more = 1;",
        "window.data['list'] = {}",
        "let x={}",
        "({})",
        ")]}',\n{}",
        "for(;;);{}",
        "// made at 08:30\ncallback({})",
        "try{cb({})}catch(e){}",
    ],
)
@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_json_is_found_in_what_servers_wrap_it_in(form, codec):
    before, _, after = form.partition("{}")
    if codec == "gb18030" and before.startswith("\ufeff"):
        before = ""
    page = read((before + answer() + after).encode(codec), content_type="text/html")
    assert len(paths(page)) == 3
    assert page.candidates[1].title == "长江水位上涨"


def test_nan_is_nothing():
    assert len(paths(read('{"data": {"list": [{"url": "/1001.html", "title": "大雨", "date": NaN}]}}'))) == 1


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (ITEMS, "."),
        ({"a": {"b": [{"c": ITEMS}]}}, "a.b.0.c"),
        ({"list": {"0": ITEMS[0], "1": ITEMS[1], "5": ITEMS[2]}}, "list"),
        ([[], ITEMS], "1"),
    ],
)
def test_a_path_leads_through_objects_and_lists(document, path):
    assert len(paths(read(json.dumps(document), items=JsonItems(items=path)))) == 3


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("/news/{id}.html", "/news/7.html"),
        ("/news/{info.code}?c={name}", "/news/a%20b?c=%E5%A4%A7%26x"),
        ("{url}?v=2", "/2026/7.html?v=2"),
        ("info.path", "/p/7.html"),
        ("{day}/{id}.html", "/api/2026/11/21/7.html"),
    ],
)
def test_a_link_is_a_path_or_a_template(link, found):
    item = {
        "id": 7.0,
        "name": "大&x",
        "url": "https://www.portal.test/2026/7.html",
        "day": "2026/11/21",
        "info": {"code": "a b", "path": "/p/7.html"},
    }
    page = read(answer([item]), items=JsonItems(items="data.list", link=link))
    assert paths(page) == [found]


def test_items_without_an_address_are_left_out():
    page = read(answer([ITEMS[0], {"title": "无链接"}, {"url": None}, {"url": {}}, {"url": True}, 7, None, []]))
    assert (paths(page), page.skipped) == (["/2026/1001.html"], {"no_link": 4, "not_an_item": 3})


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc/passwd", "http://127.0.0.1/", "https://evil.test/1", "http://[::1"]
)
def test_addresses_that_must_not_be_fetched_are_no_candidates(address):
    assert paths(read(answer([ITEMS[0], {"url": address}]))) == ["/2026/1001.html"]


@pytest.mark.parametrize("empty", [[], None, False, "", {}])
def test_an_empty_list_has_no_candidates(empty):
    page = read(answer(empty))
    if empty == {}:
        assert page.reason == "no_items"
    else:
        assert page == EntryPage()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("data.lists", "'lists' is not there; data: an object with the keys total, list"),
        ("result.list", "'result' is not there; the document: an object with the keys code, data"),
        ("data", "data is no list: an object with the keys total, list"),
        ("data.list.9", "'9' is not there; data.list: a list of 3"),
        ("code.x", "'x' is not there; code: '0'"),
        ("data.list.0.id", "data.list.0.id is no list: '1001'"),
    ],
)
def test_a_path_that_leads_nowhere_says_what_is_there(path, words):
    assert read(answer(), items=JsonItems(items=path)) == Rejection(reason="no_items", detail=words)


def test_a_link_that_no_item_has_is_a_fault_of_the_description_and_a_title_is_told():
    page = read(answer(), items=JsonItems(items="data.list", link="href"))
    assert page.reason == "no_items"
    assert page.detail == "no item has a link at 'href'; an object with the keys id, url, title, date"
    page = read(answer(), items=JsonItems(items="data.list", title="headline"))
    assert (len(paths(page)), page.notes) == (3, ("no item has a title at 'headline'",))


@pytest.mark.parametrize(
    "body",
    ["", "<html></html>", "words", "{", '{"a": }', "[" * 100_000, '{"a":' * 1_000_000, '"text"', "cb(1)", "9" * 9],
)
def test_what_is_no_json_is_rejected_in_bounded_time(body):
    began = time.process_time()
    page = read(body)
    assert page.reason == "not_json"
    assert len(page.detail) < 300
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    "hostile", ["a." * 300_000, "/*" * 300_000, "//\n" * 300_000, "a" * 2_000_000, "var " * 300_000]
)
def test_hostile_beginnings_cost_little(hostile):
    began = time.process_time()
    assert read(hostile).reason == "not_json"
    assert time.process_time() - began < 3


def test_a_path_of_the_operator_costs_little():
    assert read(answer(), items=JsonItems(items="data." * 10_000)).reason == "no_items"
    assert read(answer(), items=JsonItems(items="data.list", link="{" * 10_000)).reason == "no_items"
    assert read(answer(), items=JsonItems(items="data.list." + "9" * 10_000)).reason == "no_items"


def test_at_most_two_thousand_items_are_taken():
    page = read(answer([{"url": f"/{n}.html"} for n in range(2500)]))
    assert (len(page.candidates), page.skipped) == (2000, {"too_many": 500})


def test_a_pattern_holds_for_json_too():
    page = read(answer(), links="/2026/1001.html")
    assert (paths(page), page.skipped) == (["/2026/1001.html"], {"not_article": 2})


def test_json_that_nobody_described_says_what_is_missing():
    page = read_entry(EntryInput(kind="listing", url=URL, body=answer().encode(), home=HOME))
    assert page == Rejection(reason="not_html", detail='it is JSON; say with "items" where its list of articles stands')


@pytest.mark.parametrize(
    ("document", "guess"),
    [
        ({"code": 0, "data": {"total": 3, "list": ITEMS}}, JsonItems(items="data.list")),
        (ITEMS, JsonItems(items=".")),
        (
            {
                "menu": [{"name": "国内", "url": "/gn/"}, {"name": "国际", "url": "/gj/"}],
                "rows": [
                    {
                        "docid": f"a{n}",
                        "img": f"https://img.test/{n}.jpg",
                        "info": {"pageUrl": f"/a/{n}.shtml"},
                        "docTitle": f"第{n}条新闻的标题",
                        "summary": "很长的摘要" * 20,
                        "pub_time": 1795221000 + n,
                        "source": "某某日报",
                    }
                    for n in range(5)
                ],
            },
            JsonItems(items="rows", link="info.pageUrl", title="docTitle", date="pub_time"),
        ),
        (
            [{"articles": [{"link": f"https://x.test/{n}", "headline": f"Rain in the city {n}"} for n in range(3)]}],
            JsonItems(items="0.articles", link="link", title="headline"),
        ),
    ],
)
def test_the_list_of_articles_is_guessed(document, guess):
    assert guess_items(json.dumps(document).encode(), "application/json") == guess
    assert guess_items(f"cb({json.dumps(document)})".encode(), None) == guess


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        {"list": [1, 2, 3]},
        {"list": [{"id": 1}, {"id": 2}]},
        {"list": [{"title": "一条新闻的标题", "img": "/1.jpg"}, {"title": "另一条新闻的标题", "img": "/2.jpg"}]},
        {"a.b": ITEMS},
        7,
    ],
)
def test_what_has_no_list_of_articles_is_not_guessed(document):
    assert guess_items(json.dumps(document).encode(), None) is None


def test_guessing_is_bounded():
    began = time.process_time()
    assert guess_items(b"<html>", None) is None
    assert guess_items(json.dumps([[{"a": {"b": n}} for n in range(100)]] * 600).encode(), None) is None
    assert guess_items(json.dumps([{str(key): "x" for key in range(20_000)}] * 5).encode(), None) is None
    assert time.process_time() - began < 6
