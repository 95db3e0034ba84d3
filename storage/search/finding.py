"""Finding articles by words: which, in which order, what of them is shown, and how many there are.

The index names candidates; each is then read, and counts only if its title and text say what is looked for, in either
script, width and case. So there is no false hit, and none is missed: any string that a text has is made of terms that
the text has brought to the index.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from storage.database import Database
from storage.faults import StorageFault
from storage.search import index
from storage.search.candidates import Candidates, Said
from storage.search.excerpts import Excerpt, excerpt, marked
from storage.search.query import Query, parse
from storage.search.ranking import score
from storage.selection import Selection

RANKED = 300
"""The newest articles that say it, of which the most relevant are shown."""

READ_RANKED = 350
"""Articles that are read for them at most: 50 to 80 ms of CPU. Of what every fifth says, fewer are ranked."""

COUNTED = 300
"""Candidates that are read only to tell how many of them say it: some 10 ms."""

_HEAD = """
    SELECT a.url, a.status, s.name AS source, r.published_local FROM article_heads a
      JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision
      JOIN sources s ON s.id = a.source_id WHERE a.id = ?"""

Sort = Literal["date", "relevance"]


class NoIndex(StorageFault):
    """The file has articles, but no index of this version's rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article that says what was looked for. `title`, `excerpt`: as they were written, with the places of the hits.

    `score`: by which it was ranked, None where articles come by date.
    """

    article_id: int
    source: str
    url: str
    status: str
    shown_at: str
    published_local: str | None
    story_id: int | None
    title: Excerpt
    excerpt: Excerpt
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of hits. `total`: how many there are in all; at least so many, unless `is_exact`.

    `more`: whether another page follows. By relevance no page reaches behind the RANKED newest. `gave_up`: so many
    articles may say it and do not that not all were read; there may be more.
    """

    hits: tuple[Hit, ...]
    total: int
    is_exact: bool
    more: bool
    gave_up: bool = False


def find(
    database: Database,
    words: str,
    selection: Selection,
    *,
    sort: Sort = "date",
    limit: int = 20,
    offset: int = 0,
    stories: bool = False,
    most_read: int | None = None,
) -> Found:
    """The articles that say the words: the newest first by `shown_at`, or the most relevant of the RANKED newest.

    `stories`: of the articles of one story only that which comes first. `most_read`: articles that are read in vain
    before it gives up, None for as many as anybody may wait for. Raises BadQuery, UnknownSource, NoIndex.
    """
    query, candidates = _asked(database, words, selection, most_read)
    if sort == "relevance":
        said = candidates.newest_first(RANKED)
        return _most_relevant(query, candidates, said, limit=limit, offset=offset, stories=stories)
    said = candidates.newest_first(offset + limit + 1)
    if stories:
        said = _one_a_story(said)
    passed = sum(1 for _ in islice(said, offset))
    hits = tuple(_hit(database, query, one) for one in islice(said, limit))
    more = next(said, None) is not None
    at_least = passed + len(hits) + more
    if not more:
        return Found(hits=hits, total=at_least, is_exact=not candidates.gave_up, more=False, gave_up=candidates.gave_up)
    total, is_exact = (at_least, False) if stories else _count(query, candidates, said, at_least)
    return Found(hits=hits, total=total, is_exact=is_exact, more=True)


def matching(database: Database, words: str, selection: Selection) -> Iterator[int]:
    """The ids of all articles that say the words, ascending, as they are found. Raises as `find` does, at once."""
    _, candidates = _asked(database, words, selection)
    return (int(one.row["id"]) for one in candidates.by_id())


def _asked(
    database: Database, words: str, selection: Selection, most_read: int | None = None
) -> tuple[Query, Candidates]:
    query = parse(words)
    advice = index.advice(database)
    if advice is not None:
        raise NoIndex(advice)
    where, values = selection.where(database)
    return query, Candidates(database, query, where, values, most_read)


def _one_a_story(said: Iterator[Said]) -> Iterator[Said]:
    """The first of each story; those of none are all told."""
    told: set[int] = set()
    for one in said:
        story_id = one.row["story_id"]
        if story_id is None or story_id not in told:
            yield one
            if story_id is not None:
                told.add(story_id)


def _most_relevant(
    query: Query, candidates: Candidates, said: Iterator[Said], *, limit: int, offset: int, stories: bool
) -> Found:
    database = candidates.database
    ranked: list[tuple[float, str, int]] = []
    best: dict[int, tuple[float, str, int]] = {}
    newest = ""
    cut = False
    for one in islice(said, RANKED):
        shown_at, article_id, story_id = one.row["shown_at"], int(one.row["id"]), one.row["story_id"]
        newest = newest or shown_at
        cut = candidates.read >= READ_RANKED
        found = (score(query, one.title.text, one.text.text, shown_at, newest), shown_at, article_id)
        if stories and story_id is not None:
            best[story_id] = max(found, best.get(story_id, found))
        else:
            ranked.append(found)
        if cut:
            break
    ranked += best.values()
    hits = []
    for worth, _, article_id in heapq.nlargest(offset + limit, ranked)[offset:]:
        again = candidates.article(article_id)
        assert again is not None, "it was there a moment ago, in the same transaction"
        hits.append(_hit(database, query, again, worth))
    more = len(ranked) > offset + limit
    if not cut and next(said, None) is None:
        gave_up = candidates.gave_up
        return Found(hits=tuple(hits), total=len(ranked), is_exact=not gave_up, more=more, gave_up=gave_up)
    total, is_exact = (len(ranked), False) if stories else _count(query, candidates, said, len(ranked) + (not cut))
    return Found(hits=tuple(hits), total=total, is_exact=is_exact, more=more)


def _count(query: Query, candidates: Candidates, rest: Iterator[Said], at_least: int) -> tuple[int, bool]:
    """How many articles say it, and whether that is exact; `rest`: those that were not looked at yet."""
    named = candidates.count()
    if named is None:
        return at_least, False
    if query.is_told_by_index:
        return named, True
    if named > COUNTED:
        return at_least, False
    return at_least + sum(1 for _ in rest), True


def _hit(database: Database, query: Query, said: Said, worth: float | None = None) -> Hit:
    row = said.row
    head = database.row(_HEAD, (row["id"],))
    assert head is not None, "an article that was read has a head, a revision and a source"
    return Hit(
        article_id=int(row["id"]),
        source=head["source"],
        url=head["url"],
        status=head["status"],
        shown_at=row["shown_at"],
        published_local=head["published_local"],
        story_id=row["story_id"],
        title=marked(row["title"] or "", said.title, query),
        excerpt=excerpt(row["text"], said.text, query),
        score=None if worth is None else round(worth, 4),
    )
