"""The main text of a Chinese page: trafilatura, handed only the article (research/extraction.md, steps 8 to 10)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from lxml import etree

from crawler.extraction.cleaning import squeezed
from crawler.extraction.markup import tei
from crawler.extraction.markup.pictures import named_pictures, restored
from crawler.extraction.markup.pieces import Piece, Run, lines
from crawler.extraction.text.bare import bare_pieces
from crawler.extraction.text.captions import with_captions
from crawler.extraction.text.segment import Segment

MOST_BLOCKS = 3000
"""Kept blocks above which trafilatura is left out: it takes 3.5 s for 20 000 paragraphs; the blocks are text, too."""

LEAST_LETTERS = 0.8
"""Share of the kept blocks' letters that must come out of the extractor: with less, it lost paragraphs."""


def article_pieces(segment: Segment, tree: Any) -> list[Piece]:
    """The article's blocks in page order: paragraphs, headings, lists, tables and pictures with captions.

    `tree`: of pruning.article_tree. Where the extractor loses text, or there is no tree, the kept blocks themselves.
    """
    if tree is None or len(segment.kept) > MOST_BLOCKS:
        return _kept_pieces(segment)
    found = bare_pieces(tree)
    if found is None:
        sources = named_pictures(tree)
        found = restored(tei.pieces_of(extracted_body(tree)), sources)
    found = _filtered(found, segment)
    letters = sum(len(squeezed(line)) for piece in found for line in (*lines(piece), piece.words))
    wanted = sum(len(segment.blocks[index].key) for index in segment.kept)
    return with_captions(found) if letters >= LEAST_LETTERS * wanted else _kept_pieces(segment)


def extracted_body(tree: Any) -> Any:
    """Body of trafilatura's answer, empty where it has none or fails: the caller has the blocks to fall back on."""
    from trafilatura.core import bare_extraction  # noqa: PLC0415 - heavy, and only the pool needs it
    from trafilatura.settings import Document  # noqa: PLC0415

    try:
        # As text: it takes the elements of lxml.html only, whose class lookup would cost the whole page 15 %.
        document = bare_extraction(etree.tostring(tree, method="html", encoding="unicode"), options=_options())
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, AssertionError, RecursionError):
        document = None
    return document.body if isinstance(document, Document) else etree.Element("body")


@cache
def _options() -> Any:
    """How trafilatura is run, which it does not change: to read its defaults again is a twentieth of its time."""
    from trafilatura.settings import Extractor  # noqa: PLC0415

    options = Extractor(fast=True, recall=True, comments=False, tables=True, images=True, links=True, formatting=True)
    options.min_extracted_size = 1
    options.min_output_size = 1
    return options


def _kept_pieces(segment: Segment) -> list[Piece]:
    """The kept blocks as headings and paragraphs."""
    return [
        Piece("head" if block.heading else "p", [Run(block.text)], level=int(block.heading[1]) if block.heading else 0)
        for block in (segment.blocks[index] for index in segment.kept)
    ]


def _filtered(pieces: Iterable[Piece], segment: Segment) -> list[Piece]:
    """The pieces without lines that are blocks which the segment left out: bare text between kept elements."""
    kept = {segment.blocks[index].key for index in segment.kept}
    dropped = {block.key for block in segment.blocks} - kept
    return _without(pieces, dropped)


def _without(pieces: Iterable[Piece], dropped: set[str]) -> list[Piece]:
    """The pieces without those whose whole line is in a set of keys."""
    left = []
    for piece in pieces:
        if piece.kind in ("list", "item", "quote"):
            piece.parts = _without(piece.parts, dropped)
            if piece.parts:
                left.append(piece)
        elif piece.kind in ("p", "head"):
            key = squeezed("".join(run.text for run in piece.runs))
            if key and key not in dropped:
                left.append(piece)
        else:
            left.append(piece)
    return left


def piece_lines(pieces: Sequence[Piece]) -> list[str]:
    """Lines of the text: those of the pieces, and the captions of pictures where they stand."""
    return [line for piece in pieces for line in ([piece.words] if piece.kind == "image" else lines(piece)) if line]
