"""Articles that come as text: plain, or Markdown with or without front matter (research/extraction.md, step 11).

The facts come from the same rules as those of pages: what is known above and below the text is handed to them as lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from crawler.decoding import Decoded
from crawler.extraction.cleaning import clean_line, clean_text, squeezed
from crawler.extraction.declared.head import Head
from crawler.extraction.facts import article as facts
from crawler.extraction.facts.credits import find_credits
from crawler.extraction.facts.dates import Clock, parse_date
from crawler.extraction.facts.headline_facts import HeadlineFacts
from crawler.extraction.kinds.page_kind import rejected_text
from crawler.extraction.markup import commonmark
from crawler.extraction.plain.front_matter import FrontMatter, split_front_matter
from crawler.extraction.plain.line_rules import Sorted, sort_lines
from crawler.extraction.plain.lines import Line, plain_lines
from crawler.extraction.plain.markdown_lines import markdown_lines
from crawler.extraction.text import lexicon
from crawler.extraction.text.body import Body
from crawler.extraction.text.zones import HEAD_BLOCKS, HEAD_LINE, TAIL_BLOCKS, UNLINKED_LINE, Zones
from storage.records import Article, Evidence, Image, PublicationTime, Rejection

TextKind = Literal["plain", "markdown"]

FOUND_BY = "lines"

SNIFFED_CHARS = 64 * 1024
"""Of a body without a useful content type, in which markup is looked for: a page has some within its first lines."""

MOST_CHARS = 2_000_000
"""Of a text: twice the visible text of a page, for novels come as text. More is data."""

BOXED_LINES = 0.5
"""Of the lines of a text that is said to be plain, that begin with an element: then it is a piece of a page."""

INNER_SIZE = 100
"""Characters of the longest line inside the text that is no paragraph: captions with the photographer at their end."""

INNER_LINES = 400
"""Such lines that are read: a long photo story has one for each of its pictures."""

_DOCUMENT = re.compile(
    r"\s{0,64}(?:<!--.{0,2000}?-->\s{0,64}){0,3}<(?:!doctype|html|head|body|\?xml)\b", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]{0,15}(?:\s[^<>]{0,300})?/?>")
_BOX = re.compile(
    r"</?(?:div|table|tr|td|p|br|h[1-6]|ul|ol|li|article|section|title|script|meta|link)\b[^<>]{0,300}>",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"(?<=[。！？…”」』!?])\s{0,3}(?P<sign>[（(【\[][^（）()【】\[\]。！？]{2,40}[）)】\]])\s{0,3}$")
_LINK = re.compile(r"(?<!!)\[([^\[\]\n]{1,80})\]\(([^()\s]{1,2000})\)")
_RETURN = re.compile(r"^\W{0,3}(?:返回|更多|进入|回到)\s?")
_PHOTO_SOURCE = re.compile(r"[图圖](?:片)?\s?(?:来源|來源|源)\s?[:：/／]")
_ORIGINAL_LINK = re.compile(r"\]\((https?://[^()\s]{4,2000})\)")


def text_kind(text: str, content_type: str | None) -> TextKind | None:
    """Whether a decoded body is plain text or Markdown; None for a page of HTML, whatever the header calls it.

    What has front matter is Markdown. Otherwise the content type counts, unless the body is a whole HTML document; what
    has no element at all is text.
    """
    named = (content_type or "").split(";")[0].strip().lower()
    start = text[:SNIFFED_CHARS]
    if _DOCUMENT.match(start.lstrip("\ufeff")):
        return None
    if named in ("text/markdown", "text/x-markdown") or split_front_matter(text)[0]:
        return "markdown"
    if named != "text/plain":
        return None if _TAG.search(start) else "plain"
    lines = [line for line in map(str.strip, start.split("\n")) if line]
    boxed = sum(bool(_BOX.match(line)) for line in lines)
    return None if boxed and boxed >= BOXED_LINES * len(lines) else "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextInput:
    """A decoded text, and what of `page.PageInput` counts for it."""

    decoded: Decoded
    clock: Clock
    url: str = ""
    content_type: str | None = None
    link_title: str | None = None
    link_published_raw: str | None = None


def read_text(source: TextInput) -> Article | Rejection:
    """Article of a text, or why it is none. Pure; for a body that `text_kind` takes for text."""
    if len(source.decoded.text) > MOST_CHARS:
        return Rejection(reason="too_complex", detail=f"a text of {len(source.decoded.text)} characters")
    document = _read(source.decoded.text, source.content_type, source.url)
    paragraphs = document.paragraphs
    text = "\n\n".join(line.text for line in paragraphs if line.text)
    title = document.sorted.title or clean_line(source.link_title) or None
    visible = "\n".join(line.text for line in document.lines)
    refused = rejected_text(title, text, visible, _stated(document.front))
    if refused or not text:
        return refused or Rejection(reason="no_text")
    return _with_front_matter(_facts(document, title, text, source), document, source.clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    """A text that was read: its front matter, its lines, and those lines by what they are.

    `paragraphs`: the kept lines, the last one without the names that sign it.
    """

    front: FrontMatter
    body: str
    lines: tuple[Line, ...]
    sorted: Sorted
    paragraphs: tuple[Line, ...]


def _read(text: str, content_type: str | None, url: str) -> _Document:
    """The text as a document of lines."""
    kind = text_kind(text, content_type)
    found, body = split_front_matter(clean_text(text))
    front = found or FrontMatter()
    lines = plain_lines(body) if kind == "plain" else markdown_lines(body, _address(front, url))
    by_kind = sort_lines(lines, front.title or None)
    paragraphs = _unsigned(by_kind.kept)
    return _Document(front=front, body=body, lines=tuple(lines), sorted=by_kind, paragraphs=paragraphs)


def _unsigned(kept: tuple[Line, ...]) -> tuple[Line, ...]:
    """The lines, the last one without the bracket of names behind its last sentence: `。（某某网综合 李楠）`."""
    signed = _SIGNED.search(kept[-1].text) if kept else None
    if not signed:
        return kept
    alone = find_credits(Head(), _zones_of(close=(f"。{signed['sign']}",), tail=(signed["sign"],)))
    if not alone and not lexicon.BYLINE.match(signed["sign"]):
        return kept
    text = kept[-1].text[: signed.start()].rstrip()
    return (*kept[:-1], replace(kept[-1], text=text, markdown=commonmark.line(commonmark.escaped(text))))


def _address(front: FrontMatter, url: str) -> str:
    """Absolute address of the text by its front matter, else the one it was had from."""
    return next((found for one in front.addresses if (found := commonmark.web_address(one, url))), url)


def _zones(document: _Document) -> Zones:
    """The lines of a document as the zones of a page."""
    kept = [line.text for line in document.sorted.kept if line.text]
    head = [line.text for line in document.sorted.head if line.size <= HEAD_LINE]
    tail = [line.text for line in document.sorted.tail if line.size <= HEAD_LINE]
    between = _between(document)
    inner = (line for line in document.lines if line in between and not _PHOTO_SOURCE.search(line.text))
    title = document.sorted.title
    before = tuple(line for line in head if squeezed(line) != squeezed(title or ""))
    return _zones_of(
        headline=title,
        head=before[-HEAD_BLOCKS:],
        lead=tuple(kept[:2]),
        inner=tuple(line.text for line in islice(inner, INNER_LINES)),
        close=tuple(kept[-2:]),
        tail=tuple(tail[:TAIL_BLOCKS]),
        unlinked=frozenset(line.text for line in document.lines if line.size <= UNLINKED_LINE and not line.linked),
    )


def _between(document: _Document) -> frozenset[Line]:
    """Lines inside the text that are no paragraphs: those that were dropped, and the short ones."""
    return frozenset((*document.sorted.inner, *(line for line in document.sorted.kept if line.size <= INNER_SIZE)))


def _zones_of(
    *,
    headline: str | None = None,
    head: Sequence[str] = (),
    lead: Sequence[str] = (),
    inner: Sequence[str] = (),
    close: Sequence[str] = (),
    tail: Sequence[str] = (),
    unlinked: frozenset[str] = frozenset(),
) -> Zones:
    """Zones of a text: nothing stands above its headline, and its tail is all that stands below."""
    return Zones(
        headline=headline,
        sure=headline is not None,
        banner=(),
        above=(),
        head=tuple(head),
        lead=tuple(lead),
        inner=tuple(inner),
        close=tuple(close),
        tail=tuple(tail),
        below=(),
        unlinked=unlinked,
    )


def _head(document: _Document, url: str) -> Head:
    """What the front matter declares, as the <head> of a page would."""
    front = document.front
    meta = {"og:title": front.title, "author": "、".join(front.authors), "source": front.origin}
    declared = {**meta, "keywords": ",".join(front.keywords), "description": front.description}
    address = next((found for one in front.addresses if (found := commonmark.web_address(one, url))), "")
    return Head(
        title=front.title or document.sorted.title or "",
        lang=front.lang,
        canonical=address or _original_link(document) or "",
        meta={name: value for name, value in declared.items() if value},
    )


def _stated(front: FrontMatter) -> Head:
    """The headline and the date of front matter, by which a text is told from a barrier."""
    return Head(title=front.title, meta={"article:published_time": front.date} if front.date else {})


def _original_link(document: _Document) -> str | None:
    """Address of the first link after the text that stands alone in its line and shows itself: `<https://…>`."""
    for line in document.sorted.tail:
        link = _ORIGINAL_LINK.search(line.markdown)
        if link and line.text.startswith(("http://", "https://")):
            return link[1]
    return None


def _facts(document: _Document, title: str | None, text: str, source: TextInput) -> Article:
    """The article with what its lines say of it."""
    original = _original_link(document)
    body = Body(
        text=text,
        markdown=_markdown(document.paragraphs),
        images=_images(document.paragraphs),
        found_by=FOUND_BY,
        confidence=round(document.sorted.share, 2),
    )
    said = facts.Sources(
        head=_head(document, source.url),
        zones=_zones(document),
        body=body,
        decoded=source.decoded,
        url=source.url,
        clock=source.clock,
        link_published=source.link_published_raw,
    )
    headline = HeadlineFacts(title=title, kicker=None, subheadline=None, evidence=())
    article = facts.article(said, headline)
    return replace(article, origin_url=original or article.origin_url)


def _with_front_matter(article: Article, document: _Document, clock: Clock) -> Article:
    """The article with the facts that front matter states outright; they count before what was found in lines."""
    declared = document.front
    published = parse_date(declared.date, clock, "front-matter")
    modified = parse_date(declared.modified, clock, "front-matter")
    return replace(
        article,
        published=published or article.published,
        modified=modified or article.modified,
        sections=_sections(document) or article.sections,
        keywords=declared.keywords or article.keywords,
        evidence=tuple(_evidence(article.evidence, published)),
    )


def _evidence(found: Sequence[Evidence], published: PublicationTime | None) -> Iterator[Evidence]:
    """What was found, after the time of the front matter; of other times, those that disagree with it."""
    if published is None:
        yield from found
        return
    yield Evidence(fact="published", value=published.local, raw=published.raw, where=published.where, chosen=True)
    for one in found:
        if one.fact != "published":
            yield one
        elif not published.local.startswith(one.value) and not one.value.startswith(published.local):
            yield replace(one, chosen=False)


def _sections(document: _Document) -> tuple[str, ...]:
    """Sections by the front matter; one that is a word of an address by the name of the link that leads there."""
    links = [] if all(not section.isascii() for section in document.front.sections) else _LINK.findall(document.body)
    named = []
    for section in document.front.sections:
        leading = (_RETURN.sub("", text).strip() for text, address in links if section in address)
        named.append(next(leading, section) if section.isascii() else section)
    return tuple(dict.fromkeys(named))


def _images(lines: Sequence[Line]) -> tuple[Image, ...]:
    """Pictures of the kept lines, each once."""
    return tuple({image.url: image for line in lines for image in line.images}.values())


def _markdown(lines: Sequence[Line]) -> str:
    """CommonMark of lines: one blank line between them, none inside of a list or table."""
    parts: list[str] = []
    group = 0
    for line in lines:
        parts.append("\n" if parts and line.group and line.group == group else "\n\n" if parts else "")
        parts.append(line.markdown)
        group = line.group
    return "".join(parts)
