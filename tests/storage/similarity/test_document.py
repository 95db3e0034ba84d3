from __future__ import annotations

import numpy as np
import pytest

from storage.similarity.document import document
from tests.storage.similarity.samples import BRIDGE, BRIDGE_TITLE, NOON, an_article


def test_a_document_knows_its_numbers_by_their_places() -> None:
    made = an_article(BRIDGE, BRIDGE_TITLE)
    assert len(made.marks) == len(made.values)
    assert made.values[:2] == ("8", "5")
    assert made.marks[0] < made.head <= made.marks[1]


def test_the_same_article_is_read_alike_in_both_scripts_and_widths() -> None:
    plain, wide = an_article(BRIDGE, BRIDGE_TITLE), an_article(BRIDGE.replace("5月6日", "５月６日").replace("，", ","))
    assert np.array_equal(plain.shingles, wide.shingles)
    assert np.array_equal(plain.tokens[plain.head :], wide.tokens[wide.head :])


def test_scripts_are_told_apart() -> None:
    assert an_article(BRIDGE).script == -1
    traditional = "這個國家為發展經濟，說過還會將電車開進現場，讓學生們長時間應對問題。"
    assert an_article(traditional * 3).script == 1
    assert an_article("A plain text in English that says nothing of either. " * 5).script == 0


def test_names_are_words_with_a_capital_within_a_sentence() -> None:
    text = "On Monday the mayor of Aldmoor, James Hollis, opened the bridge. People cheered for an hour. "
    made = an_article(text * 4)
    assert {"aldmoor", "james", "hollis"} <= made.names
    assert "people" not in made.names
    assert "people" in made.words


@pytest.mark.parametrize(
    "text", ["", "\n\n", "？？？", "\ud800", "\x00", "好", "9" * 1000, "https://example.org/ " * 50]
)
def test_any_text_can_be_read(text: str) -> None:
    made = document(None, text, NOON, day_only=True)
    assert made.head == 1
    assert made.size > 0
    assert len(made.sorted_pairs) == len(made.tokens) - 1
    assert not made.title.parts
    assert len(made.marks) == len(made.values)
    assert made.script == 0
    assert made.names <= made.words


def test_nothing_is_made_before_it_is_asked_for_and_nothing_twice() -> None:
    made = an_article(BRIDGE, BRIDGE_TITLE)
    kept = set(vars(made))
    assert made.shingles is made.shingles
    assert set(vars(made)) - kept == {"shingles"}
    assert made.grams is made.grams
    assert made.title is made.title


def test_its_size_grows_with_the_text() -> None:
    assert an_article(BRIDGE).size < an_article(BRIDGE + BRIDGE[::-1]).size < 200 * len(BRIDGE)
