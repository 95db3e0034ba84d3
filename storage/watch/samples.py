"""What the pages of a source were like that were looked at for the first time: the newest of each source are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.database import Database, Row
from storage.noted import Noted
from storage.records import Article, Extracted, Failed, Outcome, Rejected, from_utc_text
from storage.runs import SAME_TEXT
from storage.tombstones import PRUNED
from storage.watch import sentences
from storage.watch.sentences import LastSaid

KEPT = 240
"""Samples of a source: enough to see what went before a change of twenty pages, for those who look a day later."""
NOT_SAID = frozenset({"url", "link"})
"""Where a time is found that the page itself does not name."""

_COLUMNS = (
    "source_id", "url_id", "at", "outcome", "reason", "article_id", "has_title", "has_time", "has_origin",
    "has_credits", "characters", "repeated",
)  # fmt: skip
_INSERT = f"INSERT INTO sample_log ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
_SHOWN = ", ".join(f"p.{name}" for name in ("id", *_COLUMNS[2:]))


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSample:
    """One page that was looked at for the first time. `outcome`: stored, duplicate (of a text), rejected or failed.

    `has_...`, `characters` and `repeated` are of the article, None where it is none. `has_time`: the page itself names
    one, not only its address or the link to it. `repeated`: the share, 0 to 1, of its characters in sentences that
    stood in the last twenty articles of its source.
    """

    id: int
    source: str
    url: str
    at: datetime
    outcome: str
    reason: str | None = None
    article_id: int | None = None
    has_title: bool | None = None
    has_time: bool | None = None
    has_origin: bool | None = None
    has_credits: bool | None = None
    characters: int | None = None
    repeated: float | None = None


class Samples:
    """The samples of one batch, written with it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows: list[tuple[Any, ...]] = []
        self._said: dict[int, LastSaid] = {}

    def take(self, noted: Noted, row: Any, source_id: int, at: str) -> dict[str, float]:
        """What the page of an event adds to the sums of its day, where it is an article that was not known.

        `row`: its address before; `at`: when it was fetched, UTC text.
        """
        if row["article_id"] is not None or not _is_first_look(noted) or _is_again(noted, row):
            return {}
        assert noted.outcome is not None
        known = (source_id, row["id"], at, noted.outcome.value, noted.reason, noted.article_id)
        if not isinstance(noted.event, Extracted):
            self._rows.append((*known, None, None, None, None, None, None))
            return {}
        return self._of_article(noted.event, known, source_id)

    def _of_article(self, event: Extracted, known: tuple[Any, ...], source_id: int) -> dict[str, float]:
        text, said = event.article.text, event.sentences
        said = sentences.packed(text) if said is None else said
        repeated, characters = self._last_said(source_id).repeated(said), len(text)
        title, time, origin, named = has_facts(event.article)
        self._rows.append((*known, title, time, origin, named, characters, repeated))
        return {"articles": 1, "titles": title, "times": time, "origins": origin, "credits": named,
                "characters": characters, "repeated": repeated}  # fmt: skip

    def _last_said(self, source_id: int) -> LastSaid:
        """The sentences of the newest articles of a source."""
        if source_id not in self._said:
            stored = self._database.value("SELECT sentences FROM said_log WHERE source_id = ?", (source_id,))
            self._said[source_id] = LastSaid(stored)
        return self._said[source_id]

    def write(self) -> None:
        """None; the samples are in the file, and of each source no more than are kept."""
        self._database.executemany(_INSERT, self._rows)
        for source_id in {row[0] for row in self._rows}:
            trim(self._database, source_id)
        self._database.executemany(
            "INSERT INTO said_log (source_id, sentences) VALUES (?, ?)"
            " ON CONFLICT (source_id) DO UPDATE SET sentences = excluded.sentences",
            [(source_id, said.stored()) for source_id, said in self._said.items()],
        )


def has_facts(article: Article) -> tuple[bool, bool, bool, bool]:
    """Whether a page names its title, its time, its origin, and who made it."""
    published = article.published
    return (
        bool(article.title),
        published is not None and published.where not in NOT_SAID,
        bool(article.origin),
        bool(article.credits),
    )


def trim(database: Database, source_id: int, kept: int = KEPT) -> None:
    """None; the newest samples of the source are left."""
    database.execute(
        "DELETE FROM sample_log WHERE source_id = ?1 AND id <="
        " (SELECT id FROM sample_log WHERE source_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        (source_id, kept),
    )


def newest(database: Database, source: str, limit: int = KEPT, *, after: int = 0) -> tuple[PageSample, ...]:
    """The newest samples of a source, newest first; only those with an id above `after`."""
    return tuple(
        map(
            _sample,
            database.rows(
                f"SELECT s.name AS source, u.url, {_SHOWN} FROM sources s"
                " JOIN sample_log p ON p.source_id = s.id JOIN urls u ON u.id = p.url_id"
                " WHERE s.name = ? AND p.id > ? ORDER BY p.id DESC LIMIT ?",
                (source, after, limit),
            ),
        )
    )


def _is_first_look(noted: Noted) -> bool:
    """Whether what came of the page says what its source's pages are like: not a network's fault, nor an alias."""
    match noted.outcome:
        case Outcome.STORED:
            return not noted.revised
        case Outcome.DUPLICATE:
            return noted.reason == SAME_TEXT
        case Outcome.REJECTED:
            return noted.reason != PRUNED and isinstance(noted.event, Rejected)
        case Outcome.FAILED:
            return isinstance(noted.event, Failed) and (noted.event.http_status is not None or noted.event.poison)
        case _:
            return False


def _is_again(noted: Noted, row: Any) -> bool:
    """Whether the page failed, or was refused, for the same reason when it was asked for before."""
    return noted.outcome is not Outcome.STORED and row["reason"] is not None and row["reason"] == noted.reason


def _sample(row: Row) -> PageSample:
    def known(name: str) -> bool | None:
        return None if row[name] is None else bool(row[name])

    return PageSample(
        id=row["id"],
        source=row["source"],
        url=row["url"],
        at=from_utc_text(row["at"]),
        outcome=row["outcome"],
        reason=row["reason"],
        article_id=row["article_id"],
        has_title=known("has_title"),
        has_time=known("has_time"),
        has_origin=known("has_origin"),
        has_credits=known("has_credits"),
        characters=row["characters"],
        repeated=row["repeated"],
    )
