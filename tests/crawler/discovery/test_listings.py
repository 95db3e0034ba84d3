import time
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.article_links import looks_like_article
from crawler.discovery.candidates import Found
from crawler.discovery.entry import EntryInput, EntryPage, read_entry
from crawler.discovery.listings import MAX_LINKS, BadPattern, ListingPage, compile_links, read_listing
from storage.records import LinkShape, Rejection

HOME = "https://www.portal.test/"
URL = "https://www.portal.test/gn/index.html"


@dataclass
class Read:
    """A listing page with what it added to its Found."""

    page: ListingPage
    found: Found

    @property
    def candidates(self):
        return self.found.candidates

    @property
    def skipped(self):
        return self.found.skipped


def read(html, *, links=None, url=URL, content_type="text/html", hosts=(), shapes=(), home=HOME) -> Read | Rejection:
    found = Found(url=url, home=home, hosts=hosts, most=MAX_LINKS)
    body = html.encode() if isinstance(html, str) else html
    page = read_listing(body, content_type, found, compile_links(links), shapes)
    return page if isinstance(page, Rejection) else Read(page, found)


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
    assert page.page.title == "国内 新闻"
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
        ("/rds.php?owner=5416&client=1203", "酒醉之后的健康秘方"),
        ("/adclick.php?bannerid=54162", "酒醉之后的健康秘方"),
        ("/calendar/2026/11/21.html", "当天的全部新闻"),
        ("/news?date=2026-11-21", "当天的全部新闻"),
        ("/show?y=2026&m=11", "当月的全部新闻"),
        ("/news/20261121.html", "2026年11月21日 星期六"),
        ("/news/20261121.html", "2026-11-21 08:30"),
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


def links(paths, title="武汉今日大雨倾盆第{}场"):
    return "".join(f"<li><a href='{path}'>{title.format(n)}</a></li>" for n, path in enumerate(paths))


def shape(path, articles=0, others=0):
    return LinkShape(shape=f"//www.portal.test{path}", articles=articles, others=others)


def test_a_shape_that_brought_articles_is_taken_whatever_the_link_says():
    html = "<a href='/gn/2026/11/21/1001.html'><img src=a.jpg></a><a href='/gj/2026/11/21/1002.html'>图</a>"
    assert urls(read(html, shapes=[shape("/gn/{date}/{id}.html", articles=3, others=2)])) == [
        "/gn/2026/11/21/1001.html"
    ]
    assert urls(read(html, shapes=[shape("/gn/{date}/{id}.html", articles=3, others=3)])) == []
    assert urls(read(html, shapes=[shape("/gn/{date}/{id}.html", articles=2)])) == []


def test_a_shape_that_was_fetched_often_and_never_brought_an_article_is_left_out():
    html = links(["/vip/1001.html", "/gn/1002.html"])
    page = read(html, shapes=[shape("/vip/{id}.html", others=8)])
    assert urls(page) == ["/gn/1002.html"]
    assert page.skipped == {"shape_without_articles": 1}
    assert urls(read(html, shapes=[shape("/vip/{id}.html", others=7)])) == ["/vip/1001.html", "/gn/1002.html"]
    assert urls(read(html, shapes=[shape("/vip/{id}.html", articles=1, others=80)])) == [
        "/vip/1001.html",
        "/gn/1002.html",
    ]


def test_of_many_headlines_of_such_a_shape_the_first_is_tried():
    html = links(f"/gn/{n}.html" for n in range(1001, 1011))
    page = read(html, shapes=[shape("/gn/{id}.html", others=8)])
    assert urls(page) == ["/gn/1001.html"]
    assert page.skipped == {"shape_without_articles": 9}


def test_a_lone_new_column_is_found_beside_many_known_ones():
    known = [shape("/gn/{date}/{id}.html", articles=900), shape("/vip/{id}.html", others=90)]
    html = links([f"/gn/2026/11/21/{n}.html" for n in range(1000, 1050)]) + "<a href='/xin/a1001'>武汉今日大雨倾盆</a>"
    assert urls(read(html, shapes=known))[-1] == "/xin/a1001"


def test_links_with_few_words_are_taken_where_others_of_their_shape_are_articles():
    html = links(f"/gn/2026/11/21/{n}.html" for n in range(1001, 1006))
    short = "<a href='/gn/2026/11/21/1009.html'><img src=a.jpg></a><a href='/gj/2026/11/21/1010.html'>图</a>"
    assert urls(read(html + short))[-1] == "/gn/2026/11/21/1009.html"
    assert "/gn/2026/11/21/1010.html" not in urls(read(html + short))


def test_headlines_in_a_row_are_articles_though_their_addresses_have_small_numbers():
    assert len(urls(read(links(f"/show.asp?id={n}" for n in range(1, 8))))) == 7
    assert len(urls(read(links(f"/news/a{n}.htm" for n in range(1, 8))))) == 7
    assert urls(read(links((f"/show.asp?id={n}" for n in range(1, 8)), title="栏目{}"))) == []
    assert urls(read(links(f"/list_{n}.html" for n in range(1, 8)))) == []


def test_numbers_of_a_pager_are_no_articles():
    html = links(f"/2026/11/21/1001_{n}.html" for n in range(2, 8)) + "<a href='/2026/11/21/1001_9.html'>9</a>"
    assert "/2026/11/21/1001_9.html" not in urls(read(html))


def test_further_pages_of_a_linked_article_are_left_out():
    html = links(["/n1/c1001.html", "/n1/c1001_2.html", "/n1/c1001_3.html", "/n1/c1002_2.html", "/n1/c1003_0.html"])
    page = read(html)
    assert urls(page) == ["/n1/c1001.html", "/n1/c1002_2.html", "/n1/c1003_0.html"]
    assert page.skipped == {"further_part": 2}


def test_with_a_pattern_shapes_do_not_matter():
    html = "<a href='/gn/2026/11/21/1001.html'>图</a>"
    shapes = [shape("/gn/{date}/{id}.html", others=50)]
    assert urls(read(html, links="/gn/{date}/{id}.html", shapes=shapes)) == ["/gn/2026/11/21/1001.html"]


def test_dates_beside_links_are_kept_as_they_are_written():
    html = "<ul><li><a href='/c/10021'>武汉今日大雨倾盆</a><span>2026-11-21</span></li></ul>"
    assert read(html).candidates[0].published_raw == "2026-11-21"


def test_what_a_page_says_of_its_site():
    html = """<head><title>首页</title><link rel="alternate" type="application/rss+xml" href="/rss.xml"></head>
    <a href="/gn/">国内</a><a href="/rss/">RSS订阅</a><ul><li><a href="/c/10021">武汉今日大雨倾盆</a></ul>
    <a href="index_2.html">下一页</a>"""
    page = read(html).page
    assert page == ListingPage(
        title="首页",
        next_url="https://www.portal.test/gn/index_2.html",
        feeds=("https://www.portal.test/rss.xml", "https://www.portal.test/rss/"),
        feed_pages=("https://www.portal.test/rss/",),
        sections=(),
    )
    assert read(html, url=HOME).page.sections == ("https://www.portal.test/gn/",)


def test_a_page_without_articles_says_where_it_sends_its_reader():
    head = "<meta http-equiv=refresh content='0;url=/new/'>"
    assert read(f"{head}<a href='/new/'>进入</a>").page.refresh == "https://www.portal.test/new/"
    assert read(f"{head}<a href='/c/10021'>武汉今日大雨倾盆</a>").page.refresh is None
    elsewhere = read("<meta http-equiv=refresh content='0;url=https://other.test/'>")
    assert elsewhere.page.refresh is None
    assert elsewhere.skipped == {"off_site": 1}


def test_links_below_a_thousand_unclosed_tags_are_read():
    assert urls(read("<font><div>" * 500 + "<a href='/c/10021'>武汉今日大雨倾盆</a>")) == ["/c/10021"]


@pytest.mark.parametrize(
    "html",
    [
        "<a href=/x>武</a>" * 100_000,
        "<div><a href=/c/10021>武汉今日大雨倾盆" * 100_000,
        "<li>" + "<span>2026</span>" * 200_000 + "<a href=/c/10021>武汉今日大雨倾盆</a>",
        "".join(f"<div>2026-1<a href=/c/{n}>武汉今日大雨倾盆</a>" for n in range(10_000, 40_000)),
        "<script>" + "createPageHTML(1, 0, " * 200_000 + "</script>",
        "<script>" + "location.href=" * 300_000 + "</script>",
        "<meta http-equiv=refresh content='0;" + " " * 4_000_000 + "'>",
        "<a href=/c/10021 class='" + "next-" * 400_000 + "'>" + "第" * 400_000,
        "<a href=/" + "1-" * 900 + ">武汉今日大雨倾盆</a>" * 2,
        "<frameset>" + "<frame src=/a>" * 100_000,
        "<link rel='next alternate' type=application/rss+xml href=//x.test/>" * 50_000,
        "<meta http-equiv=refresh content='0;url=//x.test/'>" * 50_000,
        "<div><div>"
        + "<a href=/c/10021>武汉今日大雨倾盆</a>" * 4_000
        + "</div><p>"
        + "<i>1</i>" * 100_000
        + "</p></div>",
    ],
)
def test_hostile_pages_cost_seconds_at_most(html):
    began = time.process_time()
    read(html)
    assert time.process_time() - began < 4
