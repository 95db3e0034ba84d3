"""The sentences of a text as numbers, to see how much of it its source has said before. Pure.

Nobody gains by two sentences with one number, so checksums do, at a tenth of what a digest costs. A number ends with
the length of its sentence, so that numbers are all that must be kept of a text to weigh it.
"""

from __future__ import annotations

import re
import struct
from collections import deque
from zlib import adler32, crc32

BYTES = 8
"""Of a sentence's number, as it is stored."""
COMPARED = 20
"""Articles before it with which one is compared."""
MOST = 200
"""Sentences of a text that are looked at. 8,000 characters of news have no more."""
SHORTEST = 6
"""Characters of a sentence that is worth comparing: shorter ones, such as a name or a date, are in many articles."""

# No sentence has it: each has a length.
_END_OF_ARTICLE = bytes(BYTES)
_END = re.compile(r"[。！？!?；;\n]+")
_LENGTH = 0xFFFF
"""Of a number, the bits that are its sentence's length in characters, and the greatest that can be told."""


def packed(text: str) -> bytes:
    """The numbers of the first sentences of a text, each once, as they are stored."""
    found: dict[int, None] = {}
    for sentence in _END.split(text):
        said = sentence.strip()
        if len(said) >= SHORTEST:
            line = said.encode()
            found[crc32(line) << 32 | (adler32(line) & _LENGTH) << 16 | min(len(said), _LENGTH)] = None
            if len(found) == MOST:
                break
    return struct.pack(f"<{len(found)}Q", *found)


class LastSaid:
    """The sentences of the last articles of a source, in one value: all that must be read to see what repeats them."""

    def __init__(self, stored: bytes | None = None) -> None:
        self._articles: deque[bytes] = deque(maxlen=COMPARED)
        self._said: dict[int, int] = {}
        self._number = 0
        whole = stored or b""
        numbers, start = _numbers(whole), 0
        while start < len(numbers):
            end = numbers.index(0, start)
            self._add(numbers[start:end], whole[start * BYTES : end * BYTES])
            start = end + 1

    def repeated(self, article: bytes) -> float:
        """The share, 0 to 1, of an article's characters in sentences of those before it; it is the last one then.

        `article`: its sentences as `packed` makes them. 0 where none of it is worth comparing.
        """
        since, sentences = self._number - COMPARED, _numbers(article)
        total = sum(map(_LENGTH.__and__, sentences))
        again = sum(one & _LENGTH for one in self._said.keys() & sentences if self._said[one] >= since)
        self._add(sentences, article)
        return again / total if total else 0.0

    def stored(self) -> bytes:
        """The value to keep."""
        return b"".join(one + _END_OF_ARTICLE for one in self._articles)

    def _add(self, sentences: tuple[int, ...], article: bytes) -> None:
        self._said.update(dict.fromkeys(sentences, self._number))
        self._articles.append(article)
        self._number += 1


def _numbers(packed_bytes: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(packed_bytes) // BYTES}Q", packed_bytes)
