"""Listing pages: the links of a section or home page that lead to articles, by a pattern or by how they look."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from crawler.discovery.article_links import is_list_address, looks_like_article
from crawler.discovery.candidates import Found, clean_title
from crawler.discovery.dates_beside import dates_beside
from crawler.discovery.link_shapes import rank_shapes, shape_of, verdict
from crawler.discovery.next_page import next_page_of
from crawler.discovery.page_links import PageLink, own_links, read_tree
from crawler.discovery.page_numbers import first_part
from crawler.discovery.signpost import signpost
from crawler.discovery.site_links import feed_pages_of, feeds_of, sections_of
from storage.records import LinkShape, Rejection

MAX_LINKS = 2000
"""Candidates taken of one page (reliability 2.2)."""

# {date}: year, month and day, each separator optional: 2026/11/21, 2026-11/21, 2026/1121, 20261121.
_PIECES = {
    "{id}": r"[0-9]+",
    "{date}": r"(?:19|20)[0-9]{2}[-/_.]?(?:0?[1-9]|1[0-2])[-/_.]?(?:0?[1-9]|[12][0-9]|3[01])",
    "{any}": r"[^/?]+",
    "*": r".*",
}
_PIECE = re.compile(r"\{[^{}]*\}?|\*+")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingPage:
    """What a page says besides its candidates. Addresses are canonical ones of the source's sites.

    `next_url`: its next (older) page. `refresh`: where a page without articles sends its reader. `feeds`: feeds that it
    declares or links to; `feed_pages`: pages that seem to list feeds; `sections`: the site's other listings.
    """

    title: str | None = None
    next_url: str | None = None
    refresh: str | None = None
    feeds: tuple[str, ...] = ()
    feed_pages: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()


def read_listing(
    body: bytes,
    content_type: str | None,
    found: Found,
    links: LinkPattern | None = None,
    shapes: Sequence[LinkShape] = (),
) -> ListingPage | Rejection:
    """What the page says, after its article links were added to `found`; a Rejection (not_html) for what is no page.

    `shapes`: what is known of the forms of the source's addresses, which counts more than the looks of a link. Reasons
    of links left out: not_a_page, not_article, shape_without_articles, further_part (page 2 of an article whose first
    is linked too), too_many, and those of Found.
    """
    page = read_tree(body, content_type, found.url)
    if isinstance(page, Rejection):
        return page
    linked = own_links(page, found)
    if links is not None:
        articles = _matching(linked, links, found)
    else:
        articles = _likely(linked, {shape.shape: shape for shape in shapes}, found)
    _take(articles, found)
    addresses = frozenset(link.url for link in articles)
    return ListingPage(
        title=clean_title(page.tree.findtext(".//title")),
        next_url=next_page_of(page, linked),
        refresh=None if articles else signpost(page, found, len({link.url for link in linked})),
        feeds=feeds_of(page, linked, found),
        feed_pages=feed_pages_of(page, linked),
        sections=sections_of(page, linked, addresses),
    )


def _matching(linked: Sequence[PageLink], links: LinkPattern, found: Found) -> list[PageLink]:
    matching = [link for link in linked if links.matches(link.url)]
    found.skip("not_article", len(linked) - len(matching))
    return matching


def _likely(linked: Sequence[PageLink], known: dict[str, LinkShape], found: Found) -> list[PageLink]:
    """The links that are likely articles': by what was fetched of their shape, by their looks, by others like them."""
    shaped = {link.url: shape_of(link.url) for link in linked}
    ranked = rank_shapes((shaped[link.url], link.url, link.title) for link in linked)
    shown = {score.shape for score in ranked if score.is_of_articles}
    likely: list[PageLink] = []
    for link in linked:
        if first_part(link.url) in shaped:
            found.skip("further_part")
            continue
        shape = shaped[link.url]
        judged = verdict(known.get(shape))
        looks = looks_like_article(link.url, link.title)
        if judged is False and not (looks and shape in shown):
            found.skip("shape_without_articles")
        elif judged or looks or (shape in shown and _may_be(link)):
            likely.append(link)
            if judged is False:
                shown.remove(shape)  # one of many is tried all the same: a wall that stood before all may be gone
        else:
            found.skip("not_article")
    return likely


def _may_be(link: PageLink) -> bool:
    """Whether a link among others to articles may be one too: not the 2 of a pager, not a list."""
    return not link.title.isdecimal() and not is_list_address(link.url)


def _take(articles: Sequence[PageLink], found: Found) -> None:
    for number, (link, date) in enumerate(zip(articles, dates_beside(articles), strict=True)):
        if found.full:
            found.skip("too_many", len(articles) - number)
            return
        found.add(link.url, link.title, date)


def _expression_of(piece: str, pattern: str) -> str:
    piece = "*" if piece.startswith("*") else piece
    if piece not in _PIECES:
        raise BadPattern(
            f"{piece} in the link pattern {pattern!r} means nothing; there are {{id}}, {{date}}, {{any}}, *"
        )
    return _PIECES[piece]
