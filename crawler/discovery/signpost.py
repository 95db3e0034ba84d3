"""Pages that only send their reader on: by a meta refresh, by a script of one line, by the main frame of a frameset."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from crawler.discovery.candidates import Found
from crawler.discovery.page_links import PageTree
from storage.identity import key_of_canonical

LONGEST_DELAY_SECONDS = 5
"""A page that sends its reader on later than this is meant to be read, and refreshes itself."""

MAX_SIGNPOST_CHARACTERS = 400
"""Text that a page with nothing but a script may have: 正在跳转, 请稍候."""

MAX_SIGNPOST_LINKS = 5
MAX_METAS = 200
MAX_SCRIPT_CHARACTERS = 20_000

_REFRESH = re.compile(r"(\d{0,9})(?:\.\d*)? ?[;, ] ?(?:url ?= ?)?([\"']?) ?(.{1,2000}?) ?\2", re.IGNORECASE)
_LOCATION = re.compile(
    r"\blocation(?:\.href)?\s*(?:=|\.(?:replace|assign)\s*\()\s*([\"'])([^\"'\s<>]{1,2000})\1", re.IGNORECASE
)
_MAIN_FRAME = re.compile(r"main|content|body|center|home|index|zhu", re.IGNORECASE)
_SIDE_FRAME = re.compile(r"top|head|left|menu|nav|foot|bottom|banner|title|ad", re.IGNORECASE)


def signpost(page: PageTree, found: Found, links: int) -> str | None:
    """Where a page without articles sends its reader: a canonical URL of the source that is not the page's own.

    `links`: links to other pages of the source that it has; a page with more than a few is no signpost by its script.
    An address of another site is counted in `found` as off_site.
    """
    for href in _targets(page.tree, links):
        url = found.resolve(href, page.base)
        if url is not None and key_of_canonical(url) != key_of_canonical(page.url):
            return url
    return None


def refresh_of(content: str) -> str | None:
    """The address in the content of a <meta http-equiv=refresh>, None for a late one and one without an address."""
    match = _REFRESH.fullmatch(" ".join(content[:2_100].split()))
    if match is None or int(match[1] or 0) > LONGEST_DELAY_SECONDS:
        return None
    return match[3]


def _targets(tree: Any, links: int) -> Iterator[str]:
    for element in islice(tree.iter("meta"), MAX_METAS):
        if (element.get("http-equiv") or "").strip().lower() == "refresh":
            href = refresh_of(element.get("content") or "")
            if href is not None:
                yield href
    yield from _frames(tree)
    if links <= MAX_SIGNPOST_LINKS and _is_short(tree):
        yield from _scripts(tree)


def _frames(tree: Any) -> Iterator[str]:
    """The addresses of a frameset's frames, the one that is named as the main one first, those at its sides last."""
    frames = [frame for frame in islice(tree.iter("frame"), 20) if frame.get("src")]
    yield from (frame.get("src") for frame in sorted(frames, key=_frame_rank))


def _frame_rank(frame: Any) -> int:
    name = f"{frame.get('name') or ''} {frame.get('id') or ''}"
    if _MAIN_FRAME.search(name):
        return 0
    return 2 if _SIDE_FRAME.search(name) or _SIDE_FRAME.search(frame.get("src")) else 1


def _is_short(tree: Any) -> bool:
    characters = 0
    for element in islice(tree.iter(), 500):
        if element.tag not in {"script", "style", "title"}:
            characters += len((element.text or "").strip())
        characters += len((element.tail or "").strip())
    return characters <= MAX_SIGNPOST_CHARACTERS


def _scripts(tree: Any) -> Iterator[str]:
    """The addresses that a page's scripts go to, the last first: before it stands the one for mobile phones."""
    found = [
        match[2]
        for script in islice(tree.iter("script"), 20)
        for match in islice(_LOCATION.finditer((script.text or "")[:MAX_SCRIPT_CHARACTERS]), 20)
    ]
    yield from reversed(found)
    body = next(tree.iter("body"), None)
    onload = body.get("onload") if body is not None else None
    match = _LOCATION.search((onload or "")[:MAX_SCRIPT_CHARACTERS])
    if match is not None:
        yield match[2]
