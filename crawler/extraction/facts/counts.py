"""How often an article was read and commented on, as its page says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from crawler.extraction.declared.head import Head
from crawler.extraction.declared.json_ld import types_of
from crawler.extraction.text.zones import Zones
from storage.records import Counts

MOST = 2_000_000_000
"""No page of the web was read more often; larger numbers are telephone numbers and codes."""

_NUMBER = r"(?P<number>\d{1,3}(?:,\d{3}){1,3}|\d{1,10}(?:\.\d{1,2})?)\s?(?P<unit>[万萬亿億]|[kKmM](?![A-Za-z]))?\s?\+?"
_NOT_MORE = r"(?![\d年月日/:：.-])(?!\s?[条條个個次人]{1,2}\s?(?:[评評]|跟|回|留|[阅閱]|[浏瀏]|[点點]|[参參]))"
_READS = re.compile(
    rf"(?:[阅閱][读讀]|[浏瀏][览覽]|[点點][击擊]|[访訪][问問]|人[气氣]|[点點][阅閱]|[查观觀][看阅]|播放|[围圍][观觀]"
    rf"|[热熱]度|(?:views?|reads?|hits?)(?=\s?:))"
    rf"(?:[量数數次率]{{1,2}}|人[数數次])?\s?[:：(（]?\s{{0,3}}{_NUMBER}{_NOT_MORE}",
    re.IGNORECASE,
)
_READS_AFTER = re.compile(
    rf"(?<![\d.,:：/-]){_NUMBER}\s?(?:次|人|人次)?\s?(?:[阅閱][读讀]|[浏瀏][览覽]|[点點][击擊]|[访訪][问問]"
    rf"|[围圍][观觀]|播放|(?:page\s)?views?\b|reads?\b)",
    re.IGNORECASE,
)
_COMMENTS = re.compile(
    rf"(?:[评評][论論]|跟[帖贴]|回[复復應应]|留言|comments?(?=\s?[:(]))(?:[数數量]"
    rf"|人[数數])?\s?[:：(（\[]?\s{{0,3}}{_NUMBER}{_NOT_MORE}",
    re.IGNORECASE,
)
_COMMENTS_AFTER = re.compile(
    rf"(?<![\d.,:：/-]){_NUMBER}\s?(?:[条條个個人][^\s\d]{{0,4}})?\s?(?:[评評][论論]|跟[帖贴]|回[复復應应]|留言"
    rf"|[参參][与與]|comments?\b|replies\b)",
    re.IGNORECASE,
)
_UNITS = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000, "k": 1_000, "m": 1_000_000}
_READ_ACTIONS = ("readaction", "viewaction", "watchaction", "userpagevisits", "userviews")
_COMMENT_ACTIONS = ("commentaction", "usercomments")
_LONGEST = 120
"""Characters of the longest line that counts; in a longer one the words are the article's."""

_COUNTING = re.compile(
    r"[\d\W_]+|[阅閱][读讀]|[浏瀏][览覽]|[点點][击擊]|人[气氣]|[评評][论論]|跟[帖贴]|回[复復]|留言|分享|收藏"
    r"|[点點][赞讚]|[参參][与與]|[万萬次条條个個人数數量我要]"
    r"|views?|reads?|hits?|comments?|likes?|shares?",
    re.IGNORECASE,
)
_MOST_BESIDE = 6
"""Characters beside the counting words: `已有`, `网友`, `本文`."""

_HINT = re.compile(r"\d")


def find_counts(head: Head, zones: Zones) -> Counts | None:
    """Reads and comments that the page shows or declares (schema.org interactionStatistic), or None where neither.

    A label without a number says nothing, and a nought beside one is as often what stands there until a script has run.
    """
    lines = [line for line in (*zones.head, *zones.above[-2:]) if len(line) <= _LONGEST and _HINT.search(line)]
    after = [line for line in zones.tail if len(line) <= _LONGEST and _HINT.search(line)]
    declared = _declared(head)
    reads = _first(lines, after, _READS, _READS_AFTER)
    comments = _first(lines, after, _COMMENTS, _COMMENTS_AFTER)
    reads = declared.reads if reads is None else reads
    comments = declared.comments if comments is None else comments
    return None if reads is None and comments is None else Counts(reads=reads, comments=comments)


def _first(lines: list[str], after: list[str], *patterns: re.Pattern[str]) -> int | None:
    """The first plausible number of the patterns: in the lines, else in those after the text that say little else."""
    for pattern in patterns:
        for index, line in enumerate((*lines, *after)):
            hit = pattern.search(line)
            value = _value(hit) if hit else None
            if value is not None and (index < len(lines) or _counts_only(line)):
                return value
    return None


def _counts_only(line: str) -> bool:
    """Whether a line after the text only counts: with more in it, it is a neighbour's headline."""
    return len(_COUNTING.sub("", line)) <= _MOST_BESIDE


def _value(hit: re.Match[str]) -> int | None:
    """The number of a hit: 1.2万 is 12000; None for one that no page reaches."""
    number = float(hit["number"].replace(",", "")) * _UNITS.get((hit["unit"] or "").lower(), 1)
    return round(number) or None if number <= MOST else None


def _declared(head: Head) -> Counts:
    """Counts of the JSON-LD and the microdata."""
    reads = _integer(head.properties.get("userinteractioncount"))
    comments = _integer(head.properties.get("commentcount"))
    for thing in head.things:
        comments = _integer(thing.get("commentCount")) if comments is None else comments
        for action, number in _statistics(thing):
            if reads is None and action.endswith(_READ_ACTIONS):
                reads = number
            elif comments is None and action.endswith(_COMMENT_ACTIONS):
                comments = number
    return Counts(reads=reads, comments=comments)


def _statistics(thing: dict[str, Any]) -> Iterator[tuple[str, int | None]]:
    """(lower-case action, number) of the interaction counters of an object."""
    said = thing.get("interactionStatistic")
    for counter in said if isinstance(said, list) else [said]:
        if isinstance(counter, dict):
            kind = counter.get("interactionType")
            names = types_of(kind) if isinstance(kind, dict) else {str(kind or "").rsplit("/", 1)[-1].lower()}
            for name in sorted(names):
                yield name, _integer(counter.get("userInteractionCount"))


def _integer(value: Any) -> int | None:
    """A declared count, or None for what is none."""
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MOST)) else MOST + 1
    return number if number <= MOST else None
