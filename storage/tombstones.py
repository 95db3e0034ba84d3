"""What is left of an article that was pruned: its id, its addresses, and why it went, so that it never comes back."""

from __future__ import annotations

from dataclasses import dataclass

from storage.database import Database, Row
from storage.identity import letters, text_digest

PRUNED = "pruned"
"""The reason of a page that leads to an article that was pruned."""

_WHY = {"age": "for its age", "size": "for room", "asked": "because somebody asked for it"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """An article that was pruned. `why`: age, size or asked; times as stored, ISO-8601 UTC text."""

    article_id: int
    url: str
    source: str
    first_seen_at: str
    pruned_at: str
    why: str

    @property
    def sentence(self) -> str:
        """What a person is told who asks for the article."""
        return f"article {self.article_id} was pruned at {self.pruned_at} {_WHY[self.why]}: its text was given up"


def of(database: Database, article_id: int) -> Tombstone | None:
    """What is left of an article; None for one that is here, or never was."""
    row = database.row("SELECT * FROM tombstones WHERE article_id = ?", (article_id,))
    if row is None:
        return None
    return Tombstone(**{name: row[name] for name in Tombstone.__dataclass_fields__})


def is_pruned(database: Database, article_id: int | None) -> bool:
    """Whether an article was here and is no more."""
    if article_id is None:
        return False
    return database.value("SELECT pruned_at FROM article_heads WHERE id = ?", (article_id,)) is not None


def mark(title: str | None) -> str:
    """What a tombstone keeps of a title, to know the article by at another address; nothing of one without letters.

    It stands where the digest of title and text stood, and is never equal to one: no text is empty.
    """
    return text_digest(title, "") if letters(title or "") else ""


def may_be(head: Row, title: str | None) -> bool:
    """Whether a page of this title that claims the address of a pruned article is taken for it.

    Its text can no longer be compared. So a page of another headline is believed to be another article, as where one
    address is claimed by all pages of a site: to refuse these would lose all that it publishes.
    """
    return mark(title) != "" and head["text_digest"] == mark(title)
