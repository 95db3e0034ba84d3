"""One page to one article or one reason: the function that the extraction pool runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from lxml import etree

from crawler.decoding import Decoded, decode
from crawler.extraction.cleaning import clean_line, clean_markup
from crawler.extraction.declared.head import Head, read_head
from crawler.extraction.facts import article as facts
from crawler.extraction.facts.dates import Clock
from crawler.extraction.facts.headline_facts import find_headline_facts
from crawler.extraction.kinds.page_kind import MOST_REPLACED, classify, page_fingerprint, rejected_bytes
from crawler.extraction.kinds.page_view import PageView
from crawler.extraction.markup.blocks import Block, parse_html, read_blocks
from crawler.extraction.markup.complexity import complex_markup, complex_tree
from crawler.extraction.markup.hidden import drop_hidden
from crawler.extraction.markup.link_names import link_names
from crawler.extraction.observed import observation
from crawler.extraction.parts.links import find_part_links
from crawler.extraction.parts.numbering import PartLinks
from crawler.extraction.plain.plain_text import TextInput, read_text, text_kind
from crawler.extraction.text.main_text import MOST_LINKED, Found, main_text
from storage.records import Article, Fingerprint, Observation, Rejection, SearchTerms

SAYS_MUCH = 2000
"""Characters of a text from which on nobody asks whether it is an error page."""

LOST_PROSE = 500
"""Letters of visible prose from which on a page without any text has lost it: that is our fault, not the page's."""

LINE_OF_PROSE = 40
"""Letters of a block that may be prose; what is shorter is a menu, a label or a date."""

PART_KINDS = frozenset(("too_short", "listing", "gallery", "video", "advert"))
"""Why a page is no article that count for nothing where it is part of one: its last page may be a line long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageInput:
    """All that extraction may know of a page. `now` bounds dates; `link_*`: what the link to the page said.

    `chrome`: fingerprints of the blocks that the host repeats, `error_pages`: of the answers that it gives for many
    addresses (storage.records.HostChrome). `observe`: whether the blocks of the page are to be reported; `url` must be
    absolute then. `part`: it is read as a further page of an article, so it may be short and is no `article_part`.
    """

    body: bytes
    url: str
    content_type: str | None = None
    timezone: str = "Asia/Shanghai"
    now: datetime
    link_title: str | None = None
    link_published_raw: str | None = None
    chrome: frozenset[bytes] = frozenset()
    error_pages: frozenset[bytes] = frozenset()
    observe: bool = False
    part: bool = False

    @property
    def clock(self) -> Clock:
        """What dates of the page are read against."""
        return Clock(self.timezone, self.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read from a page: the article or why it is none, what is learned from, and the article's other pages.

    `links`: None where the page names no other. The text of the other pages is not in the result (assembly.py).
    `signature`, `terms`, `sentences`: of the article, where they were asked for (signed.py).
    """

    result: Article | Rejection
    observed: Observation | None = None
    fingerprint: bytes | None = None
    links: PartLinks | None = None
    signature: Fingerprint | None = None
    terms: SearchTerms | None = None
    sentences: bytes | None = None


def extract_page(page: PageInput) -> Article | Rejection:
    """Article of a page, or why it is none. Pure: same input, same answer; expected troubles are values."""
    return read_page(page).result


def read_page(page: PageInput) -> Reading:
    """What a page says and shows. Pure: same input, same answer; expected troubles are values."""
    refused = rejected_bytes(page.body)
    if refused:
        return Reading(result=refused)
    decoded = decode(page.body, page.content_type)
    if decoded.replaced > MOST_REPLACED * len(decoded.text):
        detail = f"{decoded.replaced} of {len(decoded.text)} as {decoded.encoding}"
        return Reading(result=Rejection(reason="undecodable", detail=detail))
    if text_kind(decoded.text, page.content_type):
        source = TextInput(
            decoded=decoded,
            clock=page.clock,
            url=page.url,
            content_type=page.content_type,
            link_title=page.link_title,
            link_published_raw=page.link_published_raw,
        )
        return Reading(result=read_text(source))
    return _read_html(page, decoded)


def _read_html(page: PageInput, decoded: Decoded) -> Reading:
    """What a decoded page of HTML says and shows."""
    markup = clean_markup(decoded.text)
    refused = complex_markup(markup)
    root = None if refused else parse_html(markup)
    if root is None:
        return Reading(result=refused or Rejection(reason="empty", detail="no element in the markup"))
    # All elements, kept for as long as the tree: each further walk through it takes a third of the time then.
    elements = list(root.iter(etree.Element))
    head = read_head(root, page.url)
    parts = find_part_links(root, markup, page.url)
    if parts and parts.first_url and not page.part:
        return Reading(result=Rejection(reason="article_part", detail=parts.first_url), links=parts)
    drop_hidden(elements, markup)
    walk = read_blocks(root, buttons=False)
    refused = complex_tree(root, walk)
    if refused:
        return Reading(result=refused)
    links = link_names(walk.blocks)
    titles = head.titles or [page.link_title or ""]
    found = main_text(walk, head=head, titles=titles, markup=markup, url=page.url, chrome=page.chrome)
    shown = _Shown(page=page, decoded=decoded, markup=markup, head=head, blocks=walk.blocks, links=links, found=found)
    return replace(_judged(shown), links=parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A page as far as it was read: all but what it is."""

    page: PageInput
    decoded: Decoded
    markup: str
    head: Head
    blocks: Sequence[Block]
    links: Mapping[str, str]
    found: Found


def _judged(shown: _Shown) -> Reading:
    """The reading of a page whose text was looked for: an article, unless the page is of another kind."""
    page, body = shown.page, shown.found.body
    headline = find_headline_facts(shown.head, shown.found.zones)
    headline = replace(headline, title=headline.title or clean_line(page.link_title) or None)
    view = _view(shown, headline.title)
    refused = classify(view)
    if refused and page.part and refused.reason in PART_KINDS:
        refused = None
    if body is None or refused:
        return Reading(result=_without_text(shown, refused), fingerprint=page_fingerprint(view))
    said = facts.Sources(
        head=shown.head,
        zones=shown.found.zones,
        body=body,
        decoded=shown.decoded,
        url=page.url,
        clock=page.clock,
        links=shown.links,
        link_published=page.link_published_raw,
    )
    segment = shown.found.segment
    return Reading(
        result=facts.article(said, headline),
        observed=observation(shown.blocks, page.url, segment=segment, text=body.text) if page.observe else None,
        fingerprint=page_fingerprint(view) if len(body.text) < SAYS_MUCH else None,
    )


def _without_text(shown: _Shown, refused: Rejection | None) -> Rejection:
    """Why a page is no article: as it was classified, unless it shows prose and nothing came of that."""
    refused = refused or Rejection(reason="no_text")
    if refused.reason != "no_text" or shown.found.body is not None:
        return refused
    prose = sum(
        block.size for block in shown.blocks if block.size >= LINE_OF_PROSE and block.link_share <= MOST_LINKED
    )
    if prose <= LOST_PROSE:
        return refused
    return Rejection(reason="extract_failed", detail=f"{prose} letters of prose are visible, and no text was found")


def _view(shown: _Shown, title: str | None) -> PageView:
    """What the classifier of kinds sees of a page."""
    return PageView(
        title=title,
        text=shown.found.body.text if shown.found.body else None,
        visible="\n".join(block.text for block in shown.blocks),
        markup=shown.markup,
        blocks=shown.blocks,
        head=shown.head,
        url=shown.page.url,
        error_pages=shown.page.error_pages,
    )
