"""What a robots.txt says to us (RFC 9309), however it is written."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.fetching.robots import MAX_BYTES, decision_of, read_rules, text_of
from storage.records import RobotsFile


def file(body: str, status: int | None = 200) -> RobotsFile:
    return RobotsFile(authority="a.cn", http_status=status, fetched_at=datetime(2026, 11, 22, tzinfo=UTC), body=body)


def allowed(body: str, path: str) -> bool:
    return read_rules(file(body)).allows(f"http://a.cn{path}")


@pytest.mark.parametrize(
    ("status", "decision"),
    [(200, "rules"), (204, "rules"), (302, "none"), (401, "none"), (404, "none"), (429, "unreachable"),
     (500, "unreachable"), (503, "unreachable"), (None, "unreachable")],
)  # fmt: skip
def test_the_status_says_whether_there_are_rules(status: int | None, decision: str) -> None:
    assert decision_of(status) == decision
    assert read_rules(file("User-agent: *\nDisallow: /", status)).allows("http://a.cn/") is (decision == "none")


@pytest.mark.parametrize(
    ("rules", "path", "expected"),
    [
        # RFC 9309, section 2.2.2 and 5.
        ("Disallow: /", "/a", False),
        ("Disallow:", "/a", True),
        ("Disallow: /a", "/ab", False),
        ("Disallow: /a", "/b", True),
        ("Disallow: /a/\nAllow: /a/b", "/a/b/c", True),
        ("Allow: /a\nDisallow: /a", "/a", True),
        ("Allow: /example/page/\nDisallow: /example/page/disallowed.gif", "/example/page/disallowed.gif", False),
        ("Disallow: *.gif$", "/x/y.gif", False),
        ("Disallow: *.gif$", "/x/y.gif?a", True),
        ("Disallow: /a$", "/a", False),
        ("Disallow: /a$", "/ab", True),
        ("Disallow: /a*b*c", "/a1b2c3", False),
        ("Disallow: /a*b*c", "/a1c2b3", True),
        ("Disallow: /a*$", "/abc", False),
        ("Disallow: /*aa$", "/a", True),
        ("Disallow: /a*a$", "/a", True),
        ("Disallow: /?p=", "/?p=1", False),
        ("Disallow: /a%3cd", "/a%3Cd", False),
        ("Disallow: /%7Ejoe/", "/~joe/x", False),
        ("Disallow: /新闻/", "/%E6%96%B0%E9%97%BB/1", False),
        ("Disallow: /%E6%96%B0", "/新闻", False),
        ("Disallow: admin", "/admin/x", False),
        ("Disallow: /", "/robots.txt", True),
        ("Disallow: /x # not this", "/x", False),
        ("  DISALLOW  :  /x  ", "/x", False),
    ],
)
def test_the_longest_rule_that_fits_decides(rules: str, path: str, expected: bool) -> None:  # noqa: FBT001
    assert allowed(f"User-agent: *\n{rules}", path) is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("User-agent: dibao\nAllow: /\n\nUser-agent: *\nDisallow: /", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Dibao/2.0\nDisallow: /b", True),
        ("User-agent: dibao\nDisallow: /b\nUser-agent: dibao\nDisallow: /a", False),
        ("User-agent: x\nUser-agent: dibao\nDisallow: /a", False),
        ("User-agent: x\nDisallow: /a\nUser-agent: dibao\nAllow: /", True),
        ("User-agent: dibao-images\nDisallow: /a", True),
        ("User-agent: dib\nDisallow: /a", True),
        ("User-agent: x\n\n\nUser-agent: *\nSitemap: http://a.cn/s.xml\nDisallow: /a", False),
        ("Disallow: /a", True),
        ("\ufeffUser-agent: *\r\nDisallow: /a\r\n", False),
        ("User-agent: *\rDisallow: /a", False),
        ("User-agent: dibao\nCrawl-delay: 1\nUser-agent: *\nDisallow: /a", True),
        ("<html>404</html>", True),
    ],
)
def test_the_group_that_names_us_counts_or_that_for_everybody(body: str, expected: bool) -> None:  # noqa: FBT001
    assert allowed(body, "/a") is expected


def test_a_crawl_delay_and_the_sitemaps_are_read() -> None:
    body = (
        "Sitemap: http://a.cn/1.xml\nUser-agent: *\nCrawl-delay: 2.5\nSitemap: /2.xml\nSitemap: ://\nCrawl-delay: x\n"
    )
    rules = read_rules(file(body))
    assert (rules.crawl_delay, rules.sitemaps) == (2.5, ("http://a.cn/1.xml", "/2.xml"))
    assert read_rules(file("User-agent: x\nCrawl-delay: 9\nUser-agent: *\nAllow: /")).crawl_delay is None


@pytest.mark.parametrize("seconds", ["inf", "nan", "-1", "1e999", "soon"])
def test_a_delay_that_is_no_number_is_none(seconds: str) -> None:
    assert read_rules(file(f"User-agent: *\nCrawl-delay: {seconds}")).crawl_delay is None


def test_half_a_megabyte_is_read_and_cut_at_the_end_of_a_line() -> None:
    line = b"Disallow: /private/\n"
    body = b"User-agent: *\n" + line * (MAX_BYTES // len(line) + 10)
    text = text_of(body)
    assert MAX_BYTES - len(line) < len(text) <= MAX_BYTES
    assert text.endswith("/private/\n")
    assert text_of(b"a\0\xff") == "a\ufffd"


@pytest.mark.parametrize(
    "body",
    [
        "".join(f"User-agent: x{n}\n" for n in range(15_000)) + "Allow: /aaaaaaa\n" * 15_000,
        "User-agent: *\n" + "".join(f"Disallow: /*{n}a*a*a*a*a*a*a*b$\n" for n in range(15_000)),
        "User-agent: *\nDisallow: /" + "*a" * 200_000,
        "User-agent: *\nDisallow: " + "*" * 500_000,
        "User-agent: *\nDisallow: /" + "%" * 500_000,
        ":" * 500_000,
        "\n" * 500_000,
    ],
)
def test_a_hostile_file_costs_little(body: str) -> None:
    began = time.process_time()
    rules = read_rules(file(body[:MAX_BYTES]))
    for _ in range(3):
        rules.allows("http://a.cn/" + "a" * 2000)
    assert time.process_time() - began < 2


@given(st.text(max_size=300), st.text(max_size=40))
def test_no_file_and_no_path_does_harm(body: str, path: str) -> None:
    assert isinstance(allowed(f"User-agent: *\nDisallow: {body}\n{body}", f"/{path}"), bool)


@pytest.mark.parametrize("status", [401, 403])
def test_a_file_that_may_not_be_read_means_what_the_operator_says(status: int) -> None:
    assert read_rules(file("", status)).decision == "none"
    closed = read_rules(file("", status), "disallow")
    assert (closed.decision, closed.allows("http://a.cn/"), closed.allows("http://a.cn/robots.txt")) == (
        "rules",
        False,
        True,
    )
    assert read_rules(file("", 404), "disallow").decision == "none"


@pytest.mark.parametrize(
    ("body", "decision"),
    [
        ("<!DOCTYPE html><html><body>404</body></html>", "suspect"),
        ("\ufeff\n <HTML>Disallow: /</HTML>", "suspect"),
        ("<html>\nDisallow: /\n</html>", "suspect"),
        ("<pre>\nUser-agent: *\nDisallow: /x\n</pre>", "rules"),
        ("<html>\nSitemap: https://a.cn/s.xml\n", "rules"),
        ("", "rules"),
        ("# nothing", "rules"),
    ],
)
def test_a_page_in_place_of_the_rules_is_suspect_and_forbids_nothing(body: str, decision: str) -> None:
    rules = read_rules(file(body))
    assert rules.decision == decision
    assert rules.allows("http://a.cn/1.html")
