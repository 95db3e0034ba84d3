"""What an article's link looks like when nobody has said it with a pattern."""

from __future__ import annotations

import re
from functools import lru_cache

LEAST_DENSE_LETTERS = 5
"""Letters that a headline in Han, Kana, Hangul or Thai has at least; navigation says 国内, 更多, 下一页."""

LEAST_MIXED_LETTERS = 8
"""Letters and digits that make a headline where fewer are dense: 2011网络红人TOP10."""

LEAST_WORDS = 3
"""Words that a headline in other scripts has at least."""

LEAST_DIGITS = 4
"""Digits in a row, or in the last part of the path, that make a content id."""

LEAST_SLUG_WORDS = 5
"""Words joined by hyphens in the last part of a path that make it a headline: sites without ids."""

_DENSE = re.compile(
    r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f]"
)
_WORD = re.compile(r"[^\W_]+")
_DATE = r"(?:19|20)\d{2}[-/_.]?(?:0?[1-9]|1[0-2])(?:[-/_.]?(?:0?[1-9]|[12]\d|3[01]))?"
_HAS_DATE = re.compile(rf"(?<!\d){_DATE}(?!\d)")
_ONLY_DATE = re.compile(rf"(?:/[A-Za-z_-]*)*?/{_DATE}/?(?:(?:index|list|default)\b[^/]*)?")
_LIST_NAME = re.compile(
    r"(?:index|list|default|home|more|page|node|channel|column|col|category|cat|tag|tags|topic|search|archive|archives|"
    r"sitemap|rss|feed|login|register|about|contact|copyright|privacy)\d*(?:[-_]\d+)*(?:\.[a-z]{3,5})?",
    re.IGNORECASE,
)
_LIST_FOLDER = re.compile(
    r"/(?:tags?|topics?|category|categories|authors?|search|users?|login|register|passport|page|node_\d+|about|ads?|"
    r"calendars?|rili)/",
    re.IGNORECASE,
)
_NO_PAGE = re.compile(
    r".*\.(?:jpe?g|png|gif|webp|svg|ico|css|js|json|xml|rss|pdf|docx?|xlsx?|pptx?|zip|rar|7z|gz|apk|exe|dmg|mp[34]|m3u8|"
    r"flv|avi|mov|wav)",
    re.IGNORECASE,
)
_LIST_QUERY = re.compile(r"(?:^|&)(?:page|p(?:age)?_?no|pn|offset|keyword|kw|q|search|wd|sort|order)=", re.IGNORECASE)
_CALENDAR_QUERY = re.compile(r"(?:(?:^|&)(?:date|day|month|year|y|m|d|ym|rq)=[\d/_.-]*)+", re.IGNORECASE)
"""A query that names a day, month or year and nothing else: the archive of that time."""

_DATE_WORDS = re.compile(
    r"(?:19|20)?\d{2}\s?[年/.-]\s?\d{1,2}(?:\s?[月/.-]\s?\d{1,2})?\s?[月日号]?|\d{1,2}月(?:\d{1,2}[日号])?|(?:19|20)\d{6}"
    r"|(?:星期|[周週]|禮拜)[一二三四五六日天]|\d{1,2}[:：]\d{2}(?:[:：]\d{2})?"
)
_REDIRECTOR = re.compile(
    r"(?:rds?|redir(?:ect)?|ad_?click|click|jump|goto|out|count)\.(?:php|aspx?|jsp|do|cgi|ashx)", re.IGNORECASE
)
_OTHER_ADDRESS = re.compile(r"=https?(?::|%3A)", re.IGNORECASE)
"""Redirectors of advertisements and share buttons carry another address: bc.ifeng.com/main/c?...&url=http://..."""


@lru_cache(maxsize=2048)
def looks_like_article(url: str, title: str) -> bool:
    """Whether a canonical URL of the source, linked with these words, is likely an article's."""
    return is_headline(title) and not is_list_address(url) and _has_id(url)


def is_headline(title: str) -> bool:
    """Whether words are as many as a headline has, and more than a date: calendars say 2026年11月21日."""
    dense = dense_letters(title)
    if not dense:
        return len(_WORD.findall(title)) >= LEAST_WORDS and not _is_date(title)
    return (dense >= LEAST_DENSE_LETTERS or sum(map(str.isalnum, title)) >= LEAST_MIXED_LETTERS) and not _is_date(title)


def dense_letters(text: str) -> int:
    """How many letters of a text are of scripts without spaces: Han, Kana, Hangul, Thai."""
    return len(_DENSE.findall(text))


def is_list_address(url: str) -> bool:
    """Whether an address is, by its words, that of a list, a day's archive, a file, a redirector or a form."""
    _, path, query = address_parts(url)
    last = path.rstrip("/").rpartition("/")[2]
    if _NO_PAGE.fullmatch(last) or _LIST_FOLDER.search(path) or _REDIRECTOR.fullmatch(last):
        return True
    if query:
        return any((_LIST_QUERY.search(query), _OTHER_ADDRESS.search(query), _CALENDAR_QUERY.fullmatch(query)))
    return bool(_LIST_NAME.fullmatch(last) or _ONLY_DATE.fullmatch(path))


def address_parts(url: str) -> tuple[str, str, str]:
    """Authority, path and query of a canonical URL, in a fifth of the time that urlsplit takes."""
    authority, slash, rest = url.partition("://")[2].partition("/")
    path, _, query = rest.partition("?")
    return authority, slash + path, query


def _is_date(title: str) -> bool:
    return any(map(str.isdigit, title[:3])) and not _WORD.search(_DATE_WORDS.sub("", title[:100]))


def _has_id(url: str) -> bool:
    _, path, query = address_parts(url)
    last = path.rstrip("/").rpartition("/")[2]
    address = f"{path}?{query}"
    stem = last.rpartition(".")[0] or last
    return (
        re.search(rf"\d{{{LEAST_DIGITS}}}", address) is not None
        or _HAS_DATE.search(address) is not None
        or sum(map(str.isdigit, stem)) >= LEAST_DIGITS
        or len([word for word in stem.split("-") if word.isalnum()]) >= LEAST_SLUG_WORDS
    )
