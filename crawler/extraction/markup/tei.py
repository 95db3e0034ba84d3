"""Text, Markdown and images out of the body that trafilatura finds, a tree in its TEI-like tags, after one run.

Tags: p, head (rend h1 to h6), list (rend ol, ul) and item, table, row and cell, quote, code, hi (rend #b, #i, #t),
del, ref (target), graphic (src, alt, title), lb. A graphic's title is its caption: whoever prepares the page for
trafilatura puts the caption there (and drops titles of other kinds); it stands in the Markdown and with the image,
not in the text. What is no such tag is read for its content.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from crawler.extraction.cleaning import clean_line
from crawler.extraction.markup.pieces import Piece, Run, lines, markdown, pictures, text

DEEPEST = 60
"""Nesting that is followed: deeper is a fault of the markup, and is read as plain text."""

_INLINE = frozenset(("hi", "ref", "del", "lb", "graphic", "span", "a"))
_MARKERS = {"#b": "**", "#i": "*", "#t": "`"}
_SPACES = re.compile(r"\s+")
_BREAK = Run("\n")


def text_of(body: Any) -> str:
    """Paragraphs, headings, list items and table rows of a body, separated by one blank line; "" where it is empty."""
    return text(pieces_of(body))


def markdown_of(body: Any, base_url: str) -> str:
    """CommonMark with pipe tables; links and images are absolute http(s), and nothing of the page works as markup."""
    return markdown(pieces_of(body), base_url)


def pieces_of(body: Any) -> list[Piece]:
    """Blocks of a body, in page order. The tree is not changed."""
    return _blocks(body, 0)


def _blocks(element: Any, depth: int) -> list[Piece]:
    """Blocks in an element; runs of loose text between them are paragraphs."""
    if depth > DEEPEST:
        return paragraphs([Run(" ".join(element.itertext()))])
    found: list[Piece] = []
    loose: list[Run | Piece] = [Run(element.text or "")]
    for child in element:
        if child.tag in _INLINE or (child.tag == "code" and not _is_code_block(child)):
            _inline(child, loose, "", None, depth + 1)
        elif isinstance(child.tag, str):
            found.extend(paragraphs(loose))
            loose.clear()
            found.extend(_block(child, depth + 1))
        loose.append(Run(child.tail or ""))
    return found + paragraphs(loose)


def _is_code_block(element: Any) -> bool:
    """Whether code has lines of its own, or stands between paragraphs."""
    return element.getparent().tag == "body" or "\n" in (element.text or "") or element.find(".//lb") is not None


def _block(element: Any, depth: int) -> list[Piece]:
    """The block that an element is."""
    tag = element.tag
    if tag == "head":
        level = element.get("rend") or ""
        return _heading(element, int(level[1]) if level[1:2] in "123456" and level[1:] else 2, depth)
    if tag == "list":
        items = [_blocks(child, depth + 1) for child in element if isinstance(child.tag, str)]
        parts = [Piece("item", parts=blocks) for blocks in items if blocks]
        return [Piece("list", parts=parts, level=int(element.get("rend") == "ol"))] if parts else []
    if tag == "table":
        return _table(element)
    if tag == "quote":
        parts = _blocks(element, depth)
        return [Piece("quote", parts=parts)] if parts else []
    if tag == "code":
        words = _code(element)
        return [Piece("code", words=words)] if words.strip() else []
    return _blocks(element, depth)


def _heading(element: Any, level: int, depth: int) -> list[Piece]:
    """A heading of one line, and the images that stood in it."""
    blocks = _blocks(element, depth)
    runs = [run for block in blocks for run in [*block.runs, Run(" ")]]
    plain = [Run(run.text, "", run.target) for run in runs]
    return [*([Piece("head", plain, level=level)] if _has_text(runs) else []), *pictures(blocks)]


def _table(element: Any) -> list[Piece]:
    """A table; one of a single column is a run of paragraphs, for that is layout. Images of its cells follow it."""
    rows: list[Piece] = []
    shown: list[Piece] = []
    for row in element.iter("row"):
        held = [_blocks(cell, DEEPEST // 2) for cell in row.iterchildren("cell")]
        shown.extend(picture for blocks in held for picture in pictures(blocks))
        cells = [Run(" ".join(line for block in blocks for line in lines(block))) for blocks in held]
        if _has_text(cells):
            rows.append(Piece("row", parts=[Piece("p", [cell]) for cell in cells]))
    if all(len(row.parts) == 1 for row in rows):
        return [*(row.parts[0] for row in rows), *shown]
    return [Piece("table", parts=rows), *shown]


def _code(element: Any) -> str:
    """Lines of code as they stand; an lb is a line break."""
    parts = [element.text or ""]
    for child in element.iterdescendants():
        parts.append("\n" if child.tag == "lb" else child.text or "")
        parts.append(child.tail or "")
    return "".join(parts).strip("\n")


def _inline(element: Any, runs: list[Run | Piece], marker: str, target: str | None, depth: int) -> None:
    """Adds the runs and images of an inline element."""
    if element.tag == "graphic":
        runs.append(picture(element, element.get("src") or ""))
        return
    if element.tag == "lb":
        runs.append(Run("\n"))
        return
    if depth > DEEPEST or not isinstance(element.tag, str):
        runs.append(Run(_SPACES.sub(" ", "".join(element.itertext())), marker, target))
        return
    marker = _joined(marker, _MARKERS.get(element.get("rend") or "", "`" if element.tag == "code" else ""))
    target = target or element.get("target")
    runs.append(Run(_SPACES.sub(" ", element.text or ""), marker, target))
    for child in element:
        _inline(child, runs, marker, target, depth + 1)
        runs.append(Run(_SPACES.sub(" ", child.tail or ""), marker, target))


def _joined(outer: str, inner: str) -> str:
    """Marker of a style in a style: code stays code, bold in italic is both."""
    if "`" in (outer, inner):
        return "`"
    return inner if not outer or inner == "***" else outer if inner in ("", outer) else "***"


def picture(element: Any, source: str) -> Piece:
    """The image that an element is, with the caption and the words that it carries."""
    caption, alternative = clean_line(element.get("title")), clean_line(element.get("alt"))
    return Piece("image", words=caption, source=source, alternative=alternative)


def paragraphs(runs: Iterable[Run | Piece]) -> list[Piece]:
    """Paragraphs out of runs, split at line breaks. An image stands before the line that it opens, else after it."""
    found: list[Piece] = []
    line: list[Run] = []
    after: list[Piece] = []
    for run in [*runs, _BREAK]:
        if isinstance(run, Piece):
            (after if _has_text(line) else found).append(run)
        elif run == _BREAK:
            if _has_text(line):
                found.append(Piece("p", _merged(line)))
            found.extend(after)
            line, after = [], []
        elif run.text:
            line.append(Run(_SPACES.sub(" ", run.text), run.marker, run.target))
    return found


def _has_text(runs: Iterable[Run]) -> bool:
    """Whether anything but white space is in the runs."""
    return any(run.text.strip() for run in runs)


def _merged(runs: list[Run]) -> list[Run]:
    """Runs, neighbours of one style joined."""
    merged: list[Run] = []
    for run in runs:
        if merged and (merged[-1].marker, merged[-1].target) == (run.marker, run.target):
            merged[-1] = Run(merged[-1].text + run.text, run.marker, run.target)
        else:
            merged.append(run)
    return merged


