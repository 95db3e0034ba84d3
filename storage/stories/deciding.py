"""What a person's word does: the decision is written down, and the stories that it is about are made anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Database
from storage.lookup import LARGEST_ID, article_of
from storage.stories import decisions
from storage.stories.regrouping import regroup
from storage.stories.resolving import Refused, articles_of, story_named, story_of

Story = tuple[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was decided, and the stories that its articles are in now, each with all of its articles."""

    decision: decisions.Decision
    stories: tuple[Story, ...]


def merge(database: Database, words: Sequence[str], now: datetime) -> Done | Refused:
    """What it came to that these stories are one. `words`: one at least, each an id, or an address of an article in it.

    The caller is the writer and holds the transaction, as for the others.
    """
    stories = set()
    for word in words:
        story = story_named(database, word)
        if isinstance(story, Refused):
            return story
        stories.add(story)
    if len(stories) == 1:
        return Refused(why=f"there is nothing to merge: all of it is story {min(stories)}")
    return _done(database, decisions.merge(database, sorted(stories), now), now)


def split(database: Database, word: str, articles: Sequence[str], now: datetime) -> Done | Refused:
    """What it came to that these articles of a story are a story of their own."""
    story = story_named(database, word)
    if isinstance(story, Refused):
        return story
    members, out = set(articles_of(database, story)), set()
    for named in articles:
        article = article_of(database, named)
        if article is None:
            return Refused(why=f"{named!r}: there is no such article")
        if article not in members:
            other = story_of(database, article)
            where = f"but in story {other}" if other else "nor in any yet"
            return Refused(why=f"article {article} is not in story {story}, {where}")
        out.add(article)
    if len(out) == len(members):
        return Refused(why=f"story {story} has no other articles than these: nothing would be left of it")
    return _done(database, decisions.split(database, story, out, now), now)


def undo(database: Database, number: int, now: datetime) -> Done | Refused:
    """What it came to that a decision counts no more."""
    decision = decisions.undo(database, number, now) if number <= LARGEST_ID else None
    if decision is None:
        return Refused(why=f"no decision {number} counts now; `dibao story history STORY` tells which there are")
    return _done(database, decision, now)


def _done(database: Database, decision: decisions.Decision, now: datetime) -> Done:
    regroup(database, decision.articles, now, "decision")
    return Done(decision=decision, stories=_stories(database, decision.articles))


def _stories(database: Database, articles: Iterable[int]) -> tuple[Story, ...]:
    found = {story for article in articles if (story := story_of(database, article)) is not None}
    return tuple((story, tuple(articles_of(database, story))) for story in sorted(found))
