"""Who made the article: names with their roles, looked for where by-lines, sign-offs and editors' lines stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.extraction.bylines import (
    MAX_RAW_CHARS,
    bracketed_credits,
    caption_credits,
    edited_credits,
    labelled_credits,
    role_credits,
    slash_credits,
)
from crawler.extraction.cleaning import clean_line
from crawler.extraction.metadata import Head
from crawler.extraction.names import is_surely_name, names_in
from crawler.extraction.zones import Zones
from storage.records import AUTHOR_ROLES, EDITOR_ROLES, Credit

MAX_CREDITS = 40

BYLINE_CHARS = 48
"""Characters of the longest line that is nothing but a by-line."""

OPENING_CHARS = 120
"""Of a paragraph, within which its opening by-line ends."""

CLOSING_CHARS = 80
"""Of a paragraph, within which its sign-off begins."""

_STARTS_AS_BYLINE = re.compile(
    r"[\s（(【\[〔◎■●]*(?:本[报報网]|见习|实习|首席|全媒体|融媒体|特约)*(?:记者|記者|通讯员|作者|文\s?[/／\\])"
)
_SHOT = re.compile(r"[摄攝图圖]")
_SIGNED_BELOW = re.compile(r"^\s*([\u3400-\u9fff]{2,3})\s*(?:[（(][^（）()]{2,20}[）)])?\s*$")
_PLAIN_SIGN_OFF = re.compile(r"[（(]([\u3400-\u9fff、\s　]{2,20})[）)]\s*$")
_SIGN_OFF = re.compile(
    r"(?:^|[。！？”」\s])\s?((?:本[报報网網]|见习|实习)?(?:记者|記者|通讯员)\s?[:：]?\s?[\u3400-\u9fff、\s　]{2,20}"
    r"(?:报道|報導)?)\s*$"
)
_OPENING = re.compile(
    r"^[\s◎■●▲]*(?:[\u4e00-\u9fff]{2,8}[讯訊电電]?\s?)?([（(]?(?:本[报報网]|见习|实习|首席|全媒体|融媒体)*(?:记者|記者)[\s:：]{0,2}"
    r"[\u3400-\u9fff、\s　]{2,24}(?:报道|報導|通讯员|摄|攝|[）)]))"
)


def find_credits(head: Head, zones: Zones) -> tuple[Credit, ...]:
    """Credits in page order, each person once as writer and once as editor; the <head> counts only without by-line."""
    found: dict[tuple[str, str], Credit] = {}
    for credit in (*_head_credits(zones), *_text_credits(zones), *_tail_credits(zones)):
        found.setdefault((_kind(credit.role), credit.name), credit)
    if not any(kind == "editor" for kind, _ in found):
        for credit in (one for line in zones.below for one in labelled_credits(line) if one.role in EDITOR_ROLES):
            found.setdefault(("editor", credit.name), credit)
    if not any(kind == "writer" for kind, _ in found):
        for credit in _declared_credits(head):
            found.setdefault((_kind(credit.role), credit.name), credit)
    return tuple(found.values())[:MAX_CREDITS]


def _kind(role: str) -> str:
    """The kind of a role: a person is one writer and one editor, whatever the words of the several places."""
    if role in AUTHOR_ROLES:
        return "writer"
    return "editor" if role in EDITOR_ROLES else role


def _head_credits(zones: Zones) -> Iterator[Credit]:
    """Credits of the lines between headline and text."""
    for line in zones.head:
        yield from slash_credits(line)
        if len(line) > BYLINE_CHARS:
            yield from labelled_credits(line)
            yield from bracketed_credits(line)
            continue
        yield from role_credits(line, line)
        if line in zones.unlinked and is_surely_name(line):
            yield Credit(role="author", name=line, raw=line)


def _text_credits(zones: Zones) -> Iterator[Credit]:
    """Credits of the first and last paragraphs."""
    for line in zones.lead:
        opening = line[:OPENING_CHARS]
        yield from slash_credits(opening)
        yield from bracketed_credits(opening)
        by_line = _OPENING.match(opening)
        if by_line:
            yield from role_credits(by_line[1], by_line[0])
        yield from bracketed_credits(line[OPENING_CHARS:][-CLOSING_CHARS:])
    for line in zones.close:
        yield from _sign_off(line[-CLOSING_CHARS:])


def _sign_off(closing: str) -> Iterator[Credit]:
    """Credits at the end of a paragraph: `(记者 祝勇)`, `（李楠）`, `本报记者 李楠`."""
    yield from bracketed_credits(closing)
    plain = _PLAIN_SIGN_OFF.search(closing)
    people = names_in(plain[1]) if plain and not _SHOT.search(plain[1]) else []
    yield from (Credit(role="reporter", name=name, raw=closing) for name in people if is_surely_name(name))
    signed = _SIGN_OFF.search(closing)
    if signed:
        yield from role_credits(signed[1], signed[1])


def _tail_credits(zones: Zones) -> Iterator[Credit]:
    """Credits of short lines inside and after the text."""
    for line in zones.tail[:1]:
        signed = _SIGNED_BELOW.match(line) if line in zones.unlinked else None
        if signed and is_surely_name(signed[1]):
            yield Credit(role="author", name=signed[1], raw=line)
    for line in zones.inner:
        yield from caption_credits(line)
    for line in (*zones.inner, *zones.tail):
        if len(line) > 2 * BYLINE_CHARS:
            continue
        yield from labelled_credits(line)
        yield from edited_credits(line)
        if len(line) <= BYLINE_CHARS and _STARTS_AS_BYLINE.match(line):
            yield from role_credits(line, line)


def _declared_credits(head: Head) -> Iterator[Credit]:
    """Authors of JSON-LD and meta elements that are persons."""
    for thing in head.things:
        people = thing.get("author")
        for person in people if isinstance(people, list) else [people]:
            if isinstance(person, dict) and person.get("@type", "Person") != "Person":
                continue
            name = person.get("name") if isinstance(person, dict) else person
            if isinstance(name, str):
                yield from _authors(name)
    for key in ("author", "article:author", "byl", "dc.creator"):
        if "://" not in head.meta.get(key, "://"):
            yield from _authors(head.meta[key])


def _authors(text: str) -> Iterator[Credit]:
    """Authors of a declared list of names."""
    raw = clean_line(text)[:MAX_RAW_CHARS]
    return (Credit(role="author", name=name, raw=raw) for name in names_in(raw))
