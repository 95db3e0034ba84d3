"""Which lines of a text without markup are the article (research/extraction.md, step 11).

There are no boxes and no links to go by: the words of the chrome are asked of each line, and what stands below the
first notice or list of other articles is cut off.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.extraction.cleaning import squeezed
from crawler.extraction.plain.lines import Line
from crawler.extraction.text import lexicon
from crawler.extraction.text.chrome_words import is_disclaimer

ENDING_SHARE = 0.6
"""Of the characters in sentences, that stand before the line at which a text may end: less is an introduction."""

LINKED_SHARE = 0.5

NOTICE_SIZE = 400
"""Characters of the longest notice; a longer paragraph only mentions such things (research, step 5)."""

SENTENCE_SIZE = 40
"""Characters from which on a line that ends as sentences do is one, though it begins like a label."""

TITLE_SIZE = (4, 100)
"""Characters of a headline (research, step 4)."""

ASKING_TITLE_SIZE = 40
"""Characters of the longest headline that ends in ？ or ！: a longer line that does is a paragraph."""

_ENDING = re.compile(
    r"^[\s•·*※●■◆▲◎【\[(（<＊|｜/>»]{0,6}(?:上一?[篇页条则則頁]|下一?[篇页条则則頁]|前一[篇页条]|后一[篇页条]"
    r"|(?:相关|相關|更多|推荐|推薦|热门|熱門|精彩|最新|延伸|拓展|往期|猜你|为[您你])(?:阅读|閱讀|新闻|新聞|推荐|推薦|报道|報導"
    r"|链接|文章|资讯|内容|喜欢|精彩|回顾)\s{0,3}[:：】\])）>»]{0,3}(?:\s|$)|[网網]友(?:评论|評論|留言)|正文已?结束)"
)
_NUMBER_ALONE = re.compile(r"^[\s(（\[]{0,3}\d{1,7}(?:\.\d{1,3})?\s?[KkWw万]?\+?[\s)）\]]{0,3}$")
_META_ROW = re.compile(
    r"(?:来\s?源|來\s?源|作\s?者|日\s?期|时\s?间|時\s?間|阅\s?读|閱\s?讀|浏\s?览|点\s?击|编\s?辑|編\s?輯|字\s?号|责\s?编)\s?[:：]"
)
_SECTION = re.compile(r"^(?:[（(]?[一二三四五六七八九十\d]{1,3}[)）、.．]|第[一二三四五六七八九十\d]{1,3}[章节篇、])")
_NO_TITLE_END = re.compile(r"[。；;，,：:、]$")
_QUOTE_END = re.compile(r"[？！?!…”」』]\s{0,3}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """Lines by what they are. `head`, `inner`, `tail`: what was dropped before, among and after `kept`.

    `title`: the text of the line that is the headline, or None. `share`: of the characters in sentences that stand
    before the cut, those that were kept.
    """

    title: str | None
    head: tuple[Line, ...]
    kept: tuple[Line, ...]
    inner: tuple[Line, ...]
    tail: tuple[Line, ...]
    share: float


def sort_lines(lines: Sequence[Line], title: str | None) -> Sorted:
    """Lines sorted. `title`: what is known of the headline; a repeat of it is dropped wherever it stands."""
    dropped = [is_chrome(line) for line in lines]
    end = _end(lines, dropped)
    title = title or _title(lines[:end], dropped)
    name = squeezed(title or "")
    keep = [
        at for at in range(end) if not dropped[at] and not (name and squeezed(lines[at].text) == name)
    ]
    first, last = (keep[0], keep[-1]) if keep else (end, end)
    chosen = set(keep)
    return Sorted(
        title=title,
        head=tuple(lines[:first]),
        kept=tuple(lines[at] for at in keep),
        inner=tuple(lines[at] for at in range(first, last) if at not in chosen),
        tail=tuple(lines[last + 1 :]) if keep else (),
        share=_said([lines[at] for at in keep]) / max(1, _said(lines[:end])),
    )


def is_chrome(line: Line) -> bool:
    """Whether a line alone says that it is no part of an article."""
    size, text = line.size, line.text
    if not any(map(str.isalnum, text)):
        return not line.images
    if line.linked > LINKED_SHARE * size:
        return True
    strong = len(lexicon.STRONG.findall(text))
    ends = bool(lexicon.SENTENCE_END.search(text))
    return (
        (6 <= size < NOTICE_SIZE and is_disclaimer(text))  # noqa: PLR2004 - 版权所有 and a colon
        or _is_labelled(text, size, strong, ends=ends)
        or _is_dated(text, size, strong, ends=ends)
        or (size < SENTENCE_SIZE and bool(lexicon.BYLINE.match(text) or lexicon.IMAGE_NAME.match(text)))
        or bool(_NUMBER_ALONE.match(text))
    )


def _is_labelled(text: str, size: int, strong: int, *, ends: bool) -> bool:
    """Whether a line is a label with its value, a button, an address to write to, or a teaser (research, step 5)."""
    if size <= 80 and not (ends and size > SENTENCE_SIZE) and (  # noqa: PLR2004
        lexicon.LABEL.search(text) or _ENDING.match(text) or len(_META_ROW.findall(text)) > 1
    ):
        return True
    short = size <= SENTENCE_SIZE or (size <= 90 and not strong)  # noqa: PLR2004
    if short and not (strong and ends and size > 24) and lexicon.ANYWHERE.search(text):  # noqa: PLR2004
        return True
    if size <= 90 and not ends and lexicon.CONTACT.search(text):  # noqa: PLR2004
        return True
    return size < 160 and bool(lexicon.TEASER.search(text))  # noqa: PLR2004


def _is_dated(text: str, size: int, strong: int, *, ends: bool) -> bool:
    """Whether a line is a date, or ends in that of an entry of a list."""
    if size < 80 and not ends and not strong and lexicon.FULL_DATE.search(text):  # noqa: PLR2004
        return True
    return size < 60 and not strong and bool(lexicon.LIST_DATE.search(text))  # noqa: PLR2004


def _end(lines: Sequence[Line], dropped: Sequence[bool]) -> int:
    """The place at which the article has ended: of the first notice or list with most sentences before it."""
    whole, before = _said(lines), 0
    for at, line in enumerate(lines):
        ending = dropped[at] and (_ENDING.match(line.text) or is_disclaimer(line.text))
        if ending and before >= ENDING_SHARE * whole:
            return at
        before += _said([line])
    return len(lines)


def _said(lines: Sequence[Line]) -> int:
    """Characters of the lines that are sentences."""
    return sum(line.size for line in lines if lexicon.SENTENCE_END.search(line.text))


def _title(lines: Sequence[Line], dropped: Sequence[bool]) -> str | None:
    """The first line of its own, if it is a headline: marked as one, or short, no sentence, and above longer text."""
    places = [at for at, line in enumerate(lines) if not dropped[at] and line.text]
    if len(places) < 2:  # noqa: PLR2004 - a headline has something below it
        return None
    line = lines[places[0]]
    if line.level == 1:
        return line.text
    if not TITLE_SIZE[0] <= line.size <= TITLE_SIZE[1] or _NO_TITLE_END.search(line.text) or _SECTION.match(line.text):
        return None
    if _QUOTE_END.search(line.text) and line.size > ASKING_TITLE_SIZE:
        return None
    longest = max(lines[at].size for at in places[1:])
    return line.text if longest > line.size else None
