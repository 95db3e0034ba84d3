"""How well a grouping agrees with the labels: over pairs, over records (B-cubed), and corrected for chance (ARI).

B-cubed: Bagga and Baldwin 1998. ARI: Hubert and Arabie 1985.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from math import comb


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Shares from 0 to 1 (`ari` from -1). Nothing to find, and nothing found, count as 1."""

    precision: float
    recall: float
    f1: float
    b3_precision: float
    b3_recall: float
    b3_f1: float
    ari: float


def figures(labels: Mapping[str, Hashable], groups: Mapping[str, Hashable]) -> Figures:
    """Of all records that have a label; one without a group stands alone. Linear in their number."""
    cells = Counter((label, groups.get(key, ("alone", key))) for key, label in labels.items())
    rights, founds = Counter[Hashable](), Counter[Hashable]()
    for (label, group), count in cells.items():
        rights[label] += count
        founds[group] += count
    both, right, found = (_pairs(counted.values()) for counted in (cells, rights, founds))
    precision, recall = both / found if found else 1.0, both / right if right else 1.0
    total = len(labels) or 1
    b3_precision = sum(count * count / founds[group] for (_, group), count in cells.items()) / total
    b3_recall = sum(count * count / rights[label] for (label, _), count in cells.items()) / total
    return Figures(
        precision=precision, recall=recall, f1=_f1(precision, recall), b3_precision=b3_precision, b3_recall=b3_recall,
        b3_f1=_f1(b3_precision, b3_recall), ari=_ari(both, right, found, comb(len(labels), 2)),
    )  # fmt: skip


def joined(labels: Mapping[str, str], groups: Mapping[str, Hashable]) -> list[tuple[str, str, int]]:
    """Labels that ended in one group though they are not one, each with the one it met and pairs wrong by it."""
    members: dict[Hashable, Counter[str]] = {}
    for key, label in labels.items():
        if key in groups:
            members.setdefault(groups[key], Counter())[label] += 1
    wrong = []
    for counts in members.values():
        (largest, size), *others = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        wrong += [(largest, label, size * count) for label, count in others]
    return sorted(wrong, key=lambda item: (-item[2], item[:2]))


def _pairs(sizes: Iterable[int]) -> int:
    return sum(comb(size, 2) for size in sizes)


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _ari(both: int, right: int, found: int, every: int) -> float:
    expected = right * found / every if every else 0.0
    highest = (right + found) / 2
    return (both - expected) / (highest - expected) if highest != expected else 1.0
