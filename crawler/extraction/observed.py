"""What a page shows, for learning what its host repeats."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from crawler.extraction.chrome import LONGEST_REMEMBERED, REMEMBERED, block_key
from crawler.extraction.cleaning import squeezed
from crawler.extraction.markup.blocks import Block
from crawler.extraction.text.segment import Segment
from storage.identity import host_of
from storage.records import Observation, ObservedBlock

SHOWN_CHARS = 160
"""Of a block's text that is reported: as much as storage compares with the lines of articles (storage.rereading)."""

MOST_BLOCKS = 600
"""Blocks that are reported of a page: the median real page has 130, and what repeats stands at its ends."""

CELL_CHARS = 12
"""Of a cell that is not reported."""


def observation(blocks: Sequence[Block], url: str, *, segment: Segment | None, text: str | None) -> Observation:
    """The blocks of a page, each once, with whether they are part of its text."""
    kept = set(segment.kept) if segment else set()
    said = {squeezed(line) for line in (text or "").split("\n\n")} if segment is None else set()
    found: dict[bytes, ObservedBlock] = {}
    for index, block in enumerate(blocks[:MOST_BLOCKS]):
        words = block.text
        shown = _remembered(words) if len(words) <= LONGEST_REMEMBERED else _shown(words)
        if shown is None or (block.size <= CELL_CHARS and _is_cell(block)):
            continue
        key = shown.key
        part = index in kept or (segment is None and squeezed(words) in said)
        if key not in found or (part and not found[key].kept):
            found[key] = ObservedBlock(key=key, text=shown.text, kept=True) if part else shown
    return Observation(host=host_of(url), blocks=tuple(found.values()))


def _shown(text: str) -> ObservedBlock | None:
    """What is reported of a block that is no part of a text, or None of one without a letter."""
    letters = squeezed(text)
    if not letters[:1].isalpha() and not any(map(str.isalpha, letters)):
        return None
    return ObservedBlock(key=block_key(text), text=text[:SHOWN_CHARS], kept=False)


_remembered = lru_cache(maxsize=REMEMBERED)(_shown)
"""The same: a host's pages repeat most of their blocks, and each costs a digest."""


def _is_cell(block: Block) -> bool:
    """Whether a short block is a cell: the figures of tables look alike from page to page, and are no chrome."""
    return block.element is not None and block.element.tag in ("td", "th")
