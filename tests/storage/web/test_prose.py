"""Texts as HTML: what a page has said is read, and nothing of it runs, loads or leads astray."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from storage.web.pages.reading.prose import MOST_BRACKETS, MOST_MARKDOWN, REL, address, paragraphs, prose
from tests.storage.hostile_rows import ATTACKS, SCRIPTS

ALLOWED = {
    "div": {"class", "tabindex"}, "p": {"dir", "class"}, "a": {"href", "rel", "class", "title"}, "span": {"class"},
    "ol": {"start"}, "ul": set(), "li": set(), "pre": set(), "code": set(), "blockquote": set(), "em": set(),
    "strong": set(), "s": set(), "br": set(), "hr": set(), "table": set(), "thead": set(), "tbody": set(), "tr": set(),
    "th": set(), "td": set(), **{f"h{level}": set() for level in range(2, 7)},
}  # fmt: skip


def drawn(markdown: str) -> Any:
    return html.fragment_fromstring(prose("文字", markdown, picture="图片"), create_parent="div")


FORMS = (
    "{}", "# {}", "[{}]({})", "![{}]({})", "<{}>", "| {} |\n|:-:|\n| {} |", "```{}\n{}\n```", "[x]: {}\n\n[x]",
)  # fmt: skip
NO_ADDRESSES = (
    *SCRIPTS[7:12], None, 5, "//a.cn/", "https:///x", "http://a.cn/ b", "http://a.cn/\u202e", "https://[",
)  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_of_whatever_a_text_says_nothing_is_markup_but_what_texts_need(form: str) -> None:
    for attack in ATTACKS:
        tree = drawn(form.replace("{}", attack))
        for element in tree.iterdescendants():
            assert set(element.attrib) <= ALLOWED[element.tag], html.tostring(element)
            if element.tag == "a":
                assert re.match(r"https?://", element.get("href"))
                assert element.get("rel") == REL


def test_a_picture_is_a_link_to_it_and_loads_nothing() -> None:
    (link,) = drawn("![码头](https://a.cn/1.jpg) ![](javascript:alert) ![无名](//b.cn/2.jpg)").iter("a")
    assert (link.get("href"), link.text, link.get("class")) == ("https://a.cn/1.jpg", "码头", "picture")


def test_a_picture_without_a_name_is_called_one() -> None:
    assert drawn("![](https://a.cn/1.jpg)").findtext(".//a") == "图片"


def test_headings_stand_under_the_title_and_pass_no_level_over() -> None:
    tree = drawn("# 一\n\n#### 二\n\n# 三\n\n## 四")
    assert [one.tag for one in tree] == ["h2", "h3", "h2", "h3"]


def test_a_table_scrolls_by_itself_and_has_no_style() -> None:
    (frame,) = drawn("| 甲 | 乙 |\n|:-:|--:|\n| 1 | 2 |")
    assert (frame.get("class"), frame.get("tabindex")) == ("wide", "0")
    assert "style" not in html.tostring(frame, encoding="unicode")


def test_a_long_text_is_drawn_as_plain_paragraphs() -> None:
    markdown = f"# 标题\n\n{'长' * MOST_MARKDOWN}"
    assert prose("一\n\n二", markdown, picture="") == paragraphs("一\n\n二")
    assert [one.text for one in html.fragments_fromstring(paragraphs("一\n\n <b>二</b>\n"))] == ["一", "<b>二</b>"]


def test_what_turns_the_direction_of_reading_is_left_out() -> None:
    assert "\u202e" not in prose("", "甲\u202e乙", picture="")
    assert "\u202e" not in paragraphs("甲\u202e乙")


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_only_an_address_of_the_web_is_followed(url: Any) -> None:
    assert address(url) is None


def test_an_address_of_the_web_is_followed_as_it_is() -> None:
    assert address("https://a.cn/?q=%E6%B8%A1&b=1#x") == "https://a.cn/?q=%E6%B8%A1&b=1#x"


def test_reasons_that_the_crawler_gives_have_words() -> None:
    from storage.web.pages.words import Words  # noqa: PLC0415

    readme = Path(__file__).parents[3].joinpath("crawler/README.md").read_text(encoding="utf-8")
    tables = readme.split("## Reasons")[1].split("### Entry points")[0]
    cells = [line.split("|")[1] for line in tables.splitlines() if line.startswith("| `")]
    found = {code for cell in cells for code in re.findall(r"`(\w+)`", cell)}
    assert len(found) > 40
    assert [code for code in sorted(found) if not Words("zh").knows(f"reason.{code}")] == []


def test_brackets_without_end_are_plain_text() -> None:
    few, many = "[a](http://a.cn/) " * 100, "![" * (MOST_BRACKETS + 1)
    assert prose("plain", few, picture="p").count("<a ") == 100
    assert prose("plain", many, picture="p") == '<p dir="auto">plain</p>'
