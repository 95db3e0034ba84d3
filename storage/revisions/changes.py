"""Few long changes in place of many short ones: what lies between two edits and is shorter than both belongs to them.

Two Chinese sentences always share some characters; an edit script that keeps each of them cannot be read. The rule is
that of diff-match-patch's semantic clean-up (Neil Fraser, "Diff Strategies", 2006), on words in place of characters,
where punctuation weighs nothing. Edits are then moved sideways to where a sentence, a clause or a word begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from storage.revisions.matching import Match
from storage.revisions.units import Unit, offset

FARTHEST = 200
"""Words by which an edit is moved sideways at most."""

_SENTENCE_ENDS = "。！？!?；;…"
_CLAUSE_ENDS = "，,、：:”’」』）)】]—"
_OPENING = "“‘「『（(【[《"


@dataclass(frozen=True, slots=True)
class Change:
    """What stands from `a` to `b` in the old sequence is replaced by what stands from `c` to `d` in the new one."""

    a: int
    b: int
    c: int
    d: int


def between(found: Sequence[Match], old_size: int, new_size: int) -> list[Change]:
    """What lies between matches."""
    changes, a, c = [], 0, 0
    for match in (*found, Match(old_size, new_size, 0)):
        if a < match.old or c < match.new:
            changes.append(Change(a, match.old, c, match.new))
        a, c = match.old + match.size, match.new + match.size
    return changes


WORD_WEIGHT = 3
"""Of a word of a spaced script, where a Han character or a number weighs 1: alone between two edits it can be read."""


class Weights:
    """How much the words of a text weigh: a Han character 1, a word WORD_WEIGHT, punctuation nothing."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self._sums = [0, *accumulate(_weight(unit.key) for unit in units)]

    def of(self, start: int, end: int) -> int:
        """The weight of the words from `start` to `end`."""
        return self._sums[end] - self._sums[start]


@lru_cache(maxsize=16_384)
def _weight(key: str) -> int:
    if not any(map(str.isalnum, key)):
        return 0
    return WORD_WEIGHT if len(key) > 1 and key[0].isalpha() else 1


def cleaned(changes: Iterable[Change], old: Weights, new: Weights) -> list[Change]:
    """The changes, those joined between which less is equal than is changed on either side. Linear."""
    kept: list[Change] = []
    for change in changes:
        kept.append(change)
        while len(kept) > 1 and _is_idle(kept[-2], kept[-1], old, new):
            last = kept.pop()
            kept[-1] = Change(kept[-1].a, last.b, kept[-1].c, last.d)
    return kept


def _is_idle(one: Change, other: Change, old: Weights, new: Weights) -> bool:
    equal = old.of(one.b, other.a)
    changed = (max(old.of(edit.a, edit.b), new.of(edit.c, edit.d)) for edit in (one, other))
    return equal <= 1 or equal < min(changed)


def slid(changes: Sequence[Change], old: Sequence[Unit], new: Sequence[Unit], texts: tuple[str, str]) -> list[Change]:
    """The changes, each that only adds or only takes away moved to where it begins and ends as sentences do."""
    moved: list[Change] = []
    for index, change in enumerate(changes):
        before = moved[-1].d if moved else 0
        after = changes[index + 1].c if index + 1 < len(changes) else len(new)
        room = (change.c - before, after - change.d)
        if change.a == change.b:
            by = _best_shift(new, (change.c, change.d), room, texts[1])
        elif change.c == change.d:
            by = _best_shift(old, (change.a, change.b), room, texts[0])
        else:
            by = 0
        moved.append(Change(change.a + by, change.b + by, change.c + by, change.d + by))
    return moved


def _best_shift(units: Sequence[Unit], span: tuple[int, int], room: tuple[int, int], text: str) -> int:
    """By how many words the span is best moved: the text with or without it stays the same."""
    start, end = span
    best, at = _borders(units, start, end, text), 0
    for step in (-1, 1):
        for by in range(step, step * (min(room[step > 0], FARTHEST) + 1), step):
            out, into = (start + by, end + by) if step < 0 else (start + by - 1, end + by - 1)
            if units[out].key != units[into].key:
                break
            score = _borders(units, start + by, end + by, text)
            if score > best:
                best, at = score, by
    return at


def _borders(units: Sequence[Unit], start: int, end: int, text: str) -> int:
    return _border(units, start, text) + _border(units, end, text)


def _border(units: Sequence[Unit], at: int, text: str) -> int:
    """How much of an end stands before a word: of a paragraph 5, a sentence 4, a clause 3, a word 1."""
    if at in {0, len(units)}:
        return 5
    last, following = text[units[at - 1].start : units[at - 1].end], text[units[at].start]
    mark = last.rstrip()[-1:]
    if "\n" in last:
        return 5
    if mark and mark in _SENTENCE_ENDS:
        return 4
    if (mark and mark in _CLAUSE_ENDS) or following in _OPENING:
        return 3
    return int(last[-1].isspace())


def in_text(
    changes: Iterable[Change], old: Sequence[Unit], new: Sequence[Unit], begin: tuple[int, int]
) -> list[Change]:
    """Changes of words as changes of characters. `begin`: where the words begin, for there may be none."""
    return [
        Change(
            offset(old, change.a, begin[0]),
            offset(old, change.b, begin[0]),
            offset(new, change.c, begin[1]),
            offset(new, change.d, begin[1]),
        )
        for change in changes
    ]
