"""How articles of a story came together: which link did it, and by how much the pairs beside it were for it.

With it is known whether one more article leaves all that as it is. Take a story in which no link was refused, and an
article N that comes to it, a copy of some of its articles and of none of others.

* N comes in with its strongest link, at p, unless its pairs with those that are together there by then forbid it.
* Each of its further links leads to an article that is together with p by stronger links already, or else N brings
  two groups together earlier than before: then nothing is known (`add` says False).
* Wherever two groups come together later, N's pairs across them count. It is known when the two ends of each of them
  come together, so it can be said whether there are still no more templates than copies.
* A weak link that was taken because one side was a single article may not be where N is with that article by then
  (`add` says False). Any other stays what it was: more copies across it have less in common.

So if all of that holds, no link is refused now either, and the story is what it was, and N. Links that lead from it to
other stories were refused, and are so again: N adds nothing to what is between two groups but templates, and a group
that is larger for N, or was one article before, is joined by no weak link that did not join it before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from storage.stories.clusters import WORTH, Edge, Joint, Strength, is_weak, strength


class Bonds:
    """Articles that came together by links, the strongest first. Each hangs on another one, with the link that did it.

    As in union by size without shortening of ways: a way up goes over ever weaker links, and has few steps.
    """

    def __init__(self, keys: Mapping[int, str], joints: Iterable[Joint]) -> None:
        self._keys = dict(keys)
        self._above: dict[int, tuple[int, Strength]] = {}
        self._margins: dict[int, int] = {}
        self._first: dict[int, Strength] = {}
        sizes = dict.fromkeys(keys, 1)
        for joint in joints:
            self._first.setdefault(joint.a, joint.strength)
            self._first.setdefault(joint.b, joint.strength)
            small, large = sorted((self._top(joint.a), self._top(joint.b)), key=sizes.__getitem__)
            self._above[small], self._margins[small] = (large, joint.strength), joint.margin
            sizes[large] += sizes[small]

    def add(self, article: int, key: str, edges: Sequence[Edge]) -> bool:
        """Whether one more article leaves what the others are to each other as it is; then it is added.

        `edges`: its `same` and `template` pairs, all of them with others that are here, one `same` at least.
        """
        keys = {edge.a + edge.b - article: self._keys[edge.a + edge.b - article] for edge in edges} | {article: key}
        links = sorted(
            (strength(edge, keys), edge.a + edge.b - article) for edge in edges if edge.verdict == "same"
        )
        level, nearest = links[0]
        first = self._first.get(nearest, level)
        if first > level and is_weak(first):
            return False
        if any(other != nearest and self._meeting(nearest, other)[1] > weaker for weaker, other in links[1:]):
            return False
        margins: Counter[int] = Counter()
        for edge in edges:
            other = edge.a + edge.b - article
            below, met = (nearest, level) if other == nearest else self._meeting(nearest, other)
            margins[article if met <= level else below] += WORTH[edge.verdict]
        if any(self._margins.get(below, 0) + more < 0 for below, more in margins.items()):
            return False
        for below, more in margins.items():
            self._margins[below] = self._margins.get(below, 0) + more
        self._above[article] = self._top(nearest, level), level
        self._first[article], self._first[nearest] = level, min(first, level)
        self._keys[article] = key
        return True

    def _meeting(self, one: int, other: int) -> tuple[int, Strength]:
        """Where two different articles come together: the article that was hung up for it, and the link that did it."""
        below, level = one, None
        while one != other:
            if one not in self._above or (other in self._above and self._above[other][1] < self._above[one][1]):
                one, other = other, one
            below = one
            one, level = self._above[one]
        assert level is not None, "an article and itself need not come together"
        return below, level

    def _top(self, article: int, level: Strength | None = None) -> int:
        """The article on which another one hangs in the end, or by links that are all stronger than a level."""
        while article in self._above and (level is None or self._above[article][1] < level):
            article = self._above[article][0]
        return article
