"""From what a person types to a story, and from a story to its articles."""

from __future__ import annotations

from dataclasses import dataclass

from storage import tombstones
from storage.database import Database
from storage.lookup import LARGEST_ID, article_of, number_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What was asked for is not there, or cannot be done; nothing was changed. `why`: a sentence for whoever asked."""

    why: str


def story_of(database: Database, number: int) -> int | None:
    """The id that a story has today, by any id that it ever had and by that of any article in it.

    A story's id is that of its first article, so every id leads to where that article is now, or the next one of its
    story where it was pruned. None for an id that nothing has, for one all of whose articles were pruned, and for an
    article that has not been placed yet (`dibao db rededup`).
    """
    if not 0 < number <= LARGEST_ID:
        return None
    found = database.value("SELECT story_id FROM fingerprints WHERE article_id = ?", (number,))
    if found is None:
        found = database.value("SELECT story_id FROM story_aliases WHERE old_id = ?", (number,))
    return None if found is None else int(found)


def story_named(database: Database, word: str) -> int | Refused:
    """The story that a word names: by its id, by one that it had, by that of an article in it, or by an address."""
    number, article = number_in(word), article_of(database, word)
    known = article if number is None else number
    story = None if known is None else story_of(database, known)
    if story is not None:
        return story
    pruned = None if article is None else tombstones.of(database, article)
    if pruned is not None:
        return Refused(why=pruned.sentence)
    if article is not None:
        return Refused(why=f"article {article} is in no story yet: an older Dibao stored it; run `dibao db rededup`")
    return Refused(why=f"{word!r}: there is no such {'address in the file' if number is None else 'story or article'}")


def articles_of(database: Database, story_id: int) -> list[int]:
    """The articles of a story, by id; none of an id that is no story's today."""
    rows = database.rows("SELECT article_id FROM fingerprints WHERE story_id = ? ORDER BY article_id", (story_id,))
    return [int(row[0]) for row in rows]
