"""The range of blocks that is the article: that whose weights have the largest sum (research/extraction.md, step 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from crawler.extraction.markup.blocks import Block
from crawler.extraction.text.headline import find_headline
from crawler.extraction.text.lexicon import BARE_DATE
from crawler.extraction.text.weights import PARAGRAPH, Scales, Weight

FREE_GAP = 4
"""Steps through the tree between two paragraphs of one text that cost nothing."""

_GAP_COST = 4.0
"""Of each further step. On zh-dev anything from 1.5 to 15 gives the same; nested editors (WeChat) set the upper end."""

LEAST_BELOW = 15.0
"""Weight that a headline must have below it: two short sentences."""

_EARLY_SHARE = 0.35
_EARLY_LEAST = 20.0
_EARLY_ANCHOR = 0.6
_REPEAT_CHARS = 25
_ABSTRACT_CHARS = 40
"""Of a first paragraph that is repeated as the beginning of a later one: an abstract, cut off or not."""

_EXTENSION_LINKS = 0.3

_MOST_CHROME = 0.5
"""Share of the text that may be what the site repeats: above it the page is a copy of an article seen before."""


@dataclass(frozen=True, slots=True)
class Run:
    """Blocks `start` to `end`, both included, and the sum of their weights."""

    score: float
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Where the article stands in the blocks of a page.

    `anchor`: the headline's block; `likeness`: of it to the declared title. `kept`: the blocks of the text, within
    `start` to `end`, both included. `score`: the sum of their weights; `share`: of all weight on the page.
    `copied`: most of it was seen on other pages of the site; `learned`: blocks out only because the site repeats some.
    """

    blocks: Sequence[Block]
    weights: Sequence[Weight]
    anchor: int | None
    likeness: float
    start: int
    end: int
    kept: tuple[int, ...]
    score: float
    share: float
    copied: bool = False
    learned: int = 0

    @property
    def size(self) -> int:
        """Characters of the text."""
        return sum(self.blocks[index].size for index in self.kept)


def find_segment(blocks: Sequence[Block], titles: Sequence[str], chrome: frozenset[bytes] = frozenset()) -> Segment:
    """The article of a page whose head declares `titles` and whose site repeats `chrome`; its range may be empty."""
    anchor, likeness = find_headline(blocks, titles)
    scales = Scales(blocks, blocks[anchor].negative if anchor is not None else None)
    plain = _segment(blocks, scales.weigh(), anchor, likeness)
    if not chrome or not plain.kept:
        return plain
    known = sum(blocks[index].size for index in plain.kept if blocks[index].mark in chrome)
    if known > _MOST_CHROME * plain.size:
        return replace(plain, copied=True)
    lead = _lead(plain)
    repeated = [place for place in scales.repeated(chrome) if blocks[place].mark != lead]
    taught = _segment(blocks, scales.weigh(repeated), anchor, likeness) if repeated else plain
    return replace(taught, learned=len(set(plain.kept) - set(taught.kept)))


def _lead(segment: Segment) -> bytes:
    """Fingerprint of the first paragraph: other pages show it as an abstract, and it is the article's all the same."""
    kept = segment.kept
    first = next((index for index in kept if segment.weights[index].value >= PARAGRAPH), kept[0])
    return segment.blocks[first].mark


def _segment(blocks: Sequence[Block], weights: Sequence[Weight], anchor: int | None, likeness: float) -> Segment:
    """The article of a page whose headline is the block `anchor`, if any, by the weights of its blocks."""
    best = heaviest(blocks, weights, 0)
    if anchor is not None:
        below = heaviest(blocks, weights, anchor + 1)
        if below.score >= max(LEAST_BELOW, needed(likeness) * best.score):
            best = _earlier(blocks, weights, below, anchor + 1) if likeness >= _EARLY_ANCHOR else below
        else:
            anchor, likeness = None, 0.0
    best = _extended(blocks, weights, best, anchor)
    total = sum(weight.value for weight in weights if weight.value > 0)
    return Segment(
        blocks=blocks,
        weights=weights,
        anchor=anchor,
        likeness=likeness,
        start=best.start,
        end=best.end,
        kept=_kept(blocks, weights, best, anchor),
        score=best.score,
        share=best.score / total if total else 0.0,
    )


def needed(likeness: float) -> float:
    """Share of the heaviest text of the page that must stand below a headline of this likeness."""
    if likeness < _EARLY_ANCHOR:
        return 0.5
    return 0.3 if likeness < 0.9 else 0.12  # noqa: PLR2004


def heaviest(blocks: Sequence[Block], weights: Sequence[Weight], begin: int, stop: int | None = None) -> Run:
    """The run with the largest sum from `begin` on, before `stop`; far jumps in the tree cost. Empty: end < start."""
    best = Run(0.0, begin, begin - 1)
    total, start = 0.0, begin
    for index in range(begin, len(blocks) if stop is None else stop):
        if total > 0 and blocks[index].gap > FREE_GAP and weights[index].table is None:
            total -= _GAP_COST * (blocks[index].gap - FREE_GAP)
        if total <= 0:
            total, start = 0.0, index
        total += weights[index].value
        if total > best.score:
            best = Run(total, start, index)
    return best


def _earlier(blocks: Sequence[Block], weights: Sequence[Weight], run: Run, begin: int) -> Run:
    """The run, joined with or replaced by one nearer to the headline that is not much lighter."""
    while True:
        early = heaviest(blocks, weights, begin, run.start)
        if early.score < max(_EARLY_LEAST, _EARLY_SHARE * run.score):
            return run
        if _steps(blocks[early.end].element, blocks[run.start].element) <= FREE_GAP:
            run = Run(early.score + run.score, early.start, run.end)
        else:
            run = early


def _steps(one: Any, other: Any) -> int:
    """Steps up and down the tree between two elements."""
    if one is None or other is None:
        return 0
    above = [one, *one.iterancestors()]
    places = {element: steps for steps, element in enumerate(above)}
    for down, element in enumerate((other, *other.iterancestors())):
        if element in places:
            return places[element] + down
    return len(above)


def _extended(blocks: Sequence[Block], weights: Sequence[Weight], run: Run, anchor: int | None) -> Run:
    """The run, grown at both ends over what stands in the same place of the tree: short last lines, rows of tables."""
    if run.end < run.start:
        return run
    start, end = run.start, run.end
    first = 0 if anchor is None else anchor + 1
    while start > first and _belongs(blocks, weights, start - 1, start) and not _is_date(blocks[start - 1]):
        start -= 1
    while end + 1 < len(blocks) and (_belongs(blocks, weights, end + 1, end) or _follows(blocks, weights, end)):
        end += 1
    return Run(run.score, start, end)


def _belongs(blocks: Sequence[Block], weights: Sequence[Weight], index: int, edge: int) -> bool:
    """Whether a block beside the edge of a run is part of what the edge is part of."""
    block, neighbour = blocks[index], blocks[edge]
    if weights[index].rejected or block.negative is not neighbour.negative or block.link_share > _EXTENSION_LINKS:
        return False
    one, other = block.element, neighbour.element
    if one is None or other is None or one is other:
        return True
    if one.tag == other.tag and one.getparent() is other.getparent():
        return True
    return one.tag in ("td", "th") and other.tag in ("td", "th") and _table(one) is _table(other)


def _is_date(block: Block) -> bool:
    """Whether a block is a date: above a text it tells when it was published, below it is part of it."""
    return BARE_DATE.match(block.text) is not None


def _follows(blocks: Sequence[Block], weights: Sequence[Weight], edge: int) -> bool:
    """Whether the block behind an edge begins a table of data that stands beside the edge's element."""
    table, element = weights[edge + 1].table, blocks[edge].element
    if table is None or element is None:
        return False
    return any(part.getparent() is element.getparent() for part in (table, table.getparent()) if part is not None)


def _table(cell: Any) -> Any:
    """The table of a cell."""
    return next(cell.iterancestors("table"), None)


def _kept(blocks: Sequence[Block], weights: Sequence[Weight], run: Run, anchor: int | None) -> tuple[int, ...]:
    """The blocks of a run without what is rejected, repeats of the headline and exact repeats of paragraphs."""
    title = blocks[anchor].key if anchor is not None else None
    seen: set[str] = set()
    kept: list[int] = []
    abstract = ""
    for index in range(run.start, run.end + 1):
        block = blocks[index]
        if weights[index].rejected:
            continue
        key = block.key
        if key == title or (block.size >= _REPEAT_CHARS and key in seen):
            continue
        if len(abstract) >= _ABSTRACT_CHARS and key.startswith(abstract):
            kept.pop(0)
        abstract = abstract if kept else key
        seen.add(key)
        kept.append(index)
    return tuple(kept)
