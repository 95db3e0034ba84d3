"""One page to one article or one reason: the function that the extraction pool runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crawler.decoding import Decoded, decode
from crawler.extraction.blocks import parse_html, text_blocks
from crawler.extraction.cleaning import clean_line, clean_markup
from crawler.extraction.credits import find_credits
from crawler.extraction.dates import Clock
from crawler.extraction.language import language, script
from crawler.extraction.main_text import EXTRACTOR, main_text
from crawler.extraction.metadata import Head, find_published, find_title, read_head
from crawler.extraction.origin import find_origin
from crawler.extraction.page_kind import MOST_REPLACED, rejected_bytes, rejected_text
from crawler.extraction.zones import Zones, zones
from storage.records import Article, Rejection


@dataclass(frozen=True, slots=True, kw_only=True)
class PageInput:
    """All that extraction may know of a page. `now` bounds dates; `link_*`: what the link to the page said."""

    body: bytes
    url: str
    content_type: str | None = None
    timezone: str = "Asia/Shanghai"
    now: datetime
    link_title: str | None = None
    link_published_raw: str | None = None


def extract_page(page: PageInput) -> Article | Rejection:
    """Article of a page, or why it is none. Pure: same input, same answer; expected troubles are values."""
    refused = rejected_bytes(page.body)
    if refused:
        return refused
    decoded = decode(page.body, page.content_type)
    if decoded.replaced > MOST_REPLACED * len(decoded.text):
        return Rejection(
            reason="undecodable", detail=f"{decoded.replaced} of {len(decoded.text)} as {decoded.encoding}"
        )
    markup = clean_markup(decoded.text)
    root = parse_html(markup)
    if root is None:
        return Rejection(reason="empty", detail="no element in the markup")
    head = read_head(root, page.url)
    blocks = text_blocks(root)
    visible = "\n".join(block.text for block in blocks)
    text = main_text(markup, len(visible))
    found = zones(blocks, head.titles or [page.link_title or ""], text or "")
    title = find_title(head, found) or clean_line(page.link_title) or None
    refused = rejected_text(title, text, visible)
    if refused or not text:
        return refused or Rejection(reason="no_text")
    return _article(page, decoded, head, found, title=title, text=text)


def _article(page: PageInput, decoded: Decoded, head: Head, found: Zones, *, title: str | None, text: str) -> Article:
    """The article of a page whose text was found, with its facts."""
    origin = find_origin(head, found)
    lang = language(text, head.lang)
    return Article(
        title=title,
        text=text,
        published=find_published(head, found, page.url, Clock(page.timezone, page.now), page.link_published_raw),
        origin=origin[0] if origin else None,
        origin_raw=origin[1] if origin else None,
        credits=find_credits(head, found),
        lang=lang,
        script=script(text) if lang == "zh" else None,
        encoding=decoded.encoding,
        encoding_evidence=decoded.evidence,
        canonical_url=head.canonical or None,
        extractor=EXTRACTOR,
    )
