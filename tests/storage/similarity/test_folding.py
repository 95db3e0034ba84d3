"""What counts as one character: width, case, accents and script are all form, and so is the Unicode of the day."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.similarity.folding import SEPARATOR, folded, spelled

PROSE = "邮局今天发行龙年邮票，排队的人从门口一直站到了街角。"


def codes(text: str) -> list[int]:
    return [code for code in folded(text).tolist() if code != SEPARATOR]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("体育总局发布头发样式", "體育總局發佈頭髮樣式"),
        ("里程台湾后来", "裏程臺灣後來"),
        ("户内说明", "戸內説明"),
        ("经济", "経済"),
        ("ＡＢＣ１２３", "abc123"),
        ("Café Zürich ŁÓDŹ"[:11], "CAFE ZURICH"),
        ("ΟΔΟΣ οδός", "οδος οδος"),
        ("Ёлка Йод", "елка иод"),
        ("ｶﾞｽ", "ガス"),
        ("㈱東京 ﬁn ⅷ ½ ℃", "株东京 fin viii 12 c"),
        ("①②③", "123"),
        ("कि्", "क"),
        ("٣٤٥ ३४५", "345 345"),
        ("كـتـاب كَتَبَ", "كتاب كتب"),
        ("e\u0301te\u0301", "été"),
        ("ko\u00adop\u200ber", "kooper"),
    ],
)  # fmt: skip
def test_forms_of_one_character_have_one_code(one: str, other: str) -> None:
    assert codes(one) == codes(other)


@pytest.mark.parametrize(
    ("one", "other"), [("か", "が"), ("ば", "ぱ"), ("가", "나"), ("干净", "千净"), ("己", "已"), ("b", "d"), ("б", "в")]
)
def test_other_characters_have_other_codes(one: str, other: str) -> None:
    assert codes(one) != codes(other)


def test_syllables_written_in_parts_are_put_together() -> None:
    for text in ("한국어 뉴스", "がぎぐ ぱぴぷ"):
        assert codes(unicodedata.normalize("NFD", text)) == codes(text)


def test_what_is_no_letter_separates() -> None:
    assert folded("a。b，c\n☺😀\ue000\U000e0041").tolist() == [97, 0, 98, 0, 99, 0, 0, 0, 0, 0]


def test_zero_as_a_circle_is_a_numeral() -> None:
    assert len(codes("二〇一二年")) == 5


@pytest.mark.parametrize("text", ["", "\ud800", "\ud83d\ude00\udfff", "\x00", "\U0010ffff\U000323af"])
def test_any_string_has_codes(text: str) -> None:
    assert len(folded(text)) <= len(text)
    assert len(spelled(text)) == len(text)


def test_codes_are_native_numbers() -> None:
    assert folded("字a").dtype == np.dtype(np.uint32)


@given(st.text(alphabet=st.characters(codec="utf-8", max_codepoint=0x3FFFF)))
def test_compatible_forms_have_the_same_codes(text: str) -> None:
    once = unicodedata.normalize("NFKC", text)
    assert codes(unicodedata.normalize("NFKC", once)) == codes(once)
    composed = unicodedata.normalize("NFC", text)
    assert codes(composed) == codes(unicodedata.normalize("NFKC", composed))


def test_patterns_see_one_spelling_at_the_same_place() -> None:
    assert spelled("來源：ＡＢＣ　責任編輯") == spelled("来源:abc 责任编辑")
    assert spelled(PROSE).index("。") == PROSE.index("。")


@given(st.text())
def test_a_spelling_has_the_length_and_the_lines_of_the_text(text: str) -> None:
    assert len(spelled(text)) == len(text)
    assert spelled(text).count("\n") == text.count("\n")
