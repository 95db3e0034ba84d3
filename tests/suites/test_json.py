"""JSONTestSuite: a page keeps its article whatever its JSON-LD is, and no JSON of a server raises."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from crawler.decoding import decode
from crawler.discovery.entry import EntryInput, EntryPage, read_entry
from crawler.discovery.json_text import read_json
from crawler.extraction.declared.json_ld import json_ld_nodes
from crawler.extraction.page import PageInput, extract_page
from storage.records import Article, JsonItems, Rejection
from tests.suites.foreign import PROSE, article_page, json_files

NOW = datetime(2026, 11, 22, tzinfo=UTC)
FILES = 318
LONELY, LENIENT = 8, 19
"""How many files that must be read (y_) are not, and how many that must be refused (n_) are read: numbers and strings
alone hold no list of articles; what follows a document is not read, so that JSONP and guards may stand around one.
"""


def extracted(*scripts: bytes) -> Article:
    """The article of a page with these files as its JSON-LD."""
    said = "".join(f'<script type="application/ld+json">{_text(one)}</script>' for one in scripts)
    page = article_page(PROSE, head=said).encode("utf-8", "surrogatepass")
    result = extract_page(PageInput(body=page, url="https://a.cn/1.html", now=NOW))
    assert isinstance(result, Article), result
    return result


def test_a_page_keeps_its_article_beside_all_of_them_at_once() -> None:
    files = [body for _, body in json_files() if b"</" not in body]
    assert len(files) >= FILES - 1
    alone = extracted()
    beside = extracted(*files)
    assert (beside.text, beside.title) == (alone.text, alone.title)


@pytest.mark.faults
def test_a_page_keeps_its_article_beside_each_of_them() -> None:
    alone = extracted()
    for name, body in json_files():
        beside = extracted(body)
        assert (beside.text, beside.title, beside.published) == (alone.text, alone.title, alone.published), name


def test_what_the_standard_has_is_read_and_nothing_raises() -> None:
    told: Counter[tuple[str, str]] = Counter()
    for name, body in json_files():
        list(json_ld_nodes(decode(body).text))
        document = read_json(body, None)
        told[name[0], "refused" if isinstance(document, Rejection) else "read"] += 1
    print(dict(told))
    assert told.total() == FILES
    assert told["y", "refused"] <= LONELY
    assert told["n", "read"] <= LENIENT


def _text(body: bytes) -> str:
    """The text of a file. A page with NUL bytes at its beginning would be no page."""
    return decode(body).text.replace("\0", "")


@pytest.mark.parametrize("kind", ["feed", "listing", "sitemap"])
def test_as_an_entry_point_each_of_them_is_one_answer(kind: str) -> None:
    for name, body in json_files():
        for items in (None, JsonItems(items="data.list")):
            entry = EntryInput(kind=kind, url="https://a.cn/list", body=body, home="https://a.cn/", json=items)  # type: ignore[arg-type]
            said = read_entry(entry)
            assert isinstance(said, EntryPage | Rejection), name
            assert not (isinstance(said, EntryPage) and said.candidates), name


def test_each_of_them_may_stand_in_a_feed_that_is_json() -> None:
    for name, body in json_files():
        item = b'{"id":"1","url":"/1.html","title":' + body + b"}"
        feed = b'{"version":"https://jsonfeed.org/version/1","items":[' + item + b"]}"
        said = read_entry(EntryInput(kind="feed", url="https://a.cn/feed", body=feed, home="https://a.cn/"))
        assert isinstance(said, EntryPage | Rejection), name
