"""Notes of rights and of corrections."""

import pytest

from crawler.extraction.facts.notes import MAX_NOTE, find_correction, find_licence
from tests.crawler.extraction.zoned import zoned


@pytest.mark.parametrize(
    "line",
    [
        "版权声明：本网所有内容未经许可不得转载。",
        "转载请注明出处：某某网",
        "本文系某某日报授权某某网转载",
        "本著作係採用創用 CC 姓名標示 授權條款釋出。",
        "This work is licensed under CC BY 4.0.",
    ],
)
def test_the_sentence_of_rights_is_kept(line):
    assert find_licence(zoned(tail=(line,))) == line


@pytest.mark.parametrize(
    "line",
    [
        "免责声明：本文仅代表作者个人观点，与本站无关。",
        "版权声明",
        "某某网版权与免责声明",
        "Copyright © 2026 某某网 版权所有",
        "京ICP备12345号 未经许可不得转载",
    ],
)
def test_disclaimers_links_and_footers_are_no_licence(line):
    assert find_licence(zoned(tail=(line,))) is None


def test_a_long_note_is_cut():
    assert len(find_licence(zoned(tail=("版权声明：未经许可不得转载。" + "本网保留权利。" * 60,)))) <= MAX_NOTE


@pytest.mark.parametrize(
    "line",
    [
        "更正：昨天本版报道中的面积应为一百二十平方米。",
        "勘误：图片说明中的姓名有误。",
        "Correction: An earlier version misstated the year.",
        "This article has been updated to correct the spelling of a name.",
        "*Editor’s note: This story was updated after the vote.",
        "此前版本中的数字有误，现已改正。",
    ],
)
def test_a_correction_is_kept(line):
    assert find_correction(zoned(tail=(line,))) == line


@pytest.mark.parametrize(
    "line",
    ["更正前的规定已经废止。", "他更正了自己的说法。", "Corrections officers met on Monday.", "编者按：今天是立冬。"],
)
def test_sentences_with_such_words_are_no_correction(line):
    assert find_correction(zoned(lead=(line,))) is None
