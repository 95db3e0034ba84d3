"""Addresses of pictures on their way through the extractor, which drops pictures without a known file name ending."""

from __future__ import annotations

from typing import Any

from crawler.extraction.markup.pieces import Piece, pictures

LAZY_SOURCES = ("data-src", "data-original", "data-lazy-src", "data-actualsrc", "data-url", "_src", "original")
"""Where pages that load pictures late keep their addresses."""


def named_pictures(tree: Any) -> dict[str, str]:
    """The pictures' own addresses by those that they have in the tree now."""
    sources = {}
    for number, picture in enumerate(tree.iter("img")):
        name = f"/{number}.jpg"
        sources[name] = own_source(picture)
        picture.set("src", name)
    return sources


def own_source(picture: Any) -> str:
    """The picture's own address, "" where it has none."""
    late = next((address for name in LAZY_SOURCES if (address := picture.get(name))), None)
    return late or picture.get("src") or ""


def restored(pieces: list[Piece], sources: dict[str, str]) -> list[Piece]:
    """The pieces, their pictures with their own addresses again."""
    for picture in pictures(pieces):
        picture.source = sources.get(picture.source, picture.source)
    return pieces
