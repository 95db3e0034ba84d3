"""What a site repeats, as fingerprints: the key by which a block of one page is found again on another."""

from __future__ import annotations

import hashlib
import re

from crawler.extraction.cleaning import squeezed

_DIGITS = re.compile(r"\d+")


def block_key(text: str) -> bytes:
    """Eight bytes, equal for blocks with the same letters; any number counts as any other.

    White space, punctuation, width and case make no difference. Numbers, because a count or a date in a block (`128
    comments`, `today is ...`) does not make it another block.
    """
    return hashlib.blake2b(_DIGITS.sub("0", squeezed(text)).encode("utf-8", "replace"), digest_size=8).digest()
