"""Which articles are one story: a function of what is like what and of what people decided, of nothing else.

The strongest links come first, and a link joins what its two ends have gathered so far. Not where

* more pairs between the two are of one form with other numbers or names (`template`) than are copies: there the link is
  the odd one, and one wrong pair joins no two stories that were compared more than once;
* the link is weak, and all copies between the two are copies of one article: a page that holds two articles, or a
  report that quotes another at length, is like both and makes them no copies of each other.

Measured on 2,026 labelled records through the import (tests/quality/stories, tuning half): precision .9862 without
either, .9876 with the first, 1.0000 with both; recall .9929, .9911, .9911. To refuse links where templates are as many
as copies makes no difference; to look at one article of each side only costs half a point of recall.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal

from storage.records import Verdict

Strength = tuple[float, float, str, str]
"""By which links are taken, smallest first: the same for two articles whatever their ids are."""


WEAK = 0.5
"""Jaccard below which two copies are called so because one holds most of the other. Any value from .4 on does."""

WORTH = {"same": 1, "template": -1}
"""What a pair between two groups says for their being one story; other pairs say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What two articles are to each other, as `pairs` has it."""

    a: int
    b: int
    verdict: Verdict
    jaccard: float
    containment: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a person said of two articles: one story (`same`), or two (`apart`)."""

    a: int
    b: int
    verdict: Literal["same", "apart"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """A link that brought two groups together. `margin`: how many more pairs between them were copies than templates.

    A decision that two articles are one story is stronger than all links, and its margin says nothing.
    """

    a: int
    b: int
    strength: Strength
    margin: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Clustering:
    """The stories, and how they came about.

    `joints`: what brought them together, the strongest first; `refused`: whether a link was, for the pairs beside it or
    for a decision; `disputed`: the ends of links that were refused though others brought the same two together later;
    `contested`: whether a link could have been refused, had others come first: any two articles are templates of each
    other, or a weak link brought groups together.
    """

    groups: tuple[frozenset[int], ...]
    joints: tuple[Joint, ...]
    refused: bool
    disputed: frozenset[int]
    contested: bool


def clusters(articles: Mapping[int, str], edges: Iterable[Edge], decisions: Sequence[Decided]) -> list[frozenset[int]]:
    """The articles, parted into stories; see `clustering`."""
    return list(clustering(articles, edges, decisions).groups)


def clustering(articles: Mapping[int, str], edges: Iterable[Edge], decisions: Sequence[Decided]) -> Clustering:
    """The articles, parted into stories, those of the smallest key first.

    `articles`: the key of each, by which ties are broken. `edges`: each pair once, in any order; ends that are not
    among the articles make it count for nothing. `decisions`: newest first; one that contradicts newer ones is void,
    and all others win over what the texts say. One that names an article that is not here (it was pruned) still holds
    together, or apart, those that are: a decision is a chain of articles, and loses none of its links with one.
    """
    within = [edge for edge in edges if edge.a in articles and edge.b in articles]
    groups = _Groups(articles, {end for one in decisions for end in (one.a, one.b)} - articles.keys())
    joints: list[Joint] = []
    for number, decided in enumerate(decisions):
        ends = groups.decide(decided)
        if ends is not None:
            joints.append(Joint(a=ends[0], b=ends[1], strength=(-inf, number, "", ""), margin=0))
    templates = any(edge.verdict == "template" for edge in within)
    if templates or any(edge.verdict == "same" and edge.jaccard < WEAK for edge in within):  # else nothing is asked for
        groups.count(within)
    refused: list[tuple[int, int]] = []
    for level, a, b in sorted((strength(edge, articles), edge.a, edge.b) for edge in within if edge.verdict == "same"):
        margin = groups.link(a, b, weak=is_weak(level))
        if margin is not None and margin >= 0:
            joints.append(Joint(a=a, b=b, strength=level, margin=margin))
        elif margin is not None:
            refused.append((a, b))
    return Clustering(
        groups=groups.groups(),
        joints=tuple(joints),
        refused=bool(refused),
        disputed=frozenset(end for pair in refused if groups.are_one(*pair) for end in pair),
        contested=templates or any(is_weak(joint.strength) for joint in joints),
    )


def strength(edge: Edge, articles: Mapping[int, str]) -> Strength:
    """How strong a link is, the strongest smallest: by Jaccard, then containment, then the keys of its ends."""
    first, second = sorted((articles[edge.a], articles[edge.b]))
    return -edge.jaccard, -edge.containment, first, second


def is_weak(level: Strength) -> bool:
    """Whether a link of that strength says that one text is in the other rather than that both are one."""
    return -level[0] < WEAK


@dataclass(slots=True)
class _Between:
    """The pairs between two groups. `margin`: how many more are copies than templates; `common`: what all copies have.

    None: there are no copies.
    """

    margin: int
    common: frozenset[int] | None


class _Groups:
    """Groups of articles that grow together. Each is known by one of its articles, its root.

    `absent`: articles that are not here any more; they count for nothing but what was decided of them.
    """

    def __init__(self, articles: Mapping[int, str], absent: Iterable[int]) -> None:
        self._articles = articles
        self._parent = {article: article for article in (*articles, *absent)}
        self._apart: dict[int, set[int]] = {}
        self._sizes = dict.fromkeys(self._parent, 0) | dict.fromkeys(articles, 1)
        self._present: dict[int, int | None] = dict.fromkeys(self._parent) | {one: one for one in articles}
        self._between: dict[int, dict[int, _Between]] = {}

    def decide(self, decided: Decided) -> tuple[int, int] | None:
        """An article of each of two groups that it joins; None where it joins none with articles that are here.

        It holds from now on, unless it contradicts one that does already.
        """
        one, other = self._root(decided.a), self._root(decided.b)
        if one == other or other in self._apart.get(one, ()):
            return None
        if decided.verdict == "apart":
            self._apart.setdefault(one, set()).add(other)
            self._apart.setdefault(other, set()).add(one)
            return None
        ends = ((decided.a, one), (decided.b, other))
        a, b = (end if end in self._articles else self._present[root] for end, root in ends)
        self._join(one, other)
        return None if a is None or b is None else (a, b)

    def count(self, edges: Sequence[Edge]) -> None:
        """None; the pairs between groups are counted."""
        for edge in edges:
            one, other = self._root(edge.a), self._root(edge.b)
            if one != other and edge.verdict in WORTH:
                common = frozenset((edge.a, edge.b)) if edge.verdict == "same" else None
                self._add(one, other, _Between(WORTH[edge.verdict], common))

    def link(self, a: int, b: int, *, weak: bool) -> int | None:
        """How many more of the pairs between the groups of two articles are copies than templates; then they are one.

        Below 0 they stay two, for their pairs or a decision. None where they were one before. `weak`: of the link.
        """
        one, other = self._root(a), self._root(b)
        if one == other:
            return None
        if other in self._apart.get(one, ()):
            return -1
        between = self._between.get(one, {}).get(other, _Between(0, None))
        if weak and between.common and min(self._sizes[one], self._sizes[other]) > 1:
            return -1
        if between.margin >= 0:
            self._join(one, other)
        return between.margin

    def are_one(self, a: int, b: int) -> bool:
        """Whether two articles are in one group."""
        return self._root(a) == self._root(b)

    def groups(self) -> tuple[frozenset[int], ...]:
        """All groups, that of the smallest key first."""
        found: dict[int, list[int]] = {}
        for article in sorted(self._articles, key=self._articles.__getitem__):
            found.setdefault(self._root(article), []).append(article)
        return tuple(map(frozenset, found.values()))

    def _root(self, article: int) -> int:
        parent = self._parent
        while parent[article] != article:
            parent[article] = parent[parent[article]]
            article = parent[article]
        return article

    def _join(self, one: int, other: int) -> None:
        """None; the group with fewer neighbours goes into the other, so joins look at each pair few times only."""
        if self._neighbours(one) < self._neighbours(other):
            one, other = other, one
        self._parent[other] = one
        self._sizes[one] += self._sizes[other]
        if self._present[one] is None:
            self._present[one] = self._present[other]
        for far in self._apart.pop(other, ()):
            self._apart[far].discard(other)
            self._apart[far].add(one)
            self._apart.setdefault(one, set()).add(far)
        for far, between in self._between.pop(other, {}).items():
            del self._between[far][other]
            if far != one:
                self._add(one, far, between)

    def _neighbours(self, root: int) -> int:
        return len(self._between.get(root, ())) + len(self._apart.get(root, ()))

    def _add(self, one: int, other: int, more: _Between) -> None:
        """None; what is between two groups is known from both sides, as one value."""
        between = self._between.setdefault(one, {}).get(other)
        if between is None:
            self._between[one][other] = self._between.setdefault(other, {})[one] = more
            return
        between.margin += more.margin
        if more.common is not None:
            between.common = more.common if between.common is None else between.common & more.common
