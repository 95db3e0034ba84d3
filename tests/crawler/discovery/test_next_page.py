import time

import pytest
from lxml import etree

from crawler.discovery.next_page import next_page
from crawler.discovery.page_numbers import is_one_further

URL = "https://www.portal.test/gn/"


def following(html, url=URL):
    tree = etree.fromstring(f"<html><body>{html}</body></html>".encode(), parser=etree.HTMLParser(encoding="utf-8"))
    page = next_page(tree, url)
    return page and page.removeprefix("https://www.portal.test")


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="next" href="{}">',
        '<a rel="next nofollow" href="{}">older</a>',
        '<a href="{}">下一页</a>',
        '<a href="{}">[ 下一页 ]</a>',
        '<a href="{}">下一页&gt;&gt;</a>',
        '<a href="{}">下页</a>',
        '<a href="{}">后一页</a>',
        '<a href="{}">次页</a>',
        '<a href="{}">下一頁</a>',
        '<a href="{}">Next</a>',
        '<a href="{}">Next Page »</a>',
        '<a href="{}">← Older posts</a>',
        '<a href="{}">›</a>',
        '<a href="{}">»</a>',
        '<a href="{}"><img src="n.gif" alt="下一页"></a>',
        '<a href="{}" title="下一页">&gt;</a>',
        '<a href="{}" aria-label="Next page"><i></i></a>',
        '<a href="{}" class="page-next"><i></i></a>',
        '<a href="{}">加载更多</a>',
        '<a href="{}">2</a>',
        '<span>1</span><a href="{}">[2]</a><a href="index_3.html">[3]</a>',
        '<a href="{}">第2页</a>',
    ],
)
@pytest.mark.parametrize("address", ["index_2.html", "?page=2", "/gn/page/2/"])
def test_a_link_to_the_next_page_is_found_however_it_says_so(link, address):
    pager = '<a href="./">首页</a><a href="javascript:next()">更多</a>' + link.format(address)
    assert following(pager) == (f"/gn/{address}" if not address.startswith("/") else address)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("/gn/index.html", "/gn/index_2.html"),
        ("/gn/index.shtml", "/gn/index_1.shtml"),
        ("/gn/index_2.html", "/gn/index_3.html"),
        ("/gn/", "/gn/2.shtml"),
        ("/gn/2.shtml", "/gn/3.shtml"),
        ("/list-12.html", "/list-12-2.html"),
        ("/list-12-2.html", "/list-12-3.html"),
        ("/gn/list.html", "/gn/list_2.html"),
        ("/node_123.htm", "/node_123_2.htm"),
        ("/list.asp?id=7", "/list.asp?id=7&page=2"),
        ("/list.asp?id=7&page=2", "/list.asp?page=3&id=7"),
        ("/list.jsp?id=7", "/list.jsp?id=7&pageNo=2"),
        ("/?cat=3", "/?cat=3&paged=2"),
        ("/?p=1", "/?p=2"),
        ("/news/page/9/", "/news/page/10/"),
        ("/news", "/news?pn=2"),
        ("/gn/", "/gn/2/"),
    ],
)
def test_a_number_of_a_pager_leads_one_further(url, address):
    page = f"https://www.portal.test{url}"
    shown = 1 + max(is_one_further(f"https://www.portal.test{address}", page) or 0, 1)
    assert following(f'<a href="{address}">{shown}</a><a href="/other.html">{shown}</a>', page) == address or shown > 2
    assert following(f'<a href="{address}">&gt;</a>', page) == address
    assert is_one_further(page, f"https://www.portal.test{address}") is None


def test_pages_that_count_from_zero_are_told_by_the_number_that_is_shown():
    pager = '<a href="index.html">1</a><a href="index_1.html">2</a><a href="index_2.html">3</a>'
    assert following(pager) == "/gn/index_1.html"
    assert following(pager + '<a href="index_3.html">4</a>', f"{URL}index_1.html") == "/gn/index_2.html"
    assert following('<a href="index_1.html">1</a><a href="index_2.html">2</a>') == "/gn/index_2.html"


def test_the_number_behind_the_current_one_is_next_whatever_its_parameter():
    pager = "<a href='?k=1'>1</a><b>2</b><a href='?k=3'>3</a><a href='?k=9'>9</a>"
    assert following(pager, f"{URL}?k=2") == "/gn/?k=3"
    marked = "<li><a href='#'>2</a></li><li><a href='?k=3'>3</a></li>"
    assert following(marked, f"{URL}?k=2") == "/gn/?k=3"


@pytest.mark.parametrize(
    ("script", "url", "address"),
    [
        ('createPageHTML(20, 0, "index", "html");', "/gn/", "/gn/index_1.html"),
        ("createPageHTML(20,3,'index','shtml')", "/gn/index_3.shtml", "/gn/index_4.shtml"),
        ("createPageHTML(20, 19, 'index', 'html')", "/gn/index_19.html", None),
        ("createPageHTML(1, 0, 'index', 'html')", "/gn/", None),
        ("createPageHTML('page_div',50, 1,'a9c2-5','shtml',1000);", "/gn/", "/gn/a9c2-5_2.shtml"),
        ("createPageHTML('page_div',50,50,'a9c2-5','shtml',1000);", "/gn/", None),
        ("var countPage = 5; var currentPage = 0;", "/gn/", "/gn/index_1.html"),
        ("var countPage = 5\nvar currentPage = 2", "/gn/index_2.shtml", "/gn/index_3.shtml"),
        ("var countPage = 5; var currentPage = 4;", "/gn/index_4.html", None),
        ('countPage=5;currentPage=0;document.write(\'<a href="\'+"list_" + (n+1) + ".htm")', "/gn/", "/gn/list_1.htm"),
        ("var totalPage = 9; var currentPage = 1; ajax();", "/gn/", None),
        ("function createPageHTML(_nPageCount, _nCurrIndex, _sPageName, _sPageExt){}", "/gn/", None),
    ],
)
def test_pagers_that_a_script_draws_are_understood(script, url, address):
    assert following(f"<script>{script}</script>", f"https://www.portal.test{url}") == address


@pytest.mark.parametrize(
    "html",
    [
        "<a href='/gn/1002.html'>下一篇</a>",
        "<a href='/gn/1002.html'>Next article</a>",
        "<a href='/gn/1002.html'>Next</a>",
        "<a href='index_9.html'>尾页</a><a href='index_9.html'>»</a>",
        "<a href='index_9.html' class='next'>末页</a>",
        "<a href='javascript:next()'>下一页</a><a href='#'>下一页</a><a>下一页</a>",
        "<a href='./'>下一页</a><a href='index.html'>下一页</a><a href='http://www.portal.test/gn/'>下一页</a>",
        "<a href='https://other.test/gn/index_2.html'>下一页</a>",
        "<a href='index_2.html'>国内新闻第二版</a>",
        "<a href='index_1.html'>‹</a><a href='index_1.html'>«</a>",
        "<a href='/gn/2026-12/'>下月</a><a href='/gn/2026-12/' class='next'>»</a>",
        "<a href='/gn/2026-12/'>下一页</a>",
        "<a href='?month=2026-12'>Next</a><a href='?y=2026&m=12'>下一页</a>",
        "<b>21</b><a href='/gn/2026/11/22/'>22</a>",
        "<a href='/gn/201001.html'>2</a><a href='/gn/1002.html'>3</a>",
        "<a href='/jpg/2.jpg'>下一页</a>",
        "<link rel=next title=新闻 href='/gj/'><link rel=next href='https://news.portal.test/'>",
        "<a href='http://[/'>下一页</a><a href='index_2.html'>1</a>",
        "",
    ],
)
def test_what_is_not_the_next_page(html):
    assert following(html) is None


def test_a_base_moves_the_next_page():
    assert following("<base href='/gj/'><a href='index_2.html'>下一页</a>") == "/gj/index_2.html"


def test_a_calendar_is_not_walked_but_its_days_pages_are():
    day = "https://www.portal.test/2026/11/21/"
    assert following("<a href='/2026/11/22/'>下一页</a>", day) is None
    assert following("<a href='/2026/11/21/index_2.html'>下一页</a>", day) == "/2026/11/21/index_2.html"


@pytest.mark.parametrize(
    "html",
    [
        "<a href=index_2.html>" + "»" * 1000 + "</a>",
        "<a href=index_2.html>2</a>" * 20_000,
        "<script>" + "createPageHTML('" * 20_000 + "</script>",
        "<script>" + "countPage=" + " " * 19_000 + "</script>" * 90,
        "<a href='" + "index_2" * 290 + "'>»</a>" * 50,
    ],
)
def test_hostile_pagers_cost_little(html):
    began = time.process_time()
    following(html)
    assert time.process_time() - began < 3
