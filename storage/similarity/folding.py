"""One code for all spellings of a character: simplified, traditional and regional forms, width, case and accents.

The table is frozen in fold_table.txt, made from OpenCC's character tables (Apache-2.0, Copyright BYVoid and
contributors) and Unicode 14 by tests/storage/similarity/make_fold_table.py: what Python knows of Unicode changes with
its version. Another table gives other fingerprints: whoever changes it raises fingerprint.VERSION.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

CODE_POINTS = 0x323B0
"""Those of letters and digits; what lies behind them (private use, tags) separates words."""

LAST_CODE_POINT = 0x10FFFF

SEPARATOR = 0
TRANSPARENT = 1
"""Marks and format characters: dropped without ending a word."""

_COMPOSITE = 2
"""No code of a character; stands for those that are to be taken apart or put together before they have one."""

_WIDER = 0xFEE0
"""By so much the code point of a full-width sign is more than that of its narrow form."""
_BLANKS = "\t\r\u00a0\u2002\u2003\u3000\ufeff"


def folded(text: str) -> NDArray[np.uint32]:
    """The code of each character of a text, without marks: equal for characters that differ in form only.

    Letters and digits have the code point that stands for their class; all else is SEPARATOR. A lone surrogate is one.
    """
    codes: NDArray[np.uint32] = _first_codes().take(points(text), mode="clip")
    odd = codes - TRANSPARENT < _COMPOSITE
    if not odd.any():
        return codes
    if (codes == _COMPOSITE).any():
        codes = _tables()[0].take(points(unicodedata.normalize("NFKC", text)), mode="clip")
    kept: NDArray[np.uint32] = codes[codes != TRANSPARENT]
    return kept


def spelled(text: str) -> str:
    """The text with one spelling of each letter, narrow and in lower case; as long as it was, punctuation kept."""
    return str(_spellings()[points(text)].tobytes(), "utf-32-le")


def points(text: str) -> NDArray[np.uint32]:
    """The code points of a text; a lone surrogate is a question mark."""
    return np.frombuffer(text.encode("utf-32-le", "replace"), dtype="<u4")


@cache
def _tables() -> tuple[NDArray[np.uint32], NDArray[np.bool_]]:
    """The code of each code point, and whether it is to be taken apart or put together before it has one.

    The last one of each is that of all that lie behind.
    """
    table = np.full(CODE_POINTS + 1, SEPARATOR, dtype=np.uint32)
    composite = np.zeros(CODE_POINTS + 1, dtype=bool)
    for line in files("storage.similarity").joinpath("fold_table.txt").read_text(encoding="utf-8").splitlines():
        name, *ranges = line.split(" ")
        if not ranges:
            table[list(map(ord, line))] = ord(line[0])
        for first, last in _bounds(ranges):
            if name == "composites":
                composite[first : last + 1] = True
            else:
                table[first : last + 1] = np.arange(first, last + 1) if name == "letters" else TRANSPARENT
    return table, composite


@cache
def _first_codes() -> NDArray[np.uint32]:
    """The code of each code point, _COMPOSITE for those that are to be taken apart or put together."""
    table, composite = _tables()
    return np.where(composite, np.uint32(_COMPOSITE), table)


@cache
def _spellings() -> NDArray[np.uint32]:
    """What stands for each code point where a text is to be read by patterns."""
    spellings = np.arange(LAST_CODE_POINT + 1, dtype="<u4")
    table, composite = _tables()
    letters = (table[:-1] > TRANSPARENT) & ~composite[:-1]
    spellings[:CODE_POINTS][letters] = table[:-1][letters]
    wide = np.arange(0xFF01, 0xFF5F)
    signs = wide[~letters[wide]]
    spellings[signs] = signs - _WIDER
    spellings[[ord(blank) for blank in _BLANKS]] = ord(" ")
    return spellings


def _bounds(ranges: list[str]) -> Iterator[tuple[int, int]]:
    """The first and the last code point of each range of the table."""
    for one in ranges:
        first, _, last = one.partition("-")
        yield int(first, 16), int(last or first, 16)
