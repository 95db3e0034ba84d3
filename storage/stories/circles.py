"""Stories that grow: what is remembered of one, so that its thousandth copy costs what its second one did.

A story is remembered where no link between two of its articles was refused. Then one more article that is a copy of
some of them, and of nothing else, is one more of them, and no story is another for it; what else has to be so is in
`bonds`. Links to articles of other stories may have been refused: they would be again, for the article brings them none
but templates. The story's row follows from what is remembered and from the article. All else is for `regrouping` to
make anew, from the file.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from weakref import WeakKeyDictionary, proxy

from storage.database import Database
from storage.records import utc_text
from storage.stories.bonds import Bonds
from storage.stories.canonical_article import Member, canonical, least_shingles, rank, told
from storage.stories.clusters import WEAK, Clustering, Edge
from storage.stories.heads import Head
from storage.stories.publishers import Namings, naming

MOST_MEMBERS = 20_000
"""Articles of all stories that are remembered, some 500 bytes each; the story that rested longest goes first.

One story may have more: to make it anew for each of its copies would take seconds.
"""


class Circle:
    """A story of these members, made without a refused link between any of them. Only copies of some may be added."""

    def __init__(self, members: Sequence[Member], made: Clustering) -> None:
        self._members = {member.id: member for member in members}
        keys = {member.id: member.key for member in members}
        # Where nothing is contested, no link can be refused in any order, and nothing of it has to be known.
        known = made.contested or made.refused
        self._bonds = Bonds(keys, (one for one in made.joints if one.a in keys)) if known else None
        self._shingles = sorted(member.shingles for member in members)
        self._sites = {member.imprint.site for member in members}
        self._names = {name for member in members for name in member.imprint.names}
        self._namings = Namings(member.imprint for member in members)
        self._first = min(filter(None, map(told, members)), default=None)
        self._canonical, self._named = self._chosen()

    def __contains__(self, article: int) -> bool:
        return article in self._members

    def __len__(self) -> int:
        return len(self._members)

    @property
    def head(self) -> Head:
        """The row of the story."""
        return Head(
            canonical_id=self._canonical.id,
            articles=len(self._members),
            sites=len(self._sites),
            first_published_at=None if self._first is None else utc_text(self._first[1]),
        )

    def add(self, member: Member, edges: Sequence[Edge]) -> bool:
        """Whether one more member was added that has these pairs with others, `same` and `template`.

        False where the story is to be made anew; nothing was done then.
        """
        if self._bonds is None and (
            any(edge.verdict == "template" for edge in edges) or max(edge.jaccard for edge in edges) < WEAK
        ):
            return False
        if self._bonds is not None and not self._bonds.add(member.id, member.key, edges):
            return False
        self._count(member)
        return True

    def _count(self, member: Member) -> None:
        """None; the row counts the member. Who stands for the story is chosen anew only where that may be another."""
        said = member.imprint
        names_one = said.said & self._names or said.linked in self._sites or said.canonical in self._sites
        names_canonical = naming(said, self._canonical.imprint) is not None
        before = least_shingles(self._shingles)
        insort(self._shingles, member.shingles)
        after = least_shingles(self._shingles)
        self._members[member.id] = member
        self._sites.add(said.site)
        self._names |= said.names
        self._namings.add(said)
        self._first = min(filter(None, (self._first, told(member))), default=None)
        if (names_one and not names_canonical) or self._lie_between(before, after, but=member.shingles):
            self._canonical, self._named = self._chosen()
            return
        # Whom it names, the one that stands for the story among them, has one more; so among these no order changes.
        self._named += names_canonical
        named = self._namings.of(said)
        if rank(member, named, after) < rank(self._canonical, self._named, after):
            self._canonical, self._named = member, named

    def _lie_between(self, one: float, other: float, *, but: int) -> bool:
        """Whether members are whole by one of two measures and not by the other, beside one with `but` shingles."""
        low, high = sorted((one, other))
        return bisect_left(self._shingles, high) - bisect_left(self._shingles, low) > (low <= but < high)

    def _chosen(self) -> tuple[Member, int]:
        """Who stands for the story, and how many name it."""
        chosen = self._members[canonical(list(self._members.values()))]
        return chosen, self._namings.of(chosen.imprint)


class Circles:
    """The stories that are remembered of a file, as its present transaction has them.

    What a transaction remembered is forgotten with it where it is rolled back, and all that was where the operator
    calls a source's outlets otherwise (`Database.era`): whose its articles are is remembered of a story.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._circles: OrderedDict[int, tuple[int, Circle]] = OrderedDict()
        self._members = 0
        self._era = -1
        self._turn = -1
        self._file_version = -1

    def get(self, story: int, head: Head) -> Circle | None:
        """What is remembered of a story that has this row; None where that is nothing, or not true any more."""
        self._refresh()
        _, circle = self._circles.get(story, (0, None))
        return circle if circle is not None and circle.head == head else None

    def keep(self, story: int, circle: Circle) -> None:
        """None; the story is remembered as it is now."""
        self._refresh()
        self._drop(story)
        self._circles[story] = len(circle), circle
        self._members += len(circle)
        while self._members > MOST_MEMBERS and len(self._circles) > 1:
            self._drop(next(iter(self._circles)))

    def forget(self, stories: Iterable[int]) -> None:
        """None; nothing is remembered of these stories."""
        self._refresh()
        for story in stories:
            self._drop(story)

    def _drop(self, story: int) -> None:
        if story in self._circles:
            self._members -= self._circles.pop(story)[0]

    def _refresh(self) -> None:
        """None; nothing is remembered where what it rests on was undone, or somebody else has written the file."""
        if self._database.era != self._era:
            self._clear()
            self._era = self._database.era
        # Within a transaction nobody else writes.
        if self._database.turn != self._turn or not self._database.connection.in_transaction:
            version = self._database.value("PRAGMA data_version")
            if version != self._file_version:
                self._clear()
            self._turn, self._file_version = self._database.turn, version

    def _clear(self) -> None:
        self._circles.clear()
        self._members = 0


_of: WeakKeyDictionary[Database, Circles] = WeakKeyDictionary()


def circles(database: Database) -> Circles:
    """What is remembered of the stories of an open file."""
    found = _of.get(database)
    if found is None:
        found = _of[database] = Circles(proxy(database))
    return found
