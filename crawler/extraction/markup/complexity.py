"""Pages that cost more than a page may: 2 s and 500 MB. Told before the work is done, by counts of what makes it."""

from __future__ import annotations

import re
from typing import Any

from crawler.extraction.markup.blocks import Walk
from storage.records import Rejection

MOST_TAGS = 60_000
"""Of a page. 20 000 paragraphs have 40 000 and take a second; the longest real page of the corpora has 30 000."""

MOST_ATTRIBUTES = 4000
"""Of one element: libxml2 compares each with all before it (40 000 take 18 s). Real elements have less than 50."""

MOST_CHARS = 1_000_000
"""Of visible text: the longest novel that anybody would read on one page."""

MOST_BLOCK_CHARS = 200_000
"""Of one block: no paragraph, and every rule reads it."""

DEEPEST = 2000
"""Levels of block elements: 5 000 take trafilatura 5 s. Broken table pages reach some hundred."""

_SUSPICIOUS_SIGNS = 3 * MOST_ATTRIBUTES
_STRETCH = MOST_ATTRIBUTES // 2
_SCRIPT = re.compile(r"<(script|style)\b.*?(?:</\1|\Z)", re.IGNORECASE | re.DOTALL)
_LONG_TAG = re.compile(rf"<[a-zA-Z][^<>]{{{MOST_ATTRIBUTES},}}")


def complex_markup(markup: str) -> Rejection | None:
    """Rejection of markup that would take too long to parse, or None."""
    tags = markup.count("<")
    if tags > MOST_TAGS:
        return Rejection(reason="too_complex", detail=f"{tags} tags")
    # Only a page with a very long tag or full of equals signs is looked at closely; scripts have many.
    if markup.count("=") > _SUSPICIOUS_SIGNS or _has_long_tag(markup):
        bare = _unquoted(_unquoted(_SCRIPT.sub("", markup), '"'), "'")
        for tag in _LONG_TAG.finditer(bare):
            if tag[0].count("=") > MOST_ATTRIBUTES or len(tag[0].split()) > MOST_ATTRIBUTES:
                return Rejection(reason="too_complex", detail=f"an element of {len(tag[0])} characters")
    return None


def _has_long_tag(markup: str) -> bool:
    """Whether a tag is longer than MOST_ATTRIBUTES: it fills a whole stretch, in which no other tag begins. Linear."""
    place = _STRETCH
    while place < len(markup):
        # A stretch that holds a `<`, as nearly all do, costs a glance at its first characters.
        if markup.find("<", place, place + _STRETCH) >= 0:
            place += _STRETCH
            continue
        if _LONG_TAG.match(markup, max(0, markup.rfind("<", 0, place))):
            return True
        place = markup.find("<", place)
        if place < 0:
            return False
    return False


def _unquoted(markup: str, quote: str) -> str:
    """Markup without what stands in quotation marks."""
    return "".join(markup.split(quote)[::2])


def complex_tree(root: Any, walk: Walk) -> Rejection | None:
    """Rejection of a page that says more than a page does, or None."""
    # The parser ends at 2048 levels, and what is deeper is lost without a word.
    levels = walk.deepest if walk.blocks else _levels(root)
    if levels > DEEPEST:
        return Rejection(reason="too_complex", detail=f"{levels} levels of elements")
    size = sum(len(block.text) for block in walk.blocks)
    if size > MOST_CHARS:
        return Rejection(reason="too_complex", detail=f"{size} visible characters")
    longest = max((len(block.text) for block in walk.blocks), default=0)
    if longest > MOST_BLOCK_CHARS:
        return Rejection(reason="too_complex", detail=f"a block of {longest} characters")
    return None


def _levels(root: Any) -> int:
    """Levels of elements along the last child of each."""
    levels = 1
    while len(root):
        root, levels = root[-1], levels + 1
    return levels
