"""A page as a tree and as a list of text blocks, in reading order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

MAX_BLOCKS = 20_000
"""Blocks kept of one page: the longest real page of the corpora has 3 400; more is a generated list."""

_SKIPPED_NAMES = (
    "script style noscript iframe object embed select option optgroup textarea button head template svg canvas map"
    " audio video title frameset noframes datalist marquee"
)
_INLINE_NAMES = (
    "a abbr acronym b bdi bdo big cite code em font i ins kbd label mark q s samp small span strike strong sub sup time"
    " tt u var wbr nobr ruby rb rt rp dfn img"
)
_SKIPPED = frozenset(_SKIPPED_NAMES.split())
_INLINE = frozenset(_INLINE_NAMES.split())
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_NON_SPACE = re.compile(r"\S")


@dataclass(frozen=True, slots=True)
class Block:
    """A maximal run of inline text. `size`: non-space characters; `linked`: those in links; `heading`: h1-h6 or ""."""

    text: str
    size: int
    linked: int
    heading: str

    @property
    def link_share(self) -> float:
        """Share of the block's characters that are link text."""
        return self.linked / self.size if self.size else 0.0


def parse_html(markup: str) -> Any | None:
    """Root element of clean markup, comments dropped, or None where there is no element at all. Reads no network."""
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, no_network=True)
    body = markup.encode("utf-8", "replace")
    if not body.strip():
        return None
    try:
        return etree.fromstring(body, parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def text_blocks(root: Any) -> list[Block]:
    """Blocks of the visible text in reading order, at most MAX_BLOCKS."""
    collector = _Collector()
    for kind, value in _events(root):
        collector.take(kind, value)
        if len(collector.blocks) >= MAX_BLOCKS:
            break
    collector.flush()
    return collector.blocks


def _events(root: Any) -> Iterator[tuple[str, str]]:
    """("start", tag), ("end", tag) and ("text", text) of the visible part of a tree."""
    walk = etree.iterwalk(root, events=("start", "end"))
    for action, element in walk:
        tag = element.tag if isinstance(element.tag, str) else ""
        if action == "start":
            if tag in _SKIPPED:
                walk.skip_subtree()
                continue
            yield "start", tag
            if element.text:
                yield "text", element.text
        else:
            if tag not in _SKIPPED:
                yield "end", tag
            if element.tail and element is not root:
                yield "text", element.tail


class _Collector:
    """Builds blocks out of the events."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._parts: list[str] = []
        self._linked = 0
        self._links = 0
        self._headings: list[str] = []

    def take(self, kind: str, value: str) -> None:
        """Adds one event."""
        if kind == "text":
            self._parts.append(value)
            if self._links:
                self._linked += len(_NON_SPACE.findall(value))
            return
        if value not in _INLINE:
            self.flush()
        step = 1 if kind == "start" else -1
        if value == "a":
            self._links = max(0, self._links + step)
        elif value in _HEADINGS:
            if step > 0:
                self._headings.append(value)
            elif self._headings:
                self._headings.pop()

    def flush(self) -> None:
        """Ends the block at hand."""
        text = " ".join("".join(self._parts).split())
        if text:
            heading = self._headings[-1] if self._headings else ""
            self.blocks.append(Block(text, len(text) - text.count(" "), self._linked, heading))
        self._parts.clear()
        self._linked = 0
