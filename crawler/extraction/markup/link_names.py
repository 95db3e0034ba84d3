"""Where the short links beside a text lead, by their words: the name of an origin is often a link."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any
from urllib.parse import urljoin

from crawler.extraction.cleaning import clean_line
from crawler.extraction.markup.blocks import Block

LINK_CHARS = range(2, 31)
"""Characters of a link that may name an outlet."""

LINE_CHARS = 120
"""Of the longest line in which an outlet is named."""

MOST_LINKS = 50
"""Of one element that are looked at."""


def link_names(blocks: Sequence[Block]) -> dict[str, str]:
    """Addresses, as they stand, by the words of their links, the first of each; of short lines not all link."""
    found: dict[str, str] = {}
    lines = (block for block in blocks if 0 < block.linked < block.size <= LINE_CHARS and block.element is not None)
    for box in dict.fromkeys(block.element for block in lines):
        for link in islice(box.iter("a"), MOST_LINKS):
            words = _words(link)
            if len(words) in LINK_CHARS and words not in found:
                found[words] = link.get("href") or ""
    return found


def _words(link: Any) -> str:
    """What a link says."""
    return clean_line("".join(link.itertext()) if len(link) else link.text)


def absolute(url: str, address: str | None) -> str | None:
    """The absolute http(s) address of a link, or None."""
    try:
        joined = urljoin(url, address.strip()) if address else ""
    except ValueError:
        return None
    return joined if joined.startswith(("http://", "https://")) else None
