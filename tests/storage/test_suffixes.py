"""The registrable domain of a host: what tldextract says, by whose list it is found."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tldextract import TLDExtract

from storage import suffixes
from storage.suffixes import registered

BEFORE = ("", "a.", "b.a.", "www.b.a.", "xn--a.")
STRANGE = (
    "portal.test", "1.2.3", "a..com", ".com", "xn--com-.cn", "a.xn--com-", "www.xn--55qx5d.cn",
    "*.ck", "a.*.ck", "!www.ck",
)  # fmt: skip


def test_every_rule_counts_as_it_does_for_tldextract() -> None:
    extract = TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
    rules, _ = suffixes._rules()
    assert len(rules) > 9_000
    names = sorted(rule.replace("*", "w").replace("!", "") for rule in rules)[::7]
    for host in [*STRANGE, *(f"{before}{name}" for name in names for before in BEFORE)]:
        found = extract(host)
        assert registered(host) == (found.top_domain_under_public_suffix if found.suffix else None), host


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("news.sina.com.cn", "sina.com.cn"),
        ("com.cn", ""),
        ("a.b.c.kawasaki.jp", "b.c.kawasaki.jp"),
        ("a.city.kawasaki.jp", "city.kawasaki.jp"),
        ("www.xn--55qx5d.cn", "www.xn--55qx5d.cn"),
        ("www.\u516c\u53f8.cn", "www.\u516c\u53f8.cn"),
        ("portal.test", None),
    ],
)
def test_the_longest_rule_counts_wildcards_and_exceptions_too(host: str, domain: str | None) -> None:
    assert registered(host) == domain


def test_neither_requests_nor_tldextract_is_loaded_for_a_site() -> None:
    asks = "from storage.identity import site_of; print(site_of('a.b.com.cn'), 'requests' in m, 'tldextract' in m)"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; m = sys.modules; {asks}"], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["b.com.cn", "False", "False"]


def test_a_list_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suffixes, "find_spec", lambda _name: None)
    with pytest.raises(ModuleNotFoundError, match="not installed"):
        suffixes._rules.__wrapped__()
