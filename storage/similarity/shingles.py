"""What a text says, as a set of numbers: its tokens, and the runs of tokens by which texts are compared.

A Han, kana or Thai character is a token, and so is a word or a number of other scripts. A shingle is five tokens in a
row where most are single characters, else three (research/dedup.md 2.2: longer and shorter ones make little
difference, these overlap least by chance). Hashes are our own arithmetic on 64 bits, equal in every process.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from storage.similarity.folding import CODE_POINTS, SEPARATOR, folded

Hashes = NDArray[np.uint64]

CHARACTERS = 5
WORDS = 3
_LONGEST_WORD = 64
_PLACES_KEPT = 8192
_FACTOR = 0x9E3779B97F4A7C15
_MIXING = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
)
_ADDED = np.uint64(_FACTOR)
_LAST_SHIFT = np.uint64(31)
# First and last code point of scripts whose characters are tokens: Thai to Khmer, kana, Bopomofo, Han.
_SCRIPTS = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3040, 0x312F), (0x3400, 0x9FFF),
            (0xFA0E, 0xFA29), (0x20000, 0x323AF))  # fmt: skip
_DIGITS = (0x30, 0x39)


def shingles(text: str) -> Hashes:
    """The shingles of a text, sorted, each once. Empty for a text of fewer tokens than a shingle has."""
    return _shingles(*tokens_of(folded(text)))


def shingles_and_digest(text: str) -> tuple[Hashes, int]:
    """Both of a text, for half of the work."""
    tokens, single = tokens_of(folded(text))
    return _shingles(tokens, single), _digest(tokens)


def distinct(hashes: Hashes) -> Hashes:
    """The hashes sorted, each once; a third of the time that np.unique takes."""
    ordered = np.sort(hashes)
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def shared(one: Hashes, other: Hashes) -> int:
    """How many hashes two sets have in common. Both sorted, each hash once."""
    fewer, more = sorted((one, other), key=len)
    if not len(fewer):
        return 0
    places = np.searchsorted(more, fewer)
    places[places == len(more)] = 0
    return int(np.count_nonzero(more[places] == fewer))


def digest(text: str) -> int:
    """A number of 63 bits for all that a text says, in its order: equal for texts of equal tokens."""
    return _digest(tokens_of(folded(text))[0])


def _shingles(tokens: Hashes, single: int) -> Hashes:
    """The shingles of a text of these tokens."""
    size = CHARACTERS if 2 * single > len(tokens) else WORDS
    rows = len(tokens) - size + 1
    if rows < 1:
        return np.empty(0, dtype=np.uint64)
    mixed = tokens[:rows] * _POWERS[1]
    for place in range(1, size):
        mixed += tokens[place : place + rows] * _POWERS[place + 1]
    return distinct(_mixed(mixed))


def _digest(tokens: Hashes) -> int:
    """The digest of a text of these tokens."""
    places = _places()[: len(tokens)] if len(tokens) <= _PLACES_KEPT else _placed(len(tokens))
    return int(np.bitwise_xor.reduce(_mixed(tokens * places), initial=np.uint64(0)) >> np.uint64(1))


def _placed(number: int) -> Hashes:
    """A hash for each place of a token."""
    return _mixed(np.arange(1, number + 1, dtype=np.uint64))


@cache
def _places() -> Hashes:
    """The same for the places of a usual text: half of the time of its digest."""
    return _placed(_PLACES_KEPT)


def tokens_of(codes: NDArray[np.uint32]) -> tuple[Hashes, int]:
    """A hash for each token, and how many of them are single characters."""
    kinds = _kinds().take(codes)
    hashes = _characters().take(codes)
    begins = kinds == _CHARACTER
    single = int(np.count_nonzero(begins))
    spelled = ((kinds == _WORD) | (kinds == _NUMBER)).nonzero()[0]
    if len(spelled):
        # A word or a number goes on as long as its kind stays and nothing is between.
        of = kinds[spelled]
        first = np.ones(len(spelled), dtype=bool)
        first[1:] = (spelled[1:] - spelled[:-1] > 1) | (of[1:] != of[:-1])
        starts = first.nonzero()[0]
        within = np.arange(len(spelled)) - starts[first.cumsum() - 1]
        letters = _mixed(codes[spelled].astype(np.uint64)) * _POWERS[np.minimum(within, _LONGEST_WORD - 1)]
        begun = spelled[starts]
        hashes[begun] = _mixed(np.add.reduceat(letters, starts))
        begins[begun] = True
    return hashes[begins], single


@cache
def _characters() -> Hashes:
    """The hash of each code that is a token of its own."""
    return _mixed(_mixed(np.arange(CODE_POINTS + 1, dtype=np.uint64)))


_WORD, _NUMBER, _CHARACTER = 1, 2, 3


@cache
def _kinds() -> NDArray[np.uint8]:
    """What each code is part of: nothing, a word, a number, or a token of its own."""
    kinds = np.full(CODE_POINTS + 1, _WORD, dtype=np.uint8)
    kinds[SEPARATOR] = 0
    kinds[_DIGITS[0] : _DIGITS[1] + 1] = _NUMBER
    for first, last in _SCRIPTS:
        kinds[first : last + 1] = _CHARACTER
    return kinds


def _mixed(values: Hashes) -> Hashes:
    """Each value with its bits spread over all 64 (the finaliser of splitmix64)."""
    mixed = values + _ADDED
    for shift, factor in _MIXING:
        mixed ^= mixed >> shift
        mixed *= factor
    mixed ^= mixed >> _LAST_SHIFT
    return mixed


_POWERS = np.array([pow(_FACTOR, power, 1 << 64) for power in range(_LONGEST_WORD)], dtype=np.uint64)
