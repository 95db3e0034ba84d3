"""What an element shows as it was written is in the text as it was written; what no browser shows is not in it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extraction.page import PageInput, extract_page
from storage.records import Article
from tests.faults.on_page import Said, strangers

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CHINESE = "市水务局昨天公布了今年的供水改造计划，全市共有四十二个老旧小区列入，预计明年春天之前全部完工。"
ENGLISH = "The water board has published its plan for this year, and forty-two old estates are on the list of works. "


def text_of(markup: str) -> str:
    """The text of a page, none of which it made up."""
    found = extract_page(PageInput(body=markup.encode(), url="https://a.cn/1.html", now=NOW))
    assert isinstance(found, Article)
    assert strangers(found, Said(markup.encode())) == []
    return found.text


@pytest.mark.parametrize("prose", [CHINESE * 2, ENGLISH * 2])
@pytest.mark.parametrize("tag", ["plaintext", "xmp"])
def test_a_text_that_is_shown_as_it_was_written_has_no_references_and_end_tags_of_our_making(
    prose: str, tag: str
) -> None:
    text = text_of(f"<svg><foreignObject><div>{prose}</div><{tag}></foreignObject></svg><div>{prose}</div>")
    assert "&lt;" not in text
    assert f"</{tag}>" not in text


@pytest.mark.parametrize("prose", [CHINESE, ENGLISH])
@pytest.mark.parametrize("tag", ["noembed", "noframes", "noscript", "iframe"])
def test_what_is_for_browsers_that_can_less_is_not_in_the_text(prose: str, tag: str) -> None:
    around = "".join(f"<p>{prose}{number}</p>" for number in range(6))
    title = f"<title>{prose[:12]}</title>"
    body = f"<h1>{prose[:12]}</h1><div>{around}<{tag}><p>secret {prose} secret</p></{tag}><p>{prose}</p></div>"
    assert "secret" not in text_of(f"<html><head>{title}</head><body>{body}</body></html>")
