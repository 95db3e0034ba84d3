"""By what an article is known among all others: a digest of what it says, and the smallest of its shingles.

The smallest hashes of a text are spread over it by chance, so a copy that was cut keeps its share of them, and one in
another portal's chrome keeps most: 16 of them, of which two copies share at least two, find .999 of all copies
(research/dedup.md 2.3). Whoever changes what comes out here, or in what it is made from, raises VERSION.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from storage.records import Fingerprint
from storage.similarity.prose import LONGEST, prose
from storage.similarity.shingles import distinct, shingles_and_digest

VERSION = 1

THIN = 40
"""Shingles below which a text is no evidence of a copy: stubs of videos, pages that hold a disclaimer (2.5, 6.1)."""

ANCHORS = 16
SPARE = 16
"""More that go along, for those of the first that are too common to tell anything."""

MOST_ALONG = 5000
"""Shingles that go along, 40 KB: to find those of a usual text again costs ten times what it costs to carry them."""

STORED = np.dtype("<u8")
"""A shingle as it goes along."""

_UNUSED_BITS = np.uint64(17)
"""Anchors have 47 bits: such a number takes six bytes in SQLite, not eight."""


def fingerprint(text: str) -> Fingerprint:
    """The fingerprint of an article's text. Of a text that is chrome only, the digest is that of all of it."""
    said = prose_of(text)
    hashes, number = shingles_and_digest(said or text)
    if not said:
        hashes = hashes[:0]
    along = THIN <= len(hashes) <= MOST_ALONG
    return Fingerprint(
        version=VERSION,
        digest=number,
        shingles=len(hashes),
        thin=len(hashes) < THIN,
        anchors=tuple(distinct(hashes[: ANCHORS + SPARE] >> _UNUSED_BITS).tolist()),
        prose=said if along else None,
        hashes=hashes.astype(STORED, copy=False).tobytes() if along else b"",
    )


def prose_of(text: str) -> str:
    """The prose of a text. It takes a third of the time of both a fingerprint and a document of one text."""
    return _prose(text[:LONGEST])


_prose = lru_cache(maxsize=2)(prose)
