"""95 addresses in 51 groups: what is one article gets one key, and nothing else does (url_list.toml)."""

from __future__ import annotations

import contextlib
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.identity import BadUrl, canonical_url, key_of_canonical, site_of, url_key
from storage.ledger import site_of_key

GROUPS: list[list[str]] = tomllib.loads(Path(__file__).with_name("url_list.toml").read_text("utf-8"))["groups"]
MUST_MERGE = [group for group in GROUPS if len(group) > 1]

# What only a table of hosts could tell: another host and another form of path, and an edition's folder in mid-path
# (`/amp/12345` beside `/12345` are two articles elsewhere). Their `rel=canonical` tells it (storage.canonical).
MISSED = ("https://finance.sina.cn/", "https://www.bbc.co.uk/")
FLOOR = 41


def key_of(url: str) -> str | None:
    """The key of an address; None for one that is nobody's."""
    try:
        return url_key(url)
    except BadUrl:
        return None


def test_the_list_is_the_one_that_the_floor_was_set_for() -> None:
    urls = [url for group in GROUPS for url in group]
    assert (len(urls), len(set(urls)), len(GROUPS), len(MUST_MERGE)) == (95, 95, 51, 44)


def test_no_two_articles_have_one_key() -> None:
    owners: dict[str, set[int]] = defaultdict(set)
    for number, group in enumerate(GROUPS):
        for url in group:
            owners[key_of(url) or f"nobody's: {url}"].add(number)
    assert {key: found for key, found in owners.items() if len(found) > 1} == {}


def test_the_addresses_of_an_article_have_one_key() -> None:
    apart = [group for group in MUST_MERGE if len({key_of(url) for url in group}) > 1]
    assert [group[0] for group in apart] == [group[0] for group in MUST_MERGE if group[0].startswith(MISSED)]
    assert len(MUST_MERGE) - len(apart) >= FLOOR


def test_what_no_parser_takes_is_nobodys() -> None:
    assert [url for group in GROUPS for url in group if key_of(url) is None] == [
        "//news.example.cn/2026/30033.html",
        "http://news.example.cn:99999/2026/30033.html",
    ]


@pytest.mark.parametrize("group", MUST_MERGE, ids=lambda group: group[0])
def test_spelling_an_address_again_changes_nothing(group: list[str]) -> None:
    for url in group:
        canonical = canonical_url(url)
        assert canonical_url(canonical) == canonical
        key = key_of_canonical(canonical)
        assert url_key(f"http:{key}") == key
        assert "#" not in key
        assert site_of_key(key)


ROUTES = [
    ("http://a.cn/#!/article/55", "//a.cn/%23!/article/55"),
    ("http://a.cn/app/?v=2#/detail?id=7&b=1", "//a.cn/app/?v=2%23/detail?id=7&b=1"),
    ("http://a.cn/#!article/%d6", "//a.cn/%23!article/%D6"),
    ("http://a.cn/#!", "//a.cn/"),
    ("http://a.cn/#/", "//a.cn/"),
    ("http://a.cn/2026/1234.html#p=2", "//a.cn/2026/1234.html"),
    ("http://a.cn/2026/1234.html#article/55", "//a.cn/2026/1234.html"),
]


@pytest.mark.parametrize(("url", "key"), ROUTES)
def test_a_route_is_part_of_the_key_and_a_place_on_the_page_is_not(url: str, key: str) -> None:
    assert url_key(url) == key


SAME = [
    ("http://a.cn/s?b=2&a=1&b=1", "http://a.cn/s?a=1&b=2&b=1"),
    ("http://a.cn/s?a=1&&b=2&", "http://a.cn/s?a=1&b=2"),
    ("http://a.cn/s?a=1&amp;amp;b=2", "http://a.cn/s?a=1&b=2"),
    ("http://a.cn/%41%2d%2E%5f%7e%30%7A", "http://a.cn/A-._~0z"),
    ("https://amp.a.com/world/2026/nov/22/a-b-c", "https://www.a.com/world/2026/nov/22/a-b-c"),
]
APART = [
    ("http://a.cn/s?b=1&b=2", "http://a.cn/s?b=2&b=1"),  # of two values of one name, the first may be the one
    ("http://a.cn/a%2Fb", "http://a.cn/a/b"),
    ("http://a.cn/s?q=1%262", "http://a.cn/s?q=1&2"),
    ("http://a.cn/s?q=a%2Bb", "http://a.cn/s?q=a+b"),
    ("http://a.cn/s?q=%2541", "http://a.cn/s?q=%41"),
    ("http://a.cn/s?amp=3;id=1", "http://a.cn/s?id=1"),
    ("http://m.a.com/2026/nov/", "http://www.a.com/2026/nov/"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_differs_in_spelling_alone_is_one_page(one: str, other: str) -> None:
    assert url_key(one) == url_key(other)


@pytest.mark.parametrize(("one", "other"), APART)
def test_what_a_server_reads_otherwise_is_another_page(one: str, other: str) -> None:
    assert url_key(one) != url_key(other)


PIECES = (*"ab1/?&=#!%;.~", "amp;", "%41", "%2F", "%26", "%23", "#!/", "#/", "&amp;")


@given(st.lists(st.sampled_from(PIECES), max_size=14))
def test_an_address_has_one_spelling_and_its_key_no_hash_whatever_is_in_it(pieces: list[str]) -> None:
    canonical = canonical_url(f"http://a.cn/{''.join(pieces)}")
    assert canonical_url(canonical) == canonical
    key = key_of_canonical(canonical)
    assert "#" not in key
    assert key.startswith("//a.cn/")


def test_a_hostile_address_costs_no_more_than_its_length() -> None:
    for tail in ("#!" + "/" * 100_000, "?" + "amp;" * 50_000 + "a=1", "?" + "&".join("ba" * 40_000), "%41" * 60_000):
        with contextlib.suppress(BadUrl):
            url_key(f"http://a.cn/{tail}")


def test_a_doubly_escaped_ampersand_is_asked_for_as_it_was_meant() -> None:
    assert canonical_url("http://a.cn/s?cid=3&amp;id=17&amp;amp;p=2") == "http://a.cn/s?cid=3&id=17&p=2"
    assert site_of("a.cn") == site_of_key("//a.cn/%23!/article/55")
