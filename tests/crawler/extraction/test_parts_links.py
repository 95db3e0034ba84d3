"""find_part_links: which pages an article has, and which links only look like them."""

import time

import pytest

from crawler.extraction.markup.blocks import parse_html
from crawler.extraction.parts.links import find_part_links
from tests.crawler.extraction.part_pages import HOST, page, pager


def links(markup, url):
    return find_part_links(parse_html(markup), markup, url)


def of(markup, path):
    return links(f"<html><body>{markup}</body></html>", HOST + path)


def paths(found):
    return {number: url.removeprefix(HOST) for number, url in found.parts.items()}


@pytest.mark.parametrize(
    "addresses",
    [
        ["/2026/1121/c1001-4021.html", "/2026/1121/c1001-4021-2.html", "/2026/1121/c1001-4021-3.html"],
        ["/2026-11/21/c_1129.htm", "/2026-11/21/c_1129_2.htm", "/2026-11/21/c_1129_3.htm"],
        ["/202611/t20261121_5566.html", "/202611/t20261121_5566_1.html", "/202611/t20261121_5566_2.html"],
        ["/a/4021_1.shtml", "/a/4021_2.shtml", "/a/4021_3.shtml"],
        ["/a/4021_0.shtml", "/a/4021_1.shtml", "/a/4021_2.shtml"],
        ["/a/4021.shtml", "/a/4021_01.shtml", "/a/4021_02.shtml"],
        ["/a/4021.html", "/a/4021_p2.html", "/a/4021_p3.html"],
        ["/a/4021.html", "/a/4021/2.html", "/a/4021/3.html"],
        ["/a/4021", "/a/4021/2", "/a/4021/3"],
        ["/2026/11/the-long-road-home/", "/2026/11/the-long-road-home/2/", "/2026/11/the-long-road-home/3/"],
        ["/2026/11/the-long-road-home/", "/2026/11/the-long-road-home/page/2/", "/2026/11/the-long-road-home/page/3/"],
        ["/a/4021/index.html", "/a/4021/2.html", "/a/4021/3.html"],
        ["/a/4021/1.html", "/a/4021/2.html", "/a/4021/3.html"],
        ["/a/4021/", "/a/4021/index_2.html", "/a/4021/index_3.html"],
        ["/show.php?id=4021", "/show.php?id=4021&page=2", "/show.php?id=4021&page=3"],
        ["/show.php?id=4021", "/show.php?page=2&id=4021", "/show.php?page=3&id=4021"],
        ["/show.asp?ID=4021", "/show.asp?ID=4021&Page=2", "/show.asp?ID=4021&Page=3"],
        ["/a/4021.html", "/a/4021.html?page=2", "/a/4021.html?page=3"],
        ["/a/4021.html", "/a/4021.html?pn=2", "/a/4021.html?pn=3"],
        ["/?p=4021", "/?p=4021&page=2", "/?p=4021&page=3"],
    ],
)
def test_every_form_of_address_is_known_from_any_of_its_pages(addresses):
    for number, path in enumerate(addresses, 1):
        found = links(page(number, pager(addresses, number)), HOST + path)
        assert found.number == number
        assert paths(found) == {n: url for n, url in enumerate(addresses, 1) if n not in (1, number)}
        assert found.next_url == (HOST + addresses[number] if number < 3 else None)
        assert found.first_url == (HOST + addresses[0] if number > 1 else None)


@pytest.mark.parametrize(
    "words",
    [
        *("下一页", "下页", "下一頁", "后一页", "(接下一頁)", "下一页&gt;&gt;", "下一页：居民搬迁", "&gt;", "»"),
        *("Next", "Next page ›", "点击进入下一页", "阅读下一页", "下 一 页", "[下一页]", "<span>下一页</span>"),
        "<img src=n.gif alt=下一页>",
    ],
)
def test_the_next_page_is_known_by_its_words_alone(words):
    found = of(f"<a href=4021_2.html>{words}</a>", "/a/4021.html")
    assert (found.number, found.next_url) == (1, HOST + "/a/4021_2.html")


@pytest.mark.parametrize(
    "words", ["2", "[2]", "（2）", "第2页", "第二页", "第 2 页", "Page 2", "第2页：居民搬迁的难处", "【2】", "２"]
)
def test_a_page_is_known_by_its_number_however_it_is_written(words):
    assert paths(of(f"<a href=4021_2.html>{words}</a>", "/a/4021.html")) == {2: "/a/4021_2.html"}


def test_pages_in_a_select_box_are_known():
    box = "<select><option value=4021.html>第1页：开头<option value=4021_2.html>第2页：搬迁</select>"
    assert paths(of(box, "/a/4021.html")) == {2: "/a/4021_2.html"}


def test_a_page_that_only_knows_its_neighbours_counts_from_the_first():
    first = of("<a href=4021_1.html>下一页</a>", "/a/4021.html")
    second = of("<a href=4021.html>上一页</a><a href=4021_2.html>下一页</a>", "/a/4021_1.html")
    assert (first.number, first.next_url) == (1, HOST + "/a/4021_1.html")
    assert (second.number, second.first_url, second.next_url) == (2, HOST + "/a/4021.html", HOST + "/a/4021_2.html")


@pytest.mark.parametrize("current", ["<b>2</b>", "<a href=4021_2.html>2</a>", ""])
def test_the_second_of_two_pages_knows_the_first(current):
    found = of(f"<a href=4021.html>1</a>{current}", "/a/4021_2.html")
    assert (found.number, found.first_url, found.parts) == (2, HOST + "/a/4021.html", {})


def test_the_page_that_links_to_itself_by_its_number_is_known_by_it():
    found = of("<a href=4021_1.html>2</a><a href=4021_2.html>3</a>", "/a/4021_2.html")
    assert (found.number, found.first_url, paths(found)) == (3, None, {2: "/a/4021_1.html"})


def test_a_page_whose_number_is_not_sure_is_later_and_has_no_first():
    found = of("<a href=4021_1.html>上一页</a><a href=4021_3.html>下一页</a>", "/a/4021_2.html")
    assert (found.later, found.first_url, found.next_url) == (True, None, HOST + "/a/4021_3.html")


def test_pages_that_a_long_pager_leaves_out_are_filled_in():
    numbers = "<b>1</b><a href=4021_2.html>2</a>…<a href=4021_9.html>9</a><a href=4021_2.html>下一页</a>"
    assert sorted(of(numbers, "/a/4021.html").parts) == list(range(2, 10))


def test_the_script_of_trs_names_all_pages():
    script = '<script>createPageHTML(3, {}, "t20261121_5566", "html");</script>'
    first = of(script.format(0), "/a/t20261121_5566.html")
    last = of(script.format(2), "/a/t20261121_5566_2.html")
    assert paths(first) == {2: "/a/t20261121_5566_1.html", 3: "/a/t20261121_5566_2.html"}
    assert (last.number, last.next_url, last.first_url) == (3, None, HOST + "/a/t20261121_5566.html")


@pytest.mark.parametrize(
    ("script", "path"),
    [
        ('createPageHTML(50, 0, "index", "html")', "/news/index.html"),
        ('createPageHTML(1, 0, "t20261121_5566", "html")', "/a/t20261121_5566.html"),
        ('createPageHTML(3, 1, "t20261121_5566", "html")', "/a/t20261121_5566.html"),
        ('createPageHTML(3, 0, "t20261121_7788", "html")', "/a/t20261121_5566.html"),
    ],
)
def test_a_script_of_a_list_or_of_another_page_is_not_believed(script, path):
    assert of(f"<script>{script};</script>", path) is None


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("全文阅读", "4021_all.html"),
        ("阅读全文", "/a/4021_all.html"),
        ("在本页阅读全文", "?page=all"),
        ("余下全文", "4021_full.html"),
        ("显示全文", "/a/4021/all.html"),
        ("单页阅读", "4021_0.html"),
        ("View all", "/a/4021.html?view=all"),
        ("Single page", "/a/4021.html?single=1"),
        ("View as single page", "/a/4021.html?pagewanted=all"),
    ],
)
def test_the_page_with_the_whole_text_is_known(words, address):
    found = of(f"<a href='{address}'>{words}</a><a href=4021_2.html>2</a>", "/a/4021.html")
    assert found.whole_url.startswith(HOST + "/a/4021")
    assert paths(found) == {2: "/a/4021_2.html"}


def test_the_rest_of_the_text_may_be_the_second_page():
    assert of("<a href=4021_2.html>余下全文</a>", "/a/4021.html").next_url == HOST + "/a/4021_2.html"


def test_a_rel_next_of_the_same_article_is_believed():
    found = links("<html><head><link rel=next href=/a/4021_2.html></head><body>x</body></html>", HOST + "/a/4021.html")
    assert found.next_url == HOST + "/a/4021_2.html"


FALSE_FRIENDS = {
    "next article": ("<a href=4022.html>下一篇</a><a href=4020.html>上一篇</a>", "/a/4021.html"),
    "next article by the words for a page": ("<a href=4022.html>下一页</a>", "/a/4021.html"),
    "near ids": ("<a href=4021_35.html>35年前的老城</a>", "/a/4021_34.html"),
    "next post": ("<link rel=next href=/2026/11/other-news/>", "/2026/11/the-long-road-home/"),
    "second post of one name": ("<link rel=next href=/2026/11/road-works-2/>", "/2026/11/road-works/"),
    "second post of one name with html": ("<link rel=next href=/2026/road-works-2.html>", "/2026/road-works.html"),
    "comments": ("<div id=comments><a href=?page=2>2</a><a href=?page=2>下一页</a></div>", "/a/4021.html"),
    "comments by address": ("<a href='/a/4021/comment-page-2/#comments'>2</a>", "/a/4021/"),
    "comments by fragment": ("<a href='?page=2#comments'>2</a>", "/a/4021.html"),
    "comments of WordPress": ("<a href='?cpage=2'>2</a>", "/a/4021/"),
    "list": ("<a href=index_2.html>2</a><a href=index_2.html>下一页</a>", "/news/index.html"),
    "list of a folder": ("<a href=/news/2.html>2</a><a href=/news/2.html>下一页</a>", "/news/"),
    "list by parameter": ("<a href=?page=2>2</a>", "/news/list.html"),
    "list of a category": ("<a href=/category/world-politics/page/2/>2</a>", "/category/world-politics/"),
    "list of a tag": ("<a href=/tag/40217/2>2</a>", "/tag/40217"),
    "list of an author": ("<a href=?page=2>2</a>", "/authors/jane-doe-writer"),
    "home page": ("<a href=?page=2>2</a><a href=/2>2</a>", "/"),
    "list of posts": ("<a href=/page/2/>2</a>", "/"),
    "posts by number": ("<a href=/?p=13>13</a>", "/?p=12"),
    "calendar": ("<a href=/2026/11/22>22</a><a href=/2026/11/20>20</a>", "/2026/11/21"),
    "calendar of a newspaper": ("<a href=2026-11-22.html>22</a>", "/paper/2026-11-21.html"),
    "page of a newspaper": ("<a href=node_3.htm>3</a><a href=node_3.htm>下一页</a>", "/html/2026-11/21/node_2.htm"),
    "related box": ("<div class=relatedNews><a href=4021_2.html>2</a></div>", "/a/4021.html"),
    "thread": ("<a href=thread-4021-2-1.html>2</a>", "/thread-4021-1-1.html"),
    "other host": ("<a href=http://bbs.example.cn/a/4021_2.html>2</a>", "/a/4021.html"),
    "other folder": ("<a href=/b/4021_2.html>2</a>", "/a/4021.html"),
    "numbers that contradict": ("<a href=4021_2.html>2</a><a href=4021_3.html>5</a>", "/a/4021.html"),
    "numbers far off": ("<a href=4021_7.html>2</a>", "/a/4021.html"),
    "next that jumps": ("<a href=4021_2.html>2</a><a href=4021_9.html>下一页</a>", "/a/4021.html"),
    "teaser": ("<a href=/a/4022_all.html>阅读全文</a>", "/a/4021.html"),
    "full text elsewhere": ("<a href=http://m.other.cn/a/4021_all.html>阅读全文</a>", "/a/4021.html"),
    "full text of a paper": ("<a href=/papers/full.pdf>Full text</a>", "/a/4021.html"),
    "no pager": ("<a href=4021_2.html>图集：老城区的新面貌</a>", "/a/4021.html"),
    "script": ("<a href='javascript:go(2)'>2</a><a href=#2>2</a>", "/a/4021.html"),
    "the page itself": ("<a href=4021.html>1</a><a href=4021.html>下一页</a>", "/a/4021.html"),
    "broken addresses": ("<a href='http://[::1/2'>2</a><a href='//'>2</a><a href='?page=2&#x1;'>x</a>", "/a/4021.html"),
}


@pytest.mark.parametrize("name", FALSE_FRIENDS)
def test_what_only_looks_like_a_page_of_the_article_is_none(name):
    markup, path = FALSE_FRIENDS[name]
    assert of(markup, path) is None


def test_a_page_without_an_address_has_no_parts():
    assert links(page(1, "<a href=4021_2.html>2</a>"), "") is None
    assert links(page(1, "<a href=4021_2.html>2</a>"), "http://[::1/a/4021.html") is None


def test_trackers_in_addresses_make_no_difference():
    found = of("<a href='4021_2.html?spm=C1.2'>2</a>", "/a/4021.html?utm_source=rss")
    assert paths(found) == {2: "/a/4021_2.html"}


def test_relative_links_are_read_against_the_base_element():
    markup = "<html><head><base href=/b/></head><body><a href=4021_2.html>2</a></body></html>"
    assert paths(links(markup, HOST + "/b/4021.html")) == {2: "/b/4021_2.html"}
    assert links(markup, HOST + "/a/4021.html") is None


@pytest.mark.parametrize(
    "markup",
    [
        "<a href=4021_2.html>2</a>" * 20_000,
        "".join(f"<a href=4021_{n}.html>{n}</a>" for n in range(20_000)),
        "<a href='" + "4021_" * 10_000 + "'>2</a>",
        "".join(f"<a href='?{'page=2&' * 60}x={n}'>2</a>" for n in range(3000)),
        "<a href=4021_2.html>" + "<b>2" * 5000 + "</a>",
        "<script>" + "createPageHTML(" * 50_000 + "</script>",
        "<a href='" + "/4021" * 90 + "/2'>2</a>" * 1,
    ],
)
def test_no_page_costs_much_time(markup):
    root = parse_html(f"<html><body>{markup}</body></html>")
    begun = time.process_time()
    find_part_links(root, markup, HOST + "/a/4021.html")
    assert time.process_time() - begun < 1.0
