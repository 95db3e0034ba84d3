"""Where on the page things stand: headline, the lines above the text, the text, the lines after it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crawler.extraction.blocks import Block
from crawler.extraction.cleaning import squeezed

HEAD_BLOCKS = 14
"""Blocks between headline and text that may say date, source and author; portals use up to nine."""

ABOVE_BLOCKS = 4
"""Blocks before the headline that may, too."""

TAIL_BLOCKS = 10
"""Blocks after the text in which editors are named."""

BELOW_BLOCKS = 120
"""Blocks after the text in which an editor is still looked for where nearer ones name none."""

UNLINKED_LINE = 40

BANNER_BLOCKS = 80
"""Blocks before the headline that are read at all."""

LEAST_BELOW = 15.0
"""Weight of the text that a headline must have below it: two short sentences."""

HEAD_LINE = 200
"""Characters of the longest such line."""

PREFIX_LIKENESS = 0.6
"""Likeness of a block that begins the title, whatever follows there."""

ANCHOR_FLOOR = 0.3
"""Likeness of a block to the page's title below which it is no headline (research/extraction.md, step 4)."""

_SEPARATORS = re.compile(r"[_|｜]+|\s[-–—－]+\s|[-–—－]{1,2}(?=[^-–—－]{2,14}$)|[·»>›](?=[^·»>›]{2,12}$)|\s·\s")
_STRONG = re.compile(r"[，。！？；]|(?<=[\u4e00-\u9fff”）》」』)])[,;!?]|[,.!?;](?=\s|$)")
_CHROME = re.compile(
    r"责任编辑|責任編輯|版[权權]所有|(?:免责|免責|版权|版權|郑重|特别)[声聲][明]|不代表.{0,16}(?:观点|立场|觀點"
    r"|立場)|未[经經].{0,10}(?:转载|轉載|授权)"
    r"|[Cc]opyright|ICP|备案|本[网站](?:所|注明|转载)|凡(?:注明|本网)|(?:记者|記者)[^，。]{0,14}(?:报道|報導)\W*$"
)

DATE_SHAPE = re.compile(r"(?:19|20)\d\d[-年/.]\s?\d{1,2}|\d{1,2}:\d{2}|1\d\d/\d\d/\d\d|\d\s?(?:小[时時]|分[钟鐘])前")
_DATED = re.compile(r"(?:(?:19|20)\d\d|1\d\d)\s?[-年/.]\s?\d{1,2}\s?[-月/.]\s?\d{1,2}|^\W*(?:来\s?源|來\s?源)\s?[:：]")
_CELLS = re.compile(r"[|\n]")
_SENTENCE_END = re.compile(r"[。！？…”」』!?.]\s*[）)】]?\s*$")


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


def zones(blocks: Sequence[Block], titles: Sequence[str], text: str) -> Zones:
    """Zones of a page whose head names `titles` and whose extracted text is `text`."""
    anchor, score = find_headline(blocks, titles)
    # A row of a table is one line of the text, and each of its cells a block of the page.
    extracted = {squeezed(piece) for line in text.split("\n\n") for piece in (line, *_CELLS.split(line))} - {""}
    weights = [_weight(block, extracted) for block in blocks]
    best, start, end = _heaviest_run(weights, 0)
    if anchor is not None:
        below, first, last = _heaviest_run(weights, anchor + 1)
        if below >= max(LEAST_BELOW, _needed(score) * best):
            start, end = first, last
        else:
            anchor, score = None, 0.0
    first = anchor + 1 if anchor is not None else max(0, start - HEAD_BLOCKS)
    head = [b for b in blocks[first : min(start, first + HEAD_BLOCKS)] if b.size <= HEAD_LINE]
    near = blocks[max(0, start - ABOVE_BLOCKS) : start] if start - first > HEAD_BLOCKS else []
    above = blocks[max(0, first - 1 - ABOVE_BLOCKS) : max(0, first - 1)] if anchor is not None else []
    body = blocks[start : end + 1]
    paragraphs = [b for b in body if b.link_share <= 0.5]  # noqa: PLR2004 - half
    return Zones(
        banner=_texts(blocks[max(0, first - 1 - BANNER_BLOCKS) : first - 1]) if anchor is not None else (),
        headline=blocks[anchor].text if anchor is not None else None,
        sure=score >= ANCHOR_FLOOR + 0.15,
        above=_texts(above),
        head=_texts([*head, *(b for b in near if b.size <= HEAD_LINE)]),
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
    scores: dict[int, float] = {}
    for index, block in enumerate(blocks):
        if 4 <= block.size <= 100:  # noqa: PLR2004 - headlines are no shorter and no longer
            likeness = max((_likeness(squeezed(block.text), *pair) for pair in keys), default=0.0)
            if block.heading == "h1" and block.size >= 6 and block.link_share < 0.5:  # noqa: PLR2004
                likeness = max(likeness, ANCHOR_FLOOR)
            if likeness >= ANCHOR_FLOOR:
                bonus = (0.25 if block.heading else 0.0) + (0.1 if block.heading == "h1" else 0.0)
                scores[index] = likeness + bonus - (0.3 if block.link_share > 0.5 else 0.0)  # noqa: PLR2004
    if not scores:
        return None, 0.0
    best = max(scores.values())
    chosen = next(index for index, score in scores.items() if score >= 0.75 * best)
    return chosen, scores[chosen]


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
    pairs = enumerate(zip(block, headline, strict=False))
    prefix = next((index for index, (one, other) in pairs if one != other), min(len(block), len(headline)))
    if prefix >= 6 and 2 * prefix >= len(block):  # noqa: PLR2004 - shorter prefixes are formulae ("中国国家主席")
        return 0.8 * prefix / max(len(block), len(headline))
    return 0.0


def _needed(score: float) -> float:
    """Share of the heaviest text of the page that must stand below a headline of this likeness."""
    if score < 0.6:  # noqa: PLR2004 - the three steps of research/extraction.md, step 6
        return 0.5
    return 0.3 if score < 0.9 else 0.12  # noqa: PLR2004


def _heaviest_run(weights: Sequence[float], begin: int) -> tuple[float, int, int]:
    """(sum, first, last) of the run with the largest sum from `begin` on; last < first where there is none."""
    best = (0.0, begin, begin - 1)
    total, start = 0.0, begin
    for index in range(begin, len(weights)):
        if total <= 0:
            total, start = 0.0, index
        total += weights[index]
        if total > best[0]:
            best = (total, start, index)
    return best


def _weight(block: Block, extracted: set[str]) -> float:
    """What a block adds to the text it would be part of."""
    if block.link_share > 0.5:  # noqa: PLR2004 - half
        return -min(25.0, 6 + 0.5 * block.size)
    if block.size < 120 and _DATED.search(block.text) and not _SENTENCE_END.search(block.text):  # noqa: PLR2004
        return -6.0
    marks = len(_STRONG.findall(block.text))
    if not marks:
        # A heading or a cell that was extracted is part of the text it stands in, but makes no text by itself.
        return 0.0 if squeezed(block.text) in extracted else -3.0
    if block.size < 400 and _CHROME.search(block.text):  # noqa: PLR2004 - a long paragraph may say such words
        return -12.0
    weight = min(150.0, (block.size - block.linked) * min(1.0, marks / (1 + block.size / 60)))
    return weight if squeezed(block.text) in extracted else 0.3 * weight


def _texts(blocks: Iterable[Block]) -> tuple[str, ...]:
    """Texts of blocks."""
    return tuple(block.text for block in blocks)
