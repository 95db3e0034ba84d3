from __future__ import annotations

import time

import pytest

from storage.similarity.items import begins_below, is_item
from tests.storage.similarity.samples import BRIDGE, BRIDGE_TITLE, MARKET, MARKET_TITLE

LINES = BRIDGE.split("\n")


@pytest.mark.parametrize(
    "page",
    [
        f"{BRIDGE}\n{MARKET_TITLE}\n{MARKET}",
        f"{MARKET}\n{BRIDGE_TITLE}\n{BRIDGE}",
        f"{MARKET}\n{BRIDGE_TITLE}\n{BRIDGE}\n{MARKET_TITLE}\n{MARKET}",
        f"{BRIDGE.replace('豆腐', '凉粉')}\n{MARKET_TITLE}\n{MARKET}",
    ],
    ids=("first", "last", "middle", "edited"),
)
def test_an_item_of_a_round_up_is_told_by_the_headlines_beside_it(page: str) -> None:
    assert is_item(BRIDGE, page)


@pytest.mark.parametrize(
    "text",
    ["\n".join(LINES[:2]), BRIDGE[: len(BRIDGE) // 2], "\n".join(LINES[2:]), BRIDGE, "红枫镇夜市"],
    ids=("cut between paragraphs", "cut within a line", "second page", "all of it", "another text"),
)
def test_a_part_of_an_article_is_no_item_of_it(text: str) -> None:
    assert not is_item(text, BRIDGE)


def test_a_text_that_begins_with_the_first_line_of_another_does_not_begin_below() -> None:
    page = f"{MARKET}\n{BRIDGE}"
    assert begins_below(BRIDGE, page)
    assert not begins_below(MARKET, page)
    assert not begins_below("别的文章", page)


@pytest.mark.parametrize(("text", "page"), [("", ""), ("", BRIDGE), (BRIDGE, ""), ("\n" * 9, "\n" * 9)])
def test_an_empty_text_is_no_item(text: str, page: str) -> None:
    assert not is_item(text, page)


def test_a_page_of_many_lines_costs_little() -> None:
    began = time.process_time()
    is_item("甲" * 200_000, "甲\n" * 20_000)
    is_item("甲\n" * 20_000, "甲" * 200_000)
    assert time.process_time() - began < 5
