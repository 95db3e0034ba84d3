from __future__ import annotations

import numpy as np

from storage.similarity.alignment import FEWEST_POINTS, Gap, align, gaps, grams


def laid(one: str, other: str, size: int = 4) -> tuple[list[tuple[int, ...]], list[Gap]]:
    """Stretches and gaps of two texts of which each character is a token."""
    tokens = [np.array([ord(character) * 7919 for character in text], dtype=np.uint64) for text in (one, other)]
    found = align(grams(tokens[0], size), grams(tokens[1], size))
    return [tuple(stretch) for stretch in found.stretches], gaps(found, 100)


PANGRAM = "abcdefghijklmnopqrstuvwxyz0123456789"


def test_a_text_lies_on_itself_in_one_stretch_without_a_gap() -> None:
    assert laid(PANGRAM, PANGRAM) == ([(0, 36, 0, 36)], [])


def test_a_cut_copy_lies_where_it_was_cut() -> None:
    assert laid(PANGRAM, PANGRAM[10:26]) == ([(10, 26, 0, 16)], [])


def test_what_differs_within_a_stretch_is_a_gap() -> None:
    other = PANGRAM.replace("k", "KLM").replace("789", "")
    stretches, found = laid(PANGRAM, other)
    assert stretches == [(0, 33, 0, 35)]
    assert found == [Gap(10, 11, 10, 13)]


def test_what_one_text_has_more_is_a_gap_that_is_empty_in_the_other() -> None:
    _, found = laid(PANGRAM, PANGRAM[:15] + "ABC" + PANGRAM[15:])
    assert found == [Gap(15, 15, 15, 18)]


def test_paragraphs_in_another_order_are_two_stretches() -> None:
    stretches, found = laid(PANGRAM, PANGRAM[18:] + PANGRAM[:18])
    assert stretches == [(0, 18, 18, 36), (18, 36, 0, 18)]
    assert found == []


def test_a_phrase_that_both_use_is_no_stretch() -> None:
    phrase = PANGRAM[: FEWEST_POINTS + 2]
    assert laid(phrase + "-+=_*#@!", "!@#*_=+-" + phrase) == ([], [])


def test_texts_too_short_or_all_of_one_word_have_no_stretch() -> None:
    for one, other in (("", ""), ("abc", "abc"), ("a" * 100, "a" * 100), ("", PANGRAM)):
        assert laid(one, other) == ([], [])


def test_runs_of_another_size_never_lie_on_each_other() -> None:
    tokens = np.arange(1, 40, dtype=np.uint64)
    assert not align(grams(tokens, 4), grams(tokens, 2)).stretches
