"""Listing pages: the links of a section or home page that lead to articles, by a pattern or by how they look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from lxml import etree, html

from crawler.decoding import decode
from crawler.discovery.article_links import looks_like_article
from crawler.discovery.candidates import Found, clean_title
from storage.identity import BadUrl, canonical_url
from storage.records import Rejection

MAX_LINKS = 2000
"""Candidates taken of one page (reliability 2.2)."""

MAX_ANCHORS = 20_000
"""Links looked at, of any kind: a million take 40 seconds."""

# {date}: year, month and day, each separator optional: 2026/11/21, 2026-11/21, 2026/1121, 20261121.
_PIECES = {
    "{id}": r"[0-9]+",
    "{date}": r"(?:19|20)[0-9]{2}[-/_.]?(?:0?[1-9]|1[0-2])[-/_.]?(?:0?[1-9]|[12][0-9]|3[01])",
    "{any}": r"[^/?]+",
    "*": r".*",
}
_PIECE = re.compile(r"\{[^{}]*\}?|\*+")
_NO_PAGE = re.compile(r"\s*(?:javascript|mailto|tel|sms|data|about|ftp|file|weixin|whatsapp|sinaweibo):", re.IGNORECASE)
_BINARY = (b"%PDF", b"PK\x03\x04", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"\x1f\x8b")
_CUT_OFF = ("…", "...", "．．．")


class BadPattern(ValueError):
    """A link pattern that cannot be read; the message says what is allowed."""


@dataclass(frozen=True, slots=True)
class LinkPattern:
    """A compiled pattern of article links; `with_host`, `with_query`: how much of an address it is held against."""

    expression: re.Pattern[str]
    with_host: bool
    with_query: bool

    def matches(self, url: str) -> bool:
        """Whether the whole path (and query, where the pattern has one) of a canonical URL is of this form."""
        parts = urlsplit(url)
        target = f"//{parts.netloc}{parts.path}" if self.with_host else parts.path
        if self.with_query:
            target += f"?{parts.query}"
        return self.expression.fullmatch(target) is not None


def compile_links(pattern: str | None) -> LinkPattern | None:
    """The pattern ready for use, None for none. Raises BadPattern.

    `{id}` is digits, `{date}` a date in digits, `{any}` anything up to the next slash, `*` anything. A pattern begins
    with `/` or `*` and is held against the path, or with `//host` to be held against host and path.
    """
    if pattern is None or not pattern.strip():
        return None
    pattern = re.sub(r"^https?:(?=//)", "", pattern.strip(), flags=re.IGNORECASE)
    if not pattern.startswith(("/", "*", "{any}")):
        raise BadPattern(f"a link pattern begins with / or * (or //host), not with {pattern[:20]!r}")
    expression = ""
    end = 0
    for piece in _PIECE.finditer(pattern):
        expression += re.escape(pattern[end : piece.start()]) + _expression_of(piece[0], pattern)
        end = piece.end()
    expression += re.escape(pattern[end:])
    return LinkPattern(re.compile(expression), pattern.startswith("//"), "?" in pattern)


def read_listing(
    body: bytes, content_type: str | None, found: Found, links: LinkPattern | None = None
) -> str | Rejection | None:
    """The page's title after its article links were added to `found`; a Rejection (not_html) for what is no page."""
    if body.startswith(_BINARY):
        return Rejection(reason="not_html", detail=f"the body begins with {body[:4]!r}")
    decoded = decode(body, content_type)
    document = _document(decoded.text)
    if document is None:
        return Rejection(reason="not_html", detail="no markup")
    base = _base(document, found.url)
    for number, (href, element) in enumerate(_links(document)):
        if found.full or number >= MAX_ANCHORS:
            found.skip("too_many")
        elif _NO_PAGE.match(href):
            found.skip("not_a_page")
        elif (url := found.resolve(_with_page_encoding(href, decoded.encoding), base)) is not None:
            title = _anchor(element)
            if links.matches(url) if links is not None else looks_like_article(url, title):
                found.add(url, title)
            else:
                found.skip("not_article")
    return clean_title(document.findtext(".//title"))


def _links(document: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    for element in document.iter("a", "area"):
        href = (element.get("href") or "").strip()
        if href and not href.startswith("#"):
            yield href, element


def _expression_of(piece: str, pattern: str) -> str:
    piece = "*" if piece.startswith("*") else piece
    if piece not in _PIECES:
        raise BadPattern(
            f"{piece} in the link pattern {pattern!r} means nothing; there are {{id}}, {{date}}, {{any}}, *"
        )
    return _PIECES[piece]


def _document(text: str) -> etree._Element | None:
    # As UTF-8 bytes, because lxml refuses text that declares an encoding.
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser, ensure_head_body=False)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def _base(document: etree._Element, url: str) -> str:
    """The address that links are relative to: the first <base href> (HTML 4.2.3), itself relative to the page."""
    for element in document.iter("base"):
        href = element.get("href")
        if href is not None:
            try:
                return canonical_url(href.strip(), url)
            except BadUrl:
                return url
    return url


def _anchor(element: etree._Element) -> str:
    """What a link says: its text, or its title attribute where the text is missing or cut off, or a picture's alt."""
    text = " ".join("".join(element.itertext()).split())
    title = " ".join((element.get("title") or "").split())
    if text.endswith(_CUT_OFF) and len(title) >= len(text) - 3:
        return title
    return text or title or next(_alternatives(element), "")


def _alternatives(element: etree._Element) -> Iterator[str]:
    if element.get("alt"):
        yield element.get("alt")
    yield from (image.get("alt") for image in element.iter("img") if image.get("alt"))


def _with_page_encoding(href: str, encoding: str) -> str:
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
