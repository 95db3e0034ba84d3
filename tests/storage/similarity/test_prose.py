"""Of a text, what reads like one: without the portal around it, and without taking an article for a portal."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

from storage.similarity.prose import LONGEST, prose
from tests.storage.similarity.portal_texts import BODY, ENGLISH, ENGLISH_HEAD, ENGLISH_TAIL, HEAD, TAIL


def page(*parts: str) -> str:
    return "\n".join(parts)


def test_an_article_keeps_all_its_lines() -> None:
    assert prose(BODY) == BODY
    assert prose(ENGLISH) == ENGLISH


def test_the_portal_around_an_article_goes() -> None:
    assert prose(page(HEAD, BODY, TAIL)) == BODY
    assert prose(page(ENGLISH_HEAD, ENGLISH, ENGLISH_TAIL)) == ENGLISH


def test_blank_lines_and_indents_change_nothing() -> None:
    indented = "\r\n\r\n".join(f"\u3000\u3000{line}  " for line in page(HEAD, BODY, TAIL).split("\n"))
    assert prose(indented) == BODY


@pytest.mark.parametrize("conversion", ["s2t", "s2tw", "s2hk", "s2twp"])
def test_a_traditional_page_is_seen_like_a_simplified_one(conversion: str) -> None:
    convert = OpenCC(conversion).convert
    assert prose(convert(page(HEAD, BODY, TAIL))) == convert(BODY)


def test_paragraphs_that_were_run_together_are_found_at_their_indents() -> None:
    flat = page(HEAD, BODY, TAIL).replace("\n", "\u3000\u3000")
    assert prose(flat) == BODY


@pytest.mark.parametrize("part", [HEAD, TAIL, ENGLISH_HEAD, ENGLISH_TAIL, "", "\n \n", "图片来源：新华社\n1.jpg\n(0)"])
def test_of_chrome_alone_nothing_is_left(part: str) -> None:
    assert prose(part) == ""


@pytest.mark.parametrize("line", TAIL.split("\n"))
def test_each_line_of_chrome_is_known_within_an_article_too(line: str) -> None:
    lines = BODY.split("\n")
    assert prose(page(*lines[:3], line, *lines[3:])) == BODY


@pytest.mark.parametrize(
    "line",
    [
        "国家版权局表示，未经许可转载他人作品的网站将被列入名单，去年有三十家网站因此被罚。",
        "他说：“转载请注明来源，这是最起码的规矩。”",
        "法院认为，被告网站未经原告授权转载了四十二篇报道，侵犯了原告的信息网络传播权。",
        "来源不明的水样被送到了省里的实验室，结果要等两个星期才能出来，检测人员一刻也没有停。",
        "编辑部里的灯一直亮到凌晨，三名编辑校对完最后一个版面，才发现外面下起了雪。",
        "记者在现场看到，举报电话就贴在供水站的大门上，来往的居民都能看见。",
        "相关报道发出以后，市里派来了调查组，三天之内查清了全部账目，并且公布了结果。",
        "The publisher said the photographs had been reproduced without permission in eleven newspapers last year.",
        "Ms Wells told the court that the privacy policy had never been shown to those who signed up for the trial.",
    ],
)
def test_what_an_article_says_of_rights_and_sources_stays(line: str) -> None:
    first, rest = BODY.split("\n", 1)
    assert prose(page(first, line, rest)) == page(first, line, rest)


def test_a_signature_at_the_end_of_a_paragraph_goes() -> None:
    for signature in ("（责任编辑：周云）", "(记者 何平 通讯员 周云)", "[编辑：周云]", "（完）", "【来源：清河日报】"):
        assert prose(BODY + signature) == BODY


def test_teasers_and_comments_below_are_no_part_of_the_article() -> None:
    teasers = "\n".join(
        f"第{number}届运动会开幕\n近日，第{number}届春季运动会在镇体育场开幕，来自各村的运动员参加了入场式。\n体育 0"
        for number in "一二三四五六七八"
    )
    said = ("老王：早就该换了，去年夏天热死人。", "小李：北街什么时候换管子？等了好多年了。")
    comments = page("网友评论", said[0], "回复 支持(3)", said[1], "回复 支持(1)")
    assert prose(page(BODY, "相关阅读", teasers)) == BODY
    assert prose(page(BODY, comments)) == BODY


def test_an_article_goes_on_behind_a_box_within() -> None:
    lines = [*BODY.split("\n"), "新铁管的招标将在下个月开始，工程预计用三个月完成，施工期间镇里会派送水车。"]
    assert prose(page(*lines[:3], "相关链接", "(图) 南湾水库 2012-03-02", *lines[3:])) == page(*lines)


@pytest.mark.parametrize("cut", ["…【阅读全文】", "……[详细]", "..."])
def test_the_end_of_an_article_that_was_cut_is_a_part_of_it(cut: str) -> None:
    lines = BODY.split("\n")
    last = lines[-2][:45]
    assert last in prose("\n".join([*lines[:-2], last + cut]))


@pytest.mark.parametrize(
    "row",
    [
        "．清河镇换了新水泵 村民半夜不再接水．北街铁管明年更换。漏损一度达三成！．南湾水库蓄水创十年新高",
        "北街的灯全亮了 • 清河镇的水泵换了新的？ • 南湾水库蓄水创下十年新高！ • 铁管明年换完。 • 早市提前开张",
        "01/12 16:44清河镇换了新水泵，村民称好01/12 16:40北街铁管明年更换01/12 10:26南湾水库蓄水创新高。",
    ],
)
def test_a_row_of_headlines_is_no_prose_though_marks_end_sentences_in_it(row: str) -> None:
    assert prose(f"{BODY}\n{row}\n{row}") == BODY


def test_names_that_are_written_with_marks_make_no_row() -> None:
    line = "作家约翰•史密斯昨天来到清河镇，听镇长安娜•克劳斯介绍新水泵，随行的还有工程师托马斯•迈耶和他的同事，" * 2
    line += "他们在供水站前合影，又到北街看了七十年代铺设的铁管，答应把本国更换旧管的做法写成一份材料寄来。"
    assert line in prose(f"{BODY}\n{line}")


def test_what_has_no_prose_is_kept_as_it_is() -> None:
    cities = ("清河", "南湾", "北岭", "东港")
    table = "\n".join(f"{city} 晴转多云 {low}℃ {low + 9}℃" for low, city in enumerate(cities, 3))
    verse = "山下的灯火\n一盏一盏亮了\n河水带走了白天\n也带来了月亮"
    assert prose(table) == table
    assert prose(verse) == verse


def test_menus_are_no_table() -> None:
    menu = "首页\n新闻\n财经\n登录\n注册\n广告服务\n联系我们\n网站地图\n体育\n论坛\n关于我们\n友情链接"
    assert prose(menu) == ""


def test_a_short_article_is_not_lost_among_the_chrome() -> None:
    flash = "清河镇今晨六时发生三点一级地震，震源深度十公里，目前没有人员伤亡的报告。"
    assert prose(page(HEAD, flash, TAIL)) == flash


def test_two_pages_of_one_portal_have_nothing_in_common() -> None:
    other = page(
        "南湾水库昨天第一次开闸放水，下游三个村子的两千亩稻田赶在插秧之前等到了水。",
        "管理处主任说，闸门要开到月底，每天放水六小时。",
    )
    one = set(prose(page(HEAD, BODY, TAIL)).split("\n"))
    assert not one & set(prose(page(HEAD, other, TAIL)).split("\n"))


def test_more_than_a_book_is_cut() -> None:
    assert len(prose((BODY + "\n") * 4000)) <= LONGEST


@pytest.mark.parametrize(
    "text",
    [
        "邮" * 1_000_000,
        "，" * 1_000_000,
        "(" * 1_000_000,
        "…" * 1_000_000,
        " " * 1_000_000,
        "\n" * 1_000_000,
        "本站\n" * 300_000,
        "2012-" * 200_000,
        ("版权未经转载本站" * 18 + "\n") * 6_000,
        ("请" * 140 + "\n") * 7_000,
        ("下载" * 34 + "\n") * 14_000,
        ("记者" * 14 + "\n") * 30_000,
        ("more x" * 20 + "\n") * 8_000,
        ("jan 1, " * 20 + "\n") * 8_000,
        ("cookie " * 60 + "\n") * 2_000,
        ("a" + " " * 300 + "b\n") * 3_000,
        ("”" * 390 + ")\n") * 2_500,
        "\ud800" * 1_000_000,
    ],
    ids=map(str, range(18)),
)
def test_a_hostile_text_costs_little(text: str) -> None:
    before = time.process_time()
    prose(text)
    assert time.process_time() - before < 8


@given(st.text(alphabet=st.sampled_from("邮局今。，！…版权转载编辑:：|() \n\u3000\rab.?©2012-3年月")))
def test_nothing_is_added_and_the_same_text_gives_the_same(text: str) -> None:
    found = prose(text)
    assert found == prose(text)
    rest = iter(text)
    assert all(letter in rest for letter in found if not letter.isspace())
