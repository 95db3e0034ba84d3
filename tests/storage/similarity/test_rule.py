from __future__ import annotations

import time
from dataclasses import replace

import pytest

from storage.similarity.rule import Likeness, Rule, compare
from tests.storage.similarity.samples import (
    BRIDGE,
    BRIDGE_TITLE,
    MARKET,
    MARKET_TITLE,
    NOTICE_TITLE,
    an_article,
    days,
    notice,
    welcome,
)

WHOLE = an_article(BRIDGE, BRIDGE_TITLE)
LINES = BRIDGE.split("\n")


def verdict(text: str, title: str | None = BRIDGE_TITLE, **facts: object) -> tuple[str, str | None] | None:
    """What the rule says of another article beside the report of the bridge, in both orders."""
    other = an_article(text, title, **facts)  # type: ignore[arg-type]
    found = compare(WHOLE, other)
    assert found == compare(other, WHOLE)
    return found and (found.verdict, found.veto)


SAME = ("same", None)


def test_an_article_is_the_same_as_itself() -> None:
    assert compare(WHOLE, WHOLE) == Likeness(
        verdict="same", jaccard=1.0, containment=1.0, veto=None, numbers_same=16, numbers_differ=0
    )


@pytest.mark.parametrize(
    "text",
    [
        BRIDGE[: len(BRIDGE) * 2 // 5] + "…【阅读全文】",
        BRIDGE[len(BRIDGE) * 2 // 5 :],
        "\n".join(LINES[2:] + LINES[:2]),
        "\n".join([*LINES, *MARKET.split("\n")[:2]]),
        "最新消息：县交通局下午通报，老石桥通车首日一切正常，值守人员将在桥头再驻守一周。\n" + BRIDGE,
        "2024-05-06 18:22 来源：南浦在线 作者：周岚 阅读 381 评论 2\n" + BRIDGE + "\n（责任编辑：许思远）",
        BRIDGE.replace("，", ",").replace("。", ".").replace("\n", " "),
        BRIDGE.replace("5月6日", "昨日").replace("本报讯 ", ""),
        BRIDGE.replace("1931年", "一九三一年").replace("430万元", "４３０万元").replace("28根", "二十八根"),
        "\n".join(line[: len(line) // 2] + "\n图为通车现场。罗振 摄\n" + line[len(line) // 2 :] for line in LINES),
        BRIDGE.replace("豆腐", "凉粉").replace("他说小时候上学天天走这座桥，", "").replace("编号", "逐一编上号"),
        BRIDGE.replace("1200多名", "约1200名").replace("8公里", "9公里"),
    ],
    ids=(
        "cut", "page two", "rotated", "appended", "new lead", "framed", "punctuation", "dates", "numerals", "captions",
        "edited", "one number",
    ),
)  # fmt: skip
@pytest.mark.parametrize("title", [BRIDGE_TITLE, None, BRIDGE_TITLE + "_南浦在线", "停了七个月的桥面重新通车"])
def test_a_copy_is_the_same_whatever_was_done_to_it(text: str, title: str | None) -> None:
    assert verdict(text, title) == SAME


def test_a_copy_in_the_other_script_is_the_same() -> None:
    pytest.importorskip("opencc")
    from tests.quality.stories.damage import converted, slipped  # noqa: PLC0415

    for name in ("s2t", "s2tw", "s2hk", "s2twp"):
        assert verdict(converted(BRIDGE, name), converted(BRIDGE_TITLE, name)) == SAME
    assert verdict(slipped(converted(BRIDGE, "s2t")), converted(BRIDGE_TITLE, "s2t")) == SAME


def test_another_article_has_nothing_in_common() -> None:
    assert verdict(MARKET, MARKET_TITLE) is None
    assert verdict("", None) is None


def test_the_same_form_with_other_numbers_is_a_template() -> None:
    one = an_article(notice("人民路", "市自来水公司", 6, 9), NOTICE_TITLE)
    other = an_article(notice("人民路", "市自来水公司", 13, 14), NOTICE_TITLE, at=days(7))
    found = compare(one, other)
    assert found
    assert (found.verdict, found.veto) == ("template", "numbers")
    assert found.numbers_differ >= 2


def test_the_same_form_with_other_names_is_a_template() -> None:
    one = an_article(welcome("科瓦奇", "诺维萨德"), None)
    other = an_article(welcome("马丁内斯", "塞维利亚"), None, at=days(2))
    found = compare(one, other)
    assert found
    assert (found.verdict, found.veto) == ("template", "names")


def test_headlines_that_name_two_things_make_a_template() -> None:
    text = (
        "由市里多个部门共同编写的乡土读本{language}版近日出版发行。该书收录了本地流传的故事和歌谣，配有老照片和手绘地图，"
        "全面介绍本市的山川、老街、手艺和节俗。{language}版的出版，有助于海外读者了解本地的历史和今天的生活，"
        "编者说，译稿经过三轮校对，地名和人名都附了注释，首批印刷的书将送到友好城市的图书馆和学校。"
    )
    made = [
        an_article(text.format(language=language), f"乡土读本{language}版出版发行") for language in ("法文", "俄文")
    ]
    found = compare(*made)
    assert found
    assert (found.verdict, found.veto) == ("template", "title")


def test_names_of_an_alphabet_tell_a_form_too() -> None:
    form = (
        "The {town} town council met on Thursday to hear a report from {name} on the state of the public library. "
        "{name} told members that the roof would be mended before winter and that the reading room would stay open in "
        "the evening. Residents of {town} asked about the children's section, which {name} said would move downstairs. "
        "Councillor {other} thanked the volunteers, and the meeting closed shortly after nine."
    )
    one = an_article(form.format(town="Aldmoor", name="Hollis", other="Pryce"), "Council hears library report")
    other = an_article(form.format(town="Hexley", name="Tennant", other="Oakes"), "Council hears library report")
    found = compare(one, other)
    assert found
    assert (found.verdict, found.veto) == ("template", "names")


def test_what_comes_back_each_year_and_differs_is_a_template_of_another_time() -> None:
    cut = "\n".join(LINES[:3]) + MARKET.split("\n")[2] + MARKET.split("\n")[3]
    assert verdict(cut, at=days(2)) == SAME
    assert verdict(cut, at=days(400)) == ("template", "age")
    assert verdict(BRIDGE, at=days(400)) == SAME


def test_a_day_without_a_time_may_be_one_day_off() -> None:
    cut = "\n".join(LINES[:3]) + MARKET.split("\n")[2] + MARKET.split("\n")[3]
    assert verdict(cut, at=days(31), day_only=True) == SAME
    assert verdict(cut, at=days(31)) == ("template", "age")


def test_articles_that_quote_one_passage_are_two() -> None:
    lines = MARKET.split("\n")
    own = "旧城办把两件事写进了同一份通报，说修一座桥和扫一条街道理相同，都要有人天天盯着，不能一阵风。" * 3
    found = verdict("\n".join([lines[0], lines[1], LINES[1], LINES[2], lines[2], own, lines[3]]), MARKET_TITLE)
    assert found != SAME


def test_a_round_up_contains_its_items() -> None:
    others = [MARKET, notice("滨江路", "清源水务", 3, 8), welcome("哈桑", "亚历山大"), MARKET[::-1]]
    assert verdict("\n".join([others[0], others[3], BRIDGE, *others[1:3]]), "一周新闻汇总") == ("contains", None)


def test_an_item_that_is_nearly_half_of_a_round_up_is_contained_in_it() -> None:
    assert verdict(f"{BRIDGE}\n{MARKET_TITLE}\n{MARKET}\n{MARKET[::-1]}", "今日要闻汇总") == ("contains", None)


def test_an_article_that_has_another_one_whole_below_is_not_its_copy() -> None:
    own = "\n".join((MARKET, MARKET[::-1], MARKET[::3] * 2))
    assert verdict(f"{own}\n{BRIDGE}", MARKET_TITLE) == ("contains", None)


def test_a_copy_without_headline_may_be_cut_above_a_heading() -> None:
    whole = an_article("\n".join([*LINES[:2], "老石头留下了九成", *LINES[2:]]), None)
    found = compare(whole, an_article("\n".join(LINES[:2]), None))
    assert found is not None
    assert found.verdict == "same"


def test_two_round_ups_of_one_name_that_share_an_item_are_two() -> None:
    one = an_article(f"{MARKET}\n{BRIDGE}", "新闻早餐")
    assert compare(one, an_article(f"{MARKET}\n{BRIDGE[::-1]}", "新闻早餐")) is None


def test_one_number_tells_a_short_form_where_nothing_else_was_touched() -> None:
    one = an_article(notice("建设路", "清河水务", 6, 9), NOTICE_TITLE)
    other = an_article(notice("建设路", "清河水务", 7, 9), NOTICE_TITLE)
    found = compare(one, other)
    assert found is not None
    assert (found.verdict, found.veto) == ("template", "numbers")


def test_thin_texts_are_never_the_same() -> None:
    stub = an_article("点击观看视频报道，更多内容请下载客户端。", "视频")
    found = compare(stub, stub)
    assert found is None or found.verdict != "same"


def test_our_town_may_be_called_by_its_name() -> None:
    ours = BRIDGE.replace("青石县", "我县").replace("，县里", "，我县").replace("被冲出", "被我县洪水冲出")
    theirs = ours.replace("我县", "长岭县")
    one, other = an_article(ours, "我县老石桥修缮完工"), an_article(theirs, "长岭县老石桥修缮完工")
    found = compare(one, other)
    assert found
    assert (found.verdict, found.veto) == SAME


def test_another_spelling_of_some_words_is_no_other_name() -> None:
    text = (
        "The harbour board said on Friday that it would organise the programme again next year, after a favourable "
        "report from the centre that runs it. About forty people took part in the first season, and most were "
        "pensioners who had never been on the water before. One of them, a retired nurse, said she had come for the "
        "company and stayed for the wind, and that her grandchildren now ask to be taken along whenever the forecast "
        "is fair. Nobody has fallen in so far, although a dog once jumped after a sandwich and had to be lifted out "
        "with a net. The boats are kept in a grey shed behind the old theatre, where volunteers mend sails and teach "
        "knots on Tuesday evenings. The board will meet in the spring to talk about the cost of a second shed, which "
        "neighbours would rather see on the far side of the slipway."
    )
    swapped = {"harbour": "harbor", "organise": "organize", "programme": "program", "favourable": "favorable"}
    american = text
    for word, spelled in swapped.items():
        american = american.replace(word, spelled)
    one, other = an_article(text, "Board to run programme again"), an_article(american, "Board to run program again")
    found = compare(one, other)
    assert found
    assert found.verdict == "same"


def test_each_veto_can_be_left_out() -> None:
    one = an_article(notice("人民路", "市自来水公司", 6, 9), NOTICE_TITLE)
    other = an_article(notice("人民路", "市自来水公司", 13, 14), NOTICE_TITLE, at=days(7))
    found = compare(one, other, replace(Rule(), vetoes=("age",)))
    assert found
    assert (found.verdict, found.veto) == ("same", None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("今天天气很好。" * 60_000, "今天天气不好。" * 60_000),
        ("".join(map(chr, range(0x4E00, 0x9FA0))) * 20, "".join(map(chr, range(0x4E00, 0x9FA0, 2))) * 40),
        ("1 " * 200_000, "2 " * 200_000),
        ("word " * 80_000, "other " * 80_000),
        ("\ud800" * 5_000 + BRIDGE, "\x00" * 5_000 + BRIDGE),
    ],
)
def test_hostile_texts_are_compared_within_a_second(one: str, other: str) -> None:
    first, second = an_article(one, one[:300]), an_article(other, other[:300])
    began = time.process_time()
    assert compare(first, second) == compare(second, first)
    assert time.process_time() - began < 8
