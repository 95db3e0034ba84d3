"""Stories without the articles that are pruned: as if these had never been compared.

* A story is what pairs and decisions say, and a pruned article has no pairs. So what hung together through it alone
  are two stories from then on: what the file tells can be checked from what it holds, and `dibao db rededup` would tell
  the same. What is left of a story is compared anew first, for among many copies not each was compared with each.
* What a person decided stays: a decision is a chain of articles, and those that were pruned lead on to the next.
* A story's id is that of its first article. Where that is pruned, the id leads to the story of the first that is left
  (its heir), wherever that goes later; where none is left, to none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from storage.database import Database
from storage.dedup import anchors, pairs, placing
from storage.dedup.documents import Documents
from storage.similarity.fingerprint import VERSION
from storage.stories.circles import circles
from storage.stories.components import listed
from storage.stories.regrouping import regroup

MOST_STANDING = anchors.KEPT
"""Articles left of a story that are looked at, whether they stand where the next copy finds them; more would not."""

MOST_COMPARED = 20
"""Articles left of a story that are compared anew where it falls apart."""


def leave(database: Database, articles: Collection[int], at: datetime) -> None:
    """None; these articles are in no story, and the others' stories are what they are without them.

    Inside the caller's transaction, while their texts are still there.
    """
    stories = _stories(database, articles)
    left = _left(database, stories.values(), articles)
    near = _forget(database, stories)
    heirs = {article: min(left[story]) for article, story in stories.items() if left[story]}
    _lead_on(database, stories, heirs)
    circles(database).forget(stories.values())
    for members in left.values():
        _mend(database, members)
    remaining = (set().union(*left.values()) | near) - set(articles)
    if remaining:
        regroup(database, remaining, at, "prune")
    _follow(database, heirs)


def _stories(database: Database, articles: Collection[int]) -> dict[int, int]:
    rows = database.rows(
        "SELECT article_id, story_id FROM fingerprints WHERE article_id IN (SELECT value FROM json_each(?))",
        (listed(articles),),
    )
    return {row["article_id"]: row["story_id"] for row in rows}


def _left(database: Database, stories: Iterable[int], but: Collection[int]) -> dict[int, set[int]]:
    """The articles of these stories that stay, by story."""
    left: dict[int, set[int]] = {story: set() for story in stories}
    for row in database.rows(
        "SELECT article_id, story_id FROM fingerprints WHERE story_id IN (SELECT value FROM json_each(?))",
        (listed(left),),
    ):
        if row["article_id"] not in but:
            left[row["story_id"]].add(row["article_id"])
    return left


def _forget(database: Database, stories: Mapping[int, int]) -> set[int]:
    """The articles that any of these was a copy of; they have neither anchors nor pairs nor a place any more."""
    _remove_anchors(database, stories)
    near = set().union(*(pairs.drop(database, article) for article in stories)) if stories else set()
    database.execute(
        "DELETE FROM fingerprints WHERE article_id IN (SELECT value FROM json_each(?))", (listed(stories),)
    )
    return near


def _remove_anchors(database: Database, articles: Collection[int]) -> None:
    """None; the articles stand under no key. Those of another version's rules are looked for in the whole table."""
    rows = database.rows(
        "SELECT article_id, version, thin FROM fingerprints WHERE article_id IN (SELECT value FROM json_each(?))",
        (listed(articles),),
    )
    foreign = [row["article_id"] for row in rows if row["version"] != VERSION]
    if foreign:
        database.execute(
            "DELETE FROM anchors WHERE article_id IN (SELECT value FROM json_each(?))", (listed(foreign),)
        )
    own = [row["article_id"] for row in rows if row["version"] == VERSION and not row["thin"]]
    for start in range(0, len(own), _AT_ONCE):
        for article, document in Documents(database).each(own[start : start + _AT_ONCE]):
            anchors.remove(database, article, anchors.keys(document.shingles))


_AT_ONCE = 100
"""Articles whose rows are asked for at once."""


def _lead_on(database: Database, stories: Mapping[int, int], heirs: Mapping[int, int]) -> None:
    """None; every id that leads to one of the articles leads to its heir, or is forgotten with the last of a story."""
    database.executemany(
        "UPDATE story_aliases SET heir = ?1 WHERE heir = ?2 OR (old_id = ?2 AND heir IS NULL)",
        [(heir, article) for article, heir in sorted(heirs.items())],
    )
    # The id of a story whose first article goes is one that was given out.
    database.executemany(
        "INSERT OR REPLACE INTO story_aliases (old_id, story_id, heir) VALUES (?, ?, ?)",
        [(article, heirs[article], heirs[article]) for article, story in stories.items()
         if article == story and article in heirs],
    )  # fmt: skip
    ended = [(article,) for article in stories if article not in heirs]
    database.executemany("DELETE FROM story_aliases WHERE heir = ?1 OR (old_id = ?1 AND heir IS NULL)", ended)
    database.executemany("DELETE FROM story_heads WHERE id = ?", [(stories[article],) for (article,) in ended])


def _follow(database: Database, heirs: Mapping[int, int]) -> None:
    """None; the ids that lead to heirs lead to the stories that these are in now."""
    database.execute(
        "UPDATE story_aliases SET story_id = f.story_id FROM fingerprints f WHERE f.article_id = story_aliases.heir"
        " AND story_aliases.heir IN (SELECT value FROM json_each(?)) AND story_aliases.story_id <> f.story_id",
        (listed(set(heirs.values())),),
    )


def _mend(database: Database, members: Collection[int]) -> None:
    """None; what is left of a story can be found by its next copy, and is linked as if it had come alone."""
    if not members:
        return
    thick = database.rows(
        "SELECT article_id FROM fingerprints WHERE article_id IN (SELECT value FROM json_each(?)) AND thin = 0"
        " AND version = ? ORDER BY article_id",
        (listed(members), VERSION),
    )
    ids = [int(row["article_id"]) for row in thick]
    loose = set(_loose(database, ids)[:MOST_COMPARED])
    for article in sorted({*ids[:MOST_STANDING], *loose}):
        placing.look_again(database, article, compare=article in loose)


def _loose(database: Database, articles: Collection[int]) -> list[int]:
    """Those of a story's articles that no chain of copies links with most of the others, by id."""
    linked: dict[int, set[int]] = defaultdict(set)
    for row in database.rows(
        "SELECT a, b FROM pairs WHERE a IN (SELECT value FROM json_each(?1))"
        " AND b IN (SELECT value FROM json_each(?1)) AND verdict = 'same'",
        (listed(articles),),
    ):
        linked[row["a"]].add(row["b"])
        linked[row["b"]].add(row["a"])
    groups: list[set[int]] = []
    left = set(articles)
    while left:
        group, new = set(), {min(left)}
        while new:
            group |= new
            new = set().union(*(linked[one] for one in new)) - group
        groups.append(group)
        left -= group
    groups.sort(key=lambda group: (-len(group), min(group)))
    return sorted(article for group in groups[1:] for article in group)
