"""What two articles have in common and what speaks against copies, as numbers: all that the rule looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from storage.similarity.document import Document
from storage.similarity.evidence import Evidence
from storage.similarity.items import begins_below, is_item
from storage.similarity.shingles import shared
from storage.similarity.titles import contradiction, likeness, support

LEAST = 0.15
"""Containment below which nothing is looked at; copies have more, but for 1 in 1,000 that shares a part by chance."""

ITEM = 0.9
ITEM_REST = 0.6
"""Share of the shorter text that the longer one has, and of the longer one in it, where it may be one of its items."""


@dataclass(frozen=True, kw_only=True)
class Signs:
    """Of two articles, whichever comes first; what is asked of it is found when it is asked for.

    `jaccard`: shingles that both have, of all; `containment`: of those of the shorter one, which has `shingles`.
    `more`, `less`: how much of each text the other has, edits included; the larger share and the smaller one.
    """

    one: Document
    other: Document
    evidence: Evidence
    jaccard: float
    containment: float
    shingles: int
    more: float
    less: float

    @cached_property
    def like(self) -> float | None:
        """Jaccard of the headlines, None without one."""
        return likeness(self.one.title, self.other.title)

    @cached_property
    def claims(self) -> tuple[int, int]:
        """For each headline, how much of it the other article lacks."""
        return contradiction(self.one.title, self.other.title)

    @cached_property
    def supported(self) -> float:
        """The share of a headline that its own text knows, the larger of both."""
        return max(support(self.one.title), support(self.other.title))

    @cached_property
    def gap(self) -> timedelta | None:
        """Between their times of publication, at the least; None where one does not say."""
        return _gap(self.one, self.other)

    @cached_property
    def item(self) -> bool:
        """Whether the shorter text is one of the items that the longer one has."""
        if self.more < ITEM or self.less >= ITEM_REST:
            return False
        return is_item(self.one.prose, self.other.prose)

    @property
    def below(self) -> bool:
        """Whether the shorter text begins with a line of the longer one that is not its first."""
        return begins_below(self.one.prose, self.other.prose)

    @property
    def words(self) -> bool:
        """Whether they are written in an alphabet."""
        return self.one.alphabetic

    @property
    def scripts_differ(self) -> bool:
        """Whether one is written in traditional, the other in simplified characters."""
        return self.one.script * self.other.script < 0


def signs(one: Document, other: Document) -> Signs | None:
    """The signs, or None where less than LEAST of the shorter text is in the other."""
    fewer, more = sorted((len(one.shingles), len(other.shingles)))
    common = shared(one.shingles, other.shingles)
    if not fewer or common < LEAST * fewer:
        return None
    if _comes_first(other, one):
        one, other = other, one
    evidence = Evidence(one=one, other=other)
    # A text that repeats itself has few runs that it has once: then its shingles say more than the stretches.
    covered = max(evidence.covered, common / len(one.shingles))
    other_covered = max(evidence.other_covered, common / len(other.shingles))
    return Signs(
        one=one,
        other=other,
        evidence=evidence,
        jaccard=common / (fewer + more - common),
        containment=common / fewer,
        shingles=fewer,
        more=max(covered, other_covered),
        less=min(covered, other_covered),
    )


def _gap(one: Document, other: Document) -> timedelta | None:
    """How far apart two articles were published, at the least; None where one does not say."""
    if one.published_at is None or other.published_at is None:
        return None
    day = timedelta(days=1 if one.day_only or other.day_only else 0)
    return max(abs(one.published_at - other.published_at) - day, timedelta(0))


def _comes_first(one: Document, other: Document) -> bool:
    """Whether the one is the first of two articles, so that it does not matter which of them is named first."""
    if len(one.tokens) != len(other.tokens):
        return len(one.tokens) < len(other.tokens)
    return _order(one) < _order(other)


def _order(document: Document) -> tuple[int, tuple[str, ...], str]:
    """By what two articles of as many tokens are ordered."""
    return int(document.tokens.sum()), document.values, document.title.said
