"""What became of a story: which articles came and went, why, and what people decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.database import Database, Row
from storage.records import from_utc_text
from storage.stories import decisions
from storage.stories.resolving import articles_of

Kind = Literal["came", "left", "decided", "undone"]
MOVES = """
    SELECT * FROM story_log WHERE story_id = ?1 UNION SELECT * FROM story_log WHERE from_id = ?1 ORDER BY seq"""
"""Of a story, by two indexes: with OR, and in this order, SQLite reads the moves of all stories."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened to a story.

    An article `came` from another story (`other`, None: it was new) or `left` for one; `why`: text, revision,
    decision, rededup or prune. A decision was made (`decided`) or `undone`; `command` is what was typed.
    """

    at: datetime
    kind: Kind
    article_id: int | None = None
    other: int | None = None
    why: str | None = None
    decision: int | None = None
    command: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All that happened to a story, oldest first. `former`: the ids of stories that it has taken in.

    `title`: of the article that stands for it; None where that has none, and where no story has this id today.
    """

    story_id: int
    title: str | None
    former: tuple[int, ...]
    happenings: tuple[Happening, ...]


def history(database: Database, story_id: int) -> History:
    """What happened to the story that has this id today, and to its articles by decision."""
    rows = database.rows(MOVES, (story_id,))
    moves = [_of_move(row, story_id) for row in rows if row["from_id"] != row["story_id"]]
    ever = {row["article_id"] for row in rows} | set(articles_of(database, story_id))
    ruled = [happening for made in decisions.made(database, ever) for happening in _of_decision(made)]
    former = database.rows("SELECT old_id FROM story_aliases WHERE story_id = ? ORDER BY old_id", (story_id,))
    return History(
        story_id=story_id,
        title=database.value(
            "SELECT r.title FROM story_heads h JOIN article_heads a ON a.id = h.canonical_id"
            " JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision WHERE h.id = ?",
            (story_id,),
        ),
        former=tuple(row["old_id"] for row in former),
        # A decision before what it moved in the same second.
        happenings=tuple(sorted((*ruled, *moves), key=lambda happening: happening.at)),
    )


def _of_move(row: Row, story_id: int) -> Happening:
    came = row["story_id"] == story_id
    return Happening(
        at=from_utc_text(row["at"]),
        kind="came" if came else "left",
        article_id=row["article_id"],
        other=row["from_id"] if came else row["story_id"],
        why=row["why"],
    )


def _of_decision(made: decisions.Decision) -> list[Happening]:
    told = [Happening(at=made.at, kind="decided", decision=made.id, command=made.command)]
    if made.undone_at is not None:
        told.append(Happening(at=made.undone_at, kind="undone", decision=made.id, command=made.command))
    return told
