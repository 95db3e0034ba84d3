import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.article_links import looks_like_article
from crawler.discovery.entry import EntryInput, EntryPage, read_entry
from crawler.discovery.listings import BadPattern, compile_links
from storage.records import Rejection

HOME = "https://www.portal.test/"
URL = "https://www.portal.test/gn/index.html"


def read(html, *, links=None, url=URL, content_type="text/html", hosts=()) -> EntryPage | Rejection:
    body = html.encode() if isinstance(html, str) else html
    return read_entry(
        EntryInput(kind="listing", url=url, body=body, content_type=content_type, links=links, home=HOME, hosts=hosts)
    )


def urls(page) -> list[str]:
    return [candidate.url.removeprefix("https://www.portal.test") for candidate in page.candidates]


PAGE = """<!DOCTYPE html><html><head><title> 国内 新闻 </title></head><body>
<a href="/">首页</a> <a href="/gj/">国际</a> <a href="javascript:void(0)">设为首页收藏本站</a>
<ul><li><a href="2026/11/21/1001.html"><img src="a.jpg" alt=""></a>
<a href="2026/11/21/1001.html" rel="nofollow">武汉今日大雨倾盆</a> <a href="2026/11/21/1001.html">[详细]</a></li>
<li><a href='/gn/2026/11/21/1002.html#comments' target=_blank>长江水位超过警戒线</a></li>
<li><a href="https://other.test/2026/1003.html">别的网站上的新闻</a></li>
<li><a href="https://news.portal.test/c/1004.htm">子域上的一条长新闻</a></li></ul>
<a href="index_2.html">下一页</a><a href="mailto:a@portal.test">写信给我们编辑部</a><a href="#top">回到页面顶部去</a>
<a href="/about/2020/copyright.html">关于我们和版权声明</a></body></html>"""


def test_a_listing_gives_its_article_links_in_page_order():
    page = read(PAGE)
    assert [(c.url, c.title, c.position) for c in page.candidates] == [
        ("https://www.portal.test/gn/2026/11/21/1001.html", "武汉今日大雨倾盆", 0),
        ("https://www.portal.test/gn/2026/11/21/1002.html", "长江水位超过警戒线", 1),
        ("https://news.portal.test/c/1004.htm", "子域上的一条长新闻", 2),
    ]
    assert page.title == "国内 新闻"
    assert page.skipped["off_site"] == 1
    assert page.skipped["not_a_page"] == 2


def test_with_a_pattern_the_words_of_a_link_do_not_matter():
    page = read(PAGE, links="/gn/{date}/{id}.html")
    assert urls(page) == ["/gn/2026/11/21/1001.html", "/gn/2026/11/21/1002.html"]
    assert page.candidates[0].title == "武汉今日大雨倾盆"


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/gn/{date}/{id}.shtml", "/gn/2026/11/21/1.shtml", True),
        ("/gn/{date}/{id}.shtml", "/gn/2026/11-21/1.shtml", True),
        ("/gn/{date}/{id}.shtml", "/gn/2026-11/21/1.shtml", True),
        ("/gn/{date}/{id}.shtml", "/gn/20261121/1.shtml", True),
        ("/n1/{date}/c{id}-{id}.html", "/n1/2026/1121/c1001-40.html", True),
        ("/gn/{date}/{id}.shtml", "/gn/2026/13/21/1.shtml", False),
        ("/gn/{date}/{id}.shtml", "/gn/2026/11/21/a.shtml", False),
        ("/gn/{date}/{id}.shtml", "/x/gn/2026/11/21/1.shtml", False),
        ("/gn/{date}/{id}.shtml", "/gn/2026/11/21/1.shtml.bak", False),
        ("/{any}/t{date}_{id}.html", "/yw/t20261121_99.html", True),
        ("/{any}/t{date}_{id}.html", "/yw/zx/t20261121_99.html", False),
        ("*/t{date}_{id}.html", "/yw/zx/t20261121_99.html", True),
        ("*.html", "/a/b.html", True),
        ("*.html", "/a/bxhtml", False),
        ("/show?id={id}", "/show?id=5", True),
        ("/show?id={id}", "/show?id=5&x=1", False),
        ("/show?id={id}*", "/show?id=5&x=1", True),
        ("/show", "/show?id=5", True),
        ("/a+b/{id}", "/a+b/5", True),
        ("//news.portal.test/{id}.html", "//news.portal.test/5.html", True),
        ("https://news.portal.test/{id}.html", "//news.portal.test/5.html", True),
        ("//news.portal.test/{id}.html", "//www.portal.test/5.html", False),
        ("{any}/{id}", "/5", False),
    ],
)
def test_patterns_are_held_against_the_whole_path(pattern, path, matches):
    url = f"https:{path}" if path.startswith("//") else f"https://www.portal.test{path}"
    assert compile_links(pattern).matches(url) is matches


@pytest.mark.parametrize("pattern", ["gn/{id}", "/{number}", "/{id", "/{}", "/{ID}"])
def test_a_pattern_that_cannot_be_meant_is_an_error_with_what_is_allowed(pattern):
    with pytest.raises(BadPattern, match=r"begins with /|there are \{id\}"):
        compile_links(pattern)


def test_no_pattern_is_no_pattern():
    assert compile_links(None) is None
    assert compile_links("  ") is None


@given(st.text(alphabet="/*{}idanytex.?[(\\+0", max_size=12))
def test_any_pattern_compiles_or_is_a_bad_pattern(pattern):
    try:
        compiled = compile_links(pattern)
    except BadPattern:
        return
    assert compiled is None or compiled.matches("https://www.portal.test/a") in {True, False}


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/2026/11/21/1001.html", "武汉今日大雨"),
        ("/gn/2026/11-21/10521.shtml", "武汉今日大雨"),
        ("/n1/2026/1121/c1001-40000.html", "武汉今日大雨"),
        ("/a/20261121A03X7Z00", "武汉今日大雨"),
        ("/show.aspx?ArticleID=1001", "武汉今日大雨"),
        ("/node/12345", "武汉今日大雨"),
        ("/article/1234", "大雨なので休校します"),
        ("/show_10021.jsp", "武汉今日大雨"),
        ("/index.php?id=1001", "武汉今日大雨"),
        ("/news/articles/cy0d5e4g1r2o", "Rain floods the city"),
        ("/world/2026/11/21/rain", "Rain floods the city"),
        ("/news/heavy-rain-floods-the-old-city", "Rain floods the city"),
        ("/tp/2011/12-31/3574254.shtml", "2011网络红人TOP10"),
        ("/2009Cti/Channel/Life/life-article/0,5047,130518+132012,00.html", "流感又奪四命"),
        ("/view/AKR20261121", "대전에 큰비가 내린다"),
    ],
)
def test_what_looks_like_an_article(path, title):
    assert looks_like_article(f"https://www.portal.test{path}", title)


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/2026/11/21/1001.html", "国内"),
        ("/2026/11/21/1001.html", "[详细]"),
        ("/2026/11/21/1001.html", "More news"),
        ("/2026/11/21/1001.html", ""),
        ("/gn/", "国内新闻频道首页"),
        ("/gn/index.html", "国内新闻频道首页"),
        ("/gn/index_20261.html", "国内新闻频道首页"),
        ("/list_10234.html", "国内新闻频道首页"),
        ("/node_70123.htm", "国内新闻频道首页"),
        ("/2026/11/21/", "十一月二十一日新闻"),
        ("/2026/1121/index.htm", "十一月二十一日新闻"),
        ("/gn/2026-11/", "十一月的全部新闻"),
        ("/tag/12345/", "武汉大雨专题标签"),
        ("/author/10234", "记者张三的文章"),
        ("/search?q=2026", "搜索二零二六年新闻"),
        ("/gn?page=2026", "下一页的全部新闻"),
        ("/2026/11/21/1001.pdf", "武汉今日大雨报告"),
        ("/2026/11/21/1001.jpg", "武汉今日大雨图片"),
        ("/main/c?bid=5416&url=http://ad.test/20261121.html", "酒醉之后的健康秘方"),
        ("/rds?id=5416&to=https%3a%2f%2fad.test", "酒醉之后的健康秘方"),
        ("/gn/about.html", "关于我们和版权声明"),
    ],
)
def test_what_does_not(path, title):
    assert not looks_like_article(f"https://www.portal.test{path}", title)


def test_base_href_moves_relative_links():
    head = '<base target="_blank"><base href="/other/"><base href="/third/">'
    assert urls(read(f"<html><head>{head}</head><a href='20261121.html'>武汉今日大雨倾盆</a>")) == [
        "/other/20261121.html"
    ]
    assert urls(read("<base href='http://['><a href='20261121.html'>武汉今日大雨倾盆</a>")) == ["/gn/20261121.html"]
    assert read("<base href='https://evil.test/'><a href='20261121.html'>武汉今日大雨倾盆</a>").skipped == {
        "off_site": 1
    }


@pytest.mark.parametrize(
    ("anchor", "title"),
    [
        ("<a href=/c/10021>武汉 今日\n大雨<br>倾盆</a>", "武汉 今日 大雨倾盆"),
        ('<a href=/c/10021 title="武汉今日大雨倾盆而下">武汉今日大雨…</a>', "武汉今日大雨倾盆而下"),
        ('<a href=/c/10021 title="点击查看">武汉今日大雨倾盆</a>', "武汉今日大雨倾盆"),
        ('<a href=/c/10021 title="武汉今日大雨倾盆"><img></a>', "武汉今日大雨倾盆"),
        ('<a href=/c/10021><img alt="武汉今日大雨倾盆"></a>', "武汉今日大雨倾盆"),
        ("<a href=/c/10021>A &amp; B &lt; C D</a>", "A & B < C D"),
    ],
)
def test_the_title_is_what_the_link_says(anchor, title):
    assert read(anchor).candidates[0].title == title


@pytest.mark.parametrize("content_type", ["text/html", "text/html; charset=gb2312", "text/html; charset=utf-8"])
def test_gbk_pages_are_read_and_their_queries_sent_in_gbk(content_type):
    first = '<a href="/show?id=1001&k=武汉">武汉今日大雨倾盆</a>'
    html = f'<meta charset=gb2312>{first}<a href="/show?id=1002&k=%CE%e4">长江水位超过警戒</a>'
    page = read(html.encode("gbk"), content_type=content_type)
    assert urls(page) == ["/show?id=1001&k=%CE%E4%BA%BA", "/show?id=1002&k=%CE%E4"]
    assert page.candidates[0].title == "武汉今日大雨倾盆"


def test_utf8_queries_are_sent_in_utf8():
    assert urls(read('<a href="/show?id=1001&k=武">武汉今日大雨倾盆</a>')) == ["/show?id=1001&k=%E6%AD%A6"]


@pytest.mark.parametrize("body", [b"%PDF-1.4 ...", b"PK\x03\x04", b"\x89PNG\r\n", b"", b"   ", b"<!-- -->"])
def test_what_is_no_page_is_rejected(body):
    page = read(body)
    assert isinstance(page, Rejection)
    assert page.reason == "not_html"


def test_an_xhtml_declaration_is_no_hindrance():
    html = '<?xml version="1.0" encoding="gb2312"?><html><body><a href="/c/10021">武汉今日大雨倾盆</a></body></html>'
    assert urls(read(html)) == ["/c/10021"]


@pytest.mark.parametrize(
    "path",
    ["/a/a/a/20261121", "/x" + "/d" * 3 + "/20261121", "/" + "/".join(f"s{n}" for n in range(25)) + "/20261121"],
)
def test_path_traps_are_skipped(path):
    assert read(f"<a href='{path}'>武汉今日大雨倾盆</a>").skipped == {"trap": 1}


def test_repeated_days_are_no_trap():
    assert len(read("<a href='/2011/11/11/11/1.html'>武汉今日大雨倾盆</a>").candidates) == 1


def test_a_page_is_bounded_by_links_and_time():
    many = "".join(f"<a href=/{n + 10000}>武汉今日大雨第{n}条</a>" for n in range(30_000))
    began = time.process_time()
    page = read(many)
    assert time.process_time() - began < 8
    assert len(page.candidates) == 2000
    assert page.skipped["too_many"] == 28_000


def test_hostile_links_cost_little():
    hostile = ["index" + "1" * 1900 + "x", "a" * 2000, "2026" * 500, "/".join("a1" * 3 for _ in range(300)), "-" * 2000]
    html = "".join(f"<a href='/{path}'>武汉今日大雨倾盆</a>" for path in hostile) * 50
    began = time.process_time()
    read(html)
    assert time.process_time() - began < 3


@given(st.binary(max_size=300))
def test_any_bytes_are_a_page_or_a_rejection(body):
    for kind in ("feed", "sitemap", "listing"):
        page = read_entry(EntryInput(kind=kind, url=URL, body=body, home=HOME))
        assert isinstance(page, EntryPage | Rejection)
