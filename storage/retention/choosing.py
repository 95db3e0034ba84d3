"""Which articles are to be given up, oldest first.

Age counts from when an article was first seen, not from when its page says that it was published: that may be unknown
or wrong, and an archive that was found today is not to be given up tomorrow for being old. What was imported counts
from when its copy was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal

from storage.database import Database
from storage.records import utc_text
from storage.retention.policy import Keep, Policy

Why = Literal["age", "size", "asked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An article that is to be given up."""

    article_id: int
    source: str
    why: Why
    first_seen_at: str
    text_bytes: int

    @property
    def lot(self) -> Lot:
        """The article as a lot of one."""
        return Lot(
            source=self.source,
            why=self.why,
            articles=1,
            text_bytes=self.text_bytes,
            oldest=self.first_seen_at,
            newest=self.first_seen_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """What is given up of a source for one reason. `oldest`, `newest`: when the first and the last were first seen."""

    source: str
    why: Why
    articles: int
    text_bytes: int
    oldest: str
    newest: str


def due(database: Database, policy: Policy, now: datetime, limit: int | None = None) -> list[Due]:
    """The first articles that are to be given up, `limit` at most. Raises UnknownSource."""
    return list(islice(every_due(database, policy, now), limit))


def every_due(database: Database, policy: Policy, now: datetime) -> Iterator[Due]:
    """All articles that are to be given up, source by source; the file is only read. Raises UnknownSource."""
    for source_id, name, keep in policy.in_file(database):
        yield from _of_source(database, source_id, name, keep, now)


def asked(database: Database, articles: Iterable[int]) -> list[Due]:
    """Those of the articles that are in the file and were not given up before, by id."""
    rows = (
        database.row(
            "SELECT a.id, s.name, a.first_seen_at, a.text_bytes FROM article_heads a JOIN sources s"
            " ON s.id = a.source_id WHERE a.id = ? AND a.pruned_at IS NULL",
            (article,),
        )
        for article in sorted(set(articles))
    )
    return [Due(article_id=row[0], source=row[1], why="asked", first_seen_at=row[2], text_bytes=row[3])
            for row in rows if row is not None]  # fmt: skip


def summed(parts: Iterable[Lot]) -> tuple[Lot, ...]:
    """One lot of each source and reason."""
    found: dict[tuple[str, Why], Lot] = {}
    for part in parts:
        key = part.source, part.why
        lot = found.get(key)
        found[key] = part if lot is None else replace(
            lot,
            articles=lot.articles + part.articles,
            text_bytes=lot.text_bytes + part.text_bytes,
            oldest=min(lot.oldest, part.oldest),
            newest=max(lot.newest, part.newest),
        )
    return tuple(found[key] for key in sorted(found))


def _of_source(database: Database, source_id: int, name: str, keep: Keep, now: datetime) -> Iterator[Due]:
    before = "" if keep.seconds is None else _before(now, keep.seconds)
    kept = 0 if keep.text_bytes is None else _text_bytes(database, source_id)
    # In the order of the index `article_heads_kept`, which has all that is asked for.
    cursor = database.execute(
        "SELECT id, first_seen_at, text_bytes FROM article_heads INDEXED BY article_heads_kept"
        " WHERE source_id = ? AND pruned_at IS NULL ORDER BY first_seen_at, text_bytes, id",
        (source_id,),
    )
    for article_id, first_seen_at, text_bytes in cursor:
        if first_seen_at >= before and (keep.text_bytes is None or kept <= keep.text_bytes):
            return
        why: Why = "age" if first_seen_at < before else "size"
        yield Due(
            article_id=article_id, source=name, why=why, first_seen_at=first_seen_at, text_bytes=text_bytes
        )
        kept -= text_bytes


def _before(now: datetime, seconds: int) -> str:
    """The time before which articles are too old, as it is stored; none is where that is before all time."""
    try:
        return utc_text(now - timedelta(seconds=seconds))
    except OverflowError:
        return ""


def _text_bytes(database: Database, source_id: int) -> int:
    return int(
        database.value(
            "SELECT coalesce(sum(text_bytes), 0) FROM article_heads INDEXED BY article_heads_kept"
            " WHERE source_id = ? AND pruned_at IS NULL",
            (source_id,),
        )
    )
