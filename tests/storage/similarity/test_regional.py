from __future__ import annotations

import random

import pytest

from storage.similarity import regional as words
from storage.similarity.folding import folded
from storage.similarity.regional import characters, in_one_region, regional
from storage.similarity.shingles import Hashes, tokens_of


def said(text: str) -> Hashes:
    return tokens_of(folded(text))[0]


@pytest.mark.parametrize(("one", "other"), [("信息", "資訊"), ("件", "體"), ("络", "路")])
def test_words_of_two_regions_are_one_word_whichever_comes_first(one: str, other: str) -> None:
    assert regional(said(one), said(other))
    assert regional(said(other), said(one))


@pytest.mark.parametrize(("one", "other"), [("张三", "李四"), ("", ""), ("信息", ""), ("信息", "信息")])
def test_other_words_are_not(one: str, other: str) -> None:
    assert not regional(said(one), said(other))


@pytest.mark.parametrize("seed", range(40))
def test_what_is_put_in_one_region_is_what_looking_for_each_word_gives(seed: int) -> None:
    luck = random.Random(seed)
    pairs = words._words()
    for _ in range(20):
        # Words of both regions and pieces of them: one replacement may complete the next word.
        parts = (luck.choice(luck.choice(pairs))[luck.randrange(2) :] for _ in range(luck.randrange(30)))
        text = "".join(parts) + characters("他在現場說")
        expected = text
        for word, other in pairs:
            expected = expected.replace(other, word)
        assert in_one_region(text) == expected


def test_a_text_of_none_of_the_words_stays_as_it_is() -> None:
    for text in ("", "\0", "plain", "\U00020000" * 50, characters("大桥通车后两岸居民往来更方便")):
        assert in_one_region(text) == text
