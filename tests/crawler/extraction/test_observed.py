"""What is reported of the blocks of a page."""

from __future__ import annotations

import pytest

from crawler.extraction import observed
from crawler.extraction.chrome import LONGEST_REMEMBERED, block_key
from crawler.extraction.markup.blocks import parse_html, text_blocks
from crawler.extraction.observed import observation

MENU = "首页 要闻 地方"
LINE = "市图书馆昨天延长开放时间，读者可以在周末晚上借书还书。"


def shown(*lines: str, text: str | None = None) -> dict[str, bool]:
    """The lines of a page that are reported, each with whether it is part of the text."""
    return told(f"<html><body>{''.join(f'<p>{line}</p>' for line in lines)}</body></html>", text)


def told(markup: str, text: str | None = None) -> dict[str, bool]:
    """The same of markup."""
    blocks = text_blocks(parse_html(markup))
    seen = observation(blocks, "https://news.example.org/1.html", segment=None, text=text)
    return {block.text: block.kept for block in seen.blocks}


def test_a_line_is_kept_on_the_page_whose_text_it_is_and_chrome_on_the_next() -> None:
    assert shown(MENU, LINE, text=LINE) == {MENU: False, LINE: True}
    assert shown(MENU, LINE, text="另一段。") == {MENU: False, LINE: False}
    assert shown(MENU, LINE, text=MENU) == {MENU: True, LINE: False}


def test_a_line_that_stands_twice_is_reported_once_and_as_the_text_where_it_is() -> None:
    blocks = text_blocks(parse_html(f"<html><body><p>{LINE}</p><p>{MENU}</p><p>{LINE}</p></body></html>"))
    seen = observation(blocks, "https://news.example.org/1.html", segment=None, text=LINE)
    assert [block.key for block in seen.blocks] == [block_key(LINE), block_key(MENU)]
    assert [block.kept for block in seen.blocks] == [True, False]


@pytest.mark.parametrize("line", ["2026-11-23 08:30", "— · —", "〇", "¥ 3.50"])
def test_a_line_without_a_letter_is_not_reported(line: str) -> None:
    assert shown(line, MENU) == {MENU: False}


def test_a_line_whose_first_letter_stands_behind_a_number_is_reported() -> None:
    assert shown("128条评论") == {"128条评论": False}


def test_short_cells_of_tables_are_not_reported_though_the_same_words_are_elsewhere() -> None:
    cells = "<table><tr><td>收盘</td><td>收盘价比上周末的收盘价要高出不少</td></tr></table>"
    assert told(f"<html><body>{cells}</body></html>") == {"收盘价比上周末的收盘价要高出不少": False}
    assert shown("收盘") == {"收盘": False}


def test_blocks_differ_by_letters_alone_whether_they_are_remembered_or_too_long_for_it() -> None:
    for times in (1, LONGEST_REMEMBERED):
        assert block_key("第3页，共 8 页 " * times) == block_key("第12页共99页" * times)
        assert block_key("第3页，共 8 页 " * times) != block_key("第三页，共八页 " * times)


def test_what_is_remembered_is_bounded() -> None:
    long = "字" * (LONGEST_REMEMBERED + 1)
    before = observed._remembered.cache_info()
    assert list(shown(long)) == [long]
    assert observed._remembered.cache_info() == before
    assert before.maxsize is not None
