"""Language and script of texts."""

import pytest

from crawler.extraction.facts.language import language, script

HANS = "国务院新闻办公室昨天举行发布会，介绍经济运行情况。"
HANT = "衛生署昨天表示，國內流感疫情將在農曆春節前後進入高峰期。"
JA = "東京都は昨日、新しい計画を発表しました。"
KO = "서울시는 어제 새로운 계획을 발표했습니다."
EN = "The city council announced a new plan for public transport on Friday, which will take effect next year."


@pytest.mark.parametrize(
    ("text", "lang"), [(HANS, "zh"), (HANT, "zh"), (JA, "ja"), (KO, "ko"), (EN, "en"), ("12 34", None)]
)
def test_the_language_is_told_by_the_text(text, lang):
    assert language(text) == lang


def test_a_chinese_text_on_a_page_declared_english_is_chinese():
    assert language(HANS, "en") == "zh"


def test_a_latin_text_is_in_the_language_that_the_page_declares():
    assert language(EN, "fr-FR") == "fr"


def test_a_latin_text_on_a_page_declared_chinese_is_not_chinese():
    assert language(EN, "zh-CN") == "en"


@pytest.mark.parametrize(("text", "told"), [(HANS, "Hans"), (HANT, "Hant"), (HANS + HANT, "mixed"), ("人山人海", None)])
def test_the_script_is_told_by_characters_of_one_script_only(text, told):
    assert script(text) == told


def test_characters_behind_the_first_plane_are_of_no_script_and_no_reason_to_fail():
    assert language(HANS + "\U0001f600\U00020000\ud800", "zh") == "zh"
    assert script("\U00020000" * 9) is None


def test_a_text_is_weighed_anew_after_another():
    assert [script(text) for text in (HANS, HANT, HANS)] == ["Hans", "Hant", "Hans"]
