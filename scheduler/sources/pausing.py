"""Pausing sources, and resuming them: what an operator wishes, written into the file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from crawler.config import Source
from scheduler.rhythm import Rhythm, unwatched
from storage import sources
from storage.database import Database
from storage.watch import pauses


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The sources of which it is so now, and those of which it was so already."""

    names: tuple[str, ...]
    already: tuple[str, ...]


def pause(database: Database, asked: Iterable[Source], now: datetime, why: str | None = None) -> Changed:
    """What was paused: it is not asked any more until somebody resumes it. A new reason takes the place of an old one.

    One that the file does not know yet is known to it from then on.
    """
    asked = tuple(asked)
    with database.transaction():
        before = pauses.paused(database)
        for source in asked:
            sources.ensure(database, source.name, source.home, now, source.outlet)
            pauses.pause(database, source.name, now, why)
    return _changed((source.name for source in asked), before.keys())


def resume(database: Database, asked: Iterable[Source], now: datetime) -> Changed:
    """What is asked again from now on. Of the time in between, and of what came then, no rhythm learns anything."""
    names = tuple(source.name for source in asked)
    with database.transaction():
        before = pauses.paused(database)
        for name in before.keys() & set(names):
            pauses.resume(database, name)
            _skip(database, name, now)
    return _changed(names, set(names) - before.keys())


def _skip(database: Database, name: str, now: datetime) -> None:
    (source_id,) = sources.ids(database, [name])
    row = sources.state(database, source_id, now)
    if row.rhythm is not None:
        rhythm = unwatched(Rhythm.from_old_text(row.rhythm), now, resumed=True)
        sources.set_rhythm(database, source_id, rhythm.text())


def _changed(names: Iterable[str], already: Iterable[str]) -> Changed:
    names, was = tuple(names), set(already)
    return Changed(
        names=tuple(name for name in names if name not in was), already=tuple(name for name in names if name in was)
    )
