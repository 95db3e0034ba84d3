"""A page's markup, read once, and its links: to where, with which words, and the date that stands beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import quote

from lxml import etree

from crawler.decoding import decode
from crawler.discovery.candidates import Found
from storage.identity import BadUrl, canonical_url
from storage.records import Rejection

MAX_ANCHORS = 20_000
"""Links looked at, of any kind: a million take 40 seconds."""

MAX_LINKS = 5_000
"""Links to pages of the source that are kept: front pages of portals have up to 2,500."""

MAX_ANCHOR_PIECES = 60
MAX_ANCHOR_CHARACTERS = 2_000
"""What is read of a link's words: an unclosed <a> can hold a page, and a page can nest a thousand of them."""

_NO_PAGE = re.compile(r"\s*(?:javascript|mailto|tel|sms|data|about|ftp|file|weixin|whatsapp|sinaweibo):", re.IGNORECASE)
_BINARY = (b"%PDF", b"PK\x03\x04", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"\x1f\x8b")
_COUNT = "count((//a|//area)[normalize-space(@href) != '' and not(starts-with(normalize-space(@href), '#'))])"
_CUT_OFF = ("…", "...", "．．．")


@dataclass(frozen=True, slots=True)
class PageTree:
    """A page's tree and what its links are relative to. `url`: its own address; `encoding`: of its bytes."""

    tree: Any
    url: str
    base: str
    encoding: str


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link of a page: its canonical address, its words on one line, and the element it stands in."""

    url: str
    title: str
    element: Any


def read_tree(body: bytes, content_type: str | None, url: str) -> PageTree | Rejection:
    """The markup of a page; a Rejection (not_html) for what is none."""
    if body.startswith(_BINARY):
        return Rejection(reason="not_html", detail=f"the body begins with {body[:4]!r}")
    decoded = decode(body, content_type)
    # As UTF-8 bytes, because lxml refuses text that declares an encoding. A huge tree, because what stands below 256
    # unclosed <font>s is lost in a small one.
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        tree = etree.fromstring(decoded.text.encode("utf-8", "replace"), parser=parser)
    except etree.XMLSyntaxError:
        tree = None
    if tree is None:
        return Rejection(reason="not_html", detail="no markup")
    return PageTree(tree, url, base_of(tree, url), decoded.encoding)


def own_links(page: PageTree, found: Found) -> list[PageLink]:
    """The page's links to pages of the source in page order, repeats too; the others are counted in `found`."""
    links: list[PageLink] = []
    resolved: dict[str, str] = {}
    looked_at = 0
    for href, element in islice(_anchors(page.tree), MAX_ANCHORS):
        if len(links) >= MAX_LINKS:
            break
        looked_at += 1
        if _NO_PAGE.match(href):
            found.skip("not_a_page")
            continue
        url = resolved.get(href) or found.resolve(with_page_encoding(href, page.encoding), page.base)
        if url is not None:
            resolved[href] = url
            links.append(PageLink(url, words_of(element), element))
    if looked_at >= min(MAX_LINKS, MAX_ANCHORS):
        found.skip("too_many", int(page.tree.xpath(_COUNT)) - looked_at)
    return links


def words_of(element: Any) -> str:
    """What a link says: its text, or its title attribute where the text is missing or cut off, or a picture's alt."""
    text = " ".join("".join(islice(element.itertext(), MAX_ANCHOR_PIECES))[:MAX_ANCHOR_CHARACTERS].split())
    title = " ".join((element.get("title") or "")[:MAX_ANCHOR_CHARACTERS].split())
    if text.endswith(_CUT_OFF) and len(title) >= len(text) - 3:
        return title
    return text or title or next(_alternatives(element), "")


def with_page_encoding(href: str, encoding: str) -> str:
    """The link with letters of its query escaped in the page's encoding, as browsers send it (URL Standard 4.4)."""
    head, mark, query = href.partition("?")
    if not mark or query.isascii() or encoding.lower().startswith("utf"):
        return href
    query, hash_mark, fragment = query.partition("#")
    try:
        return (
            f"{head}?{quote(query, safe='%!$&()*+,/:;=?@[]~', encoding=encoding, errors='strict')}{hash_mark}{fragment}"
        )
    except (LookupError, UnicodeEncodeError):
        return href


def base_of(tree: Any, url: str) -> str:
    """The address that links are relative to: the first <base href> (HTML 4.2.3), itself relative to the page."""
    for element in tree.iter("base"):
        href = element.get("href")
        if href is not None:
            try:
                return canonical_url(href.strip(), url)
            except BadUrl:
                return url
    return url


def _anchors(tree: Any) -> Iterator[tuple[str, Any]]:
    for element in tree.iter("a", "area"):
        href = (element.get("href") or "").strip()
        if href and not href.startswith("#"):
            yield href, element


def _alternatives(element: Any) -> Iterator[str]:
    if element.get("alt"):
        yield element.get("alt")
    images = islice(element.iter("img"), MAX_ANCHOR_PIECES)
    yield from (image.get("alt") for image in images if image.get("alt"))
