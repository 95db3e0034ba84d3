"""extract_page: articles, rejections, and that nothing raises."""

import pickle
import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.extraction.page import PageInput, extract_page, read_page
from storage.records import Article, Rejection
from tests.crawler.extraction.pages import BODY, NOW, extracted, portal_page

PAGE = portal_page(
    head='<meta property="article:published_time" content="2026-11-21T08:30:00+08:00"><meta charset="utf-8">',
    above="<p>2026年11月21日 08:30 来源：某某日报 作者：李楠</p>",
    below="<p>（责任编辑：王欲然）</p>",
)
PAGED = portal_page(below="<div class=page><a href=4021.html>1</a> <a href=4021_2.html>2</a></div>")


def test_a_portal_page_becomes_an_article_with_all_its_facts():
    article = extracted(PAGE)
    assert article.title == "我市部署冬季供暖工作"
    assert article.published.local == "2026-11-21T08:30+08:00"
    assert (article.origin, article.authors, article.editors) == ("某某日报", ("李楠",), ("王欲然",))
    assert (article.lang, article.script, article.encoding) == ("zh", "Hans", "utf-8")
    assert article.extractor.startswith("trafilatura-")


def test_paragraphs_are_separated_by_exactly_one_blank_line():
    text = extracted(PAGE).text
    assert all(line in text.split("\n\n") for line in BODY)
    assert "\n\n\n" not in text
    assert text == text.strip()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"  \r\n ", "empty"),
        (b"%PDF-1.7 ...", "not_html"),
        (b"PK\x03\x04...", "not_html"),
        (b"GIF89a...", "not_html"),
        (b"\xff\xd8\xff\xe0", "not_html"),
        (b"\x89PNG\r\n", "not_html"),
        (b"<html>\x00\x00</html>", "not_html"),
        (b"<html><body></body></html>", "no_text"),
        ("<h1>短讯</h1><p>今天天晴。</p>".encode(), "too_short"),
        ("<title>页面不存在</title><p>抱歉，您访问的页面不存在或已删除，请返回首页。</p>".encode(), "soft_404"),
        ("<title>提示</title><p>该文章已被删除，三秒后返回首页，感谢您的支持。</p>".encode(), "deleted"),
        (b"<title>404 Not Found</title><h1>Not Found</h1>", "soft_404"),
        ("<title>安全验证</title><p>您的访问过于频繁，请输入验证码。</p>".encode(), "captcha"),
        (b"<title>Just a moment...</title><p>Checking your browser</p>", "captcha"),
    ],
)
def test_what_is_no_article_is_rejected_with_its_reason(body, reason):
    result = extract_page(PageInput(body=body, url="", now=NOW))
    assert isinstance(result, Rejection)
    assert result.reason == reason


def test_an_article_about_an_error_page_is_an_article():
    body = ("许多市民反映，登录网站时看到页面不存在的提示。" * 8, *BODY * 4)
    assert isinstance(extracted(portal_page(body=body)), Article)


@pytest.mark.parametrize(
    "trouble",
    [
        '<meta property="article:published_time" content="2024-01-02T03:04:05+99:99">',
        "&#xFFFE;&#xD800;",
        "\x01\x02\x7f",
        "<div>" * 300,
        "<b>" * 3000,
        "<table><tr><td>" * 100,
        "<!-- ",
    ],
)
def test_one_bad_piece_of_markup_does_not_raise(trouble):
    assert extracted(f"<html><body>{trouble}" + "".join(f"<p>{line}</p>" for line in BODY * 4)) is not None


@pytest.mark.parametrize("trouble", ["<div>" * 300, "&#xFFFE;&#xD800;", '<meta name="pubdate" content="+99:99">'])
def test_one_bad_piece_of_markup_does_not_cost_the_article(trouble):
    article = extracted(f"<html><body>{trouble}" + "".join(f"<p>{line}</p>" for line in BODY * 4))
    assert BODY[1] in article.text


def test_input_and_result_can_be_sent_to_another_process():
    page = PageInput(body=PAGE.encode(), url="http://a.cn/", now=NOW)
    assert pickle.loads(pickle.dumps(extract_page(pickle.loads(pickle.dumps(page))))) == extract_page(page)  # noqa: S301


def test_a_page_names_the_other_pages_of_its_article():
    page = PageInput(body=PAGED.encode(), url="http://a.cn/n/4021.html", now=NOW)
    assert read_page(page).links.parts == {2: "http://a.cn/n/4021_2.html"}
    assert read_page(replace(page, url="http://a.cn/n/7.html")).links is None


def test_a_later_page_is_read_only_as_a_part():
    page = PageInput(body=PAGED.encode(), url="http://a.cn/n/4021_2.html", now=NOW)
    assert read_page(page).result == Rejection(reason="article_part", detail="http://a.cn/n/4021.html")
    assert isinstance(read_page(replace(page, part=True)).result, Article)


@pytest.mark.parametrize(("part", "kind"), [(True, Article), (False, Rejection)])
def test_a_part_may_be_short(part, kind):
    body = "<h1>我市部署冬季供暖工作</h1><div><p>供暖将于十五日开始，记者将继续关注。</p></div>"
    page = PageInput(body=body.encode(), url="http://a.cn/n/4021_2.html", now=NOW, part=part)
    assert isinstance(read_page(page).result, kind)


def test_a_part_that_is_an_error_page_is_none():
    body = "<title>404 Not Found</title><h1>Not Found</h1>"
    page = PageInput(body=body.encode(), url="http://a.cn/n/4021_2.html", now=NOW, part=True)
    assert read_page(page).result.reason == "soft_404"


def test_results_do_not_depend_on_the_order_of_pages():
    pages = [portal_page(body=(*BODY, f"第{number}条消息说，供暖工作进展顺利，居民满意。")) for number in range(12)]
    first = {page: extracted(page) for page in pages}
    random.Random(7).shuffle(pages)
    assert all(extracted(page) == first[page] for page in pages + pages)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_mutation_of_a_page_raises(data):
    body = bytearray(PAGE.encode(data.draw(st.sampled_from(["utf-8", "gb18030", "utf-16"]))))
    for _ in range(data.draw(st.integers(1, 8))):
        start = data.draw(st.integers(0, len(body)))
        end = min(len(body), start + data.draw(st.integers(0, 40)))
        body[start:end] = data.draw(
            st.one_of(st.binary(max_size=30), st.sampled_from([b"<", b'"', b"&#", b"<p>", b"\x00", b"]]>"]))
        )
    result = extract_page(PageInput(body=bytes(body), url=data.draw(st.text(max_size=20)), now=NOW))
    assert isinstance(result, Article | Rejection)
