"""Pages that list articles and are none: front pages, channels, search results, topics."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.extraction.kinds.page_view import PageView, Signs, is_headline_link, own_headline, prose_share, width
from crawler.extraction.markup.blocks import Block
from storage.records import Rejection

LEAST_HEADLINES = 12
"""Headlines among the links of the shortest list. Short lists are rejected by their lack of text."""

TEXT_OF_LINKS = 0.6
"""Share of the main text that is link text in lists. In articles of the corpora it is below .5."""

TEXT_OF_TEASERS = 0.7
"""Share of the main text in paragraphs between two headlines that are links, one teaser each."""

LEAST_TEASERS = 4
"""Teasers of the shortest list of them."""

WIDEST_TEASER = 400
"""Width of the longest teaser: 200 Han characters."""

SHORT_TEXT = 50
"""Letters of main text below which a page of many headlines is a list and not a short article."""

PROSE = 0.6
"""Share of lines that are sentences above which a text is prose, and not looked at as a list of links."""


def listing(view: PageView, measured: Signs) -> Rejection | None:
    """Rejection of a page that consists of headlines that lead elsewhere; None for an article beside such lists."""
    if measured.headlines < LEAST_HEADLINES:
        return None
    if measured.letters < SHORT_TEXT:
        lists = measured.prose < SHORT_TEXT and not (measured.marked and own_headline(view))
        return _rejection(measured, "no text of its own") if lists else None
    linked = _share_of_links(view)
    if linked >= TEXT_OF_LINKS and not (measured.marked and own_headline(view)):
        return _rejection(measured, f"{linked:.0%} of the text are links")
    if own_headline(view) is None and (teasers := _teasers(view)) >= TEXT_OF_TEASERS:
        return _rejection(measured, f"{teasers:.0%} of the text are teasers")
    return None


def may_be_listing(view: PageView) -> bool:
    """Whether a page of much text is worth the look: its text is no prose, or no line of it is the page's headline."""
    return prose_share(view.text or "") < PROSE or own_headline(view) is None


def _rejection(measured: Signs, why: str) -> Rejection:
    return Rejection(reason="listing", detail=f"{measured.headlines} headlines, {why}")


def _lines(view: PageView) -> list[str]:
    """Lines of the main text."""
    return [line for line in (view.text or "").split("\n") if line]


def _share_of_links(view: PageView) -> float:
    """Share of the main text's characters in lines that are, or begin with, links of the page."""
    links = {block.text for block in view.blocks if block.linked * 2 > block.size}
    lines = _lines(view)
    whole = sum(map(len, lines))
    return sum(len(line) for line in lines if line in links) / whole if whole else 0.0


def _teasers(view: PageView) -> float:
    """Share of the main text's characters in paragraphs that stand alone beside a headline that is a link."""
    kept = set(_lines(view))
    places = [index for index, block in enumerate(view.blocks) if block.text in kept]
    beside = [place for place in places if _is_teaser(view.blocks, place)]
    whole = sum(view.blocks[place].size for place in places)
    if len(beside) < LEAST_TEASERS or not whole:
        return 0.0
    return sum(view.blocks[place].size for place in beside) / whole


def _is_teaser(blocks: Sequence[Block], place: int) -> bool:
    """Whether a short block follows a headline that is a link, at most a date between, and another one follows soon."""
    if width(blocks[place].text) > WIDEST_TEASER:
        return False
    return _near_link(blocks[max(0, place - 2) : place]) and _near_link(blocks[place + 1 : place + 4])


def _near_link(blocks: Sequence[Block]) -> bool:
    """Whether there is a headline that is a link among some blocks."""
    return any(is_headline_link(block) for block in blocks)
