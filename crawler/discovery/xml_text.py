"""The text of an XML body (feed, sitemap), made fit for a parser that is told it is UTF-8."""

from __future__ import annotations

import re
from html import entities

from crawler.decoding import decode

JUNK_CHARACTERS = 16 * 1024
"""How much junk (blank lines, a BOM, warnings of PHP) may stand before the document."""

_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?\bencoding\s*=\s*[\"']\s*([A-Za-z0-9._:-]{1,40})\s*[\"']", re.IGNORECASE)
_DECLARATION = re.compile(r"<\?xml\b[^>]*>", re.IGNORECASE)
# XML 1.0 section 2.2: what is no Char. References to them are no better.
_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NO_REFERENCE = re.compile(r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]|[fF]{3}[eEfF]));")
_ROOT = re.compile(r"<(?![?!])(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)(?=[\s/>])")
# A section that does not end reaches to the end of the text, so that the search is linear.
_SECTION_OR_AMPERSAND = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)(?:([A-Za-z]\w{1,30});)?",
    re.DOTALL,
)
_DOCUMENT = re.compile(
    r"<\?xml\b|<!DOCTYPE\b|<(?:[A-Za-z_][\w.-]*:)?(?:rss|feed|rdf|channel|urlset|sitemapindex|html)\b", re.IGNORECASE
)


def xml_text(body: bytes, content_type: str | None) -> str:
    """The document as text without BOM, junk before it, XML declaration and characters that XML forbids.

    The declared encoding (XML 1.0 section 4.3.3) is asked first and taken where it decodes without loss; else the
    header's, else what the bytes look like. RFC 7303 has the header first, but servers add its charset unasked.
    """
    text = _decoded(body, content_type)
    text = _NO_REFERENCE.sub("", _NO_CHARACTER.sub("", text)).lstrip("\ufeff \t\r\n")
    start = _DOCUMENT.search(text, 0, JUNK_CHARACTERS)
    if start is not None:
        text = text[start.start() :]
    declaration = _DECLARATION.match(text)
    return text[declaration.end() :] if declaration else text


def with_escaped_ampersands(text: str) -> str:
    """The document with `&` written as XML wants it, and HTML's names (`&nbsp;`) as their characters."""
    return _SECTION_OR_AMPERSAND.sub(_escaped, text)


def root_name(text: str) -> str:
    """The local name of the first element in lower case, empty where there is none."""
    match = _ROOT.search(_without_comments(text[:JUNK_CHARACTERS]))
    return match[1].lower() if match else ""


def _decoded(body: bytes, content_type: str | None) -> str:
    declared = _DECLARED.search(body, 0, JUNK_CHARACTERS)
    if declared is not None:
        decoded = decode(body, f"text/xml; charset={declared[1].decode('ascii')}")
        if not decoded.replaced:
            return decoded.text
    return decode(body, content_type).text


def _escaped(piece: re.Match[str]) -> str:
    if not piece[0].startswith("&"):
        return piece[0]
    known = entities.html5.get(f"{piece[1]};") if piece[1] else None
    return known or f"&amp;{piece[0][1:]}"


def _without_comments(text: str) -> str:
    # Comments and the internal subset of a DOCTYPE hold markup that is not the root.
    text = re.sub(r"<!--.*?(?:-->|\Z)", "", text, flags=re.DOTALL)
    return re.sub(r"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", "", text, count=1, flags=re.DOTALL | re.IGNORECASE)
