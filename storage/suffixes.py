"""The names under which people register domains of their own, by the Public Suffix List (publicsuffix.org).

Read from the copy that tldextract ships, and without tldextract itself: that brings requests along, which would be a
tenth of a second at the start of each process.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_RULE = re.compile(r"^[.*!]*\w\S*", re.MULTILINE)


def registered(host: str) -> str | None:
    """The registrable domain of a host in lower case; empty where it is a public suffix itself, None: of no rule.

    Private suffixes count, too. Where a rule names part of what a wildcard stands for, it is the rule that counts
    (as tldextract has it, by which the keys of stored files were made).
    """
    labels = host.split(".")
    begin = _suffix_begin(labels)
    if begin == len(labels):
        return None
    return ".".join(labels[begin - 1 :]) if begin and labels[begin - 1] else ""


def _suffix_begin(labels: list[str]) -> int:
    """At which of its labels the public suffix of a host begins; behind the last one where it has none."""
    rules, tails = _rules()
    begin, tail = len(labels), ""
    for place in range(len(labels) - 1, -1, -1):
        longer = f"{labels[place]}{tail}"
        if longer not in tails:
            if f"*{tail}" in rules:
                return place + 1 if f"!{longer}" in rules else place
            break
        if longer in rules:
            begin = place
        tail = f".{longer}"
    return begin


@cache
def _rules() -> tuple[frozenset[str], frozenset[str]]:
    """The rules, and all that they end with, from label to label; names that are not ASCII also as the DNS has them."""
    found = find_spec("tldextract")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("tldextract, of whose list of public suffixes Dibao has need, is not installed")
    snapshot = Path(found.submodule_search_locations[0], ".tld_set_snapshot")
    rules = set(_RULE.findall(snapshot.read_text(encoding="utf-8")))
    rules |= {".".join(map(_ascii, rule.split("."))) for rule in rules if not rule.isascii()}
    tails: set[str] = set()
    for rule in rules:
        tail = rule
        while tail and tail not in tails:
            tails.add(tail)
            tail = tail.partition(".")[2]
    return frozenset(rules), frozenset(tails)


def _ascii(label: str) -> str:
    return label if label.isascii() else f"xn--{label.encode('punycode').decode()}"
