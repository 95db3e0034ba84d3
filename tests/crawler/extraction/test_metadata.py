"""Title, publication time, origin and address of a page."""

import pytest

from tests.crawler.extraction.pages import BODY, extracted, portal_page

TITLE = "我市部署冬季供暖工作"


@pytest.mark.parametrize(
    "title",
    [
        f"{TITLE}_本地新闻_某某网",
        f"{TITLE}-某某新闻网",
        f"某某网 | {TITLE}",
        f"{TITLE}｜要聞｜某某電子報",
        f"{TITLE} - Some News Online",
    ],
)
def test_the_title_comes_without_the_names_of_channel_and_site(title):
    assert extracted(portal_page(title=title)).title == TITLE


def test_the_title_is_the_social_one_where_no_block_shows_it():
    markup = f"<html><head><title>某某网</title><meta property='og:title' content='{TITLE}_某某网'></head><body>"
    assert extracted(markup + "".join(f"<p>{line}</p>" for line in BODY)).title == TITLE


def test_the_title_of_the_link_helps_where_the_page_has_none():
    assert extracted("".join(f"<p>{line}</p>" for line in BODY), link_title="链接标题").title == "链接标题"


@pytest.mark.parametrize(
    ("above", "local"),
    [
        ("<p>2026年11月21日 08:30　来源：某某日报</p>", "2026-11-21T08:30+08:00"),
        ("<span>发布时间：2026-11-20 09:00</span><span>更新时间：2026-11-21 10:00</span>", "2026-11-20T09:00+08:00"),
        ("<p>2026-11-21</p><p>08:30</p>", "2026-11-21T08:30+08:00"),
        ("<p>2026-11-21 00:00</p>", "2026-11-21"),
    ],
)
def test_the_line_under_the_headline_dates_the_page(above, local):
    published = extracted(portal_page(above=above)).published
    assert (published.local, published.where) == (local, "head")


def test_a_declared_time_gives_the_clock_of_the_day_that_is_shown():
    head = '<meta property="article:published_time" content="2026-11-21T08:30:00+08:00">'
    assert extracted(portal_page(head=head, above="<p>2026-11-21</p>")).published.local == "2026-11-21T08:30:00+08:00"


def test_json_ld_dates_a_page():
    graph = '{"@graph":[{"@type":"NewsArticle","datePublished":"2026-11-21T08:30:00Z"}]}'
    head = f'<script type="application/ld+json">{graph}</script>'
    published = extracted(portal_page(head=head)).published
    assert (published.local, published.where) == ("2026-11-21T08:30:00+00:00", "json-ld")


@pytest.mark.parametrize(
    "wrapped",
    ["<!-- {} -->", "//<![CDATA[\n{}\n//]]>", "/*<![CDATA[*/ {} /*]]>*/", "{};", "  {}, ", "\t" * 100_000 + "{}\n"],
)
def test_json_ld_in_a_comment_or_between_spaces_is_read(wrapped):
    thing = wrapped.replace("{}", '{"@type":"NewsArticle","headline":"我市","datePublished":"2026-11-21T08:30:00Z",}')
    head = f'<script type="application/ld+json">{thing}</script>'
    assert extracted(portal_page(head=head)).published.local == "2026-11-21T08:30:00+00:00"


def test_the_declared_text_of_a_page_drawn_by_scripts_keeps_its_paragraphs():
    text = "\\n\\n".join(BODY)
    thing = f'{{"@type":"NewsArticle","headline":"{TITLE}","articleBody":"{text}"}}'
    markup = f'<title>{TITLE}</title><script type="application/ld+json">{thing}</script><body><div id=app></div>'
    assert extracted(markup).text.split("\n\n") == list(BODY)


@pytest.mark.parametrize("broken", ['{"datePublished": ', "[" * 100_000, '{"@graph": 7}', "null"])
def test_broken_json_ld_counts_as_absent(broken):
    article = extracted(portal_page(head=f'<script type="application/ld+json">{broken}</script>'))
    assert article.published is None


def test_the_address_dates_a_page_that_does_not_say_it():
    published = extracted(portal_page(), url="http://a.cn/2026/11/20/1.html").published
    assert (published.local, published.where) == ("2026-11-20", "url")


def test_the_link_dates_a_page_that_does_not_say_it():
    published = extracted(portal_page(), link_published_raw="Sat, 21 Nov 2026 08:30:00 +0800").published
    assert (published.local, published.where) == ("2026-11-21T08:30:00+08:00", "link")


def test_a_page_without_any_date_has_none_and_never_that_of_the_crawl():
    assert extracted(portal_page()).published is None


@pytest.mark.parametrize(
    ("above", "origin"),
    [
        ("<p>2026-11-21 08:30 来源：某某日报 作者：李楠</p>", "某某日报"),
        ("<p>2026-11-21 08:30　来源： 人民网-社会频道　字号：大中小</p>", "人民网-社会频道"),
        ("<p>2026年11月21日 09:05 环球网</p>", "环球网"),
        ("<p>2026-11-21</p><p>中國時報</p>", "中國時報"),
        ("<p>2026-11-21 (來源：財匯資訊，摘自：經濟觀察報)</p>", "財匯資訊"),
        ("<p>2026-11-21 来源： 作者： 点击：次</p>", None),
    ],
)
def test_the_origin_is_the_outlet_that_the_page_names(above, origin):
    assert extracted(portal_page(above=above)).origin == origin


def test_a_dateline_names_the_origin():
    assert extracted(portal_page(body=("新华社北京11月21日电 " + BODY[0], *BODY[1:]))).origin == "新华社"


@pytest.mark.parametrize(
    ("href", "canonical"),
    [
        ("/a/1.html", "http://news.example.cn/a/1.html"),
        ("https://m.example.cn/1", "https://m.example.cn/1"),
        ("javascript:0", None),
        ("http://[", None),
    ],
)
def test_the_canonical_address_is_absolute_and_of_the_web(href, canonical):
    assert extracted(portal_page(head=f'<link rel="canonical" href="{href}">')).canonical_url == canonical
