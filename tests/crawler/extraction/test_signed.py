"""A page is read, and its article told by its text, in one go."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from crawler.extraction.page import PageInput, read_page
from crawler.extraction.signed import read_signed, signature
from crawler.importing.addresses import file_address
from crawler.importing.pages import ImportPage, read_import
from storage.records import Article
from storage.search.terms import search_terms
from storage.similarity.fingerprint import fingerprint
from tests.storage.similarity.portal_texts import BODY

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MARKUP = "<html><head><title>清河镇换新水泵</title></head><body><h1>清河镇换新水泵</h1><div>{}</div></body></html>"
PAGE = MARKUP.format("".join(f"<p>{line}</p>" for line in BODY.split("\n"))).encode()


def test_an_article_comes_with_its_fingerprint() -> None:
    page = PageInput(body=PAGE, url="http://news.example.org/1.html", now=NOW)
    reading = read_signed(page)
    assert isinstance(reading.result, Article)
    assert reading.result == read_page(page).result
    assert reading.signature == fingerprint(reading.result.text) == signature(reading.result.text)
    assert reading.signature.shingles > 100
    assert reading.terms == search_terms(reading.result.title, reading.result.text)


def test_a_page_that_is_no_article_has_none() -> None:
    assert read_signed(PageInput(body=b"", url="http://news.example.org/1.html", now=NOW)).signature is None


def test_an_imported_page_comes_with_its_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "1.html"
    path.write_bytes(PAGE)
    page = ImportPage(
        source="s",
        name="1.html",
        path=path,
        address=file_address("s", "1.html"),
        content_type="text/html",
        timezone="Asia/Shanghai",
        fetched_at=NOW,
        max_body_bytes=1_000_000,
    )
    read = read_import(page)
    assert isinstance(read.result, Article)
    assert read.signature == fingerprint(read.result.text)


def test_who_only_hands_files_on_does_without_numpy() -> None:
    code = "import sys, crawler.importing.pages; print('numpy' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
