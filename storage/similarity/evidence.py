"""What speaks for a copy and what for a template where two articles are laid on each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, compress, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from storage.similarity.alignment import Alignment, Gap, Places, Stretch, align, gaps
from storage.similarity.document import Document
from storage.similarity.numbers import conflicting
from storage.similarity.regional import regional
from storage.similarity.shingles import Hashes

_MOST_GAPS = 600
_MOST_NUMBERS = 3000
_FEWEST_NAMES = 2
_NEIGHBOURS = (-4, -3, -2, -1, 0, 1, 2)
_NEIGHBOURS_EQUAL = 6
"""Of seven tokens, a number with four before it and two behind it; the nearest on each side must be equal."""
_NEAREST = [_NEIGHBOURS.index(place) for place in (-1, 0, 1)]
_OFFSETS = np.array(_NEIGHBOURS) - _NEIGHBOURS[0]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Of two articles, laid on each other; what is asked of it is found when it is asked for.

    The same, sides exchanged, for articles exchanged where `signs` orders them.
    """

    one: Document
    other: Document

    @property
    def covered(self) -> float:
        """The share of the one text that the other has, edits within a stretch included."""
        return min(1.0, self._cores[0] / max(1, len(self.one.tokens) - self.one.head))

    @property
    def other_covered(self) -> float:
        """The share of the other text that the one has."""
        return min(1.0, self._cores[1] / max(1, len(self.other.tokens) - self.other.head))

    @property
    def core(self) -> int:
        """Tokens that are covered, the smaller number of both."""
        return min(self._cores)

    @property
    def same(self) -> int:
        """How many numbers stand in the same place of both and are alike."""
        return self._numbers[0]

    @property
    def differ(self) -> int:
        """How many numbers stand in the same place of both and contradict each other."""
        return self._numbers[1]

    @property
    def bursts(self) -> int:
        """How many places there are where one text says something and the other nothing."""
        return self._gaps.bursts

    @property
    def swaps(self) -> int:
        """Where each says something else; single characters and words of another region are left out."""
        return self._gaps.swaps

    @property
    def renamed(self) -> int:
        """Where each says what it repeats elsewhere and the other never says."""
        return len(self._renamed)

    @property
    def names(self) -> int:
        """How many different exchanges the renamed ones are."""
        return len(set(self._renamed))

    @cached_property
    def named(self) -> float:
        """Of the names that a text has those that the other lacks, the smaller share of both."""
        return min(_unknown_names(self.one, self.other), _unknown_names(self.other, self.one))

    @cached_property
    def apart(self) -> int:
        """The longest stretch of one text in whose place the other one has another of at least this length."""
        return _apart(self._text, self.one, self.other)

    @cached_property
    def around(self) -> int:
        """Tokens of the text that is more, before and behind all that both have, the smaller of both."""
        return _around(self._text, self.one, self.other)

    @cached_property
    def _found(self) -> Alignment:
        return align(self.one.grams, self.other.grams)

    @cached_property
    def _text(self) -> list[Stretch]:
        # The stretch of an equal headline is no part of the texts.
        return [s for s in self._found.stretches if s.end > self.one.head and s.other_end > self.other.head]

    @cached_property
    def _cores(self) -> tuple[int, int]:
        core = sum(s.end - max(s.start, self.one.head) for s in self._text)
        return core, sum(s.other_end - max(s.other_start, self.other.head) for s in self._text)

    @cached_property
    def _numbers(self) -> tuple[int, int]:
        return _numbers(self._found, self.one, self.other)

    @cached_property
    def _gaps(self) -> _Gaps:
        return _gaps(self._found, self.one, self.other)

    @cached_property
    def _renamed(self) -> list[tuple[bytes, bytes]]:
        return _renamed(self._gaps.exchanges, self.one, self.other)


class _Gaps(NamedTuple):
    """The places within stretches where two texts differ. `exchanges`: those where each says something else."""

    bursts: int
    swaps: int
    exchanges: list[Gap]


def _apart(text: list[Stretch], one: Document, other: Document) -> int:
    """The most tokens that both have between two stretches, before the first or behind the last."""
    if not text:
        return 0
    head, tail = text[0], text[-1]
    found = [
        min(head.start - one.head, head.other_start - other.head),
        min(len(one.tokens) - tail.end, len(other.tokens) - tail.other_end),
    ]
    found += [min(b.start - a.end, b.other_start - a.other_end) for a, b in pairwise(text)]
    return max(0, *found)


def _around(text: list[Stretch], one: Document, other: Document) -> int:
    """What the text that is more has before the stretches and behind them, the smaller of both."""
    if not text:
        return 0
    if len(one.tokens) - one.head >= len(other.tokens) - other.head:
        before, behind = min(s.start for s in text) - one.head, len(one.tokens) - max(s.end for s in text)
    else:
        before = min(s.other_start for s in text) - other.head
        behind = len(other.tokens) - max(s.other_end for s in text)
    return max(0, min(before, behind))


def _gaps(found: Alignment, one: Document, other: Document) -> _Gaps:
    """How often, within a stretch, one text says more, and each says something else."""
    bursts = swaps = 0
    exchanges = []
    for gap in gaps(found, _MOST_GAPS):
        trimmed = _trimmed(gap, one, other)
        more, other_more = trimmed.end - trimmed.start, trimmed.other_end - trimmed.other_start
        if not more or not other_more:
            bursts += more != other_more
        elif not regional(*_said(trimmed, one, other)):
            swaps += max(more, other_more) > 1 or one.alphabetic
            exchanges.append(trimmed)
    return _Gaps(bursts, swaps, exchanges)


def _said(gap: Gap, one: Document, other: Document) -> tuple[Hashes, Hashes]:
    """What each text has in a gap."""
    return one.tokens[gap.start : gap.end], other.tokens[gap.other_start : gap.other_end]


def _unknown_names(one: Document, other: Document) -> float:
    """The share of the names of a text that the other one lacks; 0 where that is fewer than two."""
    unknown = len(one.names - other.words)
    return unknown / len(one.names) if unknown >= _FEWEST_NAMES else 0.0


def _trimmed(gap: Gap, one: Document, other: Document) -> Gap:
    """The gap without what is equal at its ends."""
    here, there = (tokens.tolist() for tokens in _said(gap, one, other))
    least = min(len(here), len(there))
    begin = next((at for at in range(least) if here[at] != there[at]), least)
    least -= begin
    end = next((at for at in range(least) if here[-1 - at] != there[-1 - at]), least)
    return Gap(gap.start + begin, gap.end - end, gap.other_start + begin, gap.other_end - end)


def _renamed(exchanges: list[Gap], one: Document, other: Document) -> list[tuple[bytes, bytes]]:
    """What was exchanged where each text has what it says again elsewhere and the other one never says."""
    again = _said_again(one, [(gap.start, gap.end) for gap in exchanges], other)
    exchanges = list(compress(exchanges, again))
    again = _said_again(other, [(gap.other_start, gap.other_end) for gap in exchanges], one)
    names = (_said(gap, one, other) for gap in compress(exchanges, again))
    return [(name.tobytes(), other_name.tobytes()) for name, other_name in names]


def _said_again(document: Document, places: list[tuple[int, int]], other: Document) -> list[bool]:
    """For each place whether a pair of tokens in it or at its edge is said at least twice here, and never there."""
    if not places:
        return []
    runs = [document.pairs[max(0, start - 1) : end] for start, end in places]
    pairs = np.concatenate(runs)
    again = ((_count(pairs, document) > 1) & (_count(pairs, other) == 0)).tolist()
    ends = accumulate(map(len, runs))
    return [any(again[end - len(run) : end]) for run, end in zip(runs, ends, strict=True)]


def _count(pairs: Hashes, document: Document) -> NDArray[np.int64]:
    """How often a text says each of some pairs of tokens."""
    known = document.sorted_pairs
    return known.searchsorted(pairs, side="right") - known.searchsorted(pairs, side="left")


def _numbers(found: Alignment, one: Document, other: Document) -> tuple[int, int]:
    """How many numbers stand in the same place of both texts, alike and contradicting."""
    here = one.marks[:_MOST_NUMBERS]
    if not len(found.here) or not len(here) or not len(other.marks):
        return 0, 0
    # The nearest point before a number tells its place in the other text, and so does the nearest one behind it.
    behind = found.here.searchsorted(here, side="right")
    ahead = found.there - found.here
    there = here + ahead[np.maximum(behind - 1, 0)]
    other_there = here + ahead[np.minimum(behind, len(ahead) - 1)]
    more = (there != other_there).nonzero()[0]
    numbers = np.concatenate((np.arange(len(here)), more))
    there = np.concatenate((there, other_there[more]))
    others = np.minimum(other.marks.searchsorted(there), len(other.marks) - 1)
    fits = other.marks[others] == there
    numbers, others = numbers[fits], others[fits]
    fits = _fits(one, other, here[numbers], other.marks[others])
    pairs = zip(numbers[fits].tolist(), others[fits].tolist(), strict=True)
    stated = [(one.values[number], other.values[its]) for number, its in pairs]
    return sum(a == b for a, b in stated), sum(conflicting(a, b) for a, b in stated)


def _fits(one: Document, other: Document, here: Places, there: Places) -> NDArray[np.bool_]:
    """Where two numbers have the same neighbours."""
    equal = _around_each(one, here) == _around_each(other, there)
    fits: NDArray[np.bool_] = equal[:, _NEAREST].all(axis=1) & (equal.sum(axis=1) >= _NEIGHBOURS_EQUAL)
    return fits


def _around_each(document: Document, places: Places) -> NDArray[np.uint64]:
    """The tokens around each place of a text, a row for each; zeros outside of it."""
    edge = np.zeros(-_NEIGHBOURS[0], dtype=np.uint64)
    padded = np.concatenate((edge, document.tokens, edge))
    rows: NDArray[np.uint64] = padded[places[:, np.newaxis] + _OFFSETS]
    return rows
