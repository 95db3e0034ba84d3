"""What two sequences have in common, in order, at a cost that no text can drive up.

Pieces that stand once in each are sure signs, as in patience diff (Bram Cohen): the longest run of them that is in one
order on both sides is kept, and what lies between is looked at again. Short stretches go to difflib, which finds the
longest common runs and so cuts less than a shortest edit script does.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

SMALL = 60_000
"""Pairs of pieces that difflib is given at a time: 245 words on each side."""

EFFORT = 6_000_000
"""Pairs that one comparison may look at in all. 1 s of a 2026 server core; two texts of 20,000 characters that share
half of their sentences need a tenth of it."""

DEEPEST = 12
"""How often what lies between sure signs is looked at for signs of its own."""

GRAM = 6
"""Words in a row that are a sign together where single ones are none: Han characters recur, runs of six do not."""


@dataclass(slots=True)
class Effort:
    """What is left of the pairs that one comparison may look at."""

    left: int = EFFORT

    def spend(self, pairs: int) -> bool:
        """Whether there was as much left; then it is spent."""
        if pairs > self.left:
            return False
        self.left -= pairs
        return True


@dataclass(frozen=True, slots=True)
class Match:
    """`size` pieces from `old` on in one sequence say the same as those from `new` on in the other."""

    old: int
    new: int
    size: int


def matches(old: Sequence[Hashable], new: Sequence[Hashable], effort: Effort, gram: int = 1) -> list[Match]:
    """What the sequences have in common, in order, no two matches touching. `gram`: pieces that make a sign together.

    Time: n log n, and what `effort` allows; where that is spent, stretches without signs count as different.
    """
    return _joined(_Matcher(old, new, effort, gram).between((0, len(old), 0, len(new)), DEEPEST))


Window = tuple[int, int, int, int]
"""From and to in the old sequence, from and to in the new one."""


@dataclass(frozen=True, slots=True)
class _Matcher:
    old: Sequence[Hashable]
    new: Sequence[Hashable]
    effort: Effort
    gram: int

    def between(self, window: Window, depth: int) -> Iterator[Match]:
        """The matches within a window."""
        a, b, c, d = window
        head = 0
        while a + head < b and c + head < d and self.old[a + head] == self.new[c + head]:
            head += 1
        if head:
            yield Match(a, c, head)
        a, c, tail = a + head, c + head, 0
        while a < b - tail and c < d - tail and self.old[b - tail - 1] == self.new[d - tail - 1]:
            tail += 1
        b, d = b - tail, d - tail
        if a < b and c < d:
            yield from self._middle((a, b, c, d), depth)
        if tail:
            yield Match(b, d, tail)

    def _middle(self, window: Window, depth: int) -> Iterator[Match]:
        """Those of a window that neither begins nor ends with one."""
        a, b, c, d = window
        pairs = (b - a) * (d - c)
        if pairs <= SMALL:
            if self.effort.spend(pairs):
                blocks = SequenceMatcher(None, self.old[a:b], self.new[c:d], autojunk=False).get_matching_blocks()
                yield from (Match(a + block.a, c + block.b, block.size) for block in blocks if block.size)
        elif depth and self.effort.spend(b - a + d - c):
            yield from self._around_signs(window, depth)

    def _around_signs(self, window: Window, depth: int) -> Iterator[Match]:
        a, b, c, d = window
        for x, y in _signs(self.old, self.new, window, self.gram):
            if a < x and c < y:
                yield from self.between((a, x, c, y), depth - 1)
            yield Match(x, y, 1)
            a, c = x + 1, y + 1
        if (a, c) != (window[0], window[2]) and a < b and c < d:
            yield from self.between((a, b, c, d), depth - 1)


def _signs(old: Sequence[Hashable], new: Sequence[Hashable], window: Window, gram: int) -> list[tuple[int, int]]:
    """Where pieces stand that are once on each side: the longest row of them that is in order on both."""
    a, b, c, d = window
    here, there = _once(old, a, b, gram), _once(new, c, d, gram)
    both = sorted((at, there[sign]) for sign, at in here.items() if at >= 0 and there.get(sign, -1) >= 0)
    return _rising(both)


def _once(pieces: Sequence[Hashable], start: int, end: int, gram: int) -> dict[Hashable, int]:
    """The place of each sign; -1 for one that recurs."""
    places: dict[Hashable, int] = {}
    for at in range(start, end - gram + 1):
        sign = pieces[at] if gram == 1 else tuple(pieces[at : at + gram])
        places[sign] = -1 if sign in places else at
    return places


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of the pairs, which are in order of their first, that is in order of its second too."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for index, (_, place) in enumerate(pairs):
        at = bisect_left(ends, place)
        before.append(last[at - 1] if at else -1)
        ends[at : at + 1] = [place]
        last[at : at + 1] = [index]
    found, index = [], last[-1] if last else -1
    while index >= 0:
        found.append(pairs[index])
        index = before[index]
    return found[::-1]


def _joined(found: Iterator[Match]) -> list[Match]:
    joined: list[Match] = []
    for match in found:
        before = joined[-1] if joined else None
        if before and before.old + before.size == match.old and before.new + before.size == match.new:
            joined[-1] = Match(before.old, before.new, before.size + match.size)
        else:
            joined.append(match)
    return joined
