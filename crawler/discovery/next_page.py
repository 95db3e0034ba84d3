"""The next page of a listing: the older articles behind those of the first page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from crawler.discovery.article_links import address_parts
from crawler.discovery.page_links import MAX_LINKS, PageLink, PageTree, base_of, words_of
from crawler.discovery.page_numbers import is_below, is_one_further, is_same_page, is_same_time
from storage.identity import BadUrl, canonical_url, host_of, site_of

MAX_DECLARED = 500
MAX_SCRIPTS = 100
MAX_SCRIPT_CHARACTERS = 20_000
"""What is read of a page's scripts in search of a pager: TRS writes a line."""

MAX_WORD_CHARACTERS = 20
MAX_NUMBERS = 200
"""Links that are numbers: pagers show ten, calendars forty."""

_DECORATION = re.compile(r"[\s\W_]+")
_NEXT = frozenset(
    {
        "下一页", "下页", "后一页", "后页", "次页", "翻下页", "向后翻页", "下一頁", "下頁", "後一頁", "後頁", "次頁",
        "次へ", "次のページ", "次ページ", "다음", "다음페이지",
        "nextpage", "olderposts", "olderpost", "olderentries", "olderarticles", "olderstories", "nextposts",
    }
)  # fmt: skip
"""Words that say it, without spaces and signs. Not 下一篇 (next article), 下月 (next month), 尾页 (last page)."""

_CURSOR_WORDS = frozenset({"next", "older"})
"""Words that are believed of a page with the same path too: ?before=1001."""

_NEXT_WORDS = _CURSOR_WORDS | {
    "more", "loadmore", "showmore", "加载更多", "点击加载更多", "载入更多", "查看更多", "加載更多", "更多",
    "もっと見る", "더보기", "",
}  # fmt: skip
"""Words, and signs such as », that say it only where the address is that of the page behind this one."""

_BACK = re.compile(r"[<‹«←〈《]")
_NEXT_CLASS = re.compile(r"(?:^|[\s_-])(?:next|older|nxt)(?:$|[\s_-])|nextpage|pagenext", re.IGNORECASE)
_NUMBER = re.compile(r"\W*第?\s*(\d{1,5})\s*[页頁]?\W*")
_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|css|js|json|xml|rss|pdf|docx?|zip|rar|apk|exe|mp[34])$", re.IGNORECASE)

_QUOTED = r"""["']([\w./-]{1,80})["']"""
_TRS = re.compile(
    rf"""createPageHTML\w*\s*\(\s*(?:(["'])[\w-]{{1,60}}\1\s*,\s*)?(\d{{1,6}})\s*,\s*(\d{{1,6}})\s*,"""
    rf"""\s*{_QUOTED}\s*,\s*["'](\w{{3,5}})["']""",
    re.IGNORECASE,
)
_SET_TO = r"""\s*=\s*["']?(\d{1,6})"""
_COUNT = re.compile(rf"\b(?:countPage|pageCount|totalPages?|_?nPageCount){_SET_TO}", re.IGNORECASE)
_CURRENT = re.compile(rf"\b(?:currentPage|curPage|currPage|_?nCurrIndex|nowPage){_SET_TO}", re.IGNORECASE)
_PAGE_NAME = re.compile(
    r"""["']([\w-]{1,60}_)["']\s*\+\s*[^;"']{1,80}\+\s*["']\.(s?html?|php|aspx?|jsp)\b""", re.IGNORECASE
)


def next_page(tree: Any, url: str) -> str | None:
    """The canonical URL of the page behind this one of the same listing, None where the page shows none.

    `tree`: an lxml tree; `url`: the page's canonical address. A page of the same site, one further, never the page
    itself, its last page, the next article or another month of a calendar.
    """
    page = PageTree(tree, url, base_of(tree, url), "utf-8")
    return next_page_of(page, list(_links(page)))


def next_page_of(page: PageTree, links: Sequence[PageLink]) -> str | None:
    """The same for a page whose links are known, those of its own site."""
    declared = (url for url in _resolved(_declared(page), page) if is_below(url, page.url))
    for url in (*declared, *_said(links), *_resolved(_scripted(page), page)):
        if _may_follow(url, page.url):
            return url
    return _numbered(links, page.url) or _hinted(links, page.url)


def _links(page: PageTree) -> Iterator[PageLink]:
    for element in islice(page.tree.iter("a", "area"), MAX_LINKS):
        for url in _resolved(filter(None, [element.get("href")]), page):
            yield PageLink(url, words_of(element), element)


def _resolved(hrefs: Iterator[str], page: PageTree) -> Iterator[str]:
    site = site_of(host_of(page.url))
    for href in hrefs:
        try:
            url = canonical_url(href.strip(), page.base)
            if not href.strip().startswith("#") and site_of(host_of(url)) == site:
                yield url
        except BadUrl:
            continue


def _may_follow(url: str, page: str) -> bool:
    if _FILE.search(address_parts(url)[1][-8:]) or not is_same_time(url, page):
        return False
    return not is_same_page(url, page) and site_of(host_of(url)) == site_of(host_of(page))


def _declared(page: PageTree) -> Iterator[str]:
    for element in islice(page.tree.iter("link"), MAX_DECLARED):
        if element.get("href") and _has_rel_next(element):
            yield element.get("href")


def _has_rel_next(element: Any) -> bool:
    return "next" in (element.get("rel") or "").lower().split()


def _said(links: Sequence[PageLink]) -> Iterator[str]:
    for link in links:
        word = _word(link.title)
        described = "" if word else (link.element.get("aria-label") or link.element.get("title") or "")
        if word in _NEXT or _has_rel_next(link.element) or _word(described) in _NEXT:
            yield link.url


def _word(text: str) -> str | None:
    """A short text without spaces and signs, in lower case; None for a longer one."""
    return _DECORATION.sub("", text).lower() if len(text) <= MAX_WORD_CHARACTERS else None


def _hinted(links: Sequence[PageLink], page: str) -> str | None:
    """The page behind this one by its number, where a sign or a class name says so too."""
    for link in links:
        word = _word(link.title)
        hinted = word in _NEXT_WORDS or _NEXT_CLASS.search(link.element.get("class") or "") is not None
        if hinted and not _BACK.search(link.title) and _may_follow(link.url, page):
            same_path = address_parts(link.url)[:2] == address_parts(page)[:2]
            if is_one_further(link.url, page) is not None or (word in _CURSOR_WORDS and same_path):
                return link.url
    return None


def _numbered(links: Sequence[PageLink], page: str) -> str | None:
    """The page behind this one in a row of page numbers: the lowest number that is linked to its address."""
    numbers: list[tuple[int, str]] = []
    for link, shown in islice(_shown_numbers(links), MAX_NUMBERS):
        if _may_follow(link.url, page):
            number = is_one_further(link.url, page)
            if (number is not None and shown in {number, number + 1}) or _is_after_current(link, shown, page):
                numbers.append((shown, link.url))
    return min(numbers)[1] if numbers else None


def _shown_numbers(links: Sequence[PageLink]) -> Iterator[tuple[PageLink, int]]:
    for link in links:
        match = _NUMBER.fullmatch(link.title) if len(link.title) <= MAX_WORD_CHARACTERS else None
        if match is not None and int(match[1]) > 1:
            yield link, int(match[1])


def _is_after_current(link: PageLink, shown: int, page: str) -> bool:
    """Whether the number before this one stands there without a link, as that of the page one is on."""
    if address_parts(link.url)[:2] != address_parts(page)[:2]:
        return False
    before = link.element.getprevious()
    if before is None and link.element.getparent() is not None:
        before = link.element.getparent().getprevious()
    if before is None or "".join(islice(before.itertext(), 5)).strip(" []") != str(shown - 1):
        return False
    hrefs = (anchor.get("href") or "" for anchor in before.iter("a"))
    return all(not href or href.startswith("#") or "javascript" in href.lower() for href in hrefs)


def _scripted(page: PageTree) -> Iterator[str]:
    """What a script that draws the pager would link to."""
    for script in islice(page.tree.iter("script"), MAX_SCRIPTS):
        text = (script.text or "")[:MAX_SCRIPT_CHARACTERS]
        if "age" in text:
            yield from filter(None, (_trs_page(text), _counted_page(text, page.url)))


def _trs_page(text: str) -> str | None:
    """The file behind the current one of TRS's createPageHTML(pages, current from 0, name, extension).

    With the name of an element before the count, pages are counted from 1.
    """
    match = _TRS.search(text)
    if match is None:
        return None
    following = int(match[3]) + 1
    last = int(match[2]) - (0 if match[1] else 1)
    return f"{match[4]}_{following}.{match[5]}" if following <= last else None


def _counted_page(text: str, url: str) -> str | None:
    """The file behind the current one of a script that has the count of pages, and the current one from 0."""
    count, current, name = _COUNT.search(text), _CURRENT.search(text), _PAGE_NAME.search(text)
    if count is None or current is None:
        return None
    at = int(current[1])
    if at + 1 >= int(count[1]):
        return None
    if name is not None:
        return f"{name[1]}{at + 1}.{name[2]}"
    stem, dot, extension = address_parts(url)[1].rpartition("/")[2].rpartition(".")
    numbered = re.fullmatch(r"(.*?)_(\d{1,6})", stem)
    if at != (int(numbered[2]) if numbered else 0):
        return None
    return f"{numbered[1] if numbered else stem or 'index'}_{at + 1}.{extension if dot else 'html'}"
