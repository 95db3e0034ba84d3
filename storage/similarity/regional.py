"""Words that differ between the mainland and Taiwan: no sign that two texts speak of different things.

The table is frozen in regional_words.txt, made from OpenCC's table of phrases (Apache-2.0, Copyright BYVoid and
contributors) by tests/storage/similarity/make_regional_words.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from storage.similarity.folding import folded, points
from storage.similarity.shingles import Hashes, tokens_of

_Points = NDArray[np.uint32]

_PLANE = np.uint32(0xFFFF)
"""Of a character that lies behind the first plane of Unicode, what tells it from some others."""


def regional(one: Hashes, other: Hashes) -> bool:
    """Whether tokens of two texts are, without what is equal at their ends, one word of two regions."""
    pair = (one.tobytes(), other.tobytes())
    return pair in _pairs() or pair[::-1] in _pairs()


def in_one_region(text: str) -> str:
    """A text with the mainland's words, both as `characters` gives them; words are looked for without their meaning."""
    words = _words()
    for number in _possible(text):
        word, other = words[number]
        if other in text:
            text = text.replace(other, word)
    return text


def characters(text: str) -> str:
    """A text of folded characters, NUL where a word ends."""
    return folded(text).tobytes().decode("utf-32-le", "replace")


def _possible(text: str) -> list[int]:
    """The numbers of the words that a text may have, or come to have while others are replaced: it has their letters.

    A third of the time that it takes to look for each of the words.
    """
    present = np.zeros(int(_PLANE) + 1, dtype=bool)
    present[points(text) & _PLANE] = True
    rarest, sought, given = _letters()
    possible = np.empty(0, dtype=np.int64)
    while True:
        more = present[rarest].nonzero()[0]
        more = more[present[sought[more]].all(axis=1)]
        if len(more) == len(possible):
            return list(possible.tolist())
        possible = more
        present[given[possible]] = True


def _lines() -> list[list[str]]:
    table = files("storage.similarity").joinpath("regional_words.txt")
    return [line.split(" ") for line in table.read_text(encoding="utf-8").splitlines()]


@cache
def _words() -> tuple[tuple[str, str], ...]:
    """(word of the mainland, word of Taiwan), the longest first."""
    found = {(characters(word), characters(other)) for word, other in _lines()}
    return tuple(sorted(found, key=lambda pair: (-len(pair[1]), pair)))


@cache
def _letters() -> tuple[_Points, _Points, _Points]:
    """Of each word the letter that fewest others have; all its letters; and those of the word put in its place."""
    given, sought = zip(*_words(), strict=True)
    counts = Counter(letter for word in sought for letter in set(word))
    rarest = [min(word, key=lambda letter: (counts[letter], letter)) for word in sought]
    return points("".join(rarest)) & _PLANE, _table(sought), _table(given)


def _table(words: Sequence[str]) -> _Points:
    """A row for each word, its first letter repeated at the end of the shorter ones."""
    longest = max(map(len, words))
    return np.array([points(word.ljust(longest, word[0])) for word in words], dtype=np.uint32) & _PLANE


@cache
def _pairs() -> frozenset[tuple[bytes, bytes]]:
    return frozenset(_trimmed(*(tokens_of(folded(word))[0] for word in line)) for line in _lines())


def _trimmed(one: Hashes, other: Hashes) -> tuple[bytes, bytes]:
    """Both without the tokens that they begin and end with alike."""
    least = min(len(one), len(other))
    equal = one[:least] == other[:least]
    begin = least if equal.all() else int(np.argmin(equal))
    one, other, least = one[begin:], other[begin:], least - begin
    equal = one[len(one) - least :][::-1] == other[len(other) - least :][::-1]
    end = least if equal.all() else int(np.argmin(equal))
    return one[: len(one) - end].tobytes(), other[: len(other) - end].tobytes()
