"""Where an article stands: the sections of its site (breadcrumb), its keywords, its page in print (版次)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import Any

from crawler.extraction.cleaning import clean_line, squeezed
from crawler.extraction.declared.head import Head
from crawler.extraction.text.zones import Zones

MAX_SECTIONS = 8
MAX_KEYWORDS = 20
MAX_KEYWORD = 30
"""Characters of the longest keyword; longer ones are sentences that somebody put there for search engines."""

_SECTION_SIZE = range(1, 21)

_LOCATION = re.compile(
    r"(?:您|你)?(?:现在|現在|当前|當前|目前)?的?(?:所在)?(?:位置|導航|导航)\s?(?:是|为|為)?\s?[:：]|(?:您|你)(?:现在"
    r"|現在|当前|當前)?(?:正在浏览|所在)\s?[:：]?|you\sare\shere\s?:?",
    re.IGNORECASE,
)
_STEP = re.compile(r"\s{0,4}(?:>{1,2}|＞{1,4}|»|›|〉|→|/|::|-{1,2}>|》|\|)\s{0,4}")
_STRONG_STEP = re.compile(r">|＞|»|›|〉|→|》")
_ENDS = re.compile(
    r"^(?:.{0,8}首\s?[页頁]|主[页頁]|home(?:page)?|index|正文|详情|詳情|内容|内容页|文章|文章内容|查看|浏览|新闻正文"
    r"|新聞內容|本[页文]|detail|\W*)$",
    re.IGNORECASE,
)
_HOME = re.compile(r"\s{0,3}(?:\S{0,8}首\s?[页頁]|主[页頁]|home\b)", re.IGNORECASE)
_LAST = re.compile(r"[\s\-]{1,3}(?:正文|内容|詳情|详情)$")
_META_SECTIONS = (
    "article:section", "section", "og:article:section", "parsely-section", "lanmu", "channel", "columnname", "catalogs",
)  # fmt: skip
_META_KEYWORDS = ("news_keywords", "keywords", "parsely-tags", "sailthru.tags")
_KEYWORD_LINE = re.compile(
    r"^\W{0,3}(?:文章|本文|相关|相關|新闻)?(?:标\s?签|標\s?籤|關鍵字|关\s?键\s?[词字]|關鍵詞|tags?|keywords?"
    r"|filed\sunder)\s?[:：]\s{0,4}(.{1,200})$",
    re.IGNORECASE,
)
_PARTS = re.compile(r"[,，;；、|｜]+|\s{2,}")
_SPACED = re.compile(r"[,，;；、|｜\s]+")
_SITE_LIST = 12
"""Keywords from which a list that shares no word with the title is taken for the site's own, the same on each page."""

_PAGE_NUMBER = r"[A-Za-z]{0,2}\s?\d{1,3}(?:[-－]\d{1,3})?"
_PRINT_PAGE = re.compile(
    rf"第\s?(?P<a>{_PAGE_NUMBER})\s?版|(?<![A-Za-z0-9])(?P<b>[A-Z]{{1,2}}\s?\d{{1,3}})\s?版"
    rf"|(?:版次|版面|版號|版号)\s?[:：]\s?第?\s?(?P<c>{_PAGE_NUMBER})|日\s?(?P<d>\d{{1,2}})\s?版"
)


def find_sections(head: Head, zones: Zones) -> tuple[str, ...]:
    """Names of the breadcrumb (schema.org articleSection), outermost first; without home page, 正文 and headline."""
    title = squeezed(zones.headline or head.title)
    for names in _offers(head, zones):
        kept = [name for name in dict.fromkeys(map(_name, names)) if _is_section(name) and not _is_title(name, title)]
        if kept:
            return tuple(kept[:MAX_SECTIONS])
    return ()


def find_keywords(head: Head, zones: Zones) -> tuple[str, ...]:
    """Keywords of the article (schema.org keywords): its tags, else what it declares, else its line of labels.

    A long declared list that shares no word with the page is the site's own and left out.
    """
    said = [*head.tags] if len(head.tags) > 1 else []
    for line in (*zones.tail, *zones.head, *zones.inner):
        hit = _KEYWORD_LINE.match(line)
        if hit and not said:
            said = _SPACED.split(hit[1])
    declared = _of_page(_words(head.first(_META_KEYWORDS) or head.properties.get("keywords")), head, zones)
    if len(said) <= 1 < len(declared):
        said = declared
    if not said:
        said = [word for thing in head.things for word in _words(thing.get("keywords"))]
    kept = (word.strip(" #＃\"'《》") for word in said or declared)
    fitting = (word for word in kept if 1 < len(word) <= MAX_KEYWORD and not word.isdigit())
    return tuple(dict.fromkeys(fitting))[:MAX_KEYWORDS]


def find_print_page(head: Head, zones: Zones) -> str | None:
    """Page of the newspaper (schema.org pageStart): `A03`, `03`; None for none. Lines of several are navigation."""
    declared = head.first(("pagenumber", "citation_firstpage", "printpage", "page_number"))
    named = (f"版次：{declared}",) if declared else ()
    for line in (*named, *zones.head, *zones.above[-2:], *zones.tail[:3], *zones.banner):
        hits = list(_PRINT_PAGE.finditer(line)) if len(line) <= 80 else []  # noqa: PLR2004 - a line, not a paragraph
        if len(hits) == 1:
            hit = hits[0]
            return re.sub(r"\s", "", hit["a"] or hit["b"] or hit["c"] or hit["d"]).upper()
    return None


def _offers(head: Head, zones: Zones) -> Iterator[Sequence[str]]:
    """Lists of section names that the page offers, the most telling first."""
    yield head.crumbs
    lines = [*reversed(zones.above), *reversed(zones.banner), *zones.head]
    for line in lines:
        labelled = _LOCATION.search(line)
        if labelled:
            yield _steps(line[labelled.end() :][:200])
    for line in lines:
        if len(line) <= 150 and len(_STRONG_STEP.findall(line)) >= 1:  # noqa: PLR2004 - a line, not a paragraph
            steps = _steps(line)
            ends = any(_ENDS.match(step) and step for step in (steps[0], steps[-1]))
            site = steps[0] in head.title and all(len(step) in _SECTION_SIZE for step in steps)
            if ends or site:
                yield steps
    said = [head.first(_META_SECTIONS)] if head.first(_META_SECTIONS) else []
    said = said or [word for thing in head.things for word in _words(thing.get("articleSection"))]
    yield said or _words(head.properties.get("articlesection"))


def _steps(trail: str) -> list[str]:
    """Steps of a breadcrumb: between its marks, else between dashes, else between spaces from the home page on."""
    steps = _STEP.split(trail)
    for separator in ("-", " "):
        if len(steps) == 1 and separator in trail.strip() and _HOME.match(trail):
            steps = trail.strip().split(separator)
    return steps


def _name(raw: str) -> str:
    """A section's name without what stands around it."""
    return _LAST.sub("", clean_line(html.unescape(raw))).strip(" >＞»:：/|-[]【】")


def _is_section(name: str) -> bool:
    """Whether a step of a breadcrumb is a section: not the home page, not 正文, not a number."""
    return len(name) in _SECTION_SIZE and not _ENDS.match(name) and not name.isdigit()


def _is_title(name: str, title: str) -> bool:
    """Whether the last step repeats the headline."""
    key = squeezed(name.rstrip(".…"))
    return len(key) >= 6 and (title.startswith(key) or key.startswith(title[:20]) if title else False)  # noqa: PLR2004


def _words(value: Any) -> list[str]:
    """Words of a declared list, whether it is one string or many."""
    if isinstance(value, list):
        return [clean_line(html.unescape(word)) for word in value if isinstance(word, str)]
    if not isinstance(value, str) or not value:
        return []
    text = html.unescape(value)
    words = [word.strip() for word in _PARTS.split(text)]
    # Chinese lists are as often parted by spaces; English words belong together.
    return [piece for word in words for piece in (word.split() if _is_han(word) else [word]) if piece]


def _is_han(text: str) -> bool:
    """Whether a text is mostly Han characters."""
    return 2 * sum("\u3400" <= char <= "\u9fff" for char in text) > len(text)


def _of_page(words: list[str], head: Head, zones: Zones) -> list[str]:
    """The words, or nothing where none of them is said by the page: the list is the site's own, or the title again."""
    if len(words) == 1 and squeezed(words[0]) in squeezed(zones.headline or head.title):
        return words if len(words[0]) <= MAX_KEYWORD // 2 else []
    said = squeezed(" ".join((zones.headline or head.title, *zones.lead)))
    hits = sum(squeezed(word) in said for word in words)
    return words if hits and (len(words) < _SITE_LIST or 3 * hits >= len(words)) else []
