"""Who made the article: names with their roles, looked for where by-lines, sign-offs and editors' lines stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.extraction.declared.head import Head
from crawler.extraction.facts.bylines import barred, bracketed_credits, labelled_credits, role_credits
from crawler.extraction.facts.declared_people import card_authors, declared_authors, declared_editors
from crawler.extraction.facts.roles import ROLE
from crawler.extraction.facts.signatures import (
    bare_credits,
    caption_credits,
    original_credits,
    outlet_sign_off,
    reported_credits,
    sign_off_credits,
    slash_credits,
)
from crawler.extraction.people.english import english_credits
from crawler.extraction.people.names import is_bare_name
from crawler.extraction.text.zones import Zones
from storage.records import AUTHOR_ROLES, EDITOR_ROLES, Credit

MAX_CREDITS = 40

INNER_LINES = 200
"""Short lines inside the text that are read, half from its start and half from its end: a gallery has a hundred."""

BYLINE_CHARS = 48
"""Characters of the longest line that is nothing but a by-line."""

CREDITS_LINE_CHARS = 200
"""Of the longest line of labels (`一审：… 二审：… 三审：…`): a county paper names eight people in one."""

OPENING_CHARS = 120
"""Of a paragraph, within which its opening by-line ends."""

CLOSING_CHARS = 80
"""Of a paragraph, within which its sign-off begins."""

# A line inside or below the text is a by-line where it starts with a role or an outlet's reporter (`新华社记者 …`).
_STARTS_AS_BYLINE = re.compile(
    r"[\s（(【〔\[◎■●▲□]{0,3}(?:本版|(?:[\u3400-\u9fffA-Za-z]{2,10}(?:报|報|网|網|社|刊|台|新闻|新聞|财经|中心|客户端))"
    r"(?:[讯訊]\s?)?)?(?:本[报報网網刊台]|本版|见习|見習|实习|實習|首席|全媒体|融媒体|特约|通讯|特派|撰|摄影|攝影"
    r"|[文图圖]\s?[/／]){0,3}"
    r"(?:记者|記者|通讯员|通訊員|实习生|作者|评论员|文\s?[/／\\]|编译|編譯|撰文|稿人|采写|整理|图文|[图圖]\s?[/／]"
    r"|[／/])"
)
_BEGINS_TURN = re.compile(r"^\s?(?:记者|記者|问|主持人)\s?[:：]")
_SIGNED_BELOW = re.compile(r"^\s?([\u3400-\u9fff]{2,3})\s?(?:[（(][^（()）]{2,20}[）)])?\s?$")
_SIGN_OFF = re.compile(
    r"(?:^|[。！？”」\s])\s?((?:[\u3400-\u9fff]{2,8}[报報网網社])?(?:本[报報网網]|见习|实习|编译\s?[/／]\s?)?(?:记者"
    r"|記者|通讯员|通訊員)"
    r"\s?[:：]?\s?[\u3400-\u9fff、\s　]{2,30})\s?$"
)
_OPENING = re.compile(
    r"^[\s◎■●▲]{0,4}(?:[（(【〔\[]?[\u4e00-\u9fff]{2,10}(?:[讯訊电電]\s?|消息\s?)?[）)】〕\]]?\s?)?"
    r"([（(]?(?:[\u4e00-\u9fff]{2,6}[报報网網社])?(?:本[报報网網]|见习|見習|实习|實習|首席|全媒体|融媒体|特约){0,2}"
    r"(?:记者|記者|通讯员|通訊員|实习生)[\s:：]{0,2}"
    r"[\u3400-\u9fff、，\s　]{2,40}?(?:报道|報導|報道|通讯员|通訊員|摄|攝|[）)]|\d{1,2}月))"
)
_REPORTED = re.compile("(?:報導|报道)\\s?[)）]")
_COMMA = re.compile("[，,。]")
_BRACKETS = frozenset("（(【[〔")
_NOBODY_SPEAKS = re.compile(r"[？?！!]")


def find_credits(head: Head, zones: Zones) -> tuple[Credit, ...]:
    """Credits in page order, each person once as writer and once as editor; the <head> counts only without by-line."""
    found: dict[tuple[str, str], Credit] = {}
    for credit in (*_head_credits(zones), *_text_credits(zones), *_inner_credits(zones), *_tail_credits(zones)):
        _keep(found, credit)
    if not any(kind == "editor" for kind, _ in found):
        for line in zones.below:
            for credit in (*labelled_credits(barred(line), "below"), *bracketed_credits(line, "below")):
                if credit.role in EDITOR_ROLES and len(line) <= BYLINE_CHARS:
                    _keep(found, credit)
    authors = (*card_authors(head, zones), *declared_authors(head))
    for wanted, declared in (("writer", authors), ("editor", declared_editors(head))):
        if not any(kind == wanted for kind, _ in found):
            for credit in declared:
                _keep(found, credit)
    return tuple(found.values())[:MAX_CREDITS]


def _keep(found: dict[tuple[str, str], Credit], credit: Credit) -> None:
    """Adds a credit unless the person has one of its kind; a particular role takes the place of the plain `author`."""
    key = (_kind(credit.role), credit.name)
    known = found.get(key)
    if known is None or (known.role == "author" and credit.role != "author" and not credit.organisation):
        found[key] = credit


def _kind(role: str) -> str:
    """The kind of a role: a person is one writer and one editor, whatever the words of the several places."""
    if role in AUTHOR_ROLES:
        return "writer"
    return "editor" if role in EDITOR_ROLES else role


def _head_credits(zones: Zones) -> Iterator[Credit]:
    """Credits of the lines between headline and text."""
    for line in map(barred, zones.head):
        yield from slash_credits(line, "head")
        yield from english_credits(line, "head")
        yield from reported_credits(line, "head")
        yield from original_credits(line, "head")
        if len(line) > BYLINE_CHARS:
            yield from labelled_credits(line, "head")
            yield from bracketed_credits(line, "head")
            continue
        yield from _line_credits(line, "head")
        yield from caption_credits(line)
        if line in zones.unlinked:
            yield from bare_credits(line, "head")


def _line_credits(line: str, where: str) -> Iterator[Credit]:
    """Credits of a short line of roles; a question of the interviewer is none."""
    if not _NOBODY_SPEAKS.search(line):
        yield from role_credits(line, line, where, prose=bool(_BEGINS_TURN.match(line)))


def _text_credits(zones: Zones) -> Iterator[Credit]:
    """Credits of the first and last paragraphs."""
    for line in map(barred, zones.lead):
        opening = line[:OPENING_CHARS]
        yield from slash_credits(opening, "lead")
        yield from bracketed_credits(opening, "lead")
        yield from reported_credits(opening, "lead")
        by_line = _OPENING.match(opening)
        if len(line) <= BYLINE_CHARS and _STARTS_AS_BYLINE.match(line):
            yield from _line_credits(line, "lead")
        elif by_line:
            yield from role_credits(by_line[1], by_line[0], "lead")
        if len(line) > OPENING_CHARS:
            yield from bracketed_credits(line[OPENING_CHARS:][-CLOSING_CHARS:], "lead")
            yield from reported_credits(line[OPENING_CHARS:][-CLOSING_CHARS:], "lead")
    for line in map(barred, zones.close):
        yield from _closing_credits(line[-CLOSING_CHARS:])
    yield from _sign_offs(zones)


def _closing_credits(closing: str) -> Iterator[Credit]:
    """Credits at the end of a paragraph: `(记者 祝勇)`, `本报记者 李楠`, `（某某网 李楠）`."""
    yield from bracketed_credits(closing, "close")
    yield from reported_credits(closing, "close")
    yield from outlet_sign_off(closing, "close")
    yield from english_credits(closing, "close") if closing.endswith(")") else ()
    signed = _SIGN_OFF.search(closing)
    if signed:
        yield from role_credits(signed[1], signed[1], "close", prose=True)


def _sign_offs(zones: Zones) -> Iterator[Credit]:
    """Credits of the bracket that ends the text, unless the text tells of a person of this name: `（李楠）`."""
    close = list(zones.close)
    while len(close) > 1 and ROLE.search(close[-1]) and not _COMMA.search(close[-1]):
        close.pop()
    for credit in sign_off_credits(barred(close[-1])[-CLOSING_CHARS:]) if close else ():
        told = (line for line in (*zones.lead, *zones.inner, *zones.close) if _COMMA.search(line))
        if not any(credit.name in line.replace(credit.raw, "") and not ROLE.search(line) for line in told):
            yield credit


def _inner_credits(zones: Zones) -> Iterator[Credit]:
    """Credits of short lines inside the text: captions, by-lines that stand alone, labels at the end."""
    inner = zones.inner
    if len(inner) > INNER_LINES:
        inner = inner[: INNER_LINES // 2] + inner[-INNER_LINES // 2 :]
    for line in map(barred, inner):
        shot = list(caption_credits(line))
        yield from shot
        if shot or len(line) > 2 * BYLINE_CHARS or _NOBODY_SPEAKS.search(line):
            continue
        if _BEGINS_TURN.match(line):
            yield from role_credits(line, line, "inner", prose=True)
            continue
        yield from labelled_credits(line, "inner", prose=bool(_COMMA.search(line)))
        yield from (credit for credit in bracketed_credits(line, "inner") if credit.role in EDITOR_ROLES)
        if len(line) <= BYLINE_CHARS:
            yield from reported_credits(line, "inner")
        if len(line) <= BYLINE_CHARS and _STARTS_AS_BYLINE.match(line):
            yield from role_credits(line, line, "inner", prose="。" in line)


def _tail_credits(zones: Zones) -> Iterator[Credit]:
    """Credits of short lines after the text."""
    for line in zones.tail[:1]:
        signed = _SIGNED_BELOW.match(line) if line in zones.unlinked else None
        if signed and is_bare_name(signed[1]):
            yield Credit(role="author", name=signed[1], raw=line, where="tail")
    for line in map(barred, zones.tail):
        if len(line) > CREDITS_LINE_CHARS or not (ROLE.search(line) or _REPORTED.search(line) or line.isascii()):
            continue
        yield from labelled_credits(line, "tail")
        yield from english_credits(line, "tail")
        if len(line) > 2 * BYLINE_CHARS:
            continue
        if line[:1] in _BRACKETS or (len(line) <= BYLINE_CHARS and not _COMMA.search(line)):
            yield from bracketed_credits(line, "tail")
            yield from reported_credits(line, "tail")
            yield from outlet_sign_off(line, "tail")
        if len(line) <= BYLINE_CHARS and _STARTS_AS_BYLINE.match(line):
            yield from role_credits(line, line, "tail", prose=True)
