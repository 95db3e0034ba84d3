"""What the words of a link in a pager say: a number, the next page, the first, the whole text."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, NamedTuple

SHORT = 60
"""Characters of the longest words that are looked at: `第2页：` with the headline of that page."""

Kind = Literal["number", "next", "previous", "first", "last", "whole"]

_HAN_NUMBERS = {han: number for number, han in enumerate("一二三四五六七八九十", start=1)}
_NUMBER = re.compile(r"[\[(【<第]{0,2}(?:page|p)?\.?(\d{1,2})[页頁]?[\])】>]{0,2}", re.IGNORECASE)
_NAMED_NUMBER = re.compile(r"第(\d{1,2}|[一二三四五六七八九十])[页頁](?:[:：、—|-].*)?")
_SINGLE = r"[\[(【<>«»‹›→←.…|·-]{0,4}"
_READ = "阅读|閱讀|查看|显示|顯示|浏览|瀏覽|展开|展開"
_WORDS: tuple[tuple[Kind, str], ...] = (
    ("next", r"(?:点击|點擊)?(?:进入|進入|查看|阅读|閱讀|接)?(?:下一?|[后後]一)[页頁](?:[:：].*)?|next(?:page|part)?"),
    ("previous", r"(?:返回)?(?:上一?|前一)[页頁](?:[:：].*)?|prev(?:ious)?(?:page)?"),
    ("first", r"首[页頁]|最前[页頁]|first(?:page)?"),
    ("last", r"[尾末][页頁]|最[后後]一?[页頁]|last(?:page)?"),
    ("whole", rf"(?:点击|點擊)?(?:在本[页頁])?(?:{_READ})?(?:余下|餘下|剩余)?全文(?:{_READ})?"),
    ("whole", rf"以?[单單][页頁](?:{_READ}|模式|版)|全部(?:{_READ})|(?:{_READ})全部"),
    ("whole", r"(?:view|show|read)?(?:as|on|in)?a?(?:single|one)page(?:view|version)?|allpages|fullarticle|fulltext"),
    ("whole", r"(?:view|show|read)(?:all|full(?:article|text|story)?)(?:pages)?"),
)
_KINDS = tuple((kind, re.compile(f"{_SINGLE}(?:{words}){_SINGLE}[)\\]】]?", re.IGNORECASE)) for kind, words in _WORDS)
_ARROWS: dict[str, Kind] = {
    ">": "next", "»": "next", "›": "next", ">>": "next", "→": "next",
    "<": "previous", "«": "previous", "‹": "previous", "<<": "previous", "←": "previous",
    "|<": "first", ">|": "last", ">>|": "last", "|<<": "first",
}  # fmt: skip


class Said(NamedTuple):
    """What a link says of the page behind it. `number`: of that page, where it says one."""

    kind: Kind
    number: int | None = None


def said_by(words: str) -> Said | None:
    """What the words of a link say, or None where they are no words of a pager."""
    if len(words) > 4 * SHORT:
        return None
    bare = unicodedata.normalize("NFKC", "".join(words.split()))
    if not 0 < len(bare) <= SHORT:
        return None
    arrow = _ARROWS.get(bare)
    if arrow:
        return Said(arrow)
    number = _NUMBER.fullmatch(bare) or _NAMED_NUMBER.fullmatch(bare)
    if number:
        return Said("number", _HAN_NUMBERS.get(number[1]) or int(number[1]))
    return next((Said(kind) for kind, pattern in _KINDS if pattern.fullmatch(bare)), None)
