"""All that is known of one article, for its page: what it says, who says so, where it was found, what became of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from storage import tombstones
from storage.database import Database, Row
from storage.short_forms import SHOWN_MARKDOWN, as_read
from storage.tombstones import Tombstone

MOST: Final = 50
"""Revisions, addresses, raw pages that one page lists."""
MOST_COPIES: Final = 6

# First come those that are kept in another form: of two columns of one name, a row gives the first.
_REVISION = f"""
    SELECT {as_read(("credits", "images", "evidence"))},
           {SHOWN_MARKDOWN} AS markdown, r.*, t.text
      FROM article_revisions r JOIN article_texts t ON t.revision_id = r.id
     WHERE r.article_id = ? AND r.revision = ?"""
_HEAD = """
    SELECT a.id, a.url, a.revision, a.status, a.first_seen_at, a.checked_at, a.duplicate_of, a.shown_at,
           s.name AS source, (SELECT f.story_id FROM fingerprints f WHERE f.article_id = a.id) AS story_id
      FROM article_heads a JOIN sources s ON s.id = a.source_id WHERE a.id = ?"""
_REVISIONS = """
    SELECT revision, cause, fetched_at, changed, reverts_to, stealth, characters FROM article_revisions
     WHERE article_id = ? ORDER BY revision DESC LIMIT ?"""
_FOUND = """
    SELECT u.url, u.state, u.link_title, u.link_published, u.discovered_at, e.url AS entry_url, e.kind AS entry_kind
      FROM urls u LEFT JOIN entry_points e ON e.id = u.entry_point_id
     WHERE u.article_id = ? ORDER BY u.discovered_at, u.id LIMIT ?"""
_RAW = """
    SELECT revision, part, url, fetched_at, http_status, content_type, warc_file, warc_offset, warc_length
      FROM raw_pages WHERE article_id = ? AND revision = ? ORDER BY part LIMIT ?"""
_COUNTS = "SELECT at, reads, comments FROM article_counts WHERE article_id = ? ORDER BY at DESC LIMIT 1"
_OTHERS = """
    SELECT f.article_id, s.name AS source, a.status, r.title, r.published_local, a.shown_at
      FROM fingerprints f
      JOIN article_heads a ON a.id = f.article_id
      JOIN sources s ON s.id = a.source_id
      JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision
     WHERE f.story_id = ? AND f.article_id <> ? LIMIT ?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A time that a page says. `at`: with the page's offset, or None where the text is none; `raw`: as it stands there.

    `precision`: day, minute or second. `assumed`: the page names no offset; None where that is not known.
    """

    text: str
    at: datetime | None
    precision: str
    raw: str | None = None
    found_in: str | None = None
    assumed: bool | None = None

    @property
    def offset(self) -> str | None:
        """The offset as people say it, `UTC+8`; None of a bare day."""
        if self.at is None or (offset := self.at.utcoffset()) is None:
            return None
        minutes = int(offset.total_seconds()) // 60
        hours, rest = divmod(abs(minutes), 60)
        sign = "-" if minutes < 0 else "+"
        return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "") if minutes else "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryBox:
    """The story that an article tells, as its page says it. `others`: some of the other articles."""

    story_id: int
    canonical: int
    articles: int
    sites: int
    others: Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An article as one of its revisions has it. `said`: that revision's columns; `head`: the article's.

    `credits`: names by role in page order; `gone_at`: when its address was found to be gone, None where it is not.
    """

    head: Row
    said: Row
    published: Stamp | None
    modified: Stamp | None
    credits: tuple[tuple[str, tuple[str, ...]], ...]
    images: tuple[Mapping[str, str], ...]
    evidence: tuple[Mapping[str, str], ...]
    sections: tuple[str, ...]
    keywords: tuple[str, ...]
    missing_parts: tuple[str, ...]
    revisions: tuple[Mapping[str, Any], ...]
    found: Sequence[Row]
    raw: Sequence[Row]
    counts: Row | None
    story: StoryBox | None
    gone_at: str | None


def reading(database: Database, article_id: int, revision: int | None = None) -> Reading | Tombstone | None:
    """The article as a revision has it, the newest where none is named; what is left of one that was pruned.

    None where there is no such article, or it has no such revision.
    """
    head = database.row(_HEAD, (article_id,))
    if head is None:
        return None
    said = database.row(_REVISION, (article_id, revision or head["revision"]))
    if said is None:
        return tombstones.of(database, article_id)
    return Reading(
        head=head,
        said=said,
        published=_published(said),
        modified=_modified(said),
        credits=_by_role(_objects(said["credits"], ("role", "name"))),
        images=_objects(said["images"], ("url", "caption", "photographer")),
        evidence=_objects(said["evidence"], ("fact", "value", "raw", "found_in", "chosen")),
        sections=_texts(said["sections"]),
        keywords=_texts(said["keywords"]),
        missing_parts=_texts(said["missing_parts"]),
        revisions=tuple(map(_step, database.rows(_REVISIONS, (article_id, MOST)))),
        found=database.rows(_FOUND, (article_id, MOST)),
        raw=database.rows(_RAW, (article_id, said["revision"], MOST)),
        counts=database.row(_COUNTS, (article_id,)),
        story=_story(database, head["story_id"], article_id),
        gone_at=_gone_at(database, article_id) if head["status"] == "gone" else None,
    )


def stamp(text: str | None, precision: str | None, **more: Any) -> Stamp | None:
    """The time that a text of ours is; None where there is none."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    return Stamp(text=text, at=at, precision=precision or "day", **more)


def _published(said: Row) -> Stamp | None:
    assumed = said["published_offset_assumed"]
    return stamp(
        said["published_local"],
        said["published_precision"],
        raw=said["published_raw"],
        found_in=said["published_where"],
        assumed=None if assumed is None else bool(assumed),
    )


def _modified(said: Row) -> Stamp | None:
    return stamp(said["modified_local"], said["modified_precision"])


def _step(row: Row) -> Mapping[str, Any]:
    return {**dict(row), "changed": _texts(row["changed"])}


def _story(database: Database, story_id: int | None, article_id: int) -> StoryBox | None:
    """The box of a story; None where the article is in none yet."""
    row = database.row("SELECT * FROM story_heads WHERE id = ?", (story_id,))
    if row is None:
        return None
    return StoryBox(
        story_id=row["id"],
        canonical=row["canonical_id"],
        articles=row["articles"],
        sites=row["sites"],
        others=database.rows(_OTHERS, (row["id"], article_id, MOST_COPIES)),
    )


def _gone_at(database: Database, article_id: int) -> str | None:
    found = database.value(
        "SELECT at FROM change_log WHERE article_id = ? AND op = 'gone' ORDER BY seq DESC LIMIT 1", (article_id,)
    )
    return None if found is None else str(found)


def _by_role(credited: Sequence[Mapping[str, str]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The names of each role, each once."""
    named: dict[str, dict[str, None]] = {}
    for credit in credited:
        if credit["name"]:
            named.setdefault(credit["role"], {})[credit["name"]] = None
    return tuple((role, tuple(names)) for role, names in named.items())


def _objects(text: str, names: Sequence[str]) -> tuple[Mapping[str, str], ...]:
    """The objects of a JSON list, each with these texts; what it does not say is empty."""
    return tuple(
        {name: str(one.get(name) or "") for name in names}
        for one in _listed(text)
        if isinstance(one, dict)
    )


def _texts(text: str) -> tuple[str, ...]:
    return tuple(str(one) for one in _listed(text))


def _listed(text: str) -> Iterator[Any]:
    """What a JSON list says; nothing of what is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return
    if isinstance(found, list):
        yield from found
