"""Numbers that depend on a text alone, the same in every process: what keeps sources from doing a thing together."""

from __future__ import annotations

import hashlib


def hashed(text: str) -> int:
    """64 bits that depend on the text alone; `hash()` differs from process to process."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def fraction(text: str) -> float:
    """A number from 0 to 1, without 1, that depends on the text alone."""
    return hashed(text) / 2**64
