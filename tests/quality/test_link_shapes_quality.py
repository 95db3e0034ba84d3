"""What is read of the links of real pages of 2011 and 2012: how many show what their site's articles look like."""

import os
from pathlib import Path

import pytest

from crawler.discovery.candidates import Found
from crawler.discovery.link_shapes import link_pattern, rank_shapes, shape_of
from crawler.discovery.listings import compile_links, read_listing
from crawler.discovery.page_links import own_links, read_tree

pytestmark = pytest.mark.quality

SHARED = Path(os.environ.get("DIBAO_SHARED", Path(__file__).parents[3] / "shared"))
FEWEST_PAGES_WITH_SHAPE = 180
"""Of 201; 183 when it was written, and what the prototype of the research came to. Of the other 18 half have no more
than 23 links."""


@pytest.fixture(scope="module")
def pages():
    files = sorted((SHARED / "corpus" / "zh-dev" / "html").glob("*"))
    if not files:
        pytest.skip(f"the corpus is not on this machine ({SHARED})")
    return [(f"http://{file.name.split('_')[1]}/x/y.html", file.read_bytes()) for file in files]


def found_at(url):
    return Found(url=url, home=url, most=2_000)


def test_most_pages_show_the_shape_of_their_sites_articles(pages):
    shown = 0
    for url, body in pages:
        links = own_links(read_tree(body, "text/html", url), found_at(url))
        ranked = rank_shapes((shape_of(link.url), link.url, link.title) for link in links)
        shapes = {score.shape for score in ranked if score.is_of_articles}
        shown += bool(shapes)
        for link in links:
            pattern = link_pattern(shape_of(link.url))
            assert pattern is None or compile_links(pattern).matches(link.url)
    assert shown >= FEWEST_PAGES_WITH_SHAPE


def test_an_articles_page_has_no_next_page_but_its_own_and_sends_nobody_on(pages):
    for url, body in pages:
        found = found_at(url)
        page = read_listing(body, "text/html", found)
        assert page.refresh is None
        assert page.next_url is None or page.next_url.startswith(url.removesuffix("y.html"))
        assert len(page.sections) <= 60
