"""What a page's bytes say about it at a glance: what it is, its charset, its language. For a pool process."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from crawler.decoding import codec_name, decode
from crawler.discovery.feeds import FEED_ROOTS
from crawler.discovery.json_list import guess_items
from crawler.discovery.page_links import read_tree
from crawler.discovery.page_scripts import api_hints, looks_javascript
from crawler.discovery.xml_text import root_name, xml_text
from crawler.extraction.letters import HAN_SHARE, KANA, KANA_SHARE, LETTERS, count
from storage.identity import BadUrl, canonical_url, host_of, site_of
from storage.records import JsonItems, Rejection

Form = Literal["feed", "sitemap", "json", "page"]

SCANNED_BYTES = 64 * 1024
_SITEMAP_ROOTS = frozenset({"urlset", "sitemapindex"})
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]{1,500}")
_LIBRARY = re.compile(
    r"jquery|vue(?:\.|-|@)|react|polyfill|bootstrap|swiper|echarts|vendor|/ga\.js|analytics", re.IGNORECASE
)
_UNSEEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|noscript|template)\b.*?(?:</\1\b[^<>]*>|\Z)|<[^<>]*>", re.DOTALL | re.IGNORECASE
)
"""What a page's reader does not see. Each alternative ends where it is not closed, so that no text is read twice."""
_LANG = re.compile(r"<html[^>]{0,300}?\blang\s*=\s*[\"']?\s*([A-Za-z-]{2,20})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What a page is. `drawn_by_scripts`: its links are not in its markup.

    `charset`: WHATWG name; `charset_evidence`: what told it; `declared`: what the header or the page claims.

    `language`: as declared, for a page of Han letters "zh" or one of its kinds; None where neither tells.
    """

    form: Form
    charset: str
    charset_evidence: str
    declared: tuple[str, ...] = ()
    language: str | None = None
    drawn_by_scripts: bool = False

    @property
    def wrongly_declared(self) -> tuple[str, ...]:
        """The charsets that are claimed and are not what the page is written in."""
        return tuple(label for label in self.declared if codec_name(label) != self.charset)


@dataclass(frozen=True, slots=True, kw_only=True)
class GlanceInput:
    """A page to be looked at."""

    url: str
    body: bytes
    content_type: str | None = None


def glance(page: GlanceInput) -> Glance:
    """What a page is, by its first 64 KiB; for scripts all of it is looked at. Pure."""
    head = page.body[:SCANNED_BYTES]
    decoded = decode(head, page.content_type)
    declared = [match[1] for match in [_HEADER_CHARSET.search(page.content_type or "")] if match]
    declared += [match[1].decode("ascii") for match in [_META_CHARSET.search(head)] if match]
    form = _form(head, decoded.text, page.content_type)
    return Glance(
        form=form,
        charset=decoded.encoding,
        charset_evidence=decoded.evidence,
        declared=tuple(dict.fromkeys(label.lower() for label in declared)),
        language=_language(decoded.text, decoded.encoding),
        drawn_by_scripts=form == "page" and looks_javascript(page.body, page.content_type, page.url),
    )


def hints(page: GlanceInput) -> tuple[str, ...]:
    """Addresses that look like JSON lists, in the text of a page or script; `{page}`: a page's number. Pure."""
    return api_hints(decode(page.body, page.content_type).text, page.url)


def items_of(page: GlanceInput) -> JsonItems | Rejection:
    """Where the articles stand in an answer that is JSON, as far as their names tell. Pure."""
    return guess_items(page.body, page.content_type) or Rejection(
        reason="no_list", detail="no list of articles in the JSON"
    )


def scripts(page: GlanceInput) -> tuple[str, ...]:
    """The addresses of the site's own scripts on a page, in page order. Pure."""
    tree = read_tree(page.body, page.content_type, page.url)
    found: dict[str, None] = {}
    if isinstance(tree, Rejection):
        return ()
    for element in tree.tree.iter("script"):
        try:
            url = canonical_url((element.get("src") or "").strip(), tree.base)
            if element.get("src") and site_of(host_of(url)) == site_of(host_of(page.url)) and not _LIBRARY.search(url):
                found[url] = None
        except BadUrl:
            continue
    return tuple(found)


def language_of(text: str, charset: str = "utf-8") -> str | None:
    """The kind of Chinese, zh or zh-hant, of a text without markup that is mostly Chinese; None for others. Pure."""
    letters, han, kana = count(text, LETTERS), count(text, _HAN), count(text, KANA)
    if han and han >= HAN_SHARE * letters and kana < KANA_SHARE * (han + kana):
        return "zh-hant" if charset.startswith("big5") else "zh"
    return None


def _form(head: bytes, text: str, content_type: str | None) -> Form:
    if head.startswith(b"\x1f\x8b"):
        return "sitemap"  # a packed file is never a page: sitemap.xml.gz
    beginning = text.lstrip("\ufeff \t\r\n")
    if beginning.startswith(("{", "[")):
        is_feed = "jsonfeed.org/version" in beginning[:2_000].replace("\\/", "/")
        return "feed" if is_feed else "json"
    root = root_name(xml_text(head, content_type))
    if root in _SITEMAP_ROOTS:
        return "sitemap"
    return "feed" if root in FEED_ROOTS else "page"


def _language(text: str, charset: str) -> str | None:
    declared = _LANG.search(text)
    said = declared[1].lower() if declared else None
    seen = language_of(_UNSEEN.sub(" ", text), charset)
    return said if seen is None or (said is not None and said.startswith("zh-")) else seen
