"""Two texts laid on each other: the stretches that both have, and what stands in them in one text only.

Exact and cheap: only runs of tokens that a text has once count as points, and points that lie near each other in both
texts, in the same order, make a stretch. Two articles by chance share points, never a stretch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from storage.similarity.shingles import Hashes

Places = NDArray[np.int64]

_FACTORS = tuple(pow(0xD1342543DE82EF95, power, 1 << 64) for power in range(8))

FEWEST_POINTS = 6
"""Of a stretch. Unrelated articles share phrases of three or four."""

LONGEST_BRIDGE = 16
"""Tokens between two points of a stretch: a burst of edits, not a sentence."""

_LONGEST_EQUAL_BRIDGE = 60
"""The same, where both texts have as many: repeated words, damaged characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grams:
    """The runs of `size` tokens that a text has once, sorted by hash, and where each begins."""

    size: int
    hashes: Hashes
    starts: Places


class Stretch(NamedTuple):
    """What both texts have, edits aside: [start, end) of the one, and of the other."""

    start: int
    end: int
    other_start: int
    other_end: int


class Gap(NamedTuple):
    """A place in a stretch where the texts differ: [start, end) of each; one of them may be empty."""

    start: int
    end: int
    other_start: int
    other_end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """`here[i]` and `there[i]` begin a run of `size` tokens that both texts have once; in the order of `here`.

    `stretches`: in the same order; `bridged`: the numbers i of those points that are followed, in one stretch, by one
    that is not the next in both texts.
    """

    size: int
    here: Places
    there: Places
    stretches: tuple[Stretch, ...]
    bridged: Places


def rolling(tokens: Hashes, size: int) -> Hashes:
    """A hash for each run of `size` tokens, in their order. Empty for fewer tokens."""
    rows = len(tokens) - size + 1
    if rows <= 0:
        return np.empty(0, dtype=np.uint64)
    sums = np.zeros(rows, dtype=np.uint64)
    for place in range(size):
        sums += tokens[place : place + rows] * np.uint64(_FACTORS[place])
    return sums ^ (sums >> np.uint64(29))


def grams(tokens: Hashes, size: int) -> Grams:
    """The runs of `size` tokens that occur once."""
    hashes = rolling(tokens, size)
    order = np.argsort(hashes)
    ordered = hashes[order]
    new = np.ones(len(ordered) + 1, dtype=bool)
    new[1:-1] = ordered[1:] != ordered[:-1]
    once = new[:-1] & new[1:]
    return Grams(size=size, hashes=ordered[once], starts=order[once])


def align(one: Grams, other: Grams) -> Alignment:
    """One text laid on the other. Nothing for grams of another size."""
    here, there = _points(one, other)
    ahead, ahead_there = here[1:] - here[:-1], there[1:] - there[:-1]
    bridge = LONGEST_BRIDGE + one.size
    near = (np.maximum(ahead, ahead_there) <= bridge) | ((ahead == ahead_there) & (ahead <= _LONGEST_EQUAL_BRIDGE))
    near &= ahead_there > 0
    edges = np.ones(len(here) + 1, dtype=bool)
    edges[1:-1] = ~near
    bounds = edges.nonzero()[0] if len(here) else np.zeros(1, dtype=np.int64)
    starts, ends = bounds[:-1], bounds[1:]
    kept = ends - starts >= FEWEST_POINTS
    inside = kept.repeat(ends - starts)[:-1]
    apart = near & ((ahead != 1) | (ahead_there != 1)) & inside
    first, last = starts[kept], ends[kept] - 1
    corners = (here[first], here[last] + one.size, there[first], there[last] + one.size)
    return Alignment(
        size=one.size,
        here=here,
        there=there,
        stretches=tuple(Stretch(*corner) for corner in zip(*(side.tolist() for side in corners), strict=True)),
        bridged=apart.nonzero()[0],
    )


def gaps(alignment: Alignment, most: int) -> list[Gap]:
    """The first places, `most` at the most, where a stretch of one text is not the same in the other."""
    at = alignment.bridged
    if not len(at):
        return []
    size = alignment.size
    start, end = alignment.here[at] + size, alignment.here[at + 1]
    other_start, other_end = alignment.there[at] + size, alignment.there[at + 1]
    # Two points that overlap in one text: a token before the gap is also the one behind it.
    over = np.maximum(0, np.maximum(start - end, other_start - other_end))
    edges = np.stack((start, end + over, other_start, other_end + over))
    some = (edges[1] > edges[0]) | (edges[3] > edges[2])
    return [Gap(*edge) for edge in edges[:, some][:, :most].T.tolist()]


def _points(one: Grams, other: Grams) -> tuple[Places, Places]:
    """Where both texts have the same run, each once, in the order of the first."""
    if not len(one.hashes) or not len(other.hashes) or one.size != other.size:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    places = other.hashes.searchsorted(one.hashes)
    places[places == len(other.hashes)] = 0
    both = other.hashes[places] == one.hashes
    # For each place of the first text the one in the other: in order without sorting.
    found = np.full(int(one.starts.max()) + 1, -1, dtype=np.int64)
    found[one.starts[both]] = other.starts[places[both]]
    here = (found >= 0).nonzero()[0]
    return here, found[here]
