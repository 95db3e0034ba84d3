"""Kept pages: read offline, they are the article that the crawl read."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.extraction.chrome import block_key
from crawler.extraction.page import PageInput, extract_page
from crawler.kept_pages import KeptPage, read_kept
from storage.records import Article, Rejection
from tests.crawler.extraction.pages import NOW
from tests.crawler.extraction.part_pages import HOST, page, site, text_of, walk

STEM = f"{HOST}/2026/1121/c1001-4021"
URLS = [f"{STEM}.html", f"{STEM}_2.html", f"{STEM}_3.html"]


def kept(markup, url, part=1, **more):
    return KeptPage(body=markup.encode(), url=url, part=part, fetched_at=NOW, **more)


def all_kept(pages):
    return [kept(markup, url, part) for part, (url, markup) in enumerate(pages.items(), 1)]


def said(pages):
    article = read_kept(pages)
    assert isinstance(article, Article)
    return article


def test_an_article_of_one_page_is_what_extraction_says_of_it():
    markup = page(1)
    assert read_kept([kept(markup, URLS[0])]) == extract_page(PageInput(body=markup.encode(), url=URLS[0], now=NOW))


def test_parts_are_put_together_as_the_crawl_put_them():
    pages = site(URLS)
    assembly, asked = walk(pages, URLS[0])
    assert len(asked) == 2
    assert read_kept(all_kept(pages)) == assembly.reading().result


def test_a_part_that_was_not_kept_is_missing_from_the_article():
    first, _, third = all_kept(site(URLS))
    article = said([first, third])
    assert (article.parts, article.missing_parts) == (3, (2,))
    assert article.text == "\n\n".join([*text_of(1), *text_of(3)])


def test_a_part_that_answered_from_another_address_is_found_by_its_number():
    first, second, third = all_kept(site(URLS))
    moved = kept(second.body.decode(), f"{HOST}/moved/9-2.html", 2)
    assert said([first, moved, third]).text == "\n\n".join([*text_of(1), *text_of(2), *text_of(3)])


def test_a_part_is_never_taken_for_another_one_because_of_its_number():
    first, second, third = all_kept(site(URLS))
    wrong = [first, kept(third.body.decode(), third.url, 2), kept(second.body.decode(), second.url, 3)]
    assert said(wrong).text == "\n\n".join([*text_of(1), *text_of(2), *text_of(3)])


def test_a_page_is_read_with_what_its_host_repeats_its_link_and_the_day_on_which_it_was_had():
    notice = "本台记者在现场看到，读者朋友如果有新闻线索，欢迎您随时告诉我们，我们会第一时间派人前去。"
    markup = page(1, body=[*text_of(1), notice, *text_of(2)])
    assert notice in said([kept(markup, URLS[0])]).text
    article = said([kept(markup, URLS[0], chrome=frozenset([block_key(notice)]))])
    assert (notice in article.text, article.learned) == (False, 1)
    undated = markup.replace("2026年11月21日 08:30", "11月21日 08:30")
    had = NOW - timedelta(days=3650)
    other = KeptPage(body=undated.encode(), url=f"{HOST}/a.html", fetched_at=had, timezone="Asia/Tokyo")
    published = said([other]).published
    assert published is None or published.at <= had + timedelta(days=2)


def test_an_imported_text_without_an_address_is_read_by_its_front_matter():
    body = "---\ntitle: 桥修好了\ndate: 2020-05-06\n---\n" + "\n\n".join(text_of(1))
    had = datetime(2021, 1, 1, tzinfo=UTC)
    article = said([KeptPage(body=body.encode(), url="", fetched_at=had, content_type="text/markdown")])
    assert (article.title, article.published.local) == ("桥修好了", "2020-05-06")


@pytest.mark.parametrize("body", [b"", b"\x00" * 4000, b"<html><body><a href=/>x</a></body></html>"])
def test_a_page_that_is_no_article_today_says_why(body):
    assert isinstance(read_kept([KeptPage(body=body, url=URLS[0], fetched_at=NOW)]), Rejection)
