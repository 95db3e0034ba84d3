"""The page of a story: who had a text first, who has it from whom, and what each copy says otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final

from datasette.utils.asgi import Response

from storage.database import Database
from storage.lookup import LARGEST_ID, number_in
from storage.revisions.diff import diff
from storage.revisions.layout import Line, Part, is_unchanged, lines
from storage.stories.history import Happening, History, history
from storage.stories.resolving import story_of
from storage.stories.timeline import Member, Timeline, timeline
from storage.web.pages.frame import Visit
from storage.web.pages.reading.prose import address
from storage.web.pages.reading.story_chart import MOST_LANES, chart

MOST_MEMBERS: Final = 300
"""Articles of a story that is told as a timeline; of a larger one the beginning is listed, for all are compared."""
MOST_SHOWN: Final = 60
"""Articles that the page lists."""
MOST_COMPARED: Final = 30_000
"""Characters of the texts that a page compares with the first, together: some 50 ms. Each can be asked for alone."""
MOST_LINES: Final = 4
"""Lines of a copy in which the page shows what is other."""
CONTEXT: Final = 24
"""Characters of unchanged text on either side of an edit."""

_TEXTS = """
    SELECT a.id, r.title, t.text FROM article_heads a
      JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision
      JOIN article_texts t ON t.revision_id = r.id
     WHERE a.id = ? AND r.characters <= ?"""
_LIST = """
    SELECT f.article_id, s.name AS source, a.url, a.status, r.title, r.published_local, a.shown_at
      FROM fingerprints f
      JOIN article_heads a ON a.id = f.article_id
      JOIN sources s ON s.id = a.source_id
      JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision
     WHERE f.story_id = ? ORDER BY f.article_id LIMIT ?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherness:
    """What a copy says otherwise than the first article. `same`: share of the first one's text that it keeps, 0 to 1.

    `added`, `cut`: characters. `lines`: some of those that differ; `more`: how many others do.
    """

    same: float
    added: int
    cut: int
    title: Line
    title_differs: bool
    lines: tuple[Line, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story as its page tells it. `others`: by article, where it was compared with the first one."""

    story: Timeline
    first: Member
    others: Mapping[int, Otherness]
    history: History
    happenings: tuple[tuple[Happening, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """A story of too many articles to compare: its number, how many they are, and the first of them."""

    story_id: int
    articles: int
    rows: Sequence[Any]


async def story(visit: Visit) -> Response:
    """The page of a story, by its id, any that it had, or that of an article in it."""
    number = number_in(visit.request.url_vars["id"])
    if number is None or not 0 < number <= LARGEST_ID:
        return visit.missing("story.none")
    found = await visit.read(lambda database: _told(database, number))
    if found is None:
        return visit.missing("story.none")
    if isinstance(found, Crowd):
        return visit.page("crowd.html", here="search", found=found)
    members = found.story.members
    charts = [chart(found.story, visit, wide=wide) for wide in (True, False)] if len(members) > 1 else []
    return visit.page(
        "story.html", here="search", found=found, members=members[:MOST_SHOWN], charts=charts, lanes=MOST_LANES,
        address=address,
    )  # fmt: skip


def _told(database: Database, number: int) -> Told | Crowd | None:
    story_id = story_of(database, number)
    if story_id is None:
        return None
    articles = database.value("SELECT articles FROM story_heads WHERE id = ?", (story_id,)) or 0
    if articles > MOST_MEMBERS:
        return Crowd(story_id=story_id, articles=articles, rows=database.rows(_LIST, (story_id, MOST_SHOWN)))
    found = timeline(database, story_id)
    if found is None:
        return None
    past = history(database, story_id)
    return Told(
        story=found,
        first=found.members[0],
        others=_others(database, found),
        history=past,
        happenings=tuple(_together(past.happenings)),
    )


def _others(database: Database, found: Timeline) -> dict[int, Otherness]:
    """What copies say otherwise than the first, as many as may be compared for a page."""
    left = MOST_COMPARED
    first = database.row(_TEXTS, (found.members[0].article_id, left))
    told: dict[int, Otherness] = {}
    for member in found.members[1:MOST_SHOWN]:
        copy = None if first is None else database.row(_TEXTS, (member.article_id, left))
        if first is None or copy is None:
            continue
        left -= len(first["text"]) + len(copy["text"])
        if left < 0:
            break
        told[member.article_id] = compared((first["title"], first["text"]), (copy["title"], copy["text"]))
    return told


def compared(first: tuple[str | None, str], copy: tuple[str | None, str]) -> Otherness:
    """What a copy says otherwise; each is a title and a text."""
    titles, spans = diff(first[0] or "", copy[0] or ""), diff(first[1], copy[1])
    changed = [line for line in lines(first[1], copy[1], spans) if not is_unchanged(line)]
    cut = sum(span.old_end - span.old_start for span in spans if span.op == "delete")
    return Otherness(
        same=1 - cut / max(1, len(first[1])),
        added=sum(span.new_end - span.new_start for span in spans if span.op == "insert"),
        cut=cut,
        title=_joined(lines(first[0] or "", copy[0] or "", titles)),
        title_differs=any(span.op != "same" for span in titles),
        lines=tuple(map(_shortened, changed[:MOST_LINES])),
        more=max(0, len(changed) - MOST_LINES),
    )


def _joined(found: Sequence[Line]) -> Line:
    return tuple(part for line in found for part in line)


def _shortened(line: Line) -> Line:
    """The line with its unchanged stretches cut to what stands next to the edits, and long edits cut too."""
    last = len(line) - 1
    return tuple(replace(part, text=_cut(part, first=at == 0, last=at == last)) for at, part in enumerate(line))


def _cut(part: Part, *, first: bool, last: bool) -> str:
    if part.op != "same":
        longest = 8 * CONTEXT
        return part.text if len(part.text) <= longest else f"{part.text[:longest]}…"
    before = "" if first else part.text[:CONTEXT]
    after = "" if last else part.text[-CONTEXT:]
    return part.text if len(part.text) <= len(before) + len(after) + CONTEXT // 2 else f"{before}…{after}"


def _together(happenings: Sequence[Happening]) -> Iterator[tuple[Happening, tuple[int, ...]]]:
    """What happened at once as one thing: what it was, and the articles that it happened to."""
    for _, several in groupby(happenings, key=lambda one: (one.at, one.kind, one.other, one.why, one.decision)):
        group = list(several)
        yield group[0], tuple(one.article_id for one in group if one.article_id is not None)
