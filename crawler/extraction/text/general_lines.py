"""Lines of a text that are no part of the article: its headline, and what sites write around it in any language."""

from __future__ import annotations

import re

from crawler.extraction.cleaning import squeezed
from crawler.extraction.markup.pieces import Piece, lines
from crawler.extraction.people.english import is_latin_byline

TITLE = 8
"""Characters of a comparison key that make a line the headline: a shorter one may be a name in the text."""

TITLE_SHARE = 0.5
"""Share of the page's title that a line must have to be it: the rest is the site's name."""

HEAD_LINES = 4
"""Blocks at the start among which dates and bylines stand."""

SHORT_LINE = 80
"""Characters of a line that holds a date or a label only."""

KICKER = 40
"""Characters of a line above the headline: its section, or two words about it."""

NOTICE = 300
"""Characters of a notice to readers: three sentences."""

CONTACT = 220
"""Characters of a line that says how to reach the writer: two sentences."""

_CLOCK = re.compile(r"(?<!\d)\d{1,2}[:h]\d\d(?!\d)|(?<!\d)\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d\d(?!\d)")
_DAY = re.compile(r"(?<!\d)(?:19|20)\d\d\D{1,20}\d|(?<!\d)\d{1,2}\D{1,20}(?:19|20)\d\d(?!\d)")
_CONTACT = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}|\b(?:twitter|facebook|instagram)\.com/\w", re.IGNORECASE
)
# Only lines after the last paragraph are asked. Other languages rest on structure: general_teasers, general_tree.
_TO_READERS = re.compile(
    r"\bnewsletters?\b|\bsubscri(?:be|bing)\b|\bsign(?:ing)? up\b|\bclick here\b|\bshare (?:it|this) with\b"
    r"|\bfollow (?:us|the|@|him|her|them|\w{1,30}(?: \w{1,30}){0,3} on)\b|\btell us what\b|\bif you enjoyed this"
    r"|\ball rights reserved\b|^\W{0,3}(?:©|copyright\b)|\bcontributed to this (?:report|article|story)"
    r"|^\W?(?:additional )?reporting by\b|^\W?source: |^citation: |^filed under\b|^tags?\b|^categor",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:you (?:may|might) also like|related(?: (?:news|stories|articles|posts?))?|read (?:more|next|also)|see more"
    r"|more|don['’]?t miss|(?:\d{1,6} )?comments?|tags|categor\w{1,10}|explore further|print article|order reprints"
    r"|thank you|something to consider|advertisement|share)\W{0,5}",
    re.IGNORECASE,
)


def without_chrome(blocks: list[Piece], titles: list[str], host: str) -> list[Piece]:
    """The blocks that belong to the article.

    `titles`: comparison keys of what the page calls itself; `host`: the one that it came from, or "".
    """
    kept = [block for block in blocks if not _is_own_address(block, host) and not _is_label(block)]
    head, rest = kept[:HEAD_LINES], kept[HEAD_LINES:]
    kept = [block for block in _below_title(head, titles) if not _is_date(block) and not _is_byline(block)] + rest
    return _without_notices(kept)


def _below_title(head: list[Piece], titles: list[str]) -> list[Piece]:
    """The first blocks without the headline and the short lines above it."""
    at = next((place for place, block in enumerate(head) if _is_title(block, titles)), None)
    if at is None:
        return head
    above = [block for block in head[:at] if not 0 < len(_words(block)) <= KICKER]
    return above + [block for block in head[at:] if not _is_title(block, titles)]


def _without_notices(blocks: list[Piece]) -> list[Piece]:
    """Blocks without the notices at their end, up to the last paragraph that is none."""
    kept: list[Piece] = []
    left = list(blocks)
    while left:
        block = left.pop()
        if _is_notice(block):
            continue
        kept.append(block)
        if len(_words(block)) > SHORT_LINE:
            break
    return left + kept[::-1]


def _is_title(block: Piece, titles: list[str]) -> bool:
    """Whether a block repeats the title of the page."""
    key = squeezed(_words(block))
    return len(key) >= TITLE and any(key in title and len(key) > TITLE_SHARE * len(title) for title in titles)


def _words(block: Piece) -> str:
    """The words of a paragraph or heading; empty for other blocks."""
    return " ".join(lines(block)) if block.kind in {"p", "head"} else ""


def _is_own_address(block: Piece, host: str) -> bool:
    """Whether a line opens with an address of the page's own host: a print address, or the data of an image."""
    return bool(host) and _words(block).startswith((f"http://{host}/", f"https://{host}/"))


def _is_date(block: Piece) -> bool:
    """Whether a line at the start only says when, or by whom, the page was published."""
    words = _words(block)
    return len(words) <= SHORT_LINE and bool(_CLOCK.search(words) or _DAY.search(words))


def _is_byline(block: Piece) -> bool:
    """Whether a line at the start only says who wrote the article."""
    words = _words(block)
    return len(words) <= SHORT_LINE and is_latin_byline(words)


def _is_label(block: Piece) -> bool:
    """Whether a line is only the heading of something that is no longer there."""
    return bool(_LABEL.fullmatch(_words(block)))


def _is_notice(block: Piece) -> bool:
    """Whether a line at the end speaks to the reader, or tells how to reach the writer."""
    words = _words(block)
    if not words or len(words) > NOTICE:
        return False
    return bool(_TO_READERS.search(words)) or (len(words) <= CONTACT and bool(_CONTACT.search(words)))
