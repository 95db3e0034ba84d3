"""The main text of a page: steered for Chinese pages, by trafilatura on the whole page for all others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.extraction.cleaning import squeezed
from crawler.extraction.declared.head import Head
from crawler.extraction.letters import HAN_SHARE, KANA, KANA_SHARE, LETTERS, count
from crawler.extraction.markup import pieces
from crawler.extraction.markup.blocks import Block, Walk
from crawler.extraction.text.article_body import declared_body
from crawler.extraction.text.body import Body
from crawler.extraction.text.captions import with_photographers
from crawler.extraction.text.chrome_words import is_disclaimer
from crawler.extraction.text.confidence import segment_confidence
from crawler.extraction.text.general_lines import NOTICE
from crawler.extraction.text.general_text import FEW, MUCH_MORE, GeneralPage, general_text
from crawler.extraction.text.pruning import article_tree
from crawler.extraction.text.segment import Segment, find_segment
from crawler.extraction.text.steered import article_pieces, piece_lines
from crawler.extraction.text.zones import Zones, segment_zones, text_zones

FEWEST_HAN = 30

MOST_LINKED = 0.3
"""Share of link text up to which a block is prose: keywords in paragraphs are links on many portals."""

LEAST_SCORE = 25.0
"""Weight of a segment below which it is no article, as two sentences weigh, and the general way is tried too."""

SURE_SCORE = 100.0
"""Weight of a segment from which on it is a text though the general way has none: two or three sentences of news."""

DECLARED_MORE = 3
"""Times that a declared articleBody is longer than what the page shows, where scripts draw the page from it."""

DEEP = 100
"""Levels of block elements from which on extractors lose text; ordinary pages have less than 40."""

SWALLOWED = 10
"""How many times more prose than text a deep page shows where the extractor has lost it without a word: it keeps what
stands in the first 255 levels."""

MOST_BLOCKS = 4000
"""Of a page that is given to the general way: with 20 000 paragraphs it takes 4 s, the weights of blocks a tenth."""

_HAN = re.compile(r"[\u3400-\u9fff]{1,500}")


@dataclass(frozen=True, slots=True)
class Found:
    """The main text of a page, if it has one, and where on the page things stand around it."""

    body: Body | None
    zones: Zones
    segment: Segment | None = None


def main_text(
    walk: Walk, *, head: Head, titles: Sequence[str], markup: str, url: str, chrome: frozenset[bytes] = frozenset()
) -> Found:
    """The main text of a page whose blocks and pictures are `walk`; its tree is spoilt.

    `titles`: by which its headline is known; `markup`: clean, read again where the steered way finds nothing; `chrome`:
    fingerprints of what the host repeats.
    """
    found = _shown(walk, titles, markup, url, chrome)
    declared = declared_body(head)
    if declared and (found.body is None or len(declared.text) > DECLARED_MORE * len(found.body.text)):
        return Found(declared, found.zones)
    return found


def _shown(walk: Walk, titles: Sequence[str], markup: str, url: str, chrome: frozenset[bytes]) -> Found:
    """The text that the page's elements show."""
    if not is_chinese(walk.blocks):
        return _general(walk, titles, GeneralPage(markup=markup, url=url, chrome=chrome))
    segment = find_segment(walk.blocks, titles, chrome)
    zones = segment_zones(segment)
    body = _steered(walk, segment, url)
    if body is None or segment.score < LEAST_SCORE:
        other = _general(walk, titles, GeneralPage(markup=markup, url=url, chrome=chrome))
        if other.body is not None and (body is None or len(other.body.text) > 2 * len(body.text)):
            return other
    return Found(body, zones, segment)


def is_chinese(blocks: Sequence[Block]) -> bool:
    """Whether the prose of a page is Chinese: mostly Han, hardly any kana. Links do not count: menus are bilingual."""
    prose = "\n".join(block.text for block in blocks if block.link_share <= MOST_LINKED)
    han = count(prose, _HAN)
    if han < FEWEST_HAN:
        return False
    # Letters are counted only where not all characters together are too few: the count takes longer than the others.
    if han < HAN_SHARE * len(prose) and han < HAN_SHARE * count(prose, LETTERS):
        return False
    return count(prose, KANA) < KANA_SHARE * han


def _steered(walk: Walk, segment: Segment, url: str) -> Body | None:
    """The text of a segment, or None where it keeps nothing."""
    if not segment.kept:
        return None
    found = article_pieces(segment, article_tree(segment, walk.pictures))
    text = "\n\n".join(piece_lines(found))
    if not text:
        return None
    return Body(
        text=text,
        markdown=pieces.markdown(found, url) or None,
        images=with_photographers(pieces.images(found, url)),
        found_by="steered" if segment.anchor is not None else "steered-without-headline",
        confidence=segment_confidence(segment, text),
        learned=segment.learned,
    )


def _general(walk: Walk, titles: Sequence[str], page: GeneralPage) -> Found:
    """The text of a page by the general way, or of a very long one by its blocks."""
    if len(walk.blocks) > MOST_BLOCKS:
        segment = find_segment(walk.blocks, titles, page.chrome)
        return Found(_steered(walk, segment, page.url), segment_zones(segment), segment)
    shown = frozenset(block.key for block in walk.blocks)
    body = general_text(page, deep=walk.deepest > DEEP, shown=shown)
    size = len(squeezed(body.text)) if body else 0
    if body is None or size < FEW or _is_swallowed(walk, size):
        found = _by_blocks(walk, titles, page, MUCH_MORE * size)
    else:
        found = _by_blocks(walk, titles, page, size // MUCH_MORE) if _holds_chrome(body) else None
    return found or Found(body, text_zones(walk.blocks, titles, body.text if body else ""))


def _is_swallowed(walk: Walk, size: int) -> bool:
    """Whether a page is deep, and shows far more prose than was found."""
    return walk.deepest > DEEP and SWALLOWED * size < sum(
        block.size for block in walk.blocks if block.link_share <= MOST_LINKED
    )


def _holds_chrome(body: Body) -> bool:
    """Whether an answer of the general way is the last of its ways, or holds what the foot of a page says."""
    return body.found_by == "precise" or any(map(is_disclaimer, _short_lines(body.text)))


def _short_lines(text: str) -> list[str]:
    """Lines that are no longer than a notice."""
    return [line for line in text.split("\n\n") if len(line) <= NOTICE]


def _by_blocks(walk: Walk, titles: Sequence[str], page: GeneralPage, size: int) -> Found | None:
    """What the weights of the blocks tell of a page of which the general way has next to nothing, or menus and all.

    None where that is no text of some sentences and more than `size` characters. The extractor knows paragraphs only,
    and loses what stands in the cells of a layout, in bare lines or in spans; blocks are the same however they are
    marked up.
    """
    segment = find_segment(walk.blocks, titles, page.chrome)
    if segment.score < SURE_SCORE or segment.size <= max(FEW, size):
        return None
    body = _steered(walk, segment, page.url)
    return Found(body, segment_zones(segment), segment) if body else None
