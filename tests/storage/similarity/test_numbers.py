from __future__ import annotations

import unicodedata

import pytest

from storage.similarity.numbers import MARK, conflicting, masked


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("死亡3人，受伤１２人", ("3", "12")),
        ("全县1,200户，合1200亩", ("1200", "1200")),
        ("涨幅3.50%，另一只3.5%", ("3.5", "3.5")),
        ("05月06日", ("5", "6")),
        ("二〇一二年十二月三十一日", ("2012", "12", "31")),
        ("三百零五人，两千多户", ("305", "2000")),
        ("第五届与第七届，周三开幕", ("5", "7", "3")),
        ("百分之十五", ("15",)),
        ("三人死亡，五人受伤", ("3", "5")),
        ("Five people died, 12 were hurt", ("5", "12")),
        ("廿五日", ("25",)),
        ("壹佰贰拾元", ("120",)),
        ("2:1", ("2:1",)),
        ("0.50与000", ("0.5", "0")),
    ],
)
def test_one_value_has_one_spelling(text: str, values: tuple[str, ...]) -> None:
    assert masked(text)[1] == values


@pytest.mark.parametrize(
    "text", ["三亚的海", "四川大学", "七匹狼", "一个一个地说", "someone often attends", "万科与百度"]
)
def test_numerals_in_names_and_phrases_are_no_numbers(text: str) -> None:
    assert masked(text) == (text, ())


def test_each_number_leaves_one_mark_in_its_place() -> None:
    text, values = masked("5月6日8时，气温21.5度")
    assert text == f"{MARK}月{MARK}日{MARK}时,气温{MARK}度"
    assert len(values) == text.count(MARK) == 4


def test_a_text_cannot_bring_marks_of_its_own() -> None:
    assert masked(f"{MARK}5{MARK}")[0].count(MARK) == 1


def test_a_value_that_lost_a_digit_contradicts_nothing() -> None:
    assert not conflicting("2012", "201")
    assert not conflicting("2012", "012")
    assert not conflicting("7", "7")
    assert conflicting("3", "5")
    assert conflicting("2012", "2013")
    assert conflicting("120", "35")


def test_long_runs_of_digits_cost_no_more_than_their_length() -> None:
    text, values = masked("9" * 200_000 + "，" + "1," * 100_000 + "三" * 50_000)
    assert len(text) < 200_000
    assert max(map(len, values)) <= 40


@pytest.mark.parametrize("text", ["f\u0131ve", "S\u0130X", "\u017f\u017fix", "seven\u0131", "\uff26\u0131ve"])
def test_letters_that_only_look_like_those_of_a_number_word_make_none(text: str) -> None:
    assert masked(text)[1] == ()


@pytest.mark.parametrize("text", ["\uff26ive", "FIVE", "five", "\uff15"])
def test_a_word_of_any_case_and_width_is_a_number(text: str) -> None:
    assert masked(text) == (MARK, ("5",))


@pytest.mark.parametrize(
    "text", ["，：；？！（）％０９～…\u3000\u00a0", "？\u0338", "…\u0301", "ｶﾞ…Å，e\u0301", "㈠½！ﬁ", "", "\ud800，"]
)
def test_a_text_without_numbers_comes_back_in_its_compatible_form(text: str) -> None:
    narrow = unicodedata.normalize("NFKC", text.replace("０", "").replace("９", ""))
    found, values = masked(text.replace("０", "").replace("９", "").replace("½", "").replace("㈠", ""))
    assert found == narrow.replace("(一)", "").replace("1\u20442", "")
    assert values == ()
