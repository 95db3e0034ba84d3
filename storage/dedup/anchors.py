"""Which articles may be copies of one: those that share anchors, the smallest shingles of a text.

Each article stands under the ANCHORS smallest of its keys that are not too common (research/dedup.md 2.3: two shared
of 16 find .999 of all copies). A key is too common when more than KEPT stories have it; then it tells nothing, is
`hot` from then on, and the next key takes its place for all articles that had it (storage.dedup.crowding). So the
anchors of a file depend on what is in it, not on the order in which it came.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from storage.database import Database
from storage.similarity.fingerprint import ANCHORS
from storage.similarity.shingles import Hashes

KEPT = 50
"""Articles that stand under one key at most: what bounds a look-up."""

DEPTH = 128
"""Smallest shingles of a text that may become its anchors: a form of which nine tenths are fixed leaves 13 its own."""

CANDIDATES = 20
"""Articles that one is compared with at most."""

ENOUGH = 2
"""Shared anchors that make a candidate."""

_SHIFT = 17
"""Bits of a shingle's hash that a key is without: 47 bits are six bytes in SQLite's record format."""


def keys(shingles: Hashes) -> list[int]:
    """What a text may stand under, smallest first; its first ones are those of its fingerprint."""
    return sorted({int(value) >> _SHIFT for value in shingles[:DEPTH]})


def standing(database: Database, of: Sequence[int]) -> dict[int, list[int]]:
    """The articles that stand under each of the keys; keys under which none does are left out."""
    found: dict[int, list[int]] = {}
    for row in database.rows(f"SELECT hash, article_id FROM anchors WHERE hash IN ({_marks(of)})", list(of)):
        found.setdefault(row[0], []).append(row[1])
    return found


def cold(database: Database, of: Sequence[int]) -> list[int]:
    """Those of the keys that are not too common, in their order."""
    rows = database.rows(f"SELECT hash FROM hot_anchors WHERE hash IN ({_marks(of)})", list(of))
    hot = {int(row["hash"]) for row in rows}
    return [key for key in of if key not in hot]


def sharing(database: Database, standing: Mapping[int, Sequence[int]], *, but: int) -> list[tuple[int, int]]:
    """Of the articles that stand under keys those that do under at least ENOUGH, and under how many; most first.

    At most CANDIDATES. Which of equal ones are left out is drawn by lot, so that the copies of a large story are linked
    with many of the others and not all with the same few. `but`: the article whose keys they are.
    """
    times = Counter(chain.from_iterable(standing.values()))
    found = [(article, shared) for article, shared in times.items() if shared >= ENOUGH and article != but]
    found.sort(key=lambda one: (-one[1], one[0]))
    if len(found) > CANDIDATES:
        fewest = found[CANDIDATES - 1][1]
        lots = _lots(database, but, [article for article, shared in found if shared == fewest])
        found.sort(key=lambda one: (-one[1], lots.get(one[0], ())))
    return found[:CANDIDATES]


def add(database: Database, article_id: int, under: Iterable[int]) -> None:
    """None; the article stands under the keys, of which none is crowded."""
    add_all(database, [(key, article_id) for key in under])


def add_all(database: Database, rows: Sequence[tuple[int, int]]) -> None:
    """None; of each key and article, the article stands under the key."""
    database.executemany("INSERT OR IGNORE INTO anchors (hash, article_id) VALUES (?, ?)", rows)


def remove(database: Database, article_id: int, under: Iterable[int]) -> None:
    """None; the article stands under none of the keys."""
    remove_all(database, [(key, article_id) for key in under])


def remove_all(database: Database, rows: Sequence[tuple[int, int]]) -> None:
    """None; of each key and article, the article does not stand under the key."""
    database.executemany("DELETE FROM anchors WHERE hash = ? AND article_id = ?", rows)


def assigned(database: Database, of: Sequence[int]) -> list[int]:
    """Those of the keys under which their article is to stand: the first ANCHORS that are not too common."""
    return cold(database, of)[:ANCHORS]


def _lots(database: Database, article_id: int, others: Sequence[int]) -> dict[int, tuple[int, str]]:
    """A lot for each of the others, the same whichever of the two draws it, and whatever their ids are."""
    asked = [article_id, *others]
    rows = database.rows(f"SELECT id, key FROM article_heads WHERE id IN ({_marks(asked)})", asked)
    keys = {int(row["id"]): str(row["key"]) for row in rows}
    ours = keys[article_id]
    return {
        other: (zlib.crc32("\n".join(sorted((ours, keys[other]))).encode("utf-8", "replace")), keys[other])
        for other in others
    }


def _marks(values: Sequence[int]) -> str:
    return ", ".join("?" * len(values))
