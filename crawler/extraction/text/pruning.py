"""The article's subtree: the page's tree without what is no article, in the plain shapes that extractors understand.

Each step mends a loss that was measured (research/extraction.md, steps 7 and pitfalls 1 and 2): trafilatura drops text
by class names (`summary`), bare text of boxes, and short paragraphs whose only link is a picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from lxml import etree

from crawler.extraction.markup.pictures import LAZY_SOURCES
from crawler.extraction.markup.tree import remove
from crawler.extraction.text.segment import Segment

_REMOVED = (
    "script", "style", "iframe", "noscript", "noembed", "object", "embed", "select", "option", "optgroup", "textarea",
    "button", "input", "template", "svg", "canvas", "map", "audio", "video", "link", "meta", "head", "title",
)  # fmt: skip
_UNWRAPPED = (
    "font", "span", "big", "small", "u", "ins", "nobr", "label", "wbr", "bdi", "bdo", "time", "abbr", "acronym", "var",
    "samp", "tt", "kbd", "ruby", "rb", "rt", "rp", "dfn", "mark", "picture", "q", "cite", "strike", "s", "del",
)  # fmt: skip
_BOXES = frozenset((
    "center", "section", "main", "form", "article", "header", "footer", "nav", "aside", "body", "details", "summary",
    "fieldset", "dl", "address", "hgroup", "menu", "dir", "legend", "html", "figure",
))  # fmt: skip
_PARAGRAPHS = frozenset(("dt", "dd", "figcaption", "caption"))
_KEPT_ATTRIBUTES = frozenset(("href", "colspan", "rowspan"))
_PICTURE_ATTRIBUTES = frozenset(("src", "alt", "title", *LAZY_SOURCES))
CAPTION_CHARS = 80
"""Of the longest text that is a picture's caption because both stand alone in one box."""

MOST_CAPTION_PARTS = 40

_SPANS = frozenset(("colspan", "rowspan"))
_SPAN = re.compile(r"^(?:[2-9]|[12]\d|30)$")
"""Cells of a true table; the extractor writes each one out, a thousand times a thousand if it is told so."""

_INLINE = frozenset(("a", "b", "strong", "em", "i", "sub", "sup", "code", "img"))
_CELLS = ("td", "th")
_TABLE_PARTS = ("table", "tbody", "thead", "tfoot", "tr", "td", "th", "colgroup", "col")
_HEAD_BLOCKS = 14
"""Blocks between headline and text: a picture there is the article's."""


def article_tree(segment: Segment, pictures: Sequence[tuple[Any, int]]) -> Any | None:
    """`<html><body><article>` of a segment's text and pictures, taken out of the page's tree, which is spoilt then.

    None where the segment keeps nothing.
    """
    kept = {segment.blocks[index].element for index in segment.kept} - {None}
    if not kept:
        return None
    box = _common_ancestor(kept)
    live = _up_to(box, kept)
    places = set(segment.kept)
    dropped = (block.element for index, block in enumerate(segment.blocks) if index not in places)
    _drop_pictures(segment, pictures)
    _drop_elements(dropped, live, box)
    _normalise(box)
    return _document(box)


def _common_ancestor(elements: Iterable[Any]) -> Any:
    """The lowest element around all of the elements. Each element of the tree is passed once."""
    first, *others = elements
    path = [first, *first.iterancestors()]
    places = {element: place for place, element in enumerate(path)}
    highest = 0
    seen: set[Any] = set()
    for element in others:
        for around in chain((element,), element.iterancestors()):
            if around in seen:
                break
            if around in places:
                highest = max(highest, places[around])
                break
            seen.add(around)
    return path[highest]


def _up_to(box: Any, elements: Iterable[Any]) -> set[Any]:
    """The elements and those around them, up to the box. Each is passed once."""
    live = {box}
    for element in elements:
        for around in chain((element,), element.iterancestors()):
            if around in live:
                break
            live.add(around)
    return live


def _drop_pictures(segment: Segment, pictures: Sequence[tuple[Any, int]]) -> None:
    """None; pictures that do not stand between headline and end of the text are out of the tree."""
    first = segment.start
    if segment.anchor is not None and segment.start - segment.anchor <= _HEAD_BLOCKS:
        first = segment.anchor + 1
    for picture, place in pictures:
        if not first <= place <= segment.end + 1:
            remove(picture)


def _drop_elements(dropped: Iterable[Any], live: set[Any], box: Any) -> None:
    """None; the largest elements that hold dropped blocks and no kept one are out of the tree."""
    passed: set[Any] = set()
    for element in dropped:
        if element is None or element in live:
            continue
        top = element
        parent = top.getparent()
        while parent is not None and parent not in live and top not in passed:
            passed.add(top)
            top, parent = parent, parent.getparent()
        if parent is not None and top not in passed and top is not box:
            remove(top)


def _normalise(box: Any) -> None:
    """None; the box consists of paragraphs, headings, lists, true tables, links and pictures."""
    etree.strip_elements(box, *_REMOVED, with_tail=False)
    for picture in list(box.iter("img")):
        _take_caption(picture, box)
    _flatten_layout(box)
    etree.strip_tags(box, *_UNWRAPPED)
    for link in list(box.iter("a")):
        if not "".join(link.itertext()).strip() or not link.get("href"):
            link.tag = "font"
    etree.strip_tags(box, "font")
    for element in box.iter():
        _plain(element)
    for item in box.iterchildren("li"):
        item.tag = "div"
    box.tag = "div"
    for division in list(box.iter("div")):
        _wrap_bare_text(division)


def _flatten_layout(box: Any) -> None:
    """None; tables that only place things, no row of two filled cells, are boxes."""
    parts = [(part, _nearest_table(part)) for part in box.iter(*_TABLE_PARTS)]
    data = {table for part, table in parts if part.tag == "tr" and table is not None and _filled(part) > 1}
    for part, table in parts:
        if table is not None and table not in data:
            part.tag = "div"
    if box.tag in _TABLE_PARTS:
        for element in (box, *_loose_parts(box)):
            element.tag = "div"


def _nearest_table(element: Any) -> Any:
    """The table that a part belongs to, itself for a table."""
    return element if element.tag == "table" else next(element.iterancestors("table"), None)


def _loose_parts(box: Any) -> list[Any]:
    """Rows and cells under a box that is itself a part of a table that stayed outside."""
    return [part for part in box.iter(*_TABLE_PARTS[1:]) if next(part.iterancestors("table"), None) is None]


def _filled(row: Any) -> int:
    """Cells of a row that hold text."""
    return sum(1 for cell in row if cell.tag in _CELLS and any(text.strip() for text in cell.itertext()))


def _plain(element: Any) -> None:
    """None; the element has a plain name and only attributes that carry content."""
    if element.tag in _BOXES:
        element.tag = "div"
    elif element.tag in _PARAGRAPHS:
        element.tag = "p"
    said = element.attrib
    if not said:
        return
    names = _PICTURE_ATTRIBUTES if element.tag == "img" else _KEPT_ATTRIBUTES
    kept = {name: value for name, value in said.items() if name in names and (name not in _SPANS or _SPAN.match(value))}
    if len(kept) < len(said):
        # All at once: lxml finds none by a name that is no name (`{x`), and the parser makes such of broken tags.
        said.clear()
        said.update(kept)


def _take_caption(picture: Any, box: Any) -> None:
    """None; what stands with a picture in a box of their own is its caption: its title, as tei.py reads it."""
    picture.attrib.pop("title", None)
    around = picture.getparent()
    while around is not None and around is not box and not _words(around):
        around = around.getparent()
    if around is None or around is box or around.tag in ("li", "body"):
        return
    words = _words(around)
    if len(words) > CAPTION_CHARS or next(around.iter("img")) is not picture or len(list(around.iter("img"))) > 1:
        return
    picture.set("title", words)
    tail = around.tail
    picture.tail = None
    around.clear()
    around.tag, around.tail = "p", tail
    around.append(picture)


def _words(element: Any) -> str:
    """Text of an element, as far as it matters for a caption."""
    parts: list[str] = []
    for text in element.itertext():
        parts.append(text)
        if len(parts) > MOST_CAPTION_PARTS:
            break
    return " ".join("".join(parts).split())


def _wrap_bare_text(division: Any) -> None:
    """None; runs of text and inline elements directly in a box are paragraphs, parted at line breaks."""
    children = list(division)
    if not (division.text or "").strip() and not any(
        child.tag in _INLINE or child.tag == "br" or (child.tail or "").strip() for child in children
    ):
        return
    paragraph = etree.Element("p")
    paragraph.text, division.text = division.text, None
    for child in children:
        division.remove(child)
    for child in children:
        tail, child.tail = child.tail, None
        if child.tag in _INLINE:
            paragraph.append(child)
            child.tail = tail
            continue
        _append(division, paragraph)
        if child.tag != "br":
            division.append(child)
        paragraph = etree.Element("p")
        paragraph.text = tail
    _append(division, paragraph)


def _append(division: Any, paragraph: Any) -> None:
    """None; the paragraph is in the box unless it is empty."""
    if len(paragraph) or (paragraph.text or "").strip():
        division.append(paragraph)


def _document(box: Any) -> Any:
    """The box in a document of its own."""
    document = etree.Element("html")
    body = etree.SubElement(document, "body")
    article = etree.SubElement(body, "article")
    box.tail = None
    article.append(box)
    return document
