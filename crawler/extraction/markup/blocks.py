"""A page as a tree and as a list of text blocks, in reading order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Any

from lxml import etree

from crawler.extraction.chrome import block_key
from crawler.extraction.cleaning import squeezed
from crawler.extraction.markup.box_names import NEGATIVE_CLASS
from crawler.extraction.markup.hidden import is_button
from crawler.extraction.markup.polls import is_answer, poll_boxes
from crawler.extraction.markup.tree import remove

MAX_BLOCKS = 20_000
"""Blocks kept of one page: the longest real page of the corpora has 3 400; more is a generated list."""

LEADING_LINK = 8
"""Characters of a link that opens a block from which on it is a headline of something else."""

_SKIPPED_NAMES = (
    "script style noscript iframe object embed select option optgroup textarea button head template svg canvas map"
    " audio video title frameset noframes noembed datalist marquee"
)
_INLINE_NAMES = (
    "a abbr acronym b bdi bdo big cite code em font i ins kbd label mark q s samp small span strike strong sub sup time"
    " tt u var wbr nobr ruby rb rt rp dfn del img"
)
# What an element is to the walk: one look-up for each. From _BOX on it parts blocks; _RUN is inline and no more; what
# stands in one that is skipped is lost with the text behind it.
_LOST, _SKIP, _RUN, _LINK, _PICTURE, _BOX, _INPUT, _HEADING, _BESIDE, _WHOLE = range(10)
_KINDS = {
    **dict.fromkeys(_INLINE_NAMES.split(), _RUN),
    **dict.fromkeys(_SKIPPED_NAMES.split(), _SKIP),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _HEADING),
    **dict.fromkeys(("nav", "footer", "aside"), _BESIDE),
    **dict.fromkeys(("html", "body"), _WHOLE),
    "a": _LINK,
    "img": _PICTURE,
    "input": _INPUT,
}


@dataclass(slots=True)
class Block:
    """A maximal run of inline text; nobody changes it but the walk. Not frozen: that trebles the time to make one.

    `size`: non-space characters; `linked`: those in links; `heading`: h1-h6 or "". `lead`: characters of the link that
    opens the block. `element`: the innermost block element around it; `gap`: steps up and down the tree from the block
    before. `negative`: the outermost element around it that is no part of an article by its name, or None. `poll`:
    beside a radio button or check box.
    """

    text: str
    size: int
    linked: int
    heading: str
    lead: int = 0
    element: Any = None
    gap: int = 0
    negative: Any = None
    poll: bool = False
    _key: str | None = None
    _mark: bytes | None = None

    @property
    def key(self) -> str:
        """Comparison key of its text (cleaning.squeezed)."""
        if self._key is None:
            self._key = squeezed(self.text)
        return self._key

    @property
    def mark(self) -> bytes:
        """By which it is found again on other pages of its site (chrome.block_key)."""
        if self._mark is None:
            self._mark = block_key(self.text)
        return self._mark

    @property
    def link_share(self) -> float:
        """Share of the block's characters that are link text."""
        return self.linked / self.size if self.size else 0.0


def parse_html(markup: str) -> Any | None:
    """Root element of clean markup, comments dropped, or None where there is no element at all. Reads no network."""
    # Nobody asks for an element by its id, and the table of them is a twentieth of the parser's time.
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, no_network=True, collect_ids=False
    )
    body = markup.encode("utf-8", "replace")
    if not body.strip():
        return None
    try:
        return with_plain_verbatim(etree.fromstring(body, parser))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def with_plain_verbatim(root: Any | None) -> Any | None:
    """The tree, in which what is shown as it was written is a plain pre.

    trafilatura writes trees and reads them again, and libxml2 2.14 writes `<` of these elements as `&lt;`, which is
    no reference in them: the text said `&lt;p&gt;`, and an end tag of theirs that no page had (measured).
    """
    for element in list(root.iter("plaintext", "xmp")) if root is not None else ():
        element.tag = "pre"
    return root


def text_blocks(root: Any) -> list[Block]:
    """Blocks of the visible text in reading order, at most MAX_BLOCKS."""
    return read_blocks(root).blocks


@dataclass(slots=True)
class Walk:
    """What a walk through a tree has found.

    `pictures`: each img element with the number of blocks that end before it. `deepest`: levels of block elements.
    """

    blocks: list[Block] = field(default_factory=list)
    pictures: list[tuple[Any, int]] = field(default_factory=list)
    deepest: int = 0


def read_blocks(root: Any, *, buttons: bool = True) -> Walk:  # noqa: C901, PLR0912, PLR0915 - see below
    """Blocks of the visible text in reading order, at most MAX_BLOCKS, and the pictures between them.

    `buttons`: whether links that say nothing but where else to read are text; where not, they are out of the tree.

    One loop, in which a call for each element or text would cost half as much time again (measured). Elements in page
    order with their parents take half the time of iterwalk, which tells both ends of each.
    """
    walk = Walk()
    blocks, pictures = walk.blocks, walk.pictures
    parts: list[str] = []  # Texts of the block at hand; white space parts its words, and opens none.
    links = linked = lead = 0
    plain = asked = False
    headings, path = [""], [None]
    depth = lowest = last = 0
    negative = None
    around, kinds, inner = [None], [_WHOLE], None
    dropped = []

    def flush() -> None:
        nonlocal linked, lead, plain, last, lowest
        text = " ".join("".join(parts).split())
        low = min(lowest, depth)
        gap = last - low + depth - low if blocks else 0
        walk.deepest = max(walk.deepest, depth)
        # By position: a tenth of the walk is the making of blocks.
        size, opening = len(text) - text.count(" "), lead if lead >= LEADING_LINK else 0
        blocks.append(Block(text, size, linked, headings[-1], opening, path[-1], gap, negative))
        last = lowest = depth
        linked = lead = 0
        plain = False
        parts.clear()

    # Behind the last element the walk leaves all but the root.
    for element in chain(root.iter(etree.Element), (None,)):
        parent = root if element is None else element.getparent()
        while inner is not parent and inner is not None:
            left, kind = inner, kinds.pop()
            around.pop()
            inner = around[-1]
            if kind >= _BOX:
                if parts:
                    flush()
                if negative is left:
                    negative = None
                path.pop()
                depth -= 1
                if depth < lowest:  # noqa: PLR1730 - the call would cost a tenth of the walk
                    lowest = depth
                if kind == _HEADING:
                    headings.pop()
            elif kind == _LINK and links:
                links -= 1
            text = left.tail
            if text and kind != _LOST and (parts or not text.isspace()):
                parts.append(text)
                if links:
                    linked += (size := len("".join(text.split())))
                    lead += 0 if plain else size
                else:
                    plain = plain or not text.isspace()
        if element is None or len(blocks) >= MAX_BLOCKS:
            break
        kind = _KINDS.get(element.tag, _BOX)
        if kind == _INPUT:
            asked = asked or is_answer(element)
        if kinds[-1] <= _SKIP:
            kind = _LOST
        around.append(element)
        kinds.append(kind)
        inner = element
        if kind <= _SKIP:
            continue
        if kind >= _BOX:
            if parts:
                flush()
            path.append(element)
            depth += 1
            if negative is None and (kind == _BESIDE or (kind != _WHOLE and _is_negative(element))):
                negative = element
            if kind == _HEADING:
                headings.append(element.tag)
        elif kind == _LINK:
            if not buttons and is_button(element):
                dropped.append(element)
                kinds[-1] = _SKIP
                continue
            links += element.get("href") is not None
        elif kind == _PICTURE:
            pictures.append((element, len(blocks)))
        text = element.text
        if text and (parts or not text.isspace()):
            parts.append(text)
            if links:
                linked += (size := len("".join(text.split())))
                lead += 0 if plain else size
            else:
                plain = plain or not text.isspace()
    if parts:
        flush()
    for link in dropped:
        remove(link)
    if asked or len(blocks) >= MAX_BLOCKS:
        _mark_polls(blocks, poll_boxes(root))
    del blocks[MAX_BLOCKS:]
    return walk


def _mark_polls(blocks: Sequence[Block], boxes: frozenset[Any]) -> None:
    """None; blocks within one of the boxes are known to be of a poll. Each element around them is passed once."""
    inside = {None: False, **{box: True for box in boxes if _KINDS.get(box.tag, _BOX) >= _BOX}}
    for block in blocks if boxes else ():
        passed = []
        element = block.element
        while element not in inside:
            passed.append(element)
            element = element.getparent()
        inside.update(dict.fromkeys(passed, inside[element]))
        block.poll = inside[block.element]


def _is_negative(element: Any) -> bool:
    """Whether the class or the id of an element names a box beside the article."""
    classes, identity = element.get("class"), element.get("id")
    if not classes and not identity:
        return False
    return name_is_negative(f"{classes or ''} {identity or ''}"[:200])


@lru_cache(maxsize=4096)
def name_is_negative(name: str) -> bool:
    """Whether class names and ids name a box that holds no article."""
    return NEGATIVE_CLASS.search(name) is not None
