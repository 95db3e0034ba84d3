"""What the host repeats, left out of a text that was found by other means than weights."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.extraction.chrome import block_key
from crawler.extraction.markup.pieces import Piece, lines

MOST = 0.5
"""Share of a text that may be what the host repeats: above it the page is a copy of an article seen before."""


def without_repeated(pieces: Sequence[Piece], chrome: frozenset[bytes]) -> tuple[list[Piece], int]:
    """The pieces without paragraphs and headings that the host repeats, and how many those are.

    The first paragraph stays: other pages show it as an abstract of the article.
    """
    if not chrome:
        return list(pieces), 0
    lead = next((piece for piece in pieces if piece.kind == "p"), None)
    known = [piece for piece in pieces if piece.kind in ("p", "head") and _is_repeated(piece, chrome)]
    if sum(map(_size, known)) > MOST * sum(map(_size, pieces)):
        return list(pieces), 0
    dropped = {id(piece) for piece in known if piece is not lead}
    return [piece for piece in pieces if id(piece) not in dropped], len(dropped)


def _is_repeated(piece: Piece, chrome: frozenset[bytes]) -> bool:
    """Whether the one line of a piece is known chrome."""
    return any(block_key(line) in chrome for line in lines(piece))


def _size(piece: Piece) -> int:
    """Characters of a piece."""
    return sum(map(len, lines(piece)))
