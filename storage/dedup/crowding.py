"""Keys under which too many articles stand.

Copies of one story need not all stand under a key: the next copy is found through those that do. So a crowded key
gives room to other stories first. When even its stories are too many, a form of words has it (weather, tables of
prices) and not a text: it is hot, and each article under it stands under its next key instead. Then those may become
hot too; the end is the same in whatever order it happens, for a key once hot stays so.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from storage.database import Database
from storage.dedup import anchors
from storage.dedup.documents import Documents
from storage.similarity.fingerprint import ANCHORS


def stand(
    database: Database, article_id: int, under: Sequence[int], standing: Mapping[int, Collection[int]]
) -> None:
    """None; the article stands under those keys, or under others where they are hot now. Its story is known by now.

    `standing`: the articles that stand under the keys.
    """
    full = {key for key in under if len(standing.get(key, ())) >= anchors.KEPT}
    anchors.add(database, article_id, (key for key in under if key not in full))
    if full:
        _Crowd(database).join(article_id, full)


@dataclass(slots=True)
class _Place:
    """Where an article stands: of its keys, the first ANCHORS that are not hot."""

    keys: list[int]
    stood: set[int]


class _Crowd:
    """The articles that have to move, one after another, until every key holds what it can.

    A form that becomes too common does so key by key, and each moves as many articles as stand under it: thousands of
    moves at one article. So the keys that they meet are read once, and written when all have their places.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._documents = Documents(database)
        self._places: dict[int, _Place] = {}
        self._holders: dict[int, dict[int, int]] = {}
        self._before: dict[int, frozenset[int]] = {}
        self._stories: dict[int, int] = {}
        self._hot: set[int] = set()
        self._moving: deque[int] = deque()

    def join(self, article_id: int, full: set[int]) -> None:
        """None; the article has its places, those under the keys in `full` too."""
        self._know(article_id).stood -= full
        self._moving.append(article_id)
        while self._moving:
            self._settle(self._moving.popleft())
        self._write()

    def _know(self, article_id: int) -> _Place:
        if article_id not in self._places:
            cold = anchors.cold(self._database, anchors.keys(self._documents.of(article_id).shingles))
            keys = [key for key in cold if key not in self._hot]
            self._places[article_id] = _Place(keys=keys, stood=set(keys[:ANCHORS]))
        return self._places[article_id]

    def _settle(self, article_id: int) -> None:
        place = self._places[article_id]
        place.keys = [key for key in place.keys if key not in self._hot]
        for key in place.keys[:ANCHORS]:
            if key not in place.stood:
                place.stood.add(key)
                self._under(key, article_id)
        if not self._hot.isdisjoint(place.keys[:ANCHORS]):
            self._moving.append(article_id)

    def _under(self, key: int, article_id: int) -> None:
        """None; the article stands under the key, or one of its story does, or the key is hot."""
        holders = self._under_key(key)
        if article_id in holders:
            return
        story = self._story(article_id)
        if len(holders) < anchors.KEPT:
            holders[article_id] = story
            return
        stories = Counter(holders.values())
        if story in stories:
            return
        largest = max(stories, key=lambda one: (stories[one], -one))
        if stories[largest] == 1:
            self._heat(key)
            return
        del holders[max(one for one in holders if holders[one] == largest)]
        holders[article_id] = story

    def _under_key(self, key: int) -> dict[int, int]:
        """The articles that stand under the key, each with its story."""
        if key not in self._holders:
            rows = self._database.rows(
                "SELECT n.article_id, f.story_id FROM anchors n JOIN fingerprints f USING (article_id)"
                " WHERE n.hash = ?",
                (key,),
            )
            self._holders[key] = {row[0]: row[1] for row in rows}
            self._before[key] = frozenset(self._holders[key])
        return self._holders[key]

    def _heat(self, key: int) -> None:
        """None; the key is hot, and those that stood under it will move."""
        holders = self._holders[key]
        for holder in sorted(holders):
            self._know(holder)
            self._moving.append(holder)
        holders.clear()
        self._hot.add(key)

    def _story(self, article_id: int) -> int:
        if article_id not in self._stories:
            self._stories[article_id] = int(
                self._database.value("SELECT story_id FROM fingerprints WHERE article_id = ?", (article_id,))
            )
        return self._stories[article_id]

    def _write(self) -> None:
        """None; the file says who stands where, and which keys are hot."""
        self._database.executemany("INSERT INTO hot_anchors (hash) VALUES (?)", [(key,) for key in sorted(self._hot)])
        gone = [(key, one) for key, now in self._holders.items() for one in self._before[key].difference(now)]
        come = [(key, one) for key, now in self._holders.items() for one in now.keys() - self._before[key]]
        anchors.remove_all(self._database, gone)
        anchors.add_all(self._database, come)
