"""The dates that the lines around a text show, those of neighbours, events and banners left out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.extraction.facts.date_patterns import DIGITS
from crawler.extraction.facts.dates import Clock, Found, find_dates
from crawler.extraction.text.zones import Zones
from storage.records import PublicationTime

MAX_SENTENCE = 50
"""Characters from which a line with a comma or full stop is prose: its dates are those of events."""

NEIGHBOURS = re.compile(
    r"^\W{0,4}(?:(?:上|下|前|后|後)一?[篇条條则則页頁个個]|相[关關](?:新闻|新聞|阅读|閱讀|文章|报道|報導|推荐|链接"
    r"|内容|資訊)"
    r"|延伸[阅閱]|推[荐薦]|[热熱][门門点點文]|猜你|更多|[网網]友[评評]|[评評][论論]|最新(?!更)|大家都在|related|previous"
    r"|next\b"
    r"|read\smore|more\s(?:from|news|stories)|comments?\b|you\smay|recommended|popular|trending|latest)",
    re.IGNORECASE,
)
_CHANGED = re.compile(r"更新|修[改订訂]|pdated|odified|PDATED")
_TODAY = re.compile(r"今天是|今日是|现在是|現在是|欢迎|歡迎|农历|農曆|阴历")
_PROSE = re.compile(r"[，。！？；]|[a-z],\s[a-z]|[a-z]\.\s")
_GOES_ON = re.compile(r"^\s{0,2}[，、至到起前后以电電讯訊晚早凌上下中在\u4e00-\u9fff]")
_BESIDE = re.compile(
    r"来\s?源|來\s?源|作\s?者|编\s?辑|編\s?輯|责编|記者|记者|发布|發布|字号|阅读|点击|浏览|人气|\bby\b",
    re.IGNORECASE,
)
_BYLINE = re.compile(r"\W{0,3}(?:by|von|par|por|di|автор)\s", re.IGNORECASE)
_DATE_STUFF = re.compile(r"[\d\W_年月日时時分]+|(?:mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?", re.IGNORECASE)
_SIGNED_REST = 12
"""Characters that may stand beside a date that closes an article: a place, a weekday, brackets."""


class ShownDates:
    """The dates that the lines around the text show."""

    def __init__(self, zones: Zones, clock: Clock) -> None:
        self._clock = clock
        self.head = self._ranked(zones.head, "head")
        timed = self.head and self.head[0][1].precision != "day" and self.head[0][2] != "updated"
        joined = " ".join(line for line in zones.head if len(line) < 40)  # noqa: PLR2004 - pieces of one line
        self.joined = [] if timed else self._ranked((joined,), "head")
        self.above = self._ranked(tuple(reversed(zones.above)), "head")
        self.tail = self._ranked(_closing_lines(zones), "tail")
        self.opening = self._ranked(_opening_lines(zones), "lead")
        changed = [line for line in (*zones.inner, *zones.close) if len(line) < MAX_SENTENCE and _CHANGED.search(line)]
        self.inner = self._ranked(changed, "inner")

    def _ranked(self, lines: Sequence[str], where: str) -> list[tuple[int, PublicationTime, str]]:
        """(rank, time, label) of the dates of lines, best first: labelled, then with a clock; changes last."""
        found = [
            (_rank(hit), hit.time, hit.label)
            for line in lines
            if DIGITS.search(line) and not _TODAY.search(line) and not NEIGHBOURS.match(line)
            for hit in find_dates(line, self._clock, where)
            if hit.label != "other" and not _in_prose(line, hit)
        ]
        return sorted(found, key=lambda one: one[0])

    @property
    def stated(self) -> list[PublicationTime]:
        """The best date of single lines of the head and the best of them joined, changes left out."""
        bests = (ranked[0] for ranked in (self.head, self.joined) if ranked)
        return [time for _, time, label in bests if label != "updated"]

    @property
    def highest(self) -> PublicationTime | None:
        """The best date above the headline."""
        return next((time for _, time, label in self.above if label != "updated"), None)

    @property
    def closing(self) -> list[PublicationTime]:
        """Dates that stand in the first lines of the text and behind it."""
        return [time for _, time, label in (*self.opening, *self.tail) if label != "updated"]

    @property
    def best_first(self) -> list[PublicationTime]:
        """Times shown as of the publication, those of the head first."""
        return [time for _, time, label in (*self.head, *self.above) if label != "updated"]

    @property
    def updates(self) -> list[PublicationTime]:
        """Times shown as of a change."""
        places = (*self.head, *self.joined, *self.above, *self.inner, *self.tail)
        return [time for _, time, label in places if label == "updated"]


def _rank(hit: Found) -> int:
    """How good a date of a line is: 0 is best."""
    return {"published": 0, "": 2, "updated": 5}[hit.label] + (0 if hit.time.precision != "day" else 1)


def _in_prose(line: str, hit: Found) -> bool:
    """Whether a date is part of a sentence: that of an event."""
    if hit.label or hit.time.precision != "day" or not _PROSE.search(line):
        return False
    return len(line) > MAX_SENTENCE or bool(_GOES_ON.match(line[hit.end :]))


def _closing_lines(zones: Zones) -> list[str]:
    """Lines after the text, as far as its neighbours, that date it: labelled, or with little else in them."""
    lines: list[str] = []
    before = ""
    for line in zones.tail:
        if NEIGHBOURS.match(line):
            break
        alone = _is_bare(line) and (not before or before in zones.unlinked)
        if _BESIDE.search(line) or alone:
            lines.append(line)
        before = line
    bare = [line for line in lines if not _BESIDE.search(line) and re.search(r"\d{4}", line)]
    return lines if len(bare) <= 1 else [line for line in lines if line not in bare]


def _opening_lines(zones: Zones) -> list[str]:
    """Short first lines of the text that say a date and little else: bylines that stand inside it."""
    lines = dict.fromkeys((*zones.lead, *zones.inner[:4]))
    return [line for line in lines if len(line) <= 2 * MAX_SENTENCE and (_is_bare(line) or _BYLINE.match(line))]


def _is_bare(line: str) -> bool:
    """Whether a line is a date with little else."""
    return len(_DATE_STUFF.sub("", line)) <= _SIGNED_REST
