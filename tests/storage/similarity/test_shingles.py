"""What a text says, as numbers: the same however it is printed, and the same in every process of every version."""

from __future__ import annotations

import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.similarity.shingles import digest, distinct, shared, shingles, shingles_and_digest

TEXT = "邮局今天发行龙年邮票，排队的人从门口一直站到了街角。Post offices opened at 8:30 on 5 January 2012."
WORDS = "The post office sold out of its new stamps before noon, and the queue had gone by one o'clock."

hans = st.text(alphabet="邮局今天发行龙年票排队的人从门口一直站到了街角体育总台湾后来", max_size=60)
words = st.lists(st.text(alphabet="abcdefghijklmnopqrstuvwxyzéüñ", min_size=1, max_size=9), max_size=20)


def same(one: str, other: str) -> bool:
    return bool(np.array_equal(shingles(one), shingles(other))) and digest(one) == digest(other)


def test_hashes_are_what_they_always_were() -> None:
    """Whoever has to change these raises fingerprint.VERSION."""
    assert shingles(TEXT)[:2].tolist() == [177019595828133278, 260261415286255211]
    assert shingles(WORDS)[:2].tolist() == [1969729181173917331, 2941418196740463405]
    assert (digest(TEXT), digest(WORDS), digest("")) == (53245152935891649, 7603671243932604951, 0)


def test_hashes_are_equal_in_another_process() -> None:
    code = "import sys; from storage.similarity.shingles import digest; print(digest(sys.stdin.read()))"
    told = subprocess.run([sys.executable, "-c", code], input=TEXT, capture_output=True, text=True, check=True)
    assert int(told.stdout) == digest(TEXT)


@given(hans)
def test_punctuation_and_spacing_of_han_text_do_not_count(text: str) -> None:
    assert same(text, "，\n ".join(text))
    assert same(text, f"“{text}”——")


@given(words)
def test_case_width_and_marks_do_not_count(parts: list[str]) -> None:
    text = " ".join(parts)
    wide = "".join(chr(ord(letter) + 0xFEE0) if letter.isascii() and letter != " " else letter for letter in text)
    assert same(text, text.upper())
    assert same(text, wide)
    assert same(text, " -- ".join(parts) + "!")


def test_words_and_numbers_are_tokens() -> None:
    assert len(shingles("one two three")) == 1
    assert len(shingles("covid19 a")) == 1
    assert len(shingles("one two")) == 0
    assert same("3.14 and 1,000", "3 14 and 1 000")
    assert not same("one two three", "onetwo three four")
    assert not same("1 000 2", "1000 2 1")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("。。。", 0),
        ("邮", 0),
        ("邮局今天发", 1),
        ("邮局今天发行", 2),
        ("세 낱말 기사", 1),
        ("नमस्ते दुनिया यह", 1),
        ("السلام عليكم ورحمة", 1),
        ("ประเทศไทย", 5),
        ("x" * 1_000_000, 0),
    ],
)
def test_a_text_of_few_tokens_has_few_shingles(text: str, count: int) -> None:
    assert len(shingles(text)) == count


def test_a_mixed_text_is_cut_as_most_of_it_is_written() -> None:
    assert len(shingles("邮局今天 open at noon")) == 3
    assert len(shingles("邮局今天 open at noon and later")) == 7


def test_shingles_are_sorted_and_distinct() -> None:
    found = shingles("邮局今天发行龙年邮票" * 40)
    assert len(found) == 10
    assert (np.diff(found.astype(object)) > 0).all()


def test_what_two_texts_share_is_counted_exactly() -> None:
    choose = random.Random(5)
    for _ in range(50):
        one, other = ({choose.randrange(200) for _ in range(choose.randrange(100))} for _ in range(2))
        arrays = [np.array(sorted(numbers), dtype=np.uint64) for numbers in (one, other)]
        assert shared(*arrays) == shared(*reversed(arrays)) == len(one & other)


@given(st.lists(st.integers(0, 2**64 - 1)))
def test_each_hash_is_kept_once(numbers: list[int]) -> None:
    assert distinct(np.array(numbers, dtype=np.uint64)).tolist() == sorted(set(numbers))


def test_a_digest_knows_the_order_and_fits_a_column() -> None:
    assert digest("邮局今天") != digest("今天邮局")
    assert digest("一一二") != digest("一二一")
    assert all(0 <= digest(text) < 2**63 for text in (TEXT, WORDS, "", "邮" * 10_000))


@pytest.mark.parametrize(("tokens", "number"), [(8192, 8783425783006127289), (10_000, 1067372027131299967)])
def test_the_digest_of_a_long_text_is_what_it_always_was(tokens: int, number: int) -> None:
    assert digest("甲乙丙丁" * (tokens // 4)) == number


@given(st.text())
def test_both_at_once_are_both(text: str) -> None:
    hashes, number = shingles_and_digest(text)
    assert np.array_equal(hashes, shingles(text))
    assert number == digest(text)


@pytest.mark.parametrize(
    "text",
    ["\ud800字" * 9, "邮" * 1_000_000, "a b " * 250_000, "1" * 1_000_000, "\u0301" * 1_000_000],
    ids=["surrogates", "character", "words", "number", "marks"],
)
def test_no_text_is_too_much(text: str) -> None:
    assert len(shingles(text)) < 20
