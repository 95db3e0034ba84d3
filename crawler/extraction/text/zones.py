"""Where on the page things stand: headline, the lines above the text, the text, the lines after it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crawler.extraction.cleaning import squeezed
from crawler.extraction.markup.blocks import Block
from crawler.extraction.text.headline import ANCHOR_FLOOR, find_headline
from crawler.extraction.text.lexicon import SENTENCE_END, STRONG
from crawler.extraction.text.segment import LEAST_BELOW, Segment, heaviest, needed
from crawler.extraction.text.weights import Weight

HEAD_BLOCKS = 14
"""Blocks between headline and text that may say date, source and author; portals use up to nine."""

ABOVE_BLOCKS = 4
"""Blocks before the headline that may, too."""

TAIL_BLOCKS = 10
"""Blocks after the text in which editors are named."""

BELOW_BLOCKS = 120
"""Blocks after the text in which an editor is still looked for where nearer ones name none."""

UNLINKED_LINE = 40

TEASER_LINK = 8
"""Characters of the shortest link that is a headline, not the name of an outlet."""

TEASERS = 2
"""Dated headlines of other articles that make a list of them: one alone may be a linked source beside the date."""

BANNER_BLOCKS = 80
"""Blocks before the headline that are read at all."""

HEAD_LINE = 200
"""Characters of the longest such line."""

_CHROME = re.compile(
    r"责任编辑|責任編輯|版[权權]所有|(?:免责|免責|版权|版權|郑重|特别)[声聲][明]|不代表.{0,16}(?:观点|立场|觀點"
    r"|立場)|未[经經].{0,10}(?:转载|轉載|授权)"
    r"|[Cc]opyright|ICP|备案|本[网站](?:所|注明|转载)|凡(?:注明|本网)|(?:记者|記者)[^，。]{0,14}(?:报道|報導)\W*$"
)

DATE_SHAPE = re.compile(r"(?:19|20)\d\d[-年/.]\s?\d{1,2}|\d{1,2}:\d{2}|1\d\d/\d\d/\d\d|\d\s?(?:小[时時]|分[钟鐘])前")
_DATED = re.compile(r"(?:(?:19|20)\d\d|1\d\d)\s?[-年/.]\s?\d{1,2}\s?[-月/.]\s?\d{1,2}|^\W*(?:来\s?源|來\s?源)\s?[:：]")
_CELLS = re.compile(r"[|\n]")
_DAY_OR_CLOCK = re.compile(r"\d{1,2}[-月/.]\d{1,2}|\d{1,2}:\d{2}|\d\s?(?:小[时時]|分[钟鐘]|天)前")
_DATE_SIGNS = re.compile(r"[\d\W_年月日时時分]+")


@dataclass(frozen=True, slots=True)
class Zones:
    """Lines by place, in page order.

    `headline`: text of the headline's block, `sure`: whether it is like the declared title. `above`, `head`: before and
    after it, down to the text; `banner`: all before `above`. `lead`, `inner`, `close`: first two paragraphs, short
    lines among them, last two. `tail`: lines after the text; `below`: short lines further down. `unlinked`: short lines
    without a link, wherever they stand.
    """

    headline: str | None
    sure: bool
    banner: tuple[str, ...]
    above: tuple[str, ...]
    head: tuple[str, ...]
    lead: tuple[str, ...]
    inner: tuple[str, ...]
    close: tuple[str, ...]
    tail: tuple[str, ...]
    below: tuple[str, ...]
    unlinked: frozenset[str]


def segment_zones(segment: Segment) -> Zones:
    """Zones of a page whose article is a segment of its blocks."""
    return _zones(segment.blocks, segment.anchor, segment.likeness, segment.start, segment.end)


def text_zones(blocks: Sequence[Block], titles: Sequence[str], text: str) -> Zones:
    """Zones of a page whose head names `titles` and whose text was found by other means."""
    anchor, likeness = find_headline(blocks, titles)
    # A row of a table is one line of the text, and each of its cells a block of the page.
    extracted = {squeezed(piece) for line in text.split("\n\n") for piece in (line, *_CELLS.split(line))} - {""}
    weights = [Weight(_weight(block, extracted)) for block in blocks]
    run = heaviest(blocks, weights, 0)
    if anchor is not None:
        below = heaviest(blocks, weights, anchor + 1)
        if below.score >= max(LEAST_BELOW, needed(likeness) * run.score):
            run = below
        else:
            anchor, likeness = None, 0.0
    return _zones(blocks, anchor, likeness, run.start, run.end)


def _zones(blocks: Sequence[Block], anchor: int | None, likeness: float, start: int, end: int) -> Zones:
    """Zones around the blocks of the text, `start` to `end`, both included."""
    first = anchor + 1 if anchor is not None else max(0, start - HEAD_BLOCKS)
    head = _own_lines(blocks[first : min(start, first + HEAD_BLOCKS)])
    near = _own_lines(blocks[max(0, start - ABOVE_BLOCKS) : start]) if start - first > HEAD_BLOCKS else []
    above = _own_lines(blocks[max(0, first - 1 - ABOVE_BLOCKS) : max(0, first - 1)]) if anchor is not None else []
    body = blocks[start : end + 1]
    paragraphs = [b for b in body if b.link_share <= 0.5]  # noqa: PLR2004 - half
    return Zones(
        banner=_texts(blocks[max(0, first - 1 - BANNER_BLOCKS) : first - 1]) if anchor is not None else (),
        headline=blocks[anchor].text if anchor is not None else None,
        sure=likeness >= ANCHOR_FLOOR + 0.15,
        above=_texts(above),
        head=_texts(b for b in (*head, *near) if b.size <= HEAD_LINE),
        lead=_texts(paragraphs[:2]),
        inner=_texts(b for b in body if b.size <= 80),  # noqa: PLR2004 - a line, not a paragraph
        close=_texts(paragraphs[-2:]),
        tail=_texts(b for b in blocks[end + 1 : end + 1 + TAIL_BLOCKS] if b.size <= HEAD_LINE),
        below=_texts(
            b
            for b in blocks[end + 1 + TAIL_BLOCKS : end + 1 + BELOW_BLOCKS]
            if b.size <= UNLINKED_LINE and not b.linked
        ),
        unlinked=frozenset(b.text for b in blocks if b.size <= UNLINKED_LINE and not b.linked),
    )


def _own_lines(blocks: Sequence[Block]) -> list[Block]:
    """Blocks without the dated headlines of other articles, where several stand between headline and text."""
    titled = {_item(b) for b in blocks if b.linked >= TEASER_LINK and b.link_share > 0.5} - {None}  # noqa: PLR2004
    others = [b for b in blocks if _DAY_OR_CLOCK.search(b.text) and (_item(b) in titled or _is_teaser(b))]
    if len({id(b if _is_teaser(b) else _item(b)) for b in others}) < TEASERS:
        return list(blocks)
    return [b for b in blocks if b not in others]


def _is_teaser(block: Block) -> bool:
    """Whether a dated block is, beside its date, nothing but a link as long as a headline."""
    return block.linked >= TEASER_LINK and len(_DATE_SIGNS.sub("", block.text)) <= block.linked


def _item(block: Block) -> object:
    """The list item around a block, at most two levels up, or None."""
    around = block.element
    for _ in range(3):
        if around is None or around.tag == "li":
            break
        around = around.getparent()
    else:
        return None
    return around


def _weight(block: Block, extracted: set[str]) -> float:
    """What a block adds to the text it would be part of."""
    if block.link_share > 0.5:  # noqa: PLR2004 - half
        return -min(25.0, 6 + 0.5 * block.size)
    if block.size < 120 and _DATED.search(block.text) and not SENTENCE_END.search(block.text):  # noqa: PLR2004
        return -6.0
    marks = len(STRONG.findall(block.text))
    if not marks:
        # A heading or a cell that was extracted is part of the text it stands in, but makes no text by itself.
        return 0.0 if block.key in extracted else -3.0
    if block.size < 400 and _CHROME.search(block.text):  # noqa: PLR2004 - a long paragraph may say such words
        return -12.0
    weight = min(150.0, (block.size - block.linked) * min(1.0, marks / (1 + block.size / 60)))
    return weight if block.key in extracted else 0.3 * weight


def _texts(blocks: Iterable[Block]) -> tuple[str, ...]:
    """Texts of blocks."""
    return tuple(block.text for block in blocks)
