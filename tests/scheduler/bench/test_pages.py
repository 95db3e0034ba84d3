from datetime import UTC, datetime

import pytest

from crawler.extraction.page import PageInput, read_page
from scheduler.bench import pages
from storage.records import Article

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def sites():
    return pages.sites(5, 2, NOW)


def test_pages_are_as_heavy_as_those_of_real_portals(sites):
    for page in pages.pages(sites):
        assert 35_000 < len(page.body) < 70_000
        assert 150 < page.body.count(b"<a ") < 220
        assert page.body.count(b"<script>") >= 26


def test_each_is_an_article_all_the_same(sites):
    for page in pages.pages(sites):
        url = f"http://{page.site}.example{page.path}"
        result = read_page(PageInput(body=page.body, url=url, content_type=page.content_type, now=NOW)).result
        assert isinstance(result, Article)
        assert "slot" not in result.text


def test_they_are_the_same_each_time(sites):
    assert pages.sites(5, 2, NOW) == sites
