"""A page as a tree and as a list of text blocks, in reading order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lxml import etree

from crawler.extraction.markup.box_names import NEGATIVE_CLASS
from crawler.extraction.markup.polls import poll_boxes

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
_LOST, _SKIP, _RUN, _LINK, _PICTURE, _BOX, _HEADING, _BESIDE, _WHOLE = range(9)
_KINDS = {
    **dict.fromkeys(_INLINE_NAMES.split(), _RUN),
    **dict.fromkeys(_SKIPPED_NAMES.split(), _SKIP),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _HEADING),
    **dict.fromkeys(("nav", "footer", "aside"), _BESIDE),
    **dict.fromkeys(("html", "body"), _WHOLE),
    "a": _LINK,
    "img": _PICTURE,
}


@dataclass(slots=True)
class Block:
    """A maximal run of inline text; nobody changes it. Not frozen: that trebles the time to make one.

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

    @property
    def link_share(self) -> float:
        """Share of the block's characters that are link text."""
        return self.linked / self.size if self.size else 0.0


def parse_html(markup: str) -> Any | None:
    """Root element of clean markup, comments dropped, or None where there is no element at all. Reads no network."""
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, no_network=True)
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


def read_blocks(root: Any) -> Walk:
    """Blocks of the visible text in reading order, at most MAX_BLOCKS, and the pictures between them."""
    walk = Walk(poll_boxes(root))
    around: list[tuple[Any, int]] = []
    # Elements in page order with their parents take half the time of iterwalk, which tells both ends of each.
    for element in root.iter(etree.Element):
        parent = element.getparent()
        while around and around[-1][0] is not parent:
            walk.leave(*around.pop())
        kind = _LOST if around and around[-1][1] <= _SKIP else _KINDS.get(element.tag, _BOX)
        around.append((element, kind))
        if kind > _SKIP:
            walk.enter(element, kind)
        if len(walk.blocks) >= MAX_BLOCKS:
            del walk.blocks[MAX_BLOCKS:]
            return walk
    while len(around) > 1:
        walk.leave(*around.pop())
    walk.flush()
    return walk


class Walk:
    """The blocks of the tree so far, and where in it the walk stands.

    `pictures`: each img element with the number of blocks that end before it. `deepest`: levels of block elements.
    """

    def __init__(self, polls: frozenset[Any]) -> None:
        self.blocks: list[Block] = []
        self.pictures: list[tuple[Any, int]] = []
        self._polls = polls
        self._polled = 0
        self.deepest = 0
        self._parts: list[str] = []
        self._linked = 0
        self._lead = 0
        self._plain = False
        self._links = 0
        self._headings: list[str] = []
        self._path: list[Any] = []
        self._lowest = 0
        self._depth = 0
        self._negative: Any = None
        self._negative_depth = 0

    def enter(self, element: Any, kind: int) -> None:
        """None; the walk is inside an element, behind its first text. `kind`: of _KINDS, not skipped."""
        if kind >= _BOX:
            self._enter_box(element, kind)
        elif kind == _LINK:
            self._links += element.get("href") is not None
        elif kind == _PICTURE:
            self.pictures.append((element, len(self.blocks)))
        text = element.text
        if text:
            self._take(text)

    def leave(self, element: Any, kind: int) -> None:
        """None; the walk is behind an element and the text that follows it."""
        if kind >= _BOX:
            self._leave_box(kind)
        elif kind == _LINK and self._links:
            self._links -= 1
        text = element.tail
        if text and kind != _LOST:
            self._take(text)

    def _enter_box(self, element: Any, kind: int) -> None:
        """None; the walk is inside a block element."""
        if self._parts:
            self.flush()
        self._path.append(element)
        if self._polls and element in self._polls:
            self._polled += 1
        if self._negative is None and (kind == _BESIDE or (kind != _WHOLE and _is_negative(element))):
            self._negative, self._negative_depth = element, len(self._path)
        if kind == _HEADING:
            self._headings.append(element.tag)

    def _leave_box(self, kind: int) -> None:
        """None; the walk is behind a block element."""
        if self._parts:
            self.flush()
        path = self._path
        if self._negative is not None and self._negative_depth == len(path):
            self._negative = None
        element = path.pop()
        if self._polled and element in self._polls:
            self._polled -= 1
        if len(path) < self._lowest:  # noqa: PLR1730 - once an element: the call would cost a tenth of the walk
            self._lowest = len(path)
        if kind == _HEADING:
            self._headings.pop()

    def _take(self, text: str) -> None:
        """None; the text belongs to the block at hand. White space parts its words, and opens none."""
        if text.isspace():
            if self._parts:
                self._parts.append(" ")
            return
        if not self._links:
            self._plain = True
        else:
            size = len("".join(text.split()))
            self._linked += size
            if not self._plain:
                self._lead += size
        self._parts.append(text)

    def flush(self) -> None:
        """None; the block at hand has ended."""
        text = " ".join("".join(self._parts).split())
        if text:
            depth = len(self._path)
            low = min(self._lowest, depth)
            self.deepest = max(self.deepest, depth)
            self.blocks.append(
                # By position: a tenth of the walk is the making of blocks.
                Block(
                    text,
                    len(text) - text.count(" "),
                    self._linked,
                    self._headings[-1] if self._headings else "",
                    self._lead if self._lead >= LEADING_LINK else 0,
                    self._path[-1] if depth else None,
                    self._depth - low + depth - low if self.blocks else 0,
                    self._negative,
                    self._polled > 0,
                )
            )
            self._depth = self._lowest = depth
        self._parts.clear()
        self._linked = self._lead = 0
        self._plain = False


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
