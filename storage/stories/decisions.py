"""What people decided of stories: which articles are one story, and which are two, whatever the rule says of them.

A decision is rows of two articles each, one behind the other, all with one `command` and one time. The newest counts
where two contradict each other, so within one decision the rows that hold a side together are written last. Decisions
name articles, not stories: an article that comes later goes where its text goes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise, product

from storage.database import Database, Row
from storage.records import from_utc_text, utc_text
from storage.stories.clusters import Decided
from storage.stories.resolving import articles_of

# Rows of one split between its two sides. Beyond, not every one is kept apart from every one but each from the first
# of the other side, which says the same as long as the sides hold together.
MOST_BETWEEN = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One command of a person. `id`: the number by which it is undone; `articles`: all that it names."""

    id: int
    command: str
    at: datetime
    undone_at: datetime | None
    articles: frozenset[int]


def merge(database: Database, story_ids: Sequence[int], at: datetime) -> Decision:
    """The decision that all articles which these stories have now are one story. The stories are not made anew yet.

    The caller holds the transaction, and names two stories at least, by the ids that they have today.
    """
    stories = sorted(set(story_ids))
    together = sorted(article for story in stories for article in articles_of(database, story))
    return _add(database, f"merge {' '.join(map(str, stories))}", _chain(together), at)


def split(database: Database, story_id: int, article_ids: Collection[int], at: datetime) -> Decision:
    """The decision that these articles of a story are another story than its others. Nothing is made anew yet.

    The caller holds the transaction; the story has these articles, and others.
    """
    out = sorted(set(article_ids))
    rest = [article for article in articles_of(database, story_id) if article not in set(out)]
    between: Iterable[tuple[int, int]] = product(out, rest)
    if len(out) * len(rest) > MOST_BETWEEN:
        between = [*((one, rest[0]) for one in out), *((out[0], one) for one in rest[1:])]
    apart = [Decided(a=min(pair), b=max(pair), verdict="apart") for pair in between]
    command = f"split {story_id} {' '.join(map(str, out))}"
    return _add(database, command, [*apart, *_chain(out), *_chain(rest)], at)


def undo(database: Database, number: int, at: datetime) -> Decision | None:
    """The decision of that number, any of its rows', which counts no more; None where there is none, or it was undone.

    Nothing is made anew yet. The caller holds the transaction.
    """
    named = database.row("SELECT * FROM story_decisions WHERE id = ? AND undone_at IS NULL", (number,))
    if named is None:
        return None
    rows = next(rows for rows in _each(database, named["command"], named["at"]) if named in rows)
    span = (rows[0]["id"], rows[-1]["id"])
    database.execute("UPDATE story_decisions SET undone_at = ? WHERE id BETWEEN ? AND ?", (utc_text(at), *span))
    return _decision(database.rows("SELECT * FROM story_decisions WHERE id BETWEEN ? AND ?", span))


def of(database: Database, articles: Iterable[int]) -> list[Decided]:
    """What counts today of what was decided of any of these articles, newest first. The other may be any article."""
    if not database.value("SELECT EXISTS (SELECT 1 FROM story_decisions)"):
        return []  # as of most files
    rows = database.rows(
        "WITH asked AS MATERIALIZED (SELECT value AS id FROM json_each(?))"
        " SELECT id, a, b, verdict FROM story_decisions WHERE a IN (SELECT id FROM asked) AND undone_at IS NULL"
        " UNION"
        " SELECT id, a, b, verdict FROM story_decisions WHERE b IN (SELECT id FROM asked) AND undone_at IS NULL"
        " ORDER BY id DESC",
        (json.dumps(sorted(set(articles))),),
    )
    return [Decided(a=row["a"], b=row["b"], verdict=row["verdict"]) for row in rows]


def made(database: Database, articles: Iterable[int]) -> list[Decision]:
    """The decisions that name any of these articles, oldest first, those that were undone too."""
    named = database.rows(
        "SELECT DISTINCT command, at FROM story_decisions WHERE a IN (SELECT value FROM json_each(?1))"
        " OR b IN (SELECT value FROM json_each(?1))",
        (json.dumps(sorted(set(articles))),),
    )
    whole = (rows for command, at in named for rows in _each(database, command, at))
    return sorted(map(_decision, whole), key=lambda decision: decision.id)


def _each(database: Database, command: str, at: str) -> list[list[Row]]:
    """The rows of each decision of this command and time: who types by script may say the same twice in a second."""
    found: list[list[Row]] = []
    rows = database.rows("SELECT * FROM story_decisions WHERE command = ? AND at = ? ORDER BY id", (command, at))
    for row in rows:
        last = found[-1][-1] if found else None
        if last is not None and row["id"] == last["id"] + 1 and row["undone_at"] == last["undone_at"]:
            found[-1].append(row)
        else:
            found.append([row])
    return found


def _chain(articles: Sequence[int]) -> list[Decided]:
    return [Decided(a=one, b=other, verdict="same") for one, other in pairwise(articles)]


def _add(database: Database, command: str, decided: Sequence[Decided], at: datetime) -> Decision:
    before = int(database.value("SELECT coalesce(max(id), 0) FROM story_decisions"))
    database.executemany(
        "INSERT INTO story_decisions (a, b, verdict, command, at) VALUES (?, ?, ?, ?, ?)",
        [(one.a, one.b, one.verdict, command, utc_text(at)) for one in decided],
    )
    return _decision(database.rows("SELECT * FROM story_decisions WHERE id > ?", (before,)))


def _decision(rows: Sequence[Row]) -> Decision:
    first = rows[0]
    return Decision(
        id=min(row["id"] for row in rows),
        command=first["command"],
        at=from_utc_text(first["at"]),
        undone_at=None if first["undone_at"] is None else from_utc_text(first["undone_at"]),
        articles=frozenset(article for row in rows for article in (row["a"], row["b"])),
    )
