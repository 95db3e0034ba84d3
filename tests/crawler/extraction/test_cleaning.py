"""clean_text and clean_markup."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extraction.cleaning import clean_line, clean_markup, clean_text, squeezed


@pytest.mark.parametrize(
    "unwanted",
    ["\x00", "\x08", "\x1b", "\x7f", "\x9f", "\ud800", "\ufffe", "\U0001ffff", "\u202e", "\u2066", "\u200b", "\ufeff"],
)
def test_characters_that_nobody_sees_are_removed(unwanted):
    assert clean_text(f"新{unwanted}闻") == "新闻"


def test_line_ends_become_line_feeds_and_tabs_stay():
    assert clean_text("a\r\nb\rc\u2028d\te") == "a\nb\nc\nd\te"


@pytest.mark.parametrize(
    ("text", "clean"),
    [("a\r\nb\r\n", "a\nb\n"), ("a\r\r\nb", "a\n\nb"), ("a\r\nb\r", "a\nb\n"), ("a\r\n\u200bb\x85c", "a\nb\nc")],
)
def test_line_ends_of_any_kind_are_one_line_feed_each(text, clean):
    assert clean_text(text) == clean


def test_letters_are_not_normalised():
    assert clean_text("e\u0301 ﬁ 凞 豈") == "e\u0301 ﬁ 凞 豈"


def test_numeric_references_to_unwanted_characters_are_removed_from_markup():
    assert clean_markup("<p>a&#0;&#xFFFE;&#xD800;&#99999999;b&#x4e2d;&#151;</p>") == "<p>ab&#x4e2d;&#151;</p>"


def test_a_line_has_single_spaces():
    assert clean_line("  a \n\t b\u3000c ") == "a b c"
    assert clean_line(None) == ""


def test_a_comparison_key_ignores_width_case_and_punctuation():
    assert squeezed("《ＡＢＣ》：新 闻！") == squeezed("abc新闻")


@given(st.text())
def test_cleaning_twice_changes_nothing(text):
    assert clean_text(clean_text(text)) == clean_text(text)
    clean_text(text).encode()
