"""Damage in a text is told with its places; whole texts, however odd, are not accused."""

import pytest

from crawler.extraction.facts.damage import find_damage


@pytest.mark.parametrize(
    "text",
    [
        "該鎮以“學?!鐓^”合作為抓手",
        "大家都說好?,江邊的人更多",
        "今年的收成\ufffd\ufffd比去年多",
        "老街的石\ue2e5板路",
        "会议在北京锟斤拷召开",
        "銆傛湰鎶ヨ锛屼粖澶�",
        "The cafÃ© was closed",
        "He said it was â€œfineâ€\u009d",
    ],
)
def test_what_conversions_left_is_damage(text):
    assert find_damage(text)


@pytest.mark.parametrize(
    "text",
    [
        "真的吗?！他又问了一遍?是的。",
        "什么?!不可能!?怎么会?",
        "“你来吗?”他问。谁知道?我不知道。",
        "├─ 目录\n│  └─ 文件 ──── 完",
        "x^2 + y^2 = z^2，写作 10^8 千瓦时",
        "A股、K线、e时代、PM2.5、第n次",
        "NÃO É ASSIM, disse â volta",
        "鐓燉 苯乙烯 硎 舯",
        "",
    ],
)
def test_a_whole_text_is_not_accused(text):
    assert find_damage(text) is None


def test_places_are_counted_and_three_are_shown():
    told = find_damage("甲甲甲甲\ufffd乙乙乙乙。" * 5)
    assert told == "5 places: " + "; ".join(["甲甲甲甲\ufffd乙乙乙乙"] * 3)
