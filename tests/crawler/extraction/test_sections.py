"""Sections, keywords and the page in print."""

import pytest

from crawler.extraction.declared.head import Head
from crawler.extraction.facts.sections import find_keywords, find_print_page, find_sections
from tests.crawler.extraction.zoned import zoned


@pytest.mark.parametrize(
    "line",
    [
        "首页 > 新闻 > 社会 > 正文",
        "您当前的位置：首页>>新闻>>社会>>正文",
        "当前位置：首页 - 新闻 - 社会 - 正文",
        "您的位置: 某某网首页 » 新闻 » 社会 » 我市部署冬季供暖工作",
        "某某在线首页 › 新闻 › 社会",
    ],
)
def test_a_breadcrumb_gives_the_sections_without_home_page_and_text(line):
    assert find_sections(Head(), zoned(above=(line,))) == ("新闻", "社会")


def test_a_breadcrumb_may_begin_with_the_name_of_the_site():
    head = Head(title="我市部署冬季供暖工作--社会--某某在线")
    assert find_sections(head, zoned(above=("某某在线>>社会>>人物",))) == ("某某在线", "社会", "人物")


@pytest.mark.parametrize(
    "head",
    [
        Head(crumbs=("首页", "新闻", "社会", "我市部署冬季供暖工作")),
        Head(things=({"@type": "NewsArticle", "headline": "a", "articleSection": ["新闻", "社会"]},)),
        Head(properties={"articlesection": "新闻,社会"}),
    ],
)
def test_declared_sections_are_read(head):
    assert find_sections(head, zoned()) == ("新闻", "社会")


def test_a_page_without_breadcrumb_has_no_sections():
    assert find_sections(Head(), zoned(above=("登录 | 注册", "要闻 时政 社会"), head=("2026-11-20",))) == ()


@pytest.mark.parametrize(
    ("head", "lines"),
    [
        (Head(meta={"keywords": "供暖,管网"}), ()),
        (Head(tags=("供暖", "管网")), ()),
        (Head(), ("标签：供暖 管网",)),
        (Head(), ("关键词：供暖、管网",)),
        (Head(things=({"@type": "NewsArticle", "keywords": ["供暖", "管网"]},)), ()),
    ],
)
def test_keywords_come_from_what_the_page_declares_or_labels(head, lines):
    assert find_keywords(head, zoned(tail=lines)) == ("供暖", "管网")


def test_the_list_that_a_site_declares_on_every_page_is_left_out():
    assert find_keywords(Head(meta={"keywords": "某某生活,某某网,本地资讯"}), zoned()) == ()


@pytest.mark.parametrize(
    ("line", "page"),
    [
        ("第A03版：要闻", "A03"),
        ("A03版", "A03"),
        ("（2024年5月6日 第 03 版）", "03"),
        ("《某某日报》（2026年10月12日 11 版）", "11"),
        ("版次：B2", "B2"),
        ("版面导航：第A01版：要闻 第A02版：时政", None),
        ("苹果发布第17版", "17"),
        ("2026-11-20 08:30", None),
    ],
)
def test_the_page_in_print_is_what_one_line_names(line, page):
    assert find_print_page(Head(), zoned(head=(line,))) == page
