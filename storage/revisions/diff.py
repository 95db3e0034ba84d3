"""How one text became another, as a reader would tell it: paragraphs, then sentences, then words. Pure.

Why not diff-match-patch: tests/benchmarks/test_diffs.py measures both. Its clean-up works on characters, so that
numbers and words are cut (40 times in 5,000 characters with corrected numbers; here never). It ends at a time limit and
then calls the whole text replaced, as it did after 5 s with every twentieth place of 20,000 characters edited; without
one it took 19 s for what takes 0.3 s here, and the answer does not depend on the machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from os.path import commonprefix
from typing import Literal

from storage.revisions.changes import Change, Weights, between, cleaned, in_text, slid
from storage.revisions.matching import GRAM, SMALL, Effort, Match, matches
from storage.revisions.moves import Moves, moves
from storage.revisions.pairing import MOST_PAIRED, likest
from storage.revisions.units import Unit, offset, paragraphs, sentences, words

Op = Literal["same", "delete", "insert", "moved_from", "moved_to"]

MOST_CHARACTERS = 400_000
"""Of two texts together, without what they begin and end with alike, that are compared: ten times the longest news
article. Longer ones are shown as replaced."""

EDGE_COST = 3
"""Characters that one more edit must save to be worth reading."""

MUCH_CHEAPER = 0.8
"""Share of the cost at which edits across the ends of sentences are preferred to those within them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of the two texts; offsets are in characters. In order, the spans are all of both texts.

    `same`: says the same in both, white space and width aside. `move`: the number of a stretch that was moved, the
    same where it stood (`moved_from`) and where it stands (`moved_to`).
    """

    op: Op
    old_start: int
    old_end: int
    new_start: int
    new_end: int
    move: int | None = None


def diff(old: str, new: str) -> tuple[Span, ...]:
    """The spans of two texts. The same for the same texts; at most some seconds for texts of megabytes."""
    head, tail = _equal_ends(old, new)
    before, after = old[head : len(old) - tail], new[head : len(new) - tail]
    changed = [span for span in _joined(_changed(before, after)) if _says(span, before, after)]
    return tuple(_with_equal((_farther(span, head) for span in changed), len(old), len(new)))


def _says(span: Span, old: str, new: str) -> bool:
    """Whether a span is more than white space."""
    return not (old[span.old_start : span.old_end] + new[span.new_start : span.new_end]).isspace()


def _equal_ends(old: str, new: str) -> tuple[int, int]:
    """How many characters the texts have in common at their beginning and their end, in whole lines."""
    if old == new:
        return len(old), 0
    head = old.rfind("\n", 0, _common(old, new)) + 1
    while head and (old[head : head + 1].isspace() or new[head : head + 1].isspace()):
        head = old.rfind("\n", 0, head - 1) + 1
    tail = _common(old[head:][::-1], new[head:][::-1])
    line_end = old.find("\n", len(old) - tail)
    return head, len(old) - line_end - 1 if tail and line_end >= 0 else 0


def _common(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    return len(commonprefix((one, other)))  # noqa: RUF071 - of characters is what is wanted


def _farther(span: Span, by: int) -> Span:
    """The span, that many characters farther on in both texts."""
    return replace(
        span,
        old_start=span.old_start + by,
        old_end=span.old_end + by,
        new_start=span.new_start + by,
        new_end=span.new_end + by,
    )


def _changed(old: str, new: str) -> list[Span]:
    """The spans of what differs, in order."""
    if len(old) + len(new) > MOST_CHARACTERS:
        return list(_spans_of(Change(0, len(old), 0, len(new))))
    effort = Effort()
    gaps = list(_gaps(old, new, effort))
    moved = moves([unit for gap in gaps for unit in gap.old], [unit for gap in gaps for unit in gap.new])
    return [span for gap in gaps for span in _Gap(old, new, gap, moved, effort).spans()]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Sentences without an equal between those that have one. `a`, `c`: where it begins in the texts."""

    old: tuple[Unit, ...]
    new: tuple[Unit, ...]
    a: int
    c: int


def _gaps(old: str, new: str, effort: Effort) -> Iterator[Stretch]:
    """What differs, by sentences within paragraphs that differ."""
    old_units, new_units = paragraphs(old), paragraphs(new)
    found = _matched(old_units, new_units, effort)
    for change in between(found, len(old_units), len(new_units)):
        before, after = sentences(old, old_units[change.a : change.b]), sentences(new, new_units[change.c : change.d])
        start = (offset(old_units, change.a, 0), offset(new_units, change.c, 0))
        for inner in between(_matched(before, after, effort), len(before), len(after)):
            yield Stretch(
                tuple(before[inner.a : inner.b]),
                tuple(after[inner.c : inner.d]),
                offset(before, inner.a, start[0]),
                offset(after, inner.c, start[1]),
            )


def _matched(old: Sequence[Unit], new: Sequence[Unit], effort: Effort, gram: int = 1) -> list[Match]:
    return matches([unit.key for unit in old], [unit.key for unit in new], effort, gram)


class _Gap:
    """One stretch that differs, told as spans."""

    def __init__(self, old: str, new: str, gap: Stretch, moved: tuple[Moves, Moves], effort: Effort) -> None:
        self._old, self._new, self._gap, self._effort = old, new, gap, effort
        self._from, self._to = moved

    def spans(self) -> list[Span]:
        """The spans of what differs, in order."""
        gap = self._gap
        has_moves = any(unit.start in self._from for unit in gap.old) or any(u.start in self._to for u in gap.new)
        if not has_moves and not (gap.old and gap.new):
            return list(self._replaced(gap.old, gap.new, gap.a, gap.c))
        if max(len(gap.old), len(gap.new)) > MOST_PAIRED and not has_moves:
            return self._by_words(gap.old, gap.new)
        paired = list(self._by_sentences())
        if has_moves or len(gap.old) == len(gap.new) == 1 or self._size() > 4 * SMALL:
            return paired
        direct = self._by_words(gap.old, gap.new)
        return direct if _cost(direct) < MUCH_CHEAPER * _cost(paired) else paired

    def _size(self) -> int:
        """Pairs of characters that are compared where sentences do not part them."""
        old, new = self._gap.old, self._gap.new
        return (old[-1].end - old[0].start) * (new[-1].end - new[0].start)

    def _by_sentences(self) -> Iterator[Span]:
        """Each sentence as an edit of another, as new, as gone or as moved."""
        gap = self._gap
        old = [unit for unit in gap.old if unit.start not in self._from]
        new = [unit for unit in gap.new if unit.start not in self._to]
        a, c = gap.a, gap.c
        i = k = 0
        for one, other in likest(old, new, self._effort):
            to_i, to_k = gap.old.index(one, i), gap.new.index(other, k)
            yield from self._replaced(gap.old[i:to_i], gap.new[k:to_k], a, c)
            yield from self._by_words([one], [other])
            i, k, a, c = to_i + 1, to_k + 1, one.end, other.end
        yield from self._replaced(gap.old[i:], gap.new[k:], a, c)

    def _replaced(self, old: Sequence[Unit], new: Sequence[Unit], a: int, c: int) -> Iterator[Span]:
        """Sentences that are gone or moved away, then those that are new or moved here."""
        for unit in old:
            move = self._from.get(unit.start, (None, 0))[0]
            yield Span(
                op="delete" if move is None else "moved_from",
                old_start=unit.start, old_end=unit.end, new_start=c, new_end=c, move=move,
            )  # fmt: skip
            a = unit.end
        for unit in new:
            move = self._to.get(unit.start, (None, 0))[0]
            yield Span(
                op="insert" if move is None else "moved_to",
                old_start=a, old_end=a, new_start=unit.start, new_end=unit.end, move=move,
            )  # fmt: skip

    def _by_words(self, old: Sequence[Unit], new: Sequence[Unit]) -> list[Span]:
        """The edits between two stretches, word by word."""
        starts = (old[0].start, new[0].start)
        before, after = words(self._old, starts[0], old[-1].end), words(self._new, starts[1], new[-1].end)
        found = _matched(before, after, self._effort, GRAM)
        rough = between(found, len(before), len(after))
        changes = cleaned(rough, Weights(before), Weights(after))
        changes = slid(changes, before, after, (self._old, self._new))
        return [span for change in in_text(changes, before, after, starts) for span in _spans_of(change)]


def _cost(spans: Sequence[Span]) -> int:
    changed = sum(span.old_end - span.old_start + span.new_end - span.new_start for span in spans)
    return changed + EDGE_COST * len(spans)


def _spans_of(change: Change) -> Iterator[Span]:
    if change.a < change.b:
        yield Span(op="delete", old_start=change.a, old_end=change.b, new_start=change.c, new_end=change.c)
    if change.c < change.d:
        yield Span(op="insert", old_start=change.b, old_end=change.b, new_start=change.c, new_end=change.d)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Spans of one kind that touch as one; what is gone stands before what is new."""
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        touching = last is not None and last.old_end == span.old_start and last.new_end == span.new_start
        if last is not None and touching and (last.op, last.move) == (span.op, span.move):
            joined[-1] = Span(
                op=span.op, old_start=last.old_start, old_end=span.old_end,
                new_start=last.new_start, new_end=span.new_end, move=span.move,
            )  # fmt: skip
        else:
            joined.append(span)
    return joined


def _with_equal(spans: Iterable[Span], old_size: int, new_size: int) -> Iterator[Span]:
    """The spans with what is the same between them."""
    a = c = 0
    for span in spans:
        if a < span.old_start or c < span.new_start:
            yield Span(op="same", old_start=a, old_end=span.old_start, new_start=c, new_end=span.new_start)
        yield span
        a, c = span.old_end, span.new_end
    if a < old_size or c < new_size:
        yield Span(op="same", old_start=a, old_end=old_size, new_start=c, new_end=new_size)
