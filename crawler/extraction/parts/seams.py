"""Where two pages of an article meet: what both repeat around their texts, and sentences that the break cuts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.extraction.cleaning import squeezed

TOP_LINES = 8
"""Lines at the top of the first page that the others may repeat: headline, source line, abstract."""

TAIL_LINES = 6
"""Lines at the end of a page that others may repeat: disclaimers, `未完待续`, editors."""

TELLING = 10
"""Letters of a line from which on it is the same line wherever it stands; shorter ones repeat by chance."""

CUT_CHARS = 30
"""Letters of a paragraph from which on it may be cut by the break; shorter ones without a full stop are headings."""

PAGER_CHARS = 200
"""Of the longest line that may be what is left of a pager."""

_BETWEEN = re.compile(r"[\s|/·,\[\]()【】（）<>«»‹›…]+")
_NUMBERS = re.compile(r"\d{1,2}")
_WORD = re.compile(
    r"(?:[上下前后後]一?[页頁]|[首尾末][页頁]|第\d{1,2}[页頁]|共\d{1,2}[页頁]|(?:阅读|余下|显示)全文){1,8}"
    r"|next|prev|previous|page|of",
    re.IGNORECASE,
)
_OPENED, _CLOSED = r"\s?(?:\\?[(（\[【])?", r"(?:\\?[)）\]】>»›.…]){0,6}"
_GOES_ON = re.compile(
    rf"{_OPENED}(?:未完待[续續]|(?:未完[,，]?\s?)?(?:[请請]看|[转轉]|[接点點][击擊]?)\s?下一?[页頁]"
    rf"|continued on (?:the )?next page){_CLOSED}$",
    re.IGNORECASE,
)
_CAME_ON = re.compile(
    rf"{_OPENED}(?:(?:上?接)上一?[页頁]|continued from (?:the )?(?:last|previous) page){_CLOSED}\s?", re.IGNORECASE
)
_TITLE_NUMBER = re.compile(r"(?:第?\d{1,2}[页頁]?|[一二三四五六七八九十]|page\d{1,2}|\d{1,2}of\d{1,2}|上|中|下|续|續)?")
_HAN = re.compile(r"[\u3400-\u9fff]")
_CAPTION = re.compile(r"[摄攝]|图[为片]|圖[為片]|资料|記者|记者|编辑|編輯|供图|通讯员|^[（(【\[]")
_OPENS = re.compile(
    r"[一二三四五六七八九十]{1,3}[、.．]|第.{1,3}[章节節条條]|\d{1,2}[、.．)）]|[（(【《“\"'「『●■◆▲•*#>|!\-—-]"
)


def trimmed(pages: Sequence[Sequence[str]], titles: Sequence[str | None]) -> list[list[str]]:
    """The lines of each page without those at its edges that other pages have too, and without pagers.

    At the top the first page keeps them, at the end the last. `titles`: headlines, wherever they stand at a top.
    """
    names = [key for title in titles if (key := squeezed(title or ""))]
    seen: set[str] = set()
    kept: list[list[str]] = []
    for index, lines in enumerate(pages):
        keys = [squeezed(line) for line in lines]
        begin = 0
        while index and begin < len(lines) and _is_repeated(lines[begin], keys[begin], names, seen):
            begin += 1
        kept.append(list(lines[begin:]))
        seen.update(key for place, key in enumerate(keys) if len(key) >= TELLING or (index == 0 and place < TOP_LINES))
    # Only then the ends, and against what is left: a paragraph that ends one page and begins the next stays on the one.
    later: set[str] = set()
    for lines in reversed(kept):
        ends = {squeezed(line) for line in lines[-TAIL_LINES:]} - {""}
        while lines and (is_pager(lines[-1]) or squeezed(lines[-1]) in later):
            lines.pop()
        later |= ends
    last = len(kept) - 1
    return [_unmarked(lines, first=index == 0, last=index == last) for index, lines in enumerate(kept)]


def _unmarked(lines: Sequence[str], *, first: bool, last: bool) -> list[str]:
    """Lines without the words at their ends that say where the text goes on and where it came from."""
    bare = list(lines)
    if bare and not last:
        bare[-1] = _GOES_ON.sub("", bare[-1])
    if bare and not first:
        came = _CAME_ON.match(bare[0])
        bare[0] = bare[0][came.end() if came else 0 :]
    return [line for line in bare if line]


def _is_repeated(line: str, key: str, names: Sequence[str], seen: set[str]) -> bool:
    """Whether a line at the top of a further page stood on an earlier one, is its headline again, or a pager."""
    if key and key in seen:
        return True
    return is_pager(line) or any(is_numbered(key, name) for name in names)


def is_numbered(key: str, name: str) -> bool:
    """Whether a headline is another with or without a page number behind it; both as comparison keys."""
    return key.startswith(name) and _TITLE_NUMBER.fullmatch(key[len(name) :]) is not None


def is_pager(line: str) -> bool:
    """Whether a line is what is left of a pager: `上一页 1 2 3 下一页`, `[1] [2]`, `第2页`."""
    if len(line) > PAGER_CHARS:
        return False
    words = [word for word in _BETWEEN.split(line) if word]
    numbers = sum(_NUMBERS.fullmatch(word) is not None for word in words)
    named = sum(_WORD.fullmatch(word) is not None for word in words)
    return numbers + named == len(words) and (named > 0 or numbers > 1)


def continues(before: str, behind: str) -> bool:
    """Whether a page break clearly cut one paragraph in two. In doubt it did not."""
    if not before or not behind or _OPENS.match(behind):
        return False
    last = before[-1]
    if len(squeezed(before)) < CUT_CHARS or len(squeezed(behind)) < TELLING:
        return False
    if not (last.isalnum() or last in ",，、"):
        return False
    if _HAN.match(last) or last in "，、":
        captioned = _CAPTION.search(before[-20:]) or _CAPTION.search(behind[:12])
        return not captioned and (last in "，、" or "，" in before)
    return behind[0].islower()


def joint(before: str, behind: str) -> str:
    """Two halves of a paragraph as one: with a space between words of letters."""
    return before + behind if _HAN.match(behind) or before[-1] in "，、" else f"{before} {behind}"
