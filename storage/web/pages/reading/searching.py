"""The page on which articles are found: by words in either script, or the newest where no words are given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from datasette.utils.asgi import Response

from storage.database import Database, Row
from storage.faults import StorageFault
from storage.records import from_utc_text, utc_text
from storage.search import finding
from storage.search.excerpts import Excerpt
from storage.search.query import BadQuery
from storage.selection import Selection, UnknownSource
from storage.web.pages.frame import TooLong, Visit

PAGE: Final = 20
"""Articles of one page."""
MOST_READ: Final = 1_500
"""Articles that are read in vain for a page: some 45 ms. `dibao search` reads more."""
MOST_SOURCES: Final = 500
"""Names to choose from; of more sources one is typed."""
BEGINNING: Final = 90
"""Characters of a text that are shown where no words are looked for."""

_NEWEST = f"""
    SELECT a.id, a.url, a.status, a.shown_at, s.name AS source, r.title, r.published_local,
           substr(t.text, 1, {BEGINNING}) AS beginning, length(t.text) > {BEGINNING} AS is_longer,
           (SELECT f.story_id FROM fingerprints f WHERE f.article_id = a.id) AS story_id
      FROM article_heads a
     CROSS JOIN sources s ON s.id = a.source_id
     CROSS JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision
     CROSS JOIN article_texts t ON t.revision_id = r.id"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody looks for. `since`, `until`: days, both within; `bad_day`: one that was typed is none.

    `behind`: the last article of the page before, by date; `offset`: how many were passed, by relevance.
    """

    words: str = ""
    source: str | None = None
    since: date | None = None
    until: date | None = None
    bad_day: bool = False
    sort: str = "date"
    behind: tuple[str, int] | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a text that is shown, and whether it is what was looked for."""

    text: str
    is_hit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An article in the list. Times as stored."""

    article_id: int
    source: str
    status: str
    shown_at: str
    published_local: str | None
    story_id: int | None
    title: tuple[Piece, ...]
    excerpt: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One page of articles. `total`: as in finding.Found, None where nothing was counted; `trouble`: of the words."""

    items: tuple[Item, ...] = ()
    total: int | None = None
    is_exact: bool = True
    more: bool = False
    gave_up: bool = False
    trouble: str | None = None
    told: str = ""


async def search(visit: Visit) -> Response:
    """The page of what was found. Whatever was typed, it is a page."""
    asked = _asked(visit)
    sources = await visit.read(_sources)
    try:
        answer = await visit.read(lambda database: _answered(database, asked, visit))
    except TooLong:
        answer = Answer(trouble="slow")
    following = _following(visit, asked, answer)
    return visit.page("search.html", here="search", asked=asked, answer=answer, sources=sources, following=following)


def _asked(visit: Visit) -> Asked:
    days = [_day(visit.asked(name)) for name in ("since", "until")]
    typed = [visit.asked(name) for name in ("since", "until")]
    offset = visit.asked("from") or ""
    return Asked(
        words=(visit.asked("q") or "").strip(),
        source=visit.asked("source") or None,
        since=days[0],
        until=days[1],
        bad_day=any(said and day is None for said, day in zip(typed, days, strict=True)),
        sort="relevance" if visit.asked("sort") == "relevance" and visit.asked("q") else "date",
        behind=_place(visit.asked("behind")),
        offset=min(int(offset), finding.RANKED) if offset.isascii() and offset.isdigit() and len(offset) < 5 else 0,  # noqa: PLR2004
    )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "").strip())
    except ValueError:
        return None


def _place(text: str | None) -> tuple[str, int] | None:
    """The place in the list that a link of ours names; None for anything else."""
    at, _, number = (text or "").partition("_")
    try:
        from_utc_text(at)
        return at, int(number[:18])
    except ValueError:
        return None


def _sources(database: Database) -> list[str]:
    rows = database.rows("SELECT name FROM sources ORDER BY name LIMIT ?", (MOST_SOURCES + 1,))
    return [row["name"] for row in rows]


def _answered(database: Database, asked: Asked, visit: Visit) -> Answer:
    selection = Selection(
        sources=(asked.source,) if asked.source else (),
        since=_midnight(asked.since, visit),
        until=_midnight(asked.until, visit, days=1),
    )
    try:
        if not asked.words:
            return _newest(database, replace(selection, behind=asked.behind))
        return _found(database, asked, selection)
    except BadQuery as fault:
        return Answer(trouble=fault.code)
    except UnknownSource:
        return Answer(trouble="source")
    except finding.NoIndex as fault:
        return Answer(trouble="index", told=str(fault))


def _midnight(day: date | None, visit: Visit, *, days: int = 0) -> str | None:
    """When a day begins where the visitor's clocks are, or the day so many behind it, as UTC text."""
    if day is None:
        return None
    try:
        return utc_text(datetime(day.year, day.month, day.day, tzinfo=visit.zone) + timedelta(days=days))
    except (OverflowError, ValueError, StorageFault):
        return None


def _newest(database: Database, selection: Selection) -> Answer:
    where, values = selection.where(database)
    rows = database.rows(
        f"{_NEWEST} WHERE a.pruned_at IS NULL AND {where} ORDER BY a.shown_at DESC, a.id DESC LIMIT ?",
        (*values, PAGE + 1),
    )
    return Answer(items=tuple(map(_item, rows[:PAGE])), more=len(rows) > PAGE)


def _item(row: Row) -> Item:
    text = " ".join(row["beginning"].split()) + ("…" if row["is_longer"] else "")
    facts = {name: row[name] for name in ("source", "status", "shown_at", "published_local", "story_id")}
    title = (Piece(text=row["title"]),) if row["title"] else ()
    return Item(article_id=row["id"], title=title, excerpt=(Piece(text=text),), **facts)


def _found(database: Database, asked: Asked, selection: Selection) -> Answer:
    by_date = asked.sort == "date"
    found = finding.find(
        database,
        asked.words,
        replace(selection, behind=asked.behind if by_date else None),
        sort="date" if by_date else "relevance",
        limit=PAGE,
        offset=0 if by_date else asked.offset,
        most_read=MOST_READ,
    )
    # Behind the first page only the rest would be counted.
    counted = asked.behind is None
    return Answer(
        items=tuple(map(_hit, found.hits)),
        total=found.total if counted else None,
        is_exact=found.is_exact,
        more=found.more,
        gave_up=found.gave_up,
    )


def _hit(hit: finding.Hit) -> Item:
    facts = {name: getattr(hit, name) for name in ("source", "status", "shown_at", "published_local", "story_id")}
    title, excerpt = tuple(_pieces(hit.title)), tuple(_pieces(hit.excerpt))
    return Item(article_id=hit.article_id, title=title, excerpt=excerpt, **facts)


def _pieces(excerpt: Excerpt) -> Iterator[Piece]:
    """The text in pieces, those that were looked for apart."""
    at = 0
    for start, end in excerpt.marks:
        if at < start:
            yield Piece(text=excerpt.text[at:start])
        yield Piece(text=excerpt.text[start:end], is_hit=True)
        at = end
    if at < len(excerpt.text):
        yield Piece(text=excerpt.text[at:])


def _following(visit: Visit, asked: Asked, answer: Answer) -> str | None:
    """The address of the next page; None where there is none."""
    if not answer.more or not answer.items:
        return None
    if asked.sort == "relevance":
        return visit.again(**{"from": asked.offset + PAGE})
    last = answer.items[-1]
    return visit.again(behind=f"{last.shown_at}_{last.article_id}")
