"""The judge of what stands on a page sees what was made up, and nothing else."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from crawler.extraction.page import PageInput, extract_page
from storage.records import Article
from tests.faults.on_page import Said, strangers
from tests.suites.foreign import PROSE, article_page

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    ["甲乙丙", "丁 <b> 戊", "ａ Ｂ", "单元格一单元格二", "a&b", "引号“里”", "第一段有六个字以上第二段也有六个字", ""],
)
def test_what_the_page_says_is_on_it(line: str) -> None:
    body = """<p>甲<i>乙</i><!-- x -->丙</p>丁 &lt;b&gt; 戊 ab <td>单元格一</td><td>单元格二</td> a&amp;b 引号里的话
    <p>第一段有六个字以上<script>var x</script>第二段也有六个字</p>"""
    assert Said(body.encode()).has(line)


@pytest.mark.parametrize("line", ["甲丙乙", "别的", "第二段也有六个字甲乙丙丁", "单元格三"])
def test_what_the_page_does_not_say_is_not(line: str) -> None:
    assert not Said("<p>甲乙丙</p><p>第二段也有六个字</p><td>单元格一</td>".encode()).has(line)


def test_words_with_their_readings_above_them_are_on_the_page_without_them() -> None:
    said = Said("<p><ruby>水<rp>(</rp><rt>みず</rt><rp>)</rp></ruby>と<ruby>火<rt>ひ</rt></ruby>の話</p>".encode())
    assert said.has("水と火の話")
    assert said.has("水(みず)と")
    assert not said.has("火と水の話")


def test_a_long_page_is_judged_in_time() -> None:
    """40 000 lines took 56 s of CPU when each was looked for in the whole page; now 0.2 s."""
    lines = [f"第{number}行host{number}.test" for number in range(40_000)]
    said = Said("\n".join(lines).encode())
    began = time.process_time()
    assert all(map(said.has, lines))
    assert time.process_time() - began < 4


def test_a_line_and_a_name_that_were_made_up_are_named() -> None:
    page = article_page(PROSE).encode()
    found = extract_page(PageInput(body=page, url="https://a.cn/1.html", now=NOW))
    assert isinstance(found, Article)
    assert strangers(found, Said(page)) == []
    other = Said(article_page("另一段").replace(PROSE, "这是别的内容").encode())
    assert [line[:2] for line in strangers(found, other)][:1] == [PROSE[:2]]
