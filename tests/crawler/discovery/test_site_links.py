import pytest

from crawler.discovery.candidates import Found
from crawler.discovery.page_links import own_links, read_tree
from crawler.discovery.site_links import feed_pages_of, feeds_of, sections_of

URL = "https://www.portal.test/"


def said(html):
    page = read_tree(html.encode(), "text/html", URL)
    found = Found(url=URL, home=URL, most=100)
    links = own_links(page, found)
    feeds, pages, sections = (
        feeds_of(page, links, found),
        feed_pages_of(page, links),
        sections_of(page, links, frozenset()),
    )
    return tuple(
        [url.removeprefix("https://").removeprefix("www.portal.test") for url in urls]
        for urls in (feeds, pages, sections)
    )


@pytest.mark.parametrize(
    "html",
    [
        '<link rel="alternate" type="application/rss+xml" title="国内" href="{}">',
        '<link rel="ALTERNATE" type="application/atom+xml; charset=utf-8" href="{}">',
        '<link rel="alternate" type="application/feed+json" href="{}">',
        '<link rel="alternate" type="application/json" href="{}">',
        '<a href="{}">国内</a>',
        '<a href="{}"><img src="rss.gif"></a>',
    ],
)
@pytest.mark.parametrize(
    "path", ["/news.rss", "/rss/gn.xml", "/rss.php", "/feed", "/gn/feed/", "/atom.xml", "/?feed=rss2"]
)
def test_feeds_are_found_where_they_are_declared_or_linked(html, path):
    assert said(html.format(path))[0] == [path]


@pytest.mark.parametrize(
    "html",
    [
        '<link rel="alternate" type="application/rss+xml" title="评论" href="/comments/feed">',
        '<link rel="alternate" type="application/rss+xml" title="» Comments Feed" href="/x.xml">',
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/12">',
        '<link rel="alternate" type="application/json+oembed" href="/embed?url=x">',
        '<link rel="alternate" hreflang="en" href="/en/rss">',
        '<link rel="stylesheet" type="application/rss+xml" href="/a.rss">',
        '<link rel="alternate" type="application/rss+xml" href="https://other.test/a.rss">',
        '<link rel="alternate" type="application/rss+xml">',
        '<a href="/sitemap.xml">地图</a><a href="/gn/">feedback</a><a href="/xmlnews/1.html">国内</a>',
    ],
)
def test_what_is_no_feed(html):
    assert said(html)[0] == []


def test_pages_of_feeds_are_told_by_their_words_or_address():
    html = """<a href="/service/rss.htm">RSS</a><a href="/dingyue.html">订阅中心</a>
    <a href="/d.html">RSS订阅</a><a href="/rss/">聚合</a><a href="/mail.html">邮件订阅</a>
    <a href="/bao.html">报刊订阅</a><a href="/rss/gn.xml">RSS</a>"""
    assert said(html)[1] == ["/service/rss.htm", "/dingyue.html", "/d.html", "/rss/"]
    assert said(html)[0] == ["/rss/", "/rss/gn.xml"]


def test_sections_are_the_sites_other_listings_in_page_order():
    html = """<a href="/">首页</a><a href="/gn/">国内</a><a href="/gj/index.html">国际</a>
    <a href="/node_123.htm">要闻</a><a href="https://ent.portal.test/">娱乐</a><a href="/list.asp?id=7">社会</a>
    <a href="/china.shtml">中国</a><a href="/comment/">评论</a><a href="/roll">滚动</a>
    <a href="/gj/">国际新闻</a><a href="/world/">World news</a>"""
    assert said(html)[2] == [
        "/gn/",
        "/gj/index.html",
        "/node_123.htm",
        "ent.portal.test/",
        "/list.asp?id=7",
        "/china.shtml",
        "/comment/",
        "/roll",
        "/world/",
    ]


@pytest.mark.parametrize(
    "link",
    [
        '<a href="/login/">登录</a>',
        '<a href="/gywm.html">关于我们</a>',
        '<a href="/about/">简介</a>',
        '<a href="/bq.html">版权声明</a>',
        '<a href="/en/">English</a>',
        '<a href="https://bbs.portal.test/">社区</a>',
        '<a href="/tag/rain/">大雨</a>',
        '<a href="/2026/11/21/">21</a>',
        '<a href="/2026-11/">十一月</a>',
        '<a href="index_2.html">2</a>',
        '<a href="index_2.html">下一页</a>',
        '<a href="/gn/2026/11/21/1001.html">武汉今日大雨倾盆</a>',
        '<a href="/zt/dayu/">武汉今日大雨倾盆水位超警</a>',
        '<a href="/a.pdf">报告</a>',
        '<a href="https://other.test/gn/">国内</a>',
        '<a href="/gn/"></a>',
    ],
)
def test_what_is_no_section(link):
    assert said(link)[2] == []


def test_there_are_at_most_sixty_sections():
    assert len(said("".join(f"<a href='/s{n}/'>频道</a>" for n in range(100)))[2]) == 60
