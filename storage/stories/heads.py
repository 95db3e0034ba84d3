"""The rows of stories: what each is, the ids that were given out, who came and left, and what followers are told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.database import Database
from storage.records import utc_text
from storage.stories.components import listed

Why = Literal["text", "revision", "decision", "rededup", "prune"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A story as its row has it. `first_published_at`: as stored, ISO-8601 UTC text."""

    canonical_id: int
    articles: int
    sites: int
    first_published_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of some articles' stories, all articles of which are named.

    `was`: the story of each article before, `now`: after; `before`, `after`: the rows of these stories. An article
    whose story has no row before was in none.
    """

    was: Mapping[int, int]
    now: Mapping[int, int]
    before: Mapping[int, Head]
    after: Mapping[int, Head]


def heads(database: Database, stories: Iterable[int]) -> dict[int, Head]:
    """The rows of those of the stories that have one, by id."""
    return {
        row["id"]: Head(
            canonical_id=row["canonical_id"],
            articles=row["articles"],
            sites=row["sites"],
            first_published_at=row["first_published_at"],
        )
        for row in database.rows(
            "SELECT id, canonical_id, articles, sites, first_published_at FROM story_heads"
            " WHERE id IN (SELECT value FROM json_each(?))",
            (listed(stories),),
        )
    }


def add(database: Database, story: int, head: Head, at: datetime) -> None:
    """None; there is a row of a story that nobody was told of before. Inside the caller's transaction."""
    database.execute(f"INSERT OR REPLACE INTO {_ROW}", _values(story, head, at))


def write(database: Database, change: Change, at: datetime, why: Why) -> None:
    """None; the rows are what the change says. What is as it was is not touched. Inside the caller's transaction."""
    moved = [
        article for article, story in change.now.items() if story != change.was[article] or story not in change.before
    ]
    _move(database, change, moved)
    _write_heads(database, change, set(moved), at)
    _forward(database, change)
    news = [article for article in moved if _is_news(change, article)]
    if news:
        _log(database, change, news, at, why)
    _tell(database, {*news, *_enthroned(change)}, at)


def _move(database: Database, change: Change, moved: Iterable[int]) -> None:
    rows = [(change.now[article], article) for article in moved if change.now[article] != change.was[article]]
    if rows:
        database.executemany("UPDATE fingerprints SET story_id = ? WHERE article_id = ?", rows)


def _write_heads(database: Database, change: Change, moved: set[int], at: datetime) -> None:
    """None; a story has changed where its row has, or one of its articles came or went."""
    stirred = {story for article in moved for story in (change.was[article], change.now[article])}
    gone = [(story,) for story in change.before if story not in change.after]
    if gone:
        database.executemany("DELETE FROM story_heads WHERE id = ?", gone)
    database.executemany(
        f"INSERT OR REPLACE INTO {_ROW}",
        [
            _values(story, head, at)
            for story, head in sorted(change.after.items())
            if story in stirred or head != change.before.get(story)
        ],
    )


_ROW = (
    "story_heads (id, canonical_id, articles, sites, first_published_at, changed_at) VALUES (?, ?, ?, ?, ?, ?)"
)


def _values(story: int, head: Head, at: datetime) -> tuple[int | str | None, ...]:
    """The values of `_ROW`."""
    return story, head.canonical_id, head.articles, head.sites, head.first_published_at, utc_text(at)


def _forward(database: Database, change: Change) -> None:
    """None; each id that was given out and is no story's any more leads to the story of the article of that id.

    Where that was pruned, to the story of its heir (storage.dedup.leaving).
    """
    lost, born = change.before.keys() - change.after.keys(), change.after.keys() - change.before.keys()
    if born:
        database.executemany("DELETE FROM story_aliases WHERE old_id = ?", [(story,) for story in sorted(born)])
    if lost:
        database.executemany(
            "INSERT OR REPLACE INTO story_aliases (old_id, story_id) VALUES (?, ?)",
            [(story, change.now[story]) for story in sorted(lost) if story in change.now],
        )
    if any(was in change.before and was != change.now[article] for article, was in change.was.items()):
        database.execute(
            "UPDATE story_aliases SET story_id = f.story_id FROM fingerprints f"
            " WHERE f.article_id = coalesce(story_aliases.heir, story_aliases.old_id)"
            " AND story_aliases.story_id <> f.story_id"
            " AND story_aliases.story_id IN (SELECT value FROM json_each(?))",
            (listed(change.before),),
        )


def _is_news(change: Change, article: int) -> bool:
    """Whether an article came to others or left them; not where it is new and alone."""
    return change.was[article] in change.before or change.after[change.now[article]].articles > 1


def _log(database: Database, change: Change, articles: Iterable[int], at: datetime, why: Why) -> None:
    was = {article: change.was[article] for article in articles}
    database.executemany(
        "INSERT INTO story_log (article_id, from_id, story_id, why, at) VALUES (?, ?, ?, ?, ?)",
        [
            (article, story if story in change.before else None, change.now[article], why, utc_text(at))
            for article, story in sorted(was.items())
        ],
    )


def _enthroned(change: Change) -> set[int]:
    """The articles that stand for their story now and did not, or did and do not; none that are new."""
    then = {head.canonical_id for head in change.before.values()}
    today = {head.canonical_id for head in change.after.values()}
    return {article for article in then ^ today if change.was.get(article) in change.before}


def _tell(database: Database, articles: Collection[int], at: datetime) -> None:
    if not articles:
        return
    database.execute(
        "INSERT INTO change_log (article_id, op, revision, at)"
        " SELECT id, 'link', revision, ? FROM article_heads WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (utc_text(at), listed(articles)),
    )
