"""One spelling of each character, by which texts and queries are compared: either script, any width, any case.

The table is frozen in spellings.txt, made from OpenCC's character tables (Apache-2.0, Copyright BYVoid and
contributors) and Unicode 14 by tests/storage/search/make_spellings.py. What stands for a class of characters is what
a reader in mainland China types, so that it is found by a plain MATCH too. Another table makes other terms: whoever
changes it raises terms.RULES.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

LAST_CODE_POINT = 0x10FFFF

SEPARATOR, DENSE, WORD, MARK, DROPPED = range(5)
"""What a character is: between words; of a script without blanks; of words; a mark in one; nothing that is seen."""

Codes = NDArray[np.uint32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """By code point: what stands for it; the same, but for characters that simplified text has too; what it is."""

    spellings: Codes
    kept: Codes
    kinds: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelled:
    """A text with one spelling of each character. `offsets`: where each stood; None where it stands there still."""

    text: str
    offsets: NDArray[np.intp] | None = None

    def place(self, at: int) -> int:
        """Where the character at that place of the spelled text stands in the text as it was; its end for its end."""
        if self.offsets is None:
            return at
        return int(self.offsets[at]) if at < len(self.offsets) else int(self.offsets[-1]) + 1

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters between two places stood, without what was dropped behind the last."""
        return self.place(start), self.place(end - 1) + 1


def spelled(text: str) -> Spelled:
    """The text as it is compared: simplified, narrow, in lower case, without accents that stand alone."""
    known = tables()
    codes = points(text)
    kinds = known.kinds.take(codes)
    if len(codes) == 0 or kinds.max() < DROPPED:
        return Spelled(text=letters(known.spellings.take(codes)))
    seen = kinds != DROPPED
    if not seen.any():
        return Spelled(text="")
    return Spelled(text=letters(known.spellings[codes[seen]]), offsets=np.flatnonzero(seen))


def points(text: str) -> Codes:
    """The code points of a text, a lone surrogate's own among them."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def letters(codes: Codes) -> str:
    """The text of code points."""
    return codes.tobytes().decode("utf-32-le")


@cache
def tables() -> Tables:
    """What is known of all code points; 10 MB that are made once a process, in some 10 ms."""
    spellings = np.arange(LAST_CODE_POINT + 1, dtype="<u4")
    kinds = np.zeros(LAST_CODE_POINT + 1, dtype=np.uint8)
    names = {"dense": DENSE, "words": WORD, "marks": MARK, "dropped": DROPPED}
    kept = ""
    for line in files("storage.search").joinpath("spellings.txt").read_text(encoding="utf-8").splitlines():
        name, *rest = line.split(" ")
        if name in names:
            for first, last in _bounds(rest):
                kinds[first : last + 1] = names[name]
        elif name == "blanks":
            spellings[[int(point, 16) for point in rest]] = ord(" ")
        elif name == "kept":
            kept = rest[0]
        else:
            spellings[list(map(ord, line))] = ord(line[0])
    # What cannot be stored is dropped on its way into the file (storage.door): the same terms before and after.
    kinds[[0, *range(0xD800, 0xE000)]] = DROPPED
    # A form of a letter is what the letter is, but nothing that is not seen stands for itself or another.
    shown = kinds != DROPPED
    kinds[shown] = kinds[spellings[shown]]
    of_both = spellings.copy()
    of_both[list(map(ord, kept))] = list(map(ord, kept))
    return Tables(spellings=spellings, kept=of_both, kinds=kinds)


def _bounds(ranges: list[str]) -> Iterator[tuple[int, int]]:
    """The first and the last code point of each range."""
    for one in ranges:
        first, _, last = one.partition("-")
        yield int(first, 16), int(last or first, 16)
