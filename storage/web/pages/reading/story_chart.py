"""The timeline of a story as a drawing: a lane for each article, and from whom each has its text.

Time is drawn as its logarithm, for copies come within minutes and the last after weeks. Colours are of the style sheet.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import log1p
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from storage.revisions.layout import shown
from storage.stories.timeline import Member, Timeline
from storage.web.pages.times import length

if TYPE_CHECKING:
    from storage.web.pages.frame import Visit

MOST_LANES: Final = 24
"""Articles that are drawn; the list below has the others."""

_TICKS: Final = (60, 600, 3_600, 6 * 3_600, 86_400, 7 * 86_400, 30 * 86_400, 365 * 86_400)
_WIDE, _NARROW = 720, 330
_LANE, _HEAD, _EDGE = 44, 30, 12
_TICK_ROOM: Final = 58
_GLYPH: Final = 13
_DAY: Final = timedelta(days=1)


def chart(story: Timeline, visit: Visit, *, wide: bool) -> Markup:
    """The drawing of a story's first MOST_LANES articles, for a wide page or a narrow one."""
    members = story.members[:MOST_LANES]
    drawn = _Scale(members, _WIDE if wide else _NARROW)
    height = _HEAD + _LANE * len(members) + _EDGE
    title = visit.words("story.chart", n=len(members))
    parts = [*_axis(drawn, height, visit), *_lanes(story, members, drawn, visit)]
    return Markup(
        '<svg class="story-chart {}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    ).format("wide-only" if wide else "narrow-only", drawn.width, height, title, Markup("").join(parts))


class _Scale:
    """Where times and lanes stand. The beginning is the earliest time of all, whoever is named first.

    Of an article whose page says a day, any time of that day may be meant. It counts with the end of it; here it stands
    where it contradicts nothing: at the first time of day that another says, else at the day's beginning.
    """

    def __init__(self, members: Sequence[Member], width: int) -> None:
        self.width = width
        exact = [member.at for member in members if not _is_day(member)]
        self._at = {member.article_id: _moment(member, exact) for member in members}
        self._begin = min(self._at.values())
        self.seconds = max((at - self._begin).total_seconds() for at in self._at.values())
        self.lanes = {member.article_id: lane for lane, member in enumerate(members)}

    def x(self, article_id: int) -> float:
        """Where an article stands."""
        return self.after((self._at[article_id] - self._begin).total_seconds())

    def day(self, member: Member) -> tuple[float, float]:
        """From where to where the day of an article reaches, as far as it is drawn."""
        begin, end = ((at - self._begin).total_seconds() for at in (member.at - _DAY, member.at))
        return self.after(max(0, begin)), self.after(min(self.seconds, end))

    def after(self, seconds: float) -> float:
        """Where it stands that so much later is."""
        share = log1p(seconds / 60) / log1p(self.seconds / 60) if self.seconds > 0 else 0
        return round(_EDGE + share * (self.width - 2 * _EDGE), 1)

    def y(self, article_id: int) -> float:
        """The line of an article's lane."""
        return _HEAD + _LANE * self.lanes[article_id] + 28


def _is_day(member: Member) -> bool:
    """Whether all that is known of an article's time is the day."""
    return member.by == "published" and member.published_local is not None and "T" not in member.published_local


def _moment(member: Member, exact: Sequence[datetime]) -> datetime:
    """The time at which an article is drawn."""
    if not _is_day(member):
        return member.at
    return min((at for at in exact if member.at - _DAY <= at <= member.at), default=member.at - _DAY)


def _axis(drawn: _Scale, height: int, visit: Visit) -> Iterator[Markup]:
    """Lines for lengths of time since the first, as many as have room."""
    ends = 0.0
    for seconds in (0, *_TICKS):
        x = drawn.after(seconds)
        if seconds > drawn.seconds or (seconds and x < ends):
            continue
        ends = x + _TICK_ROOM
        told = f"+{length(seconds, visit)}" if seconds else visit.words("story.beginning")
        anchor = "end" if x > drawn.width - _TICK_ROOM and seconds else "start"
        yield Markup('<line class="tick" x1="{x}" y1="{top}" x2="{x}" y2="{end}"/>').format(x=x, top=_HEAD, end=height)
        yield Markup('<text class="tick" x="{}" y="18" text-anchor="{}">{}</text>').format(x, anchor, told)


def _ways(members: Sequence[Member], drawn: _Scale) -> Iterator[Markup]:
    """From the article that a text is taken from to that which has it; dashed where no page says so."""
    by_id = {member.article_id: member for member in members}
    for member in members:
        taken = member.taken
        whose = by_id.get(taken.article_id) if taken is not None and taken.article_id is not None else None
        if taken is None or whose is None:
            continue
        x1, y1 = drawn.x(whose.article_id), drawn.y(whose.article_id)
        x2, y2 = drawn.x(member.article_id), drawn.y(member.article_id)
        kind = "way" if taken.said else "way inferred"
        path = f"M{x1} {y1}C{x1} {(y1 + y2) / 2} {x2} {(y1 + y2) / 2} {x2} {y2}"
        yield Markup('<path class="{}" d="{}"/>').format(kind, path)


def _days(members: Sequence[Member], drawn: _Scale) -> Iterator[Markup]:
    """The line of each lane, and on it the day of an article whose page says no more."""
    for member in members:
        y = drawn.y(member.article_id)
        line = Markup('<line class="{}" x1="{}" y1="{y}" x2="{}" y2="{y}"/>')
        yield line.format("lane", _EDGE, drawn.width - _EDGE, y=y)
        if _is_day(member):
            yield line.format("day", *drawn.day(member), y=y)


def _lanes(story: Timeline, members: Sequence[Member], drawn: _Scale, visit: Visit) -> Iterator[Markup]:
    """Each article: its outlet and time above a line, and a dot where it came."""
    yield from _days(members, drawn)
    yield from _ways(members, drawn)
    for lane, member in enumerate(members):
        y = drawn.y(member.article_id)
        vague = member.by == "first_seen" or _is_day(member)
        kinds = ["dot", *(["first"] if lane == 0 else []), *(["vague"] if vague else [])]
        mark = " ★" if member.article_id == story.canonical else ""
        told = f"{member.outlet or member.source}{mark}"
        when = _when(member, visit)
        room = drawn.width - 2 * _EDGE - _wide(when) * _GLYPH - _GLYPH
        yield Markup('<text class="who" x="{}" y="{}">{}</text>').format(_EDGE, y - 11, _fitting(told, room))
        yield Markup('<text class="when" x="{}" y="{}" text-anchor="end">{}</text>').format(
            drawn.width - _EDGE, y - 11, when
        )
        yield Markup('<circle class="{}" cx="{}" cy="{}" r="5"/>').format(
            " ".join(kinds), drawn.x(member.article_id), y
        )


def _when(member: Member, visit: Visit) -> str:
    """The time on the page as it stands there; of one that says none, when it was first seen."""
    if member.by == "published" and member.published_local:
        return shown(member.published_local[:16].replace("T", " "))
    return visit.words("story.seen", at=member.first_seen_at.astimezone(visit.zone))


def _wide(text: str) -> float:
    """How many Chinese characters wide a text is."""
    return sum(1 if unicodedata.east_asian_width(one) in "WF" else 0.56 for one in text)


def _fitting(text: str, room: float) -> str:
    """The text, cut where it is wider than its room."""
    plain = shown(text)
    if _wide(plain) * _GLYPH <= room:
        return plain
    kept = ""
    for character in plain:
        if (_wide(kept + character) + 1) * _GLYPH > room:
            break
        kept += character
    return f"{kept}…"
