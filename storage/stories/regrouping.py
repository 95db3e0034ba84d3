"""Stories made anew where something changed: which articles they have, what they are called, who stands for them.

A story is what the pairs and decisions of today say, and nothing else. So all that some articles are linked with is
parted into stories again, and what comes out otherwise than it stands in the file is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from storage.database import Database
from storage.records import from_utc_text, utc_text
from storage.stories import decisions, heads
from storage.stories.canonical_article import Member, can_be, canonical, first_published
from storage.stories.circles import Circle, circles
from storage.stories.clusters import Clustering, Edge, clustering
from storage.stories.components import component, listed, pairs_of
from storage.stories.members import members


def regroup(database: Database, articles: Iterable[int], at: datetime, why: heads.Why) -> None:
    """None; the stories of these articles, and of all that they are linked with, are what pairs and decisions say.

    Inside the caller's transaction, which has written the articles' rows of `fingerprints` and their pairs. An article
    that is new has its own id as `story_id` there, any other the story that it was in; beside a new one, those that it
    is a copy of may be named. To be called as well where only facts of an article changed, or it went or came back:
    another one may stand for its story then.
    """
    touched = set(articles)
    change = _one_more(database, touched) or _anew(database, touched)
    heads.write(database, change, at, why)


def join(
    database: Database,
    article: int,
    edges: Sequence[Edge],
    stories: Mapping[int, int],
    *,
    at: datetime,
    why: heads.Why,
) -> None:
    """None; a new article, which is a copy of some others, is in their story, or where else that puts it.

    Does what `regroup` does, for an article in no story yet, of which all is known. `edges`: its `same` and `template`
    pairs; `stories`: the articles that it is a copy of, each with its story.
    """
    change = _one_more_of(database, article, edges, set(stories.values())) or _anew(database, {article, *stories})
    heads.write(database, change, at, why)


def begin(database: Database, article: int, at: datetime, why: heads.Why) -> None:
    """None; a new article that is a copy of none is a story of its own, or what people decided of it.

    Does what `regroup` does, for an article in no story and without `same` pairs, at a fraction of its cost: nobody is
    told of it, and nothing else of it counts than when it was published.
    """
    row = database.row(
        "SELECT r.published_at, a.first_seen_at,"
        " EXISTS (SELECT 1 FROM story_decisions WHERE a = ?1 AND undone_at IS NULL)"
        " OR EXISTS (SELECT 1 FROM story_decisions WHERE b = ?1 AND undone_at IS NULL) AS decided"
        " FROM article_heads a JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision"
        " WHERE a.id = ?1",
        (article,),
    )
    assert row is not None, "its row of fingerprints refers to it"
    if row["decided"]:
        regroup(database, [article], at, why)
        return
    said = row["published_at"]
    believed = said is not None and can_be(from_utc_text(said), from_utc_text(row["first_seen_at"]))
    alone = heads.Head(canonical_id=article, articles=1, sites=1, first_published_at=said if believed else None)
    heads.add(database, article, alone, at)


def head(found: Sequence[Member]) -> heads.Head:
    """The row of a story of these members."""
    first = first_published(found)
    return heads.Head(
        canonical_id=canonical(found),
        articles=len(found),
        sites=len({member.imprint.site for member in found}),
        first_published_at=None if first is None else utc_text(first),
    )


def _anew(database: Database, touched: Collection[int]) -> heads.Change:
    """What becomes of the stories of some articles and of all that these are linked with."""
    found = component(database, touched)
    clustered = clustering(found.keys, found.edges, found.decided)
    groups = {min(group): group for group in clustered.groups}
    now = {article: story for story, group in groups.items() for article in group}
    before = heads.heads(database, set(found.stories.values()))
    stirred = {now[article] for article in touched if article in now}
    for article, was in found.stories.items():
        if was != now[article]:
            stirred |= {was, now[article]}
    after = {}
    circles(database).forget(stirred)
    for story, group in groups.items():
        if story in before and story not in stirred:
            after[story] = before[story]
            continue
        inside = members(database, group)
        after[story] = head(inside)
        if len(group) > 1 and group.isdisjoint(clustered.disputed):
            circles(database).keep(story, Circle(inside, clustered))
    return heads.Change(was=found.stories, now=now, before=before, after=after)


def _one_more(database: Database, touched: Collection[int]) -> heads.Change | None:
    """What one new copy makes of its story, where it changes nothing else in any; None where it may, or is no copy."""
    new = database.rows(
        "SELECT f.article_id FROM fingerprints f WHERE f.article_id IN (SELECT value FROM json_each(?))"
        " AND f.story_id = f.article_id AND NOT EXISTS (SELECT 1 FROM story_heads h WHERE h.id = f.story_id)",
        (listed(touched),),
    )
    if len(new) != 1:
        return None
    article = int(new[0]["article_id"])
    edges = pairs_of(database, [article])
    copies = {edge.a + edge.b - article for edge in edges if edge.verdict == "same"}
    if not copies or not copies | {article} >= set(touched):
        return None
    return _one_more_of(database, article, edges, _stories(database, copies))


def _one_more_of(
    database: Database, article: int, edges: Sequence[Edge], stories: Collection[int]
) -> heads.Change | None:
    """The same of a new article with these pairs, whose copies are in these stories."""
    if len(stories) != 1 or decisions.of(database, [article]):
        return None
    story = next(iter(stories))
    before = heads.heads(database, stories).get(story)
    # Where there is no row, the story is not made yet.
    return None if before is None or story > article else _joined(database, story, before, article, edges)


_UNLINKED = Clustering(groups=(), joints=(), refused=False, disputed=frozenset(), contested=False)
"""How a story of one article came about."""


def _joined(
    database: Database, story: int, before: heads.Head, article: int, edges: Sequence[Edge]
) -> heads.Change | None:
    """What one more copy makes of a story that is known to be of copies only; None where it is not, or may not stay."""
    circle = circles(database).get(story, before)
    if circle is None and before.articles > 1:
        return None
    *first, member = members(database, [story, article] if circle is None else [article])
    if circle is None:
        circle = Circle(first, _UNLINKED)
    inside = [edge for edge in edges if edge.a + edge.b - article in circle]
    if not circle.add(member, inside):
        return None
    circles(database).keep(story, circle)
    after = circle.head
    was = {article: article} | dict.fromkeys({before.canonical_id, after.canonical_id} - {article}, story)
    return heads.Change(was=was, now=dict.fromkeys(was, story), before={story: before}, after={story: after})


def _stories(database: Database, articles: Iterable[int]) -> set[int]:
    rows = database.rows(
        "SELECT DISTINCT story_id FROM fingerprints WHERE article_id IN (SELECT value FROM json_each(?))",
        (listed(articles),),
    )
    return {int(row["story_id"]) for row in rows}
