"""Text that was lost is told as lost: by us, by the page's charset, or because nobody reads so much."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from scrapy.http import HtmlResponse

from crawler.crawling.means import Means, Reports
from crawler.crawling.pages import Pages
from crawler.extraction import page as reading
from crawler.extraction.facts.damage import SUSPICIOUS, damage_of_pages
from crawler.extraction.page import LOST_PROSE, PageInput, read_page
from crawler.extraction.plain.plain_text import MOST_CHARS
from crawler.extraction.text.main_text import Found
from crawler.page_work import Refused
from storage.records import Article, CrawlJob, Failed, Limits, PageRequest, Rejection
from tests.crawler.extraction.pages import BODY, NOW, extracted, portal_page

LONG = "".join(f"<p>第{number}户人家的自来水昨天修好了，水费按原来的价钱收，{BODY[1]}</p>" for number in range(12))
LEVELS = (100, 254, 256, 400, 1_000, 1_900)


@pytest.fixture
def lossy(monkeypatch: pytest.MonkeyPatch) -> None:
    """An extractor that finds no text on any page."""
    found = reading.main_text

    def lose(*args: Any, **more: Any) -> Found:
        return Found(None, found(*args, **more).zones)

    monkeypatch.setattr(reading, "main_text", lose)


@pytest.mark.usefixtures("lossy")
def test_a_page_that_shows_prose_of_which_nothing_came_is_a_failure_of_ours() -> None:
    result = extracted(f"<html><body><h1>供暖</h1>{LONG}</body></html>")
    assert isinstance(result, Rejection)
    assert result.reason == "extract_failed"
    assert int(result.detail.split()[0]) > LOST_PROSE


@pytest.mark.usefixtures("lossy")
@pytest.mark.parametrize(
    "markup",
    [
        f"<p>{BODY[0]}</p>",
        "".join(f"<a href=/{number}>{BODY[0]}</a><br>" for number in range(40)),
        "<p>短。</p>" * 400,
        "",
    ],
    ids=["little prose", "links", "short lines", "nothing"],
)
def test_a_page_that_shows_no_prose_has_lost_none(markup: str) -> None:
    result = extracted(f"<html><body>{markup}</body></html>")
    assert isinstance(result, Rejection)
    assert result.reason != "extract_failed"


def test_a_page_of_which_nothing_came_is_asked_again_and_is_no_poison() -> None:
    job = CrawlJob(
        id="j", run_id=1, source="s", home="http://a.cn/", hosts=("a.cn",), timezone="UTC", user_agent="u",
        now=datetime(2026, 11, 22, tzinfo=UTC), limits=Limits(),
    )  # fmt: skip
    means = Means(job=job, crawler=None, hosts=None, pool=None, reports=Reports("j", None))  # type: ignore[arg-type]
    lost = Refused("extract_failed", "900 letters")
    request = PageRequest(url="http://a.cn/1.html", key="//a.cn/1.html")
    told = Pages(means)._told(HtmlResponse("http://a.cn/1.html"), request, lost)
    assert isinstance(told, Failed)
    assert (told.reason, told.detail, told.poison) == ("extract_failed", "900 letters", False)


@pytest.mark.parametrize("levels", LEVELS)
@pytest.mark.parametrize("element", ["div", "blockquote", "section", "table><tr><td"])
def test_nesting_does_not_swallow_an_article(element: str, levels: int) -> None:
    english = "".join(
        f"<p>On day {number} the council met again and said that {number + 7} homes would be warm by the winter.</p>"
        for number in range(12)
    )
    depth = levels // (1 + element.count("<"))
    for text, last in ((LONG, "第11户人家"), (english, "On day 11 the council")):
        result = extracted(f"<html><body><h1>供暖</h1>{f'<{element}>' * depth}{text}</body></html>")
        assert isinstance(result, Article), result
        assert last in result.text


@pytest.mark.parametrize(("broken", "suspect"), [(1, False), (3, False), (30, True)])
def test_a_page_with_too_many_broken_bytes_is_suspected_of_another_charset(broken: int, suspect: object) -> None:
    page = portal_page(body=BODY * 6, below="<p>" + "X" * broken + "</p>").encode().replace(b"X", b"\xff ")
    result = extracted(page)
    assert isinstance(result, Article)
    assert (result.damage or "").startswith(SUSPICIOUS) is suspect
    assert not suspect or "% of the page is no utf-8" in (result.damage or "")


def test_an_article_of_several_pages_is_as_suspect_as_any_of_them() -> None:
    suspicion = f"{SUSPICIOUS}: 1.2 % of the page is no gb18030"
    assert damage_of_pages("天冷了。", [None, f"{suspicion}; 1 place: 锟斤拷", None]) == suspicion
    assert (damage_of_pages("天锟斤拷了。", [suspicion]) or "").startswith(f"{suspicion}; 1 place: ")
    assert damage_of_pages("天冷了。", ["1 place: 锟斤拷", None]) is None


@pytest.mark.parametrize("kind", ["text/plain", "text/markdown"])
def test_a_text_that_is_longer_than_any_article_is_too_complex(kind: str) -> None:
    text = (BODY[0] + "\n\n") * (MOST_CHARS // len(BODY[0]))
    result = read_page(PageInput(body=text.encode(), url="", content_type=kind, now=NOW)).result
    assert isinstance(result, Rejection)
    assert (result.reason, "characters" in result.detail) == ("too_complex", True)
