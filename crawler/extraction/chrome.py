"""What a site repeats, as fingerprints: the key by which a block of one page is found again on another."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b

from crawler.extraction.cleaning import squeezed

_DIGITS = re.compile(r"\d+")

REMEMBERED = 4096
"""Blocks whose keys are kept: the chrome of some forty sites, of which each page is to be looked through for it."""

LONGEST_REMEMBERED = 100
"""Characters of a block that is remembered: longer ones are articles, and never seen again."""


def block_key(text: str) -> bytes:
    """Eight bytes, equal for blocks with the same letters; any number counts as any other.

    White space, punctuation, width and case make no difference. Numbers, because a count or a date in a block (`128
    comments`, `today is ...`) does not make it another block.
    """
    return _remembered(text) if len(text) <= LONGEST_REMEMBERED else _key(text)


def _key(text: str) -> bytes:
    letters = squeezed(text)
    if not letters.isalpha():
        letters = _DIGITS.sub("0", letters)
    return blake2b(letters.encode("utf-8", "replace"), digest_size=8).digest()


_remembered = lru_cache(maxsize=REMEMBERED)(_key)
