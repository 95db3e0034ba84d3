"""Which sentence is an edit of which."""

from __future__ import annotations

from collections.abc import Sequence

from storage.revisions.matching import Effort
from storage.revisions.units import Unit

MOST_PAIRED = 40
"""Sentences in a row on either side that are compared one by one; of more, only words that stand once."""

COMPARED_CHARACTERS = 400
"""Of a sentence, to tell whether it is an edit of another."""

LEAST_LIKE = 0.4
"""Share of pairs of characters that two sentences have in common, from which one is an edit of the other."""


def likest(old: Sequence[Unit], new: Sequence[Unit], effort: Effort) -> list[tuple[Unit, Unit]]:
    """The pairs of sentences, in order on both sides, that are most alike in all (a longest common subsequence)."""
    if max(len(old), len(new), 1) > MOST_PAIRED or not effort.spend(len(old) * len(new) * COMPARED_CHARACTERS // 4):
        return []
    rows, columns = [_bigrams(unit) for unit in old], [_bigrams(unit) for unit in new]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    gains = [[_gain(one, other) for other in columns] for one in rows]
    for i in reversed(range(len(old))):
        for k in reversed(range(len(new))):
            best[i][k] = max(best[i + 1][k], best[i][k + 1], gains[i][k] + best[i + 1][k + 1])
    i = k = 0
    pairs = []
    while i < len(old) and k < len(new):
        if gains[i][k] and best[i][k] == gains[i][k] + best[i + 1][k + 1]:
            pairs.append((old[i], new[k]))
            i, k = i + 1, k + 1
        elif best[i][k] == best[i + 1][k]:
            i += 1
        else:
            k += 1
    return pairs


def _bigrams(unit: Unit) -> frozenset[str]:
    key = f" {unit.key[:COMPARED_CHARACTERS]}"
    return frozenset(key[at : at + 2] for at in range(len(key) - 1))


def _gain(one: frozenset[str], other: frozenset[str]) -> float:
    """How much two sentences share; 0 where neither is an edit of the other."""
    shared, whole = len(one & other), len(one) + len(other)
    return float(shared) if 2 * shared >= LEAST_LIKE * whole > 0 else 0.0
