"""Teasers: links to other articles in and around a text, known by their structure in any language."""

from __future__ import annotations

import re
from typing import Any

from crawler.extraction.cleaning import clean_line

LONGEST_TEASER = 500
"""Characters of a link that is the card of another article: headline and two lines; more is an article in a link."""

LONGEST_LABEL = 30
"""Characters before a link that only name its kind: `READ MORE:`, `Lesen Sie auch:`."""

HEADLINE = 12
"""Characters that a link needs to be a headline; shorter ones name a person, a shop or a file."""

TEASER_SHARE = 0.6
"""Share of the items of a list that announce other articles, for the list to be one of those: some are adverts."""

_BLOCKS = ("p", "div", "h2", "h3", "h4", "h5", "li", "section", "article")
_COLON = re.compile("[:：]")
_IMAGE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:[?#]|$)", re.IGNORECASE)


def drop_teasers(root: Any, heads: set[Any]) -> None:
    """Drops links around whole blocks, thumbnails in links, and paragraphs and lists that are nothing but links.

    `heads`: elements that hold a main heading, which stay.
    """
    _drop_linked_blocks(root, heads)
    for paragraph in list(root.iter("p")):
        if _is_link_line(paragraph):
            drop(paragraph)
    for items in list(root.iter("ul", "ol")):
        lines = list(items.iterchildren("li"))
        if len(lines) > 1 and sum(map(_is_teaser, lines)) >= TEASER_SHARE * len(lines):
            drop(items)


def _drop_linked_blocks(root: Any, heads: set[Any]) -> None:
    """Drops cards, which are links around blocks, and thumbnails that lead to another page than their image."""
    for link in list(root.iter("a")):
        if next(link.iter(*_BLOCKS), None) is not None:
            if link not in heads and size_of(link) <= LONGEST_TEASER:
                drop(link)
        elif len(link) and not _IMAGE_FILE.search(link.get("href") or ""):
            for image in list(link.iter("img")):
                if next(image.iterancestors("figure"), None) is None:
                    image.drop_tree()


def _is_teaser(item: Any) -> bool:
    """Whether a list item announces another article: it is a link, or its heading is one."""
    heading = next(item.iter("h2", "h3", "h4", "h5"), None)
    return _is_link_line(item) or (heading is not None and _is_link_line(heading))


def _is_link_line(element: Any) -> bool:
    """Whether a line is one link to another page, after a label of few words at most: `Related: Snow in May`."""
    links = [link for link in element.iter("a") if (link.get("href") or "#")[0] != "#"]
    if not links or element.find(".//img") is not None:
        return False
    words = clean_line("".join(element.itertext()))
    linked = clean_line(" ".join("".join(link.itertext()) for link in links))
    if len(linked) < HEADLINE or words.endswith((".", "。")):
        return False
    rest = len(words) - len(linked)
    labelled = rest <= LONGEST_LABEL and _COLON.search(words[:rest]) is not None and words.endswith(linked)
    return rest <= 2 + len(links) or labelled or (len(links) > 1 and rest <= LONGEST_LABEL and rest < len(linked) / 3)


def size_of(element: Any) -> int:
    """Characters of an element."""
    return len("".join(element.itertext()).strip())


def drop(element: Any) -> None:
    """Takes an element out, unless that was done with one around it; the text after it stays."""
    if element.getparent() is not None:
        element.drop_tree()
