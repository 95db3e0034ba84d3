"""The block of a page that is its headline: the one that looks like what the page declares as its title."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from crawler.extraction.cleaning import squeezed
from crawler.extraction.markup.blocks import Block

ANCHOR_FLOOR = 0.3
"""Likeness of a block to the page's title below which it is no headline (research/extraction.md, step 4)."""

PREFIX_LIKENESS = 0.6
"""Likeness of a block that begins the title, whatever follows there."""

_LENGTHS = range(4, 101)
"""Characters of a headline."""

_HEADING_BONUS = 0.25
_TOP_HEADING_BONUS = 0.1
_LINKED_MALUS = 0.3
_NEGATIVE_MALUS = 0.15
_AS_GOOD = 0.75
"""Share of the best likeness that the first block must reach: the title is often repeated after the article."""

_SEPARATORS = re.compile(
    r"[_|｜]{1,8}|\s[-–—－]{1,4}\s|[-–—－]{1,2}(?=[^-–—－]{2,14}$)|[·»>›](?=[^·»>›]{2,12}$)|\s·\s"
)


def title_parts(title: str) -> list[str]:
    """Parts of a <title> between site separators, longest first."""
    parts = [part.strip() for part in _SEPARATORS.split(title) if part.strip()]
    return sorted(parts, key=_visual_length, reverse=True) or [title.strip()]


def _visual_length(text: str) -> int:
    """Length in which a Han character counts two: `Taiwan News Online` is shorter than a headline of ten characters."""
    return len(text) + sum("\u3400" <= char <= "\u9fff" for char in text)


def find_headline(blocks: Sequence[Block], titles: Sequence[str]) -> tuple[int | None, float]:
    """Index of the first block that is as good as the best likeness to the titles, with its likeness; None for none."""
    keys = [(squeezed(title_parts(title)[0]), squeezed(title)) for title in titles if title.strip()]
    scores = {
        index: score
        for index, block in enumerate(blocks)
        if block.size in _LENGTHS and (score := _score(block, keys)) >= ANCHOR_FLOOR - _LINKED_MALUS
    }
    if not scores or max(scores.values()) < ANCHOR_FLOOR:
        return None, 0.0
    best = max(scores.values())
    return next((index, score) for index, score in scores.items() if score >= _AS_GOOD * best)


def _score(block: Block, keys: Sequence[tuple[str, str]]) -> float:
    """Likeness of a block to the titles, more for a heading and less in a link; below zero for no likeness."""
    key = block.key
    likeness = 0.0
    for headline, title in keys:
        likeness = max(likeness, _likeness(key, headline, title))
    if block.heading == "h1" and block.size >= 6 and block.link_share < 0.5:  # noqa: PLR2004 - shorter ones are names
        likeness = max(likeness, ANCHOR_FLOOR)
    if likeness < ANCHOR_FLOOR:
        return -1.0
    bonus = (_HEADING_BONUS if block.heading else 0.0) + (_TOP_HEADING_BONUS if block.heading == "h1" else 0.0)
    malus = (_LINKED_MALUS if block.link_share > 0.5 else 0.0) + _outside(block)  # noqa: PLR2004 - half
    return likeness + bonus - malus


def _outside(block: Any) -> float:
    """What a block loses for standing in a box beside the article."""
    return _NEGATIVE_MALUS if block.negative is not None else 0.0


def _likeness(block: str, headline: str, title: str) -> float:
    """0 to 1: how much a block's key is the headline's, the longest part of the title, or the whole title's."""
    if not block or not headline:
        return 0.0
    if headline in block:
        return len(headline) / len(block)
    if len(block) >= 8 and title.startswith(block):  # noqa: PLR2004 - keywords follow in the same part of the title
        return max(PREFIX_LIKENESS, 0.9 * len(block) / len(title))
    if block in headline:
        return len(block) / len(headline)
    return 0.9 * len(block) / len(title) if block in title else _prefix_likeness(block, headline)


def _prefix_likeness(block: str, headline: str) -> float:
    """Likeness of two keys that begin alike and end differently (a shortened headline)."""
    if block[:6] != headline[:6]:
        return 0.0
    pairs = enumerate(zip(block, headline, strict=False))
    prefix = next((index for index, (one, other) in pairs if one != other), min(len(block), len(headline)))
    if prefix >= 6 and 2 * prefix >= len(block):  # noqa: PLR2004 - shorter prefixes are formulae ("中国国家主席")
        return 0.8 * prefix / max(len(block), len(headline))
    return 0.0
