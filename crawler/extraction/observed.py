"""What a page shows, for learning what its host repeats."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.extraction.chrome import block_key
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
        letters = squeezed(block.text)
        if not any(char.isalpha() for char in letters) or _is_cell(block):
            continue
        key = block_key(block.text)
        part = index in kept or letters in said
        if key not in found or (part and not found[key].kept):
            found[key] = ObservedBlock(key=key, text=" ".join(block.text.split())[:SHOWN_CHARS], kept=part)
    return Observation(host=host_of(url), blocks=tuple(found.values()))



def _is_cell(block: Block) -> bool:
    """Whether a block is a short cell: the figures of tables look alike from page to page, and are no chrome."""
    return block.element is not None and block.element.tag in ("td", "th") and block.size <= CELL_CHARS
