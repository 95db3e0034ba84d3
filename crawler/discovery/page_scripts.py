"""Pages whose lists are drawn by a script: how they are known, and which addresses their scripts ask for the list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from crawler.discovery.article_links import looks_like_article
from crawler.discovery.page_links import read_tree, words_of
from storage.identity import BadUrl, canonical_url, host_of, site_of
from storage.records import Rejection

MOST_LINKS = 10
"""Links of a page that has almost none: its logo, a login and a footer."""

MAX_LINKS_SEEN = 2_000
MAX_HINTS = 5
MAX_SCRIPT_CHARACTERS = 300_000
"""What is searched for addresses: a bundle's start."""

_ADDRESS = r"(?:https?:)?/{0,2}[\w./:?=&%${}\[\]+~,;@!-]{3,200}"
_JOINED = r"(\s*\+\s*[\w.$()\[\]]{1,60}(?:\s*\+\s*[\"'`]([\w./?=&%-]{1,200})[\"'`])?)?"
_QUOTED = re.compile(rf"([\"'`])({_ADDRESS})\1{_JOINED}")
_CALL = re.compile(
    r"(?:fetch|\$\.(?:get|post|ajax|getJSON)|(?:axios|http|request)(?:\.(?:get|post))?|\.load)\s*\(\s*$"
    r"|\.open\s*\(\s*[\"'](?:GET|POST)[\"']\s*,\s*$"
    r"|(?:^|[\s,{(])[\"']?(?:url|api|ajaxurl|dataurl|listurl)[\"']?\s*[:=]\s*$",
    re.IGNORECASE,
)
_API = re.compile(
    r"/api/|/ajax/|\.json(?:\?|$)|/json/|getlist|get_list|/list\?|[?&](?:page|pageno|pagenum|pageindex|pagesize)=|list\.do\b|"
    r"/graphql|/rest/|/v\d/",
    re.IGNORECASE,
)
_NO_API = re.compile(
    r"\.(?:js|css|png|jpe?g|gif|svg|ico|woff2?|html?|shtml|vue|map)(?:\?|$)|login|logout|register|captcha|/count|/stat|track|"
    r"report|comment|manifest|package\.json|adver|/ads?/",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(r"\$?\{[^{}]{0,60}\}")
_PAGE = re.compile(
    r"([?&](?:page|p|pn|pg|page_?no|page_?num|page_?index|current_?page|cur_?page|paged)=)(?:\d{1,6}|\0|(?=&|$))",
    re.IGNORECASE,
)


def looks_javascript(body: bytes, content_type: str | None, url: str) -> bool:
    """Whether a page has scripts and no links to articles in its markup, so that its list is drawn by a script.

    So it is where it has hardly any links, or where its scripts name an address that a list is had from.
    """
    page = read_tree(body, content_type, url)
    if isinstance(page, Rejection) or next(page.tree.iter("script"), None) is None:
        return False
    links = list(_page_links(page.tree, page.base))
    if any(looks_like_article(address, words) for address, words in links):
        return False
    return len({address for address, _ in links}) <= MOST_LINKS or bool(_tree_hints(page.tree, page.base))


def api_hints(text: str, url: str) -> tuple[str, ...]:
    """Addresses of the page's site in a page's or a script's text that look like JSON lists, at most 5, likely first.

    Absolute; the number of a page in them is written as `{page}`: https://www.portal.test/api/list?page={page}.
    """
    certain: dict[str, None] = {}
    likely: dict[str, None] = {}
    for match in _QUOTED.finditer(text[:MAX_SCRIPT_CHARACTERS]):
        called = _CALL.search(text[max(0, match.start() - 60) : match.start()]) is not None
        named = _API.search(match[2]) is not None
        if (called or named) and not _NO_API.search(match[2]):
            hint = _hint(match, url)
            if hint is not None:
                (certain if called and named else likely)[hint] = None
    return tuple(dict.fromkeys((*certain, *likely)))[:MAX_HINTS]


def _hint(match: re.Match[str], url: str) -> str | None:
    """The absolute address of a quoted one, of a page's site; what a script puts into it is a page's number or left."""
    address = match[2]
    if match[3]:
        address += f"\0{match[4] or ''}"
    address = _PAGE.sub(r"\1PAGENUMBER", _TEMPLATE.sub("\0", address))
    if "\0" in address:  # something else is put in, which we cannot know
        return None
    try:
        hint = canonical_url(address, url)
        if site_of(host_of(hint)) != site_of(host_of(url)):
            return None
    except BadUrl:
        return None
    return None if hint == canonical_url(url) else hint.replace("PAGENUMBER", "{page}")


def _tree_hints(tree: Any, url: str) -> tuple[str, ...]:
    scripts = islice(tree.iter("script"), 200)
    return api_hints("\n".join((script.text or "")[:MAX_SCRIPT_CHARACTERS] for script in scripts), url)


def _page_links(tree: Any, base: str) -> Iterator[tuple[str, str]]:
    for element in islice(tree.iter("a"), MAX_LINKS_SEEN):
        href = (element.get("href") or "").strip()
        if href and not href.startswith("#"):
            try:
                yield canonical_url(href, base), words_of(element)
            except BadUrl:
                continue
