"""classify: what is no article is rejected with its reason, what only speaks of such things is not."""

import random
import re
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.extraction.declared.head import read_head
from crawler.extraction.kinds.page_kind import classify, page_fingerprint, rejected_text
from crawler.extraction.kinds.page_view import PageView
from crawler.extraction.markup.blocks import parse_html, read_blocks
from crawler.extraction.page import PageInput, Reading, read_page
from scheduler.demo.pages import Pages
from scheduler.demo.site import KINDS
from scheduler.demo.world import World
from storage.records import Rejection
from tests.crawler.extraction.no_articles import FOOT, HOT, NAV, corpus, links, page, teasers
from tests.crawler.extraction.pages import NOW
from tests.crawler.extraction.tricky_articles import CORPUS, HEAD, TOLD, article

URL = "http://news.example.cn/2026/1120/4711.html"
SLOWEST_SECONDS = 1.0
"""A hundred times what such a page costs; an expression that is not linear takes minutes."""


def read(
    markup: str | bytes, url: str = URL, error_pages: frozenset[bytes] = frozenset(), encoding: str = "utf-8"
) -> Reading:
    body = markup if isinstance(markup, bytes) else markup.encode()
    content_type = f"text/html; charset={encoding}"
    return read_page(PageInput(body=body, url=url, content_type=content_type, now=NOW, error_pages=error_pages))


def rejection(markup: str | bytes, *more: Any, **named: Any) -> Rejection | None:
    result = read(markup, *more, **named).result
    return result if isinstance(result, Rejection) else None


PAGES = corpus()
SHORT_HEADLINES = {"deleted_short", "password_field"}
"""Names of a few characters, as error pages have: only the date and the source make these articles."""
DEMO = World(sites=len(KINDS), articles=60, seed=11, kinds=list(KINDS))


@pytest.mark.parametrize(("reason", "markup"), [page[1:] for page in PAGES], ids=[page[0] for page in PAGES])
def test_what_is_no_article_is_rejected_with_its_reason(reason: str, markup: str) -> None:
    refused = rejection(markup)
    assert refused is not None
    assert refused.reason == reason


@pytest.mark.parametrize("markup", CORPUS.values(), ids=CORPUS)
def test_an_article_that_speaks_of_such_things_is_an_article(markup: str) -> None:
    assert rejection(markup) is None


@pytest.mark.parametrize("name", sorted(CORPUS.keys() - SHORT_HEADLINES))
def test_an_article_without_date_and_source_is_one_by_its_headline(name: str) -> None:
    assert rejection(CORPUS[name].replace(HEAD, "")) is None


def test_every_rejection_says_what_told_it() -> None:
    assert all((refused := rejection(markup)) and refused.detail for _, _, markup in PAGES)


def test_an_article_that_was_deleted_is_known_in_the_frame_of_any_article() -> None:
    for markup in CORPUS.values():
        gone = re.sub(r"<div class=zw>.*?</div>", "<div class=zw><p>该文章已被删除</p></div>", markup, flags=re.DOTALL)
        if gone != markup and "<h1>" in gone:
            refused = rejection(gone)
            assert refused is not None
            assert refused.reason == "deleted"


@pytest.mark.parametrize("path", ["/", "/list.html"])
@pytest.mark.parametrize("number", range(len(KINDS)))
def test_front_pages_and_lists_of_all_kinds_of_portals_are_listings(number: int, path: str) -> None:
    site = DEMO.sites[number]
    answer = Pages(DEMO, lambda site: f"http://{site.name}.example").answer(site, path, {})
    refused = rejection(answer.body, f"http://{site.name}.example{path}", encoding=site.encoding)
    assert refused is not None
    assert refused.reason == "listing"


def test_articles_of_all_kinds_of_portals_are_articles() -> None:
    pages = Pages(DEMO, lambda site: f"http://{site.name}.example")
    for site in DEMO.sites:
        for told in DEMO.articles(site)[:12]:
            body, url = pages.answer(site, told.path, {}).body, f"http://{site.name}.example{told.path}"
            assert rejection(body, url, encoding=site.encoding) is None


# Texts only


def test_texts_without_their_page_are_judged_by_their_words() -> None:
    gone = rejected_text("页面不存在", None, "抱歉，您访问的页面不存在")
    assert gone is not None
    assert gone.reason == "soft_404"
    assert rejected_text("我市部署供暖", "\n\n".join(TOLD), "\n".join(TOLD)) is None


# The same answer for many addresses


def answer(url: str, number: int = 0) -> str:
    """An error page in words that no list knows, which repeats its address, the time, a code and random links."""
    luck = random.Random(number)
    path = url.partition("example.cn")[2]
    return page(
        f"星河网 {path}",
        f"{NAV}<h2>这里只剩下一片星空</h2><p>{url} 已经随流星远去，{luck.randrange(3, 9)}秒之后送您回到地面。</p>"
        f"<p>编号 {luck.randrange(16**12):012x}-{luck.randrange(10**6)} 时刻 2026-11-{luck.randrange(10, 28)} "
        f"10:{luck.randrange(10, 60)}:07</p>"
        f"<h3>看看别的</h3>{links(tuple(luck.sample(HOT, 6)))}{teasers(tuple(luck.sample(HOT, 4)))}{FOOT}",
    )


def urls(count: int = 5) -> list[str]:
    return [
        f"http://news.example.cn/{at:04d}/{at * 7919}/t2026{at}_{at * 31}.html?from=s{at}" for at in range(1, count)
    ]


def test_answers_that_differ_in_address_time_code_and_links_have_one_fingerprint() -> None:
    prints = {read(answer(url, number), url).fingerprint for number, url in enumerate(urls())}
    assert len(prints) == 1
    assert len(prints.pop() or b"") == 8


@pytest.mark.parametrize(
    "echo",
    [
        "<p>这里什么都没有：{url}</p>",
        "<p>这里什么都没有 2026-11-2{number} 1{number}:01:07</p>",
        "<p>这里什么都没有 Sun, 2{number} Nov 2026 1{number}:01:07 GMT</p>",
        "<p>这里什么都没有 {number}7f3a9bb2c1d04e{number}</p>",
        "<p>这里什么都没有，{number} 秒后离开</p>",
    ],
)
def test_each_echo_alone_makes_no_other_fingerprint(echo: str) -> None:
    prints = {
        read(page("星河", echo.format(url=url, number=number)), url).fingerprint
        for number, url in enumerate(urls(), start=1)
    }
    assert len(prints) == 1
    assert None not in prints


def test_a_known_answer_is_rejected_and_an_unknown_one_is_not_known() -> None:
    url, other = urls(3)
    known = read(answer(url), url).fingerprint
    assert known is not None
    refused = rejection(answer(other, 2), other, frozenset([known]))
    assert refused is not None
    assert (refused.reason, refused.detail) == ("soft_404", "the same answer as other addresses")
    assert rejection(CORPUS["caption"], error_pages=frozenset([known])) is None


def test_short_news_have_fingerprints_of_their_own() -> None:
    told = [
        article(f"开奖公告 第2026{at}期", f"第2026{at}期开奖号码：{at} {at + 3} {at * 2}，奖池 {at} 亿元。" * 2)
        for at in range(11, 19)
    ]
    captions = [article(f"{title} (图)", f"11月20日，{title}，吸引不少市民前来。") for title in HOT]
    prints = [read(markup).fingerprint for markup in (*told, *captions)]
    assert None not in prints
    assert len(set(prints)) == len(prints)


def test_a_page_that_says_much_has_no_fingerprint() -> None:
    assert read(article("青河县今年改造老旧小区四十个", *TOLD * 4)).fingerprint is None


# Hostile pages


@pytest.mark.parametrize(
    "piece", ["您的访问", "访问", "页面", "please ", "a" * 40 + "1-", "该文章", "location=", "404 ", "秒", "系统"]
)
def test_no_repeated_piece_makes_the_classifier_slow(piece: str) -> None:
    markup = page(piece * 20, f"<p>{piece * 30_000}</p><script>{piece * 5_000}</script>{f'<p>{piece}</p>' * 300}")
    root = parse_html(markup)
    head, blocks = read_head(root, URL), read_blocks(root).blocks
    visible = "\n".join(block.text for block in blocks)
    view = PageView(title=None, text="短文。", visible=visible, markup=markup, blocks=blocks, head=head, url=URL)
    before = time.process_time()
    classify(view)
    page_fingerprint(view)
    assert time.process_time() - before < SLOWEST_SECONDS


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([markup for _, _, markup in PAGES]), st.data())
def test_no_mutation_of_a_page_raises_and_the_answer_is_always_the_same(markup: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(markup)))
    end = min(len(markup), start + data.draw(st.integers(0, 40)))
    mutated = markup[:start] + data.draw(st.text(max_size=20)) + markup[end:]
    assert read(mutated) == read(mutated)


def test_a_set_of_frames_is_a_shell_whatever_it_says_to_old_browsers() -> None:
    notice = "<noframes><body><p>本页由框架组成，您的浏览器太旧，请更换后再来。" * 5
    refused = rejection(f"<title>某县在线</title><frameset cols='180,*'><frame src=a><frame src=b></frameset>{notice}")
    assert refused is not None
    assert (refused.reason, refused.detail) == ("script_shell", "2 frames")
