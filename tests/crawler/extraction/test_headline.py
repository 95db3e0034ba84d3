"""The headline, the line above it and the line below it."""

import pytest

from crawler.extraction.declared.head import Head
from crawler.extraction.facts.headline_facts import find_headline_facts, find_title
from crawler.extraction.facts.site_titles import bare_title
from tests.crawler.extraction.zoned import zoned

TITLE = "我市部署冬季供暖工作"


@pytest.mark.parametrize(
    ("declared", "bare"),
    [
        (f"{TITLE}_本地新闻_某某网", TITLE),
        (f"{TITLE}--社会--某某在线", TITLE),
        (f"{TITLE}-副刊-某某文艺", TITLE),
        (f"某某网 | {TITLE}", TITLE),
        (f"{TITLE}｜要聞｜某某電子報", TITLE),
        ("Council approves new heating plan | Some News", "Council approves new heating plan"),
        ("Council approves new heating plan - The Some Times", "Council approves new heating plan"),
        ("视频：老城区的供暖管网换新了", "视频：老城区的供暖管网换新了"),
        ("老城区的供暖管网换新了(图)", "老城区的供暖管网换新了(图)"),
        ("一座城与一条河的故事——写在通水十周年之际", "一座城与一条河的故事——写在通水十周年之际"),
        ("Design week | A light in the old mill", "Design week | A light in the old mill"),
        ("深度｜老城区的供暖管网换新了_某某新闻", "深度｜老城区的供暖管网换新了"),
    ],
)
def test_a_declared_title_loses_the_names_of_channel_and_site_and_nothing_else(declared, bare):
    assert bare_title(declared) == bare


def test_the_name_that_a_page_gives_its_site_is_no_headline():
    head = Head(title="某某观察", meta={"og:site_name": "某某观察", "og:title": f"{TITLE} - 某某观察"})
    assert find_title(head, zoned(None, sure=False)) == TITLE


def test_the_name_of_the_site_in_the_first_heading_gives_way_to_the_declared_title():
    head = Head(title=f"{TITLE}_某某网", meta={"og:site_name": "某某网"})
    assert find_title(head, zoned("某某网")) == TITLE


def test_a_heading_is_the_headline_where_the_page_declares_only_its_site():
    assert find_title(Head(title="某某新闻网"), zoned(TITLE, sure=False)) == TITLE


def test_a_title_that_is_cut_off_is_taken_in_full_from_where_it_stands_in_full():
    head = Head(title="我市部署冬季供暖..._某某网", meta={"headline": TITLE})
    assert find_title(Head(title=head.title, meta=head.meta), zoned(None, sure=False)) == TITLE


@pytest.mark.parametrize(
    "shown",
    [
        f"首页 > 新闻 > {TITLE}",
        f"{TITLE} 【11:25】",
        f"{TITLE} {TITLE}",
        f"{TITLE} 2026-11-21 08:30",
        f"》{TITLE}",
    ],
)
def test_what_else_stands_in_the_block_of_the_headline_is_cut_off(shown):
    assert find_title(Head(title=f"{TITLE}_某某网"), zoned(shown)) == TITLE


def test_the_lines_around_the_headline_are_kicker_and_sub_headline():
    zones = zoned(above=("退塘还湿 守住候鸟的“加油站”",), head=("——来自东湾的修复见闻", "2026-11-21 08:30"))
    facts = find_headline_facts(Head(title=TITLE), zones)
    assert (facts.title, facts.kicker) == (TITLE, "退塘还湿 守住候鸟的“加油站”")
    assert facts.subheadline == "来自东湾的修复见闻"


def test_declared_kicker_and_sub_headline_come_first():
    head = Head(title=TITLE, meta={"introtitle": "温暖过冬系列报道", "subtitle": "新建管网一百二十公里"})
    facts = find_headline_facts(head, zoned())
    assert (facts.kicker, facts.subheadline) == ("温暖过冬系列报道", "新建管网一百二十公里")


@pytest.mark.parametrize(
    "line",
    [
        "首页 > 新闻 > 社会",
        "2026年11月21日 星期六",
        "某某新闻网",
        "来源：某某日报社供稿",
        "Published 1 day ago",
        "字号：大 中 小 打印本页",
    ],
)
def test_chrome_beside_the_headline_is_neither_kicker_nor_sub_headline(line):
    facts = find_headline_facts(Head(title=TITLE), zoned(above=(line,), head=(line, "2026-11-21 08:30")))
    assert (facts.kicker, facts.subheadline) == (None, None)


def test_a_declared_title_that_says_something_else_is_kept_as_evidence():
    head = Head(title=f"{TITLE}_某某网", meta={"og:title": "今冬供暖面积增加百分之五"})
    evidence = find_headline_facts(head, zoned()).evidence
    assert [(one.value, one.chosen) for one in evidence] == [(TITLE, True), ("今冬供暖面积增加百分之五", False)]


@pytest.mark.parametrize(
    ("declared", "shown", "title"),
    [
        ("山坡上的羊（诗歌）-副刊-某某网", "山坡上的羊", "山坡上的羊"),
        ("山坡上的羊（诗歌）-副刊-某某网", "别的一行字", "山坡上的羊（诗歌）"),
        ("山坡上的羊 [组图]_某某网", "山坡上的羊", "山坡上的羊"),
    ],
)
def test_a_genre_in_brackets_goes_where_the_page_shows_the_title_without_it(declared, shown, title):
    assert find_title(Head(title=declared), zoned(None, sure=False, tail=(shown,))) == title
