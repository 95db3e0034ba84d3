"""Articles of plain paragraphs, three in five of all: what trafilatura makes of them, without its two milliseconds.

It reads the tree from text, tests class names that are not there, and copies the tree three times. All that it does to
such an article is to drop lines that only name a button, a long line that repeats the one before it, and headings with
nothing below them. A paragraph may hold pictures and words in one style, as long as these hold nothing else.
"""

from __future__ import annotations

from typing import Any

from crawler.extraction.markup import tei
from crawler.extraction.markup.pictures import own_source
from crawler.extraction.markup.pieces import Piece, Run

_BOXES = frozenset(("html", "body", "article", "div"))
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_STYLES = {"b": "**", "strong": "**", "em": "*", "i": "*"}
MOST_BOXES = 100
"""Of an article that is read here: in deeper ones the extractor loses text, and the caller sees it."""

FEWEST = 2
"""Paragraphs of an article that is read here: with less, trafilatura looks for text in other ways, too."""

Line = tuple[str, list[Piece]]
"""The text of a paragraph or a heading in one line, and what it is."""


def bare_pieces(tree: Any) -> list[Piece] | None:
    """The paragraphs of an article that has no other element and no text outside of them; None for any other."""
    found = _lines(tree)
    while found and found[-1][1] and found[-1][1][0].kind == "head":
        found.pop()
    if found is None or len(found) < FEWEST:
        return None
    from trafilatura.settings import MIN_DUPLICATE_LENGTH  # noqa: PLC0415 - heavy, and only the pool needs it

    kept: list[Line] = []
    for line in found:
        text = line[0]
        if not (kept and text == kept[-1][0] and len(text) > MIN_DUPLICATE_LENGTH):
            kept.append(line)
    if len(kept) < FEWEST or not any(text for text, _ in kept):
        return None
    return [piece for _, pieces in kept for piece in pieces]


def _lines(tree: Any) -> list[Line] | None:
    """The lines of the article, or None where there is anything else."""
    found: list[Line] = []
    boxes = inside = 0
    for element in tree.iter():
        if inside:
            inside -= 1
            continue
        tail = element.tail
        if tail and not tail.isspace():
            return None
        if element.tag in _BOXES:
            text = element.text
            if text and not text.isspace():
                return None
            boxes += 1
            continue
        inside = len(element)
        lines = _mixed(element) if inside else _plain(element)
        if lines is None:
            return None
        found += lines
    return found if boxes <= MOST_BOXES else None


def _plain(element: Any) -> list[Line] | None:
    """A paragraph or a heading without elements, none where it says nothing; None where it is something else."""
    from trafilatura.utils import RE_FILTER  # noqa: PLC0415 - as above

    tag = element.tag
    if tag != "p" and tag not in _HEADINGS:
        return None
    text = " ".join((element.text or "").split())
    if element.text is None or RE_FILTER.match(text):
        return []
    if tag == "p":
        return [(text, [Piece("p", [Run(text)])] if text else [])]
    return [(text, [Piece("head", [Run(text), Run(" ")], level=_HEADINGS[tag])])] if text else []


def _mixed(paragraph: Any) -> list[Line] | None:
    """A paragraph with pictures or words in a style, or None where it is none, or holds anything else."""
    if paragraph.tag != "p":
        return None
    parts: list[Run | Piece] = [Run(paragraph.text or "")]
    for child in paragraph:
        tag, text = child.tag, child.text
        if tag == "img":
            if child.get("data-src", "").startswith("//"):
                return None  # the extractor completes it
            parts.append(tei.picture(child, own_source(child)))
        elif tag in _STYLES and text and not len(child):
            parts.append(Run(text, _STYLES[tag]))
        else:
            return None
        parts.append(Run(child.tail or ""))
    text = "".join([part.text for part in parts if isinstance(part, Run)])
    return [(" ".join(text.split()), tei.paragraphs(parts))]
