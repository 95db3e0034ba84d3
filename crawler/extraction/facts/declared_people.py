"""Who a page declares to have made the article: in its vcard, in JSON-LD and in meta elements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from crawler.extraction.cleaning import clean_line, squeezed
from crawler.extraction.declared.head import Head
from crawler.extraction.facts.bylines import barred, labelled_credits
from crawler.extraction.facts.site_titles import last_part, site_names
from crawler.extraction.people.names import MAX_RAW_CHARS, is_trade_word, names_in
from crawler.extraction.people.organisations import is_organisation
from crawler.extraction.text.zones import Zones
from storage.records import Credit

_PEN_NAME = re.compile(r"[\u3400-\u9fff]{2,8}$")
# What is left of a site's name behind the one that it signs with.
_SITE_KIND = re.compile(
    r"(?:新[闻聞]|[日晚时時][报報]|[资資][讯訊]|[财財][经經]|在[线線])?[网網]?站?|首[页頁]|[报報社]|[频頻]道"
)


def card_authors(head: Head, zones: Zones) -> Iterator[Credit]:
    """The author whose vcard stands between headline and text: a person, or a pen name without a surname (`木鱼`)."""
    name = head.card_author
    line = next((line for line in zones.head if name and line.startswith((f"{name} ", name))), None)
    if line is None or _is_site(name, head) or is_trade_word(name) or is_organisation(name):
        return
    if _PEN_NAME.match(name) or names_in(name) == [name]:
        yield Credit(role="author", name=name, raw=line[:MAX_RAW_CHARS], where="head")


def declared_authors(head: Head) -> Iterator[Credit]:
    """Authors of JSON-LD and meta elements that are persons; many sites sign with their own name there."""
    said = [credit for thing in head.things for credit in _persons(thing.get("author"), "author")]
    for key in ("author", "article:author", "byl", "dc.creator"):
        if "://" not in head.meta.get(key, "://"):
            said.extend(_named(head.meta[key], "author", "meta"))
    yield from (credit for credit in said if not _is_site(credit.name, head))


def _is_site(name: str, head: Head) -> bool:
    """Whether a name is the site's: its whole name, or without the word that says what it is (`山城` of 山城网)."""
    key = squeezed(name)
    sites = site_names(head) | {squeezed(last_part(head.title))}
    return any(site == key or (site.startswith(key) and _SITE_KIND.fullmatch(site[len(key) :])) for site in sites)


def declared_editors(head: Head) -> Iterator[Credit]:
    """Editors of JSON-LD and meta elements."""
    for thing in head.things:
        yield from _persons(thing.get("editor"), "editor")
    for key in ("editor", "article:editor"):
        if head.meta.get(key):
            yield from _named(head.meta[key], "editor", "meta")


def _persons(said: Any, role: str) -> Iterator[Credit]:
    """Credits of a schema.org value: a name, a Person, or a list of these."""
    for person in said if isinstance(said, list) else [said]:
        if isinstance(person, dict) and person.get("@type", "Person") != "Person":
            continue
        name = person.get("name") if isinstance(person, dict) else person
        if isinstance(name, str) and "://" not in name:
            yield from _named(name, role, "json-ld")


def _named(text: str, role: str, where: str) -> Iterator[Credit]:
    """Credits of a declared list of names, which may bear its label."""
    raw = clean_line(text)[:MAX_RAW_CHARS]
    said = list(labelled_credits(barred(raw), where))
    if said:
        yield from said
        return
    yield from (Credit(role=role, name=name, raw=raw, where=where) for name in names_in(raw))
