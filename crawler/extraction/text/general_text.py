"""The main text of a page in any language but Chinese: a plain tree, one run of trafilatura, a filter of lines."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import trafilatura
from lxml import etree
from trafilatura.settings import Document

from crawler.extraction.cleaning import squeezed
from crawler.extraction.markup import pieces, tei
from crawler.extraction.markup.pictures import named_pictures, restored
from crawler.extraction.markup.pieces import Piece
from crawler.extraction.text.body import Body
from crawler.extraction.text.general_lines import without_chrome
from crawler.extraction.text.general_tree import PARAGRAPH, parse_page, prepared
from crawler.extraction.text.repeated import without_repeated

FEW = 200
"""Letters of a text that is as often a notice as an article: with less, the page is asked in other ways as well."""

MUCH_MORE = 2
"""How many times longer the answer of another way must be to be taken: notices are short, articles are not."""

LONGEST_RETRIED = 600_000
"""Characters of markup up to which other ways are tried: a longer page without text is a generated list, and dear."""

SURELY_LONG = 1500
"""Characters from which on more text makes nothing surer: a quarter of the articles of the corpora are shorter."""

LESS_SURE = 0.6
"""Factor for what was found by a second way only."""

MOST_LEVELS = 500_000
"""Levels of all boxes and paragraphs of a page together up to which the extractor is given it as it is: it asks each
for all those around it, a million times a second. A page of 2,000 such elements has 30,000."""

_NESTED = frozenset(("div", "p", "section", "article", "table", "tbody", "tr", "td", "ul", "ol", "li", "blockquote"))
_OPENING = 40
"""Letters by which a paragraph of the tree and a line of the text are known to be the same."""

_DATE_META = re.compile(r"<meta[^>]{0,512}(?:date|time|pub)[^>]{0,512}>", re.IGNORECASE)
_BOX_TAG = re.compile(
    r"</?(?:div|section|center|table|tbody|thead|tr|td|th|ul|ol|li|dl|dt|dd|article|main|form|fieldset"
    r"|blockquote)\b[^>]{0,1024}>",
    re.IGNORECASE,
)
_RUN_TAG = re.compile(r"</?(?:span|font|b|i|em|u|s|strong|big|small|a|label|html|body)\b[^>]{0,1024}>", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneralPage:
    """A page. `markup`: decoded and clean; `url`: what links are relative to; `chrome`: what the host repeats."""

    markup: str
    url: str
    chrome: frozenset[bytes] = frozenset()


def general_text(page: GeneralPage, *, deep: bool = False, shown: frozenset[str] | None = None) -> Body | None:
    """Body of a page, or None where it has none.

    `found_by` names the way: "prepared" is trafilatura's fast run on the prepared tree, and answers nearly always. A
    page to which it says next to nothing is asked by trafilatura's precise run as it is ("precise"), and, where it is
    `deep`ly nested, flattened ("flattened"), and what says much more is taken. `shown`: comparison keys of the page's
    blocks: a text of a single paragraph that is none of them is the whole page run together, the extractor's last
    resort, and no text.
    """
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    best: Body | None = None
    ways = (_prepared, _precise, _flattened) if deep else (_prepared, _precise)
    for way in (_flattened,) if deep and _levels(page.markup) > MOST_LEVELS else ways:
        body = way(page)
        if body is not None and shown is not None and "\n" not in body.text and squeezed(body.text) not in shown:
            continue
        if body is not None and (best is None or len(body.text) > MUCH_MORE * len(best.text)):
            best = body
        if len(page.markup) > LONGEST_RETRIED or (best is not None and len(squeezed(best.text)) >= FEW):
            break
    return best


def _levels(markup: str) -> int:
    """Levels of all boxes and paragraphs of a page together."""
    root = parse_page(markup)
    depth = levels = 0
    for event, element in etree.iterwalk(root, events=("start", "end")) if root is not None else ():
        depth += 1 if event == "start" else -1
        levels += depth if event == "start" and element.tag in _NESTED else 0
    return levels


def flattened(markup: str) -> str:
    """Markup without date metas and nested boxes, each box a line break: for pages too deep for the extractor."""
    plain = _BOX_TAG.sub("</p><p>", _RUN_TAG.sub("", _DATE_META.sub("", markup)))
    return f"<html><body><article>{plain}</article></body></html>"


def _prepared(page: GeneralPage) -> Body | None:
    """By the fast run on the prepared tree."""
    root = parse_page(page.markup)
    if root is None:
        return None
    titles = _titles(root)
    prepared(root)
    prose = list(_prose(root))
    blocks = without_chrome(_extracted(root, fast=True), titles, urlsplit(page.url).netloc)
    return _body(page, blocks, prose, "prepared")


def _precise(page: GeneralPage) -> Body | None:
    """By the precise run on the page as it is."""
    root = parse_page(page.markup)
    if root is None:
        return None
    titles, prose = _titles(root), list(_prose(root))
    blocks = without_chrome(_extracted(root, fast=False), titles, urlsplit(page.url).netloc)
    return _body(page, blocks, prose, "precise")


def _flattened(page: GeneralPage) -> Body | None:
    """By the precise run on the flattened page."""
    body = _precise(replace(page, markup=flattened(page.markup)))
    return None if body is None else replace(body, found_by="flattened")


def _extracted(root: Any, *, fast: bool) -> list[Piece]:
    """Blocks that trafilatura finds in a tree, which it changes. Its faults count as none: other ways follow."""
    sources = named_pictures(root)
    try:
        found = trafilatura.bare_extraction(
            root,
            include_comments=False,
            include_images=True,
            include_links=True,
            include_formatting=True,
            favor_precision=not fast,
            fast=fast,
            deduplicate=False,
            output_format="xml",
        )
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, AssertionError, RecursionError):
        return []
    return restored(tei.pieces_of(found.body), sources) if isinstance(found, Document) else []


def _titles(root: Any) -> list[str]:
    """Comparison keys of what the page calls itself."""
    heads = ["".join(head.itertext()) for head in root.iter("h1", "title")]
    metas = [meta.get("content") or "" for meta in root.iterfind(".//meta[@property='og:title']")]
    return [key for key in map(squeezed, [*heads, *metas]) if key]


def _prose(root: Any) -> Iterator[str]:
    """Comparison keys of the paragraphs of running text of a tree."""
    texts = ("".join(paragraph.itertext()).strip() for paragraph in root.iter("p"))
    return (squeezed(text) for text in texts if len(text) >= PARAGRAPH)


def _body(page: GeneralPage, found: list[Piece], prose: list[str], found_by: str) -> Body | None:
    """The body that blocks make, or None where they hold no text. `prose`: keys of what the tree had to offer."""
    blocks, learned = without_repeated(found, page.chrome)
    text = pieces.text(blocks)
    if not text:
        return None
    sure = _confidence(text, prose) * (1.0 if found_by == "prepared" else LESS_SURE)
    return Body(
        text=text,
        markdown=pieces.markdown(blocks, page.url) or None,
        images=pieces.images(blocks, page.url),
        found_by=found_by,
        confidence=round(sure, 3),
        learned=learned,
    )


def _confidence(text: str, prose: list[str]) -> float:
    """0 to 1, of three signs: length, the share of it that is running text, and the share of the page's prose in it."""
    lines = text.split("\n\n")
    running = sum(len(line) for line in lines if len(line) >= PARAGRAPH) / len(text)
    taken = {squeezed(line)[:_OPENING] for line in lines}
    offered = sum(map(len, prose))
    covered = sum(len(key) for key in prose if key[:_OPENING] in taken) / offered if offered else 0.5
    return 0.4 * math.sqrt(min(1.0, len(text) / SURELY_LONG)) + 0.3 * running + 0.3 * covered
