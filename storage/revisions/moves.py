"""Sentences that stand elsewhere in a text than they did."""

from __future__ import annotations

from collections.abc import Sequence

from storage.revisions.units import Unit

LEAST_MOVED = 12
"""Characters of the shortest sentence by which a moved stretch is known."""

Moves = dict[int, tuple[int, int]]
"""By a sentence's place in a text: the number of its move, and the sentence's place in the other text."""


def moves(old: Sequence[Unit], new: Sequence[Unit]) -> tuple[Moves, Moves]:
    """Sentences that stand elsewhere now, known by one that is long and once on each side; numbered in new order."""
    here, there = _places(old), _places(new)
    from_old: Moves = {}
    to_new: Moves = {}
    number = 0
    for at, unit in enumerate(new):
        begin = here.get(unit.key, -1)
        if len(unit.key) < LEAST_MOVED or there[unit.key] < 0 or begin < 0 or unit.start in to_new:
            continue
        number += 1
        first, last = _reach(old, new, begin, at)
        for step in range(first, last + 1):
            one, other = old[begin + step], new[at + step]
            if one.start not in from_old and other.start not in to_new:
                from_old[one.start], to_new[other.start] = (number, other.start), (number, one.start)
    return from_old, to_new


def _places(units: Sequence[Unit]) -> dict[str, int]:
    places: dict[str, int] = {}
    for at, unit in enumerate(units):
        places[unit.key] = -1 if unit.key in places else at
    return places


def _reach(old: Sequence[Unit], new: Sequence[Unit], at: int, to: int) -> tuple[int, int]:
    """How many sentences before and behind two equal ones are equal too, as steps."""
    first = last = 0
    while at + first > 0 and to + first > 0 and _follow(old, new, at + first, to + first, -1):
        first -= 1
    while at + last + 1 < len(old) and to + last + 1 < len(new) and _follow(old, new, at + last, to + last, 1):
        last += 1
    return first, last


def _follow(old: Sequence[Unit], new: Sequence[Unit], at: int, to: int, step: int) -> bool:
    """Whether the next sentences are equal, and really stand next to these in both texts."""
    one, other = old[at + step], new[to + step]
    pairs = ((one, old[at]), (other, new[to]))
    touching = all(a.end == b.start if step < 0 else b.end == a.start for a, b in pairs)
    return touching and one.key == other.key
