"""The five texts of the shared seeds: every cell of their README, one assertion a field."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.extraction.page import PageInput, extract_page
from storage.records import Article

SEEDS = Path(os.environ.get("DIBAO_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "seeds"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module", params=[None, "text/plain", "text/plain; charset=utf-8"])
def article(request):
    """Reads a seed by its number; by what is in it, and as a server would send it."""
    if not SEEDS.is_dir():
        pytest.skip(f"the seeds are not at {SEEDS}; set DIBAO_SHARED to the folder that has them")
    read: dict[str, Article] = {}

    def seed(number: str) -> Article:
        if number not in read:
            (path,) = SEEDS.glob(f"{number}_*.txt")
            page = PageInput(body=path.read_bytes(), url="", content_type=request.param, now=NOW)
            result = extract_page(page)
            assert isinstance(result, Article), result
            read[number] = result
        return read[number]

    return seed


def names_of(article, role):
    return [credit.name for credit in article.credits if credit.role == role]


@pytest.mark.parametrize(
    ("number", "title"),
    [
        ("000", "“一社一品”激发“创文”新活力"),
        ("001", None),
        ("002", "老舊社區實施“五聯模式”,讓黨建與基層服務“一盤棋”(五聯機制,推進社區建設)"),
        ("003", "河南南阳:“党建+”模式 推动城市社区治理精细化(如何加强城市基层党建,引领社区治理创新)"),
        ("004", "基层党建示范点案例展示 人民路街道五一街社区:政治引领明方向,“七彩”服务惠民生"),
    ],
)
def test_the_title_is_that_of_the_text_or_none(article, number, title):
    assert article(number).title == title


@pytest.mark.parametrize(
    ("number", "local", "precision"),
    [
        ("000", "2022-04-13T09:48:08+08:00", "second"),
        ("001", None, None),
        ("002", None, None),
        ("003", None, None),
        ("004", "2019-07-29", "day"),
    ],
)
def test_the_time_is_that_of_this_article_to_the_precision_shown_or_none(article, number, local, precision):
    published = article(number).published
    assert (published and published.local, published and published.precision) == (local, precision)


def test_a_time_of_front_matter_is_said_to_be_from_there(article):
    assert (article("000").published.where, article("000").published.offset_assumed) == ("front-matter", False)


@pytest.mark.parametrize(
    ("number", "origin"),
    [("000", "恩施日报"), ("002", "長江日報"), ("003", "南阳文明网综合"), ("004", "铜城党建")],
)
def test_the_origin_is_the_outlet_that_is_named(article, number, origin):
    assert article(number).origin == origin


@pytest.mark.parametrize(
    ("number", "role", "names"),
    [
        ("000", "reporter", ["陈绪开"]),
        ("000", "correspondent", ["宣组轩"]),
        ("001", "correspondent", ["李婷婷"]),
        ("001", "editor", ["hushaopeng"]),
        ("002", "reporter", ["高萌"]),
        ("002", "correspondent", ["朱莉莉"]),
        ("002", "editor", ["王戎飛"]),
        ("002", "photographer", ["朱莉莉"]),
        ("003", "compiler", ["孟得会"]),
        ("003", "reporter", []),
        ("004", "author", ["人民路街道五一街社区"]),
    ],
)
def test_each_name_has_its_role(article, number, role, names):
    assert names_of(article(number), role) == names


def test_an_author_that_is_an_office_is_an_organisation(article):
    assert [credit.organisation for credit in article("004").credits if credit.role == "author"] == [True]


def test_the_words_that_describe_a_person_are_kept_beside_the_name(article):
    (reporter,) = (credit for credit in article("000").credits if credit.role == "reporter")
    (correspondent,) = (credit for credit in article("001").credits if credit.role == "correspondent")
    assert "全媒体" in reporter.raw
    assert "咸宁日报特约记者" in correspondent.raw


def test_the_section_is_named_as_readers_see_it(article):
    assert article("000").sections == ("恩施日报新闻",)


def test_the_link_under_the_text_is_the_address_of_the_original(article):
    link = "http://finews.zning.xyz/html_News/NewsShare.html?infoCode=NW202204132341302485"
    assert (article("000").origin_url, article("000").canonical_url) == (link, link)


@pytest.mark.parametrize(
    ("number", "script"), [("000", "Hans"), ("001", "Hans"), ("002", "Hant"), ("003", "Hans"), ("004", "Hans")]
)
def test_the_script_is_told(article, number, script):
    assert article(number).script == script


def test_damage_is_noticed_where_there_is_some_and_nowhere_else(article):
    damaged = article("002").damage
    assert damaged
    assert "學?!鐓^" in damaged
    assert [article(number).damage for number in ("000", "001", "003", "004")] == [None] * 4


@pytest.mark.parametrize(
    ("number", "begin", "end"),
    [
        ("000", "“玩累了可以就地休息", "赋予了更高的价值。"),
        ("001", "近日,在全市城市党建推进会上", "在百姓心中飘扬。"),
        ("002", "“黨員要充分發揮", "提供了“江北探索”。"),
        ("003", "为不断满足群众对美好生活的需要", "幸福生活比蜜甜。"),
        ("004", "白银区人民路街道五一街社区党委坚持", "优势互补同步推进。"),
    ],
)
def test_the_body_begins_and_ends_where_the_article_does(article, number, begin, end):
    assert article(number).text.startswith(begin)
    assert article(number).text.endswith(end)


@pytest.mark.parametrize(
    ("number", "gone"),
    [
        ("000", ["layout:", "categories", "全媒体记者陈绪开", "文章来源", "finews", "返回", "<p"]),
        ("001", ["咸宁日报特约记者", "编辑:", "hushaopeng", "上一篇", "下一篇", "老黄牛", "碧桂园", "枫丹公交",
                 "归园隐居"]),
        ("002", ["記者高萌", "編輯", "客戶端", "版權", "027-", "@126.com"]),
        ("003", ["河南南阳:“党建+”模式 推动", "孟得会", "版权声明", "(0)", "上一篇", "下一篇", "2023年2月20日",
                 "相关推荐", "科研百科", "Researchgate", "单据", "奶牛", "1.0K"]),
        ("004", ["来源:", "作者:", "阅读:", "2019-07-29", *(f"{number}.jpg" for number in range(1, 8))]),
    ],
)  # fmt: skip
def test_what_is_chrome_is_gone_from_text_and_markdown(article, number, gone):
    found = article(number)
    assert [word for word in gone if word in found.text or word in found.markdown] == []


@pytest.mark.parametrize(
    ("number", "headings"),
    [
        ("000", ["“隆中邻里”为幸福“加码”", "“候鸟支部”为党员“筑巢”", "“红色空间”为群众“暖心”"]),
        ("001", ["党组织建起来", "党建阵地用起来", "生活美起来"]),
        ("002", ["搭建“身邊學習圈”,以社區“小清單”撬動轄區“大資源”", "專家點評>>>"]),
        ("003", ["南阳市卧龙岗街道桃园社区:党建“微阵地”发挥“大作用”", "内乡县城关镇县衙社区:谱写“党建 社区治理”新篇章",
                 "桐柏县城关镇:“红色社区”建设开启社会治理新模式"]),
        ("004", ["一、基本情况", "二、主要做法"]),
    ],
)  # fmt: skip
def test_section_headings_stay_as_paragraphs_of_their_own(article, number, headings):
    assert [heading for heading in headings if heading not in article(number).text.split("\n\n")] == []
