"""What is found where two texts are laid on each other, against what can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from storage.similarity.evidence import Evidence
from storage.similarity.signs import signs
from tests.storage.similarity.samples import BRIDGE, BRIDGE_TITLE, an_article

PARTS = BRIDGE.split("。")


def evidence(one: str, other: str) -> Evidence:
    return Evidence(one=an_article(one), other=an_article(other))


def test_equal_texts_have_all_in_common_and_nothing_else() -> None:
    found = evidence(BRIDGE, BRIDGE)
    assert (found.covered, found.other_covered) == (1.0, 1.0)
    assert (found.bursts, found.swaps, found.renamed, found.names, found.apart, found.around) == (0, 0, 0, 0, 0, 0)
    assert found.same == len(found.one.values)
    assert found.differ == 0


def test_numbers_in_the_same_place_are_counted_once_each() -> None:
    found = evidence(BRIDGE, BRIDGE.replace("5月6日", "5月9日"))
    assert found.differ == 1
    assert found.same == len(found.one.values) - 1


def test_a_sentence_left_out_is_one_burst() -> None:
    found = evidence("".join(f"{part}。" for part in PARTS), "".join(f"{part}。" for part in PARTS if part != PARTS[1]))
    assert found.swaps == 0
    assert found.apart == 0
    assert found.core < len(found.one.tokens) - found.one.head


def test_a_name_that_is_another_throughout_is_renamed() -> None:
    text = (
        "记者从市交通局获悉，青川大桥今天上午建成通车。"
        "专家说，青川大桥采用了新的结构。市民在青川大桥两端的广场上合影留念，场面热烈。"
    )
    found = evidence(text, text.replace("青川", "龙江"))
    assert (found.swaps, found.renamed) == (3, 3)
    assert found.names == 1


@pytest.mark.parametrize("other", ["", "好", "。" * 50, "一段别的话，说的是山里的茶园又丰收。" * 3, "\ud800" * 20])
def test_texts_that_share_nothing_have_no_evidence(other: str) -> None:
    found = evidence(BRIDGE, other)
    assert (found.covered, found.core, found.same, found.differ, found.bursts, found.swaps) == (0, 0, 0, 0, 0, 0)
    assert (found.renamed, found.names, found.named, found.apart, found.around) == (0, 0, 0, 0, 0)


def test_signs_are_the_same_whichever_article_comes_first() -> None:
    one, other = an_article(BRIDGE, BRIDGE_TITLE), an_article(BRIDGE.replace("5月6日", "5月9日"), "另一个标题")
    found, turned = signs(one, other), signs(other, one)
    assert found is not None
    assert turned is not None
    assert found.one is turned.one
    assert found.claims == turned.claims
    assert np.array_equal(found.one.tokens, turned.one.tokens)
