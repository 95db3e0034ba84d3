"""The URL Standard's own cases: where an address leads, and that none of them stops whoever meets it."""

from __future__ import annotations

import html
from datetime import UTC, datetime

from ada_url import URL

from crawler.discovery.entry import EntryInput, EntryPage, read_entry
from crawler.extraction.page import PageInput, read_page
from crawler.fetching.robots import read_rules
from storage.identity import BadUrl, canonical_url, url_key
from storage.records import Article, RobotsFile
from tests.suites.foreign import PROSE, article_page, url_cases

NOW = datetime(2026, 11, 22, tzinfo=UTC)
HREFS = (596, 596)
"""Of the cases that are to be parsed, how many are as the standard has them, and how many there are at least."""


def test_addresses_lead_where_the_standard_says() -> None:
    cases = [case for case in url_cases() if not case.get("failure")]
    equal, others = 0, []
    for case in cases:
        try:
            got = URL(case["input"], base=case.get("base")).href
        except ValueError as error:
            got = repr(error)
        equal += got == case["href"]
        if got != case["href"]:
            others.append((case["input"], case["href"], got))
    print(equal, "of", len(cases), *others, sep="\n")
    assert len(cases) >= HREFS[1]
    assert equal >= HREFS[0]


def test_the_address_that_is_kept_is_that_of_the_standards_spelling() -> None:
    told = 0
    for case in url_cases():
        if case.get("failure") or not case["href"].startswith(("http:", "https:")):
            continue
        try:
            kept = canonical_url(case["input"], case.get("base"))
        except BadUrl:
            continue
        assert kept == canonical_url(case["href"]), case
        assert url_key(kept) == url_key(case["href"])
        assert kept.isascii()
        told += 1
    assert told >= 226


def test_no_link_of_a_page_stops_its_reading() -> None:
    links = [f'<a href="{html.escape(text)}">第{number}条新闻的标题在这里</a>' for number, text in enumerate(inputs())]
    page = article_page(*(f"{PROSE}{link}" for link in links[::8]), head="".join(heads()))
    said = read_page(PageInput(body=page.encode(), url="http://example.org/foo/bar", now=NOW)).result
    assert isinstance(said, Article)
    assert PROSE in said.text
    listing = f"<html><body>{'<br>'.join(links)}</body></html>".encode()
    for kind in ("listing", "feed", "sitemap"):
        read_entry(EntryInput(kind=kind, url="http://example.org/foo/bar", body=listing, home="http://example.org/"))


def test_no_address_of_a_feed_or_a_sitemap_stops_its_reading() -> None:
    links = [html.escape(text) for text in inputs()]
    rss = "".join(f"<item><title>t</title><link>{link}</link><guid>{link}</guid></item>" for link in links)
    urls = "".join(f"<url><loc>{link}</loc><lastmod>{link}</lastmod></url>" for link in links)
    for body, kind in ((f"<rss><channel>{rss}</channel></rss>", "feed"), (f"<urlset>{urls}</urlset>", "sitemap")):
        page = read_entry(
            EntryInput(kind=kind, url="http://example.org/x", body=body.encode(), home="http://example.org/")  # type: ignore[arg-type]
        )
        assert isinstance(page, EntryPage)
        assert page.candidates
        assert all(candidate.url.startswith(("http://", "https://")) for candidate in page.candidates)


def test_no_rule_of_a_robots_file_stops_its_reading() -> None:
    lines = [f"{name}: {text}" for text in inputs() for name in ("Disallow", "Sitemap", "Crawl-delay")]
    file = RobotsFile(
        authority="example.org", http_status=200, fetched_at=NOW, body="\n".join(("User-agent: *", *lines))
    )
    rules = read_rules(file)
    for text in inputs():
        try:
            url = canonical_url(text, "http://example.org/foo/bar")
        except BadUrl:
            continue
        assert rules.allows(url) in {True, False}


def inputs() -> list[str]:
    """The addresses of all cases, as they stand."""
    return [case["input"] for case in url_cases()]


def heads() -> list[str]:
    """The addresses where the head of a page has one."""
    named = (html.escape(text) for text in inputs()[::16])
    return [
        f'<link rel="canonical" href="{text}"><link rel="next" href="{text}"><base href="{text}">'
        f'<meta property="og:image" content="{text}"><meta http-equiv="refresh" content="900;url={text}">'
        for text in named
    ]
