"""The outlet that a text is taken from: labels, places beside the date, datelines, sign-offs; and its kind."""

import pytest

from crawler.extraction.facts.origin import find_origin, find_origin_facts
from tests.crawler.extraction.lines import PROSE, head, lines_in

LINKS = {"山城日报": "http://daily.example.cn/", "登录": "javascript:void(0)"}


def origin(declared=None, **places):
    """The origin of lines at places."""
    return find_origin_facts(declared or head(), lines_in(**places), LINKS)


@pytest.mark.parametrize(
    ("line", "name", "kind"),
    [
        ("2026-11-21 08:30 来源：山城日报 作者：李楠", "山城日报", "repost"),
        ("2026年11月21日10:00  来源：人民路网-人民路日报", "人民路网-人民路日报", "repost"),
        ("2026-11-21 10:00:00　来源: 环城网　北京  举报", "环城网", "repost"),
        ("2026年11月21日 10:00 山城财经", "山城财经", "repost"),
        ("2026-11-21 10:00·五里夜话", "五里夜话", "self_media"),
        ("http://www.example.cn/2026-01-11 09:06:00山城网", "山城网", "repost"),
        ("山城新闻 2026-11-21 10:00 发布于北京", "山城新闻", "repost"),
        ("来源丨山城日报 编辑丨向小琴 责编丨田野", "山城日报", "repost"),
        ("来源 山城日报", "山城日报", "repost"),
        ("（文章来源：山城日报）", "山城日报", "repost"),
        ("来源：《求真》2026/05", "《求真》", "repost"),
        ("来源：中国台湾网", "中国台湾网", "repost"),
        ("稿源：山城大学新闻网", "山城大学新闻网", "repost"),
        ("转自：山城日报客户端", "山城日报客户端", "repost"),
        ("来源：新华社", "新华社", "wire"),
        ("来源 | 新华社客户端", "新华社客户端", "wire"),
        ("Source: Reuters", "Reuters", "wire"),
        ("Source: The Guardian", "The Guardian", "repost"),
        ("来源：山城在线", "山城在线", "own"),
        ("来源：本站原创", None, "own"),
        ("来源：原创", None, "own"),
        ("来源：县人民政府办公室", "县人民政府办公室", "release"),
        ("信息来源：市水利局 发布时间：2026-11-21 字号：大 中 小", "市水利局", "release"),
        ("来源：县委宣传部", "县委宣传部", "release"),
        ("来源：山城发展股份有限公司", "山城发展股份有限公司", "release"),
        ("来源：微信公众号“山城发布”", "微信公众号“山城发布”", "self_media"),
        ("来源：百家号/五里夜话", "百家号/五里夜话", "self_media"),
        ("来源：山城党建 | 作者：五里社区 | 日期：2026-07-29 00:00 | 阅读：", "山城党建", "repost"),
    ],
)
def test_a_line_under_the_headline_names_the_origin(line, name, kind):
    found = origin(head=line)
    assert (found.name, found.kind) == (name, kind)


@pytest.mark.parametrize(
    "line",
    [
        "来源：网络",
        "来源：http://www.example.cn",
        "图片来源：五里社区",
        "文章图片来源：五里社区",
        "数据来源：统计局",
        "（本段摘自：黔城早报）",
        "2026-11-21 10:00 国内新闻 手机看新闻 举报",
        "凡本网注明“来源：山城网”的所有作品，版权均属于山城网",
        "声明：本站转载稿件来源于网络",
        "2026-11-21 • 栏目 山城日报新闻",
        "记者从市政府获悉",
    ],
)
def test_a_line_that_names_no_origin_gives_none(line):
    assert origin(head=line) is None


@pytest.mark.parametrize(
    ("place", "line", "name", "kind"),
    [
        ("tail", "（文章来源：山城日报）", "山城日报", "repost"),
        ("tail", "来源：( 华夏在线 )", "华夏在线", "repost"),
        ("tail", "素材来源：新华社、山城日报", "新华社、山城日报", "repost"),
        ("below", "（文章来源：山城日报）", "山城日报", "repost"),
        ("close", PROSE + PROSE + "（来源：山城新闻客户端）", "山城新闻客户端", "repost"),
        ("close", PROSE + "(湖城日報記者高明 通訊員朱小莉)", "湖城日報", "repost"),
        ("close", PROSE + "(湖城文明网综合 孟小会)", "湖城文明网综合", "repost"),
        ("lead", "新华社北京11月21日电（记者王小明）" + PROSE, "新华社", "wire"),
        ("lead", "《商通通訊社１５日專訊》" + PROSE, "商通通訊社", "wire"),
        ("lead", "〔中央社〕" + PROSE, "中央社", "wire"),
        ("lead", "山城日报讯（记者 王小明）" + PROSE, "山城日报", "repost"),
        ("lead", "本网讯（记者 王小明）" + PROSE, None, "own"),
        ("lead", "LONDON (Reuters) - The council said on Friday that the bridge would open.", "Reuters", "wire"),
    ],
)
def test_the_text_and_what_follows_it_may_name_the_origin(place, line, name, kind):
    found = origin(**{place: line})
    assert (found.name, found.kind) == (name, kind)


def test_a_teaser_far_below_the_text_does_not_name_the_origin():
    assert origin(below=("来源：别处网 2026-11-20", "记者从市政府获悉")) is None


def test_the_origin_has_the_address_of_its_link():
    assert origin(head="来源：山城日报").url == "http://daily.example.cn/"
    assert origin(head="来源：湖城日报").url is None


def test_the_meta_element_counts_where_no_line_has_a_label():
    assert find_origin(head(source="来源：山城日报"), lines_in()) == ("山城日报", "来源：山城日报")
    assert origin(head(source="湖城日报"), head="来源：山城日报").name == "山城日报"


def test_other_names_that_the_page_offers_are_kept_as_evidence():
    found = origin(head="2026-11-21 来源：山城日报", lead="新华社北京11月21日电" + PROSE)
    assert [(one.value, one.where, one.chosen) for one in found.evidence] == [
        ("山城日报", "head", True),
        ("新华社", "dateline", False),
    ]


def test_a_page_without_an_origin_has_none():
    assert find_origin(head(), lines_in(lead=PROSE)) is None


@pytest.mark.parametrize("place", ["inner", "close", "tail"])
@pytest.mark.parametrize(
    "line",
    [
        "资金来源：财政拨款和社会捐助",
        "主要来源：煤炭和石油",
        "来源：煤炭和石油",
        "来源：本地的泉水非常清澈。",
        "来源：山里的泉水，常年不断",
        "相关：来源：山城网的文章",
        "水库的来源：山城日报社旧址",
    ],
)
def test_a_sentence_that_says_source_names_no_origin_inside_or_below_the_text(place, line):
    assert origin(**{place: line}) is None


@pytest.mark.parametrize("place", ["inner", "close", "tail"])
@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("来源：山城日报", "山城日报"),
        ("（来源：山城日报）", "山城日报"),
        ("信息来源：市水利局", "市水利局"),
        ("来源：新华社和山城网", "新华社和山城网"),
        ("来源：山城日报。", "山城日报"),
        ("来源：五里夜话", "五里夜话"),
        ("来源：《求真与实践》", "《求真与实践》"),
        ("编辑：张三 来源：山城日报", "山城日报"),
        ("作者： 来源： 山城日报 编辑： 张三", "山城日报"),
        ("2026-11-21 08:30 来源：山城日报", "山城日报"),
    ],
)
def test_a_label_that_opens_a_line_inside_or_below_the_text_names_the_origin(place, line, name):
    assert origin(**{place: line}).name == name


def test_a_bracket_at_the_end_of_a_paragraph_may_say_where_money_comes_from():
    assert origin(close=PROSE + PROSE + "（资金来源：财政拨款）") is None
