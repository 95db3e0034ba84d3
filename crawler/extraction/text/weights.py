"""What each block of a page adds to the text that it would be part of: much for prose, less than nothing for chrome."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from crawler.extraction.chrome import LONGEST_REMEMBERED, REMEMBERED
from crawler.extraction.markup.blocks import Block
from crawler.extraction.markup.tables import is_data_table
from crawler.extraction.text import lexicon as words
from crawler.extraction.text.chrome_words import SHORT_SENTENCE, SURE_WEIGHT, words_weight

_ISLAND_CHARS = 150
_FEWEST_ISLANDS = 3
"""On a page: abstracts and comments come in numbers; the caption of a picture page stands alone between links."""

_TEASER_CHARS = 160

PARAGRAPH = 20.0
"""Weight of a block that is surely prose."""

_CELL_WEIGHT = -0.2
_ENOUGH_INSIDE = 60.0
"""Weight of the prose outside of negative boxes, two or three sentences, from which on theirs does not count."""

MOST_WEIGHT = 150.0
"""Of one block. Insensitive between 80 and 400: without it one long legal notice outweighs an article."""

_DATELINE_WEIGHT = 5.0
"""Of a dateline in a line of its own: enough to open the text below it, too little to be one."""

_CHARS_A_MARK = 60
"""Characters that one strong mark stands for; Chinese sentences have 30 to 60."""


@dataclass(slots=True)
class Weight:
    """Weight of a block; `rejected`: it is chrome wherever it stands; `learned`: because the site repeats it.

    Nobody changes it; not frozen, because that trebles the time to make one.

    `table`: the table of data that the block is a cell of, or None.
    """

    value: float
    rejected: bool = False
    learned: bool = False
    table: Any = None


class Scales:
    """What the blocks of a page weigh, twice where its site is known: without and with what the site repeats.

    `anchor_box`: the headline's negative box. The steps and figures are those of shared research, extraction.md, step
    5.
    """

    def __init__(self, blocks: Sequence[Block], anchor_box: Any = None) -> None:
        self.blocks = blocks
        self._anchor_box = anchor_box
        self._alone = [_weight(block, anchor_box) for block in blocks]
        self._linked = [2 * block.linked > block.size for block in blocks]
        self._data: dict[Any, bool] = {}

    def repeated(self, chrome: frozenset[bytes]) -> list[int]:
        """Places of the blocks that the host repeats. `chrome`: fingerprints of those."""
        blocks = enumerate(zip(self.blocks, self._linked, strict=True))
        return [place for place, (block, linked) in blocks if not linked and block.mark in chrome]

    def weigh(self, repeated: Iterable[int] = ()) -> list[Weight]:
        """Weights of the blocks, of which those at some places are known as repeated."""
        blocks, weights = self.blocks, self._alone.copy()
        for place in repeated:
            weights[place] = Weight(-8.0 - min(12.0, 0.2 * blocks[place].size), rejected=True, learned=True)
        _reprieve_sentences(blocks, weights)
        _weigh_tables(blocks, weights, self._data)
        _discount_outside(blocks, weights, self._anchor_box)
        _discount_islands(blocks, weights, self._linked)
        _reject_teasers(blocks, weights, self._linked)
        return weights


def _weight(block: Block, anchor_box: Any) -> Weight:
    """Weight of one block by itself."""
    size, linked = block.size, block.linked
    if 2 * linked > size:
        return Weight(-min(25.0, 6 + 0.5 * size) * (1.0 if linked / size > 0.8 else 0.6), rejected=True)  # noqa: PLR2004
    if block.poll:
        return Weight(-12.0, rejected=True)
    text = block.text
    marks, said = _remembered(text, size) if len(text) <= LONGEST_REMEMBERED else _said(text, size)
    if said:
        return Weight(said, rejected=True)
    outside = block.negative is not None and block.negative is not anchor_box
    if not marks:
        return Weight(-8.0 if outside else _DATELINE_WEIGHT if words.DATELINE.match(block.text) else -3.0)
    return Weight(min(MOST_WEIGHT, _prose(block, marks)))


def _said(text: str, size: int) -> tuple[int, float]:
    """Strong punctuation of a block, and its weight by the word lists or zero."""
    marks = len(words.STRONG.findall(text))
    return marks, words_weight(text, size, marks)


_remembered = lru_cache(maxsize=REMEMBERED)(_said)
"""The same: what is no link around the articles of a host is on each of its pages, and asked for a dozen patterns."""


def _prose(block: Block, marks: int) -> float:
    """Characters that count as prose: all where sentences are of ordinary length."""
    weight = (block.size - block.linked) * min(1.0, marks / (1 + block.size / _CHARS_A_MARK))
    if not words.SENTENCE_END.search(block.text[-12:]):
        weight *= 0.6
    if block.lead >= 10 and block.size < 250:  # noqa: PLR2004 - a headline that is a link, and its abstract
        weight *= 0.2
    return weight


def _reprieve_sentences(blocks: Sequence[Block], weights: list[Weight]) -> None:
    """None; sentences with words of the chrome stay between paragraphs of the same place in the tree."""
    for index in range(1, len(blocks) - 1):
        weight, block = weights[index], blocks[index]
        if not weight.rejected or weight.learned or block.linked or block.poll or block.size <= SHORT_SENTENCE:
            continue
        around = (index - 1, index + 1)
        if all(weights[beside].value >= PARAGRAPH and _same_place(block, blocks[beside]) for beside in around):
            marks = len(words.STRONG.findall(block.text))
            if marks > 1 and words.SENTENCE_END.search(block.text[-12:]):
                weights[index] = Weight(min(MOST_WEIGHT, _prose(block, marks)))


def _same_place(block: Block, other: Block) -> bool:
    """Whether two blocks are children of one element and of one name."""
    one, beside = block.element, other.element
    if one is None or beside is None:
        return False
    return one is beside or (one.tag == beside.tag and one.getparent() is beside.getparent())


def _weigh_tables(blocks: Sequence[Block], weights: list[Weight], data: dict[Any, bool]) -> None:
    """None; cells of a table of data cost next to nothing, so that the text goes on behind the table.

    `data`: whether a table that was looked at before is one.
    """
    for index, block in enumerate(blocks):
        if not SURE_WEIGHT < weights[index].value <= 0:
            continue
        cell = block.element
        if cell is None or cell.tag not in ("td", "th"):
            continue
        table = next(cell.iterancestors("table"), None)
        if table is None:
            continue
        if table not in data:
            data[table] = is_data_table(table)
        if data[table]:
            weights[index] = Weight(_CELL_WEIGHT, table=table)


def _discount_outside(blocks: Sequence[Block], weights: list[Weight], anchor_box: Any) -> None:
    """None; prose in boxes beside the article (comments, abstracts) counts only where there is little other prose."""
    outside = [
        index
        for index, block in enumerate(blocks)
        if weights[index].value > 0 and block.negative is not None and block.negative is not anchor_box
    ]
    if not outside:
        return
    inside = sum(max(0.0, weight.value) for weight in weights) - sum(weights[index].value for index in outside)
    for index in outside:
        weight = weights[index]
        weights[index] = Weight(-1.0) if inside >= _ENOUGH_INSIDE else Weight(weight.value * 0.3)


def _discount_islands(blocks: Sequence[Block], weights: list[Weight], linked: Sequence[bool]) -> None:
    """None; short prose between chrome and a link is an abstract in a list of articles, or a reader's comment.

    `linked`: which blocks are mostly links.
    """
    islands = [
        index
        for index in range(1, len(blocks) - 1)
        if weights[index].value > 0
        and blocks[index].size < _ISLAND_CHARS
        and (weights[index - 1].rejected and weights[index + 1].rejected)
        and (linked[index - 1] or linked[index + 1])
    ]
    if len(islands) >= _FEWEST_ISLANDS:
        for index in islands:
            weights[index] = Weight(weights[index].value * 0.25)


def _reject_teasers(blocks: Sequence[Block], weights: list[Weight], linked: Sequence[bool]) -> None:
    """None; cut-off abstracts below a linked headline are rejected where there are at least two of them."""
    teasers = [
        index
        for index in range(1, len(blocks))
        if weights[index].value > 0
        and blocks[index].size < _TEASER_CHARS
        and linked[index - 1]
        and words.TRUNCATED.search(blocks[index].text)
    ]
    if len(teasers) > 1:
        for index in teasers:
            weights[index] = Weight(-10.0, rejected=True)
