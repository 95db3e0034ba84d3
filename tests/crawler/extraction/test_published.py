"""When a page was published and changed."""

from datetime import UTC, datetime

import pytest

from crawler.extraction.declared.head import Head, TimeElement
from crawler.extraction.facts.dates import Clock
from crawler.extraction.facts.published import find_published, find_times
from tests.crawler.extraction.pages import extracted, portal_page
from tests.crawler.extraction.zoned import zoned

CLOCK = Clock("Asia/Shanghai", datetime(2026, 11, 22, tzinfo=UTC))
URL = "http://news.example.cn/1.html"


def local(head=None, zones=None, url=URL):
    found = find_published(head or Head(), zones or zoned(), url, CLOCK, None)
    return found and found.local


@pytest.mark.parametrize(
    "tail",
    [
        ("上一篇：一座桥的三十年 2022-05-18", "下一篇：老街新事 2022-05-20"),
        ("上一篇", "一座桥的三十年", "2022-05-18"),
        ("相关推荐", "一座桥的三十年", "2022-05-18"),
        ("一座桥的三十年在这里", "2022-05-18", "老街的新鲜事儿", "2022-05-20"),
        ("Copyright © 2022-05-18 某某网",),
    ],
)
def test_dates_of_neighbours_after_the_text_are_not_those_of_the_page(tail):
    linked = ("一座桥的三十年", "一座桥的三十年在这里", "老街的新鲜事儿")
    assert local(zones=zoned(tail=tail, linked=linked)) is None


def test_a_date_that_signs_the_text_is_that_of_the_page():
    assert local(zones=zoned(tail=("2026年11月20日",))) == "2026-11-20"


@pytest.mark.parametrize(
    "line",
    [
        "核心提示：市政府昨天开会，2026年11月19日，各区县都做好了准备，新建管网也已经完工，居民可以放心过冬了。",
        "今天是2026年11月19日 星期四",
        "报名时间：2026-11-19 10:00",
        "比分 3-1",
        "11月15日",
    ],
)
def test_dates_of_events_and_of_today_are_not_those_of_the_page(line):
    assert local(zones=zoned(head=(line,))) is None


def test_midnight_beside_a_date_is_no_time_wherever_it_stands():
    assert local(zones=zoned(head=("来源:某某党建 | 日期:2019-07-29 00:00 | 阅读:",))) == "2019-07-29"
    assert local(Head(meta={"pubdate": "2026-11-20T00:00:00+08:00"})) == "2026-11-20"


def test_a_declared_time_with_its_offset_stands_for_the_same_moment_shown_without():
    head = Head(meta={"article:published_time": "2026-11-20T20:45:00Z"})
    assert local(head, zoned(head=("November 20, 2026 3:45 p.m.",))) == "2026-11-20T20:45:00+00:00"


def test_a_local_reading_that_a_system_writes_with_z_does_not_move_the_time():
    head = Head(meta={"article:published_time": "2026-11-20T15:45:00Z"})
    assert local(head, zoned(head=("2026年11月20日 15:45",))) == "2026-11-20T15:45+08:00"


def test_a_day_shown_without_label_that_is_the_change_gives_way_to_the_declared_publication():
    dates = {"article:published_time": "2026-01-05T09:00", "article:modified_time": "2026-11-10T09:00"}
    assert local(Head(meta=dates), zoned(head=("2026-11-10",))) == "2026-01-05T09:00+08:00"


def test_time_elements_of_side_columns_are_left_out():
    aside = TimeElement("2022-05-18", "May 18", aside=True)
    assert local(Head(times=(aside,))) is None
    inside = TimeElement("2026-11-20T08:00Z", "Nov 20", aside=False)
    assert local(Head(times=(aside, inside))) == "2026-11-20T08:00+00:00"


def test_three_four_is_read_as_the_language_of_the_page_does():
    shown = zoned(head=("05/10/2018 09:30",))
    assert local(Head(lang="pt-BR"), shown) == "2018-10-05T09:30+08:00"
    assert local(Head(lang="en-US"), shown) == "2018-05-10T09:30+08:00"
    assert local(Head(lang="zh-CN"), shown) is None


@pytest.mark.parametrize(
    ("head", "lines", "modified"),
    [
        (Head(meta={"article:modified_time": "2026-11-21T10:00:00+08:00"}), (), "2026-11-21T10:00:00+08:00"),
        (Head(things=({"dateModified": "2026-11-21T10:00Z"},)), (), "2026-11-21T10:00+00:00"),
        (Head(), ("发布时间：2026-11-20 09:00 最后更新：2026-11-21 10:00",), "2026-11-21T10:00+08:00"),
        (Head(), ("Published Nov. 20, 2026 | Last updated Nov. 21, 2026 at 10:00 a.m. EST",), "2026-11-21T10:00-05:00"),
        (Head(), ("2026-11-20 09:00",), None),
    ],
)
def test_a_change_is_what_the_page_declares_or_labels_as_one(head, lines, modified):
    found = find_times(head, zoned(head=lines), URL, CLOCK, None).modified
    assert (found and found.local) == modified


def test_times_that_disagree_are_kept_as_evidence_and_those_that_agree_are_not():
    head = Head(meta={"pubdate": "2026-11-18 10:00", "date": "2026-11-20 09:00:30"})
    found = find_times(head, zoned(head=("2026-11-20 09:00",)), URL, CLOCK, None)
    assert [(one.value, one.where, one.chosen) for one in found.evidence] == [
        ("2026-11-20T09:00+08:00", "head", True),
        ("2026-11-18T10:00+08:00", "meta", False),
    ]


@pytest.mark.parametrize(
    "script",
    [
        '{"@graph":[{"@type":"NewsArticle","datePublished":"2026-11-21T08:30:00+08:00",}]}',
        '<!-- {"@type":"NewsArticle","datePublished":"2026-11-21T08:30:00+08:00"} -->',
        '//<![CDATA[\n[{"mainEntity":{"@type":["NewsArticle"],"datePublished":"2026-11-21T08:30:00+08:00"}}]\n//]]>',
        '{"@type":"NewsArticle","headline":"a\nb","datePublished":"2026-11-21T08:30:00+08:00"};',
    ],
)
def test_json_ld_is_read_nested_and_slightly_broken(script):
    page = portal_page(head=f'<script type="application/ld+json">{script}</script>')
    assert extracted(page).published.local == "2026-11-21T08:30:00+08:00"


def test_json_ld_and_microdata_of_comments_and_lists_are_not_the_article():
    comment = '{"@type":"Comment","datePublished":"2026-11-01"}'
    items = '<div itemscope itemtype="//schema.org/Comment"><i itemprop="dateCreated" content="2026-11-02"></i></div>'
    page = portal_page(head=f'<script type="application/ld+json">{comment}</script>', below=items)
    assert extracted(page).published is None


def test_microdata_of_the_article_dates_it():
    item = (
        '<div itemscope itemtype="https://schema.org/NewsArticle">'
        '<span itemprop="datePublished" content="2026-11-21T08:30"></span><meta itemprop=headline content=x></div>'
    )
    found = extracted(portal_page(above=item)).published
    assert found.local == "2026-11-21T08:30+08:00"


def test_a_script_that_assigns_the_time_dates_a_page_that_shows_none():
    page = portal_page(head='<script>var other = "1"; var ct = "1763685000";</script>')
    assert extracted(page).published.where == "script"


HEADLINES = ("某地召开会议研究供水", "另一地的道路昨天通车", "新校舍将于明年投入使用")
NEIGHBOUR_LISTS = {
    "date behind the link": '<li><a href="/b{0}">{1}</a> 2024-05-0{0}</li>',
    "date before the link": '<li><span>2024-05-0{0} 10:20</span><a href="/b{0}">{1}</a></li>',
    "date inside the link": '<li><a href="/b{0}">{1} 2024-05-0{0} 10:20</a></li>',
    "date in a box of its own": '<li><div><a href="/b{0}">{1}</a></div><div>2024-05-0{0}</div></li>',
    "date as an element": '<li><a href="/b{0}">{1}</a><p><time datetime="2024-05-0{0}">2024-05-0{0}</time></p></li>',
    "rows without list items": '<div><a href="/b{0}">{1}</a> 05-0{0} 10:20</div>',
}


def neighbours(form):
    """A box of dated headlines of other articles."""
    items = "".join(form.format(index + 1, headline) for index, headline in enumerate(HEADLINES))
    return f"<div><h3>某某专题</h3><ul>{items}</ul></div>"


@pytest.mark.parametrize("form", NEIGHBOUR_LISTS.values(), ids=NEIGHBOUR_LISTS.keys())
def test_dated_headlines_between_headline_and_text_do_not_date_the_page(form):
    assert extracted(portal_page(above=neighbours(form))).published is None


@pytest.mark.parametrize("form", NEIGHBOUR_LISTS.values(), ids=NEIGHBOUR_LISTS.keys())
def test_the_line_of_the_page_dates_it_beside_such_a_list(form):
    line = "<p>2026-11-21 08:30 来源：山城日报</p>"
    for above in (line + neighbours(form), neighbours(form) + line):
        assert extracted(portal_page(above=above)).published.local[:16] == "2026-11-21T08:30"


@pytest.mark.parametrize(
    "above",
    [
        "<ul><li>2026-11-21 08:30</li><li>来源：<a href=/s>山城证券报·山城网</a></li></ul>",
        "<ul><li><a href=/s>山城证券报·山城网</a> 2026-11-21 08:30</li><li>字号：大 中 小</li></ul>",
        "<ul><li><p>2026-11-21 08:30</p><p><a href=/s>山城证券报·山城网</a></p><p>更新：2026-11-21 09:00</p></li></ul>",
    ],
)
def test_a_list_of_the_page_s_own_facts_dates_it(above):
    assert extracted(portal_page(above=above)).published.local[:16] == "2026-11-21T08:30"
