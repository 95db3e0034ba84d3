"""A Markdown text as lines: parsed by markdown-it (CommonMark with tables), HTML blocks by the parser of pages.

The Markdown that comes out is written anew from what was understood: no raw HTML, no address but http(s) ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from crawler.extraction.cleaning import clean_line
from crawler.extraction.markup import commonmark
from crawler.extraction.markup.blocks import parse_html, text_blocks
from crawler.extraction.plain.lines import MAX_LINES, Line, plain_lines, rejoined
from storage.records import Image

MAX_MARKDOWN_CHARS = 400_000
"""Above that a text is read as plain lines: the parser needs a second for each 500,000 characters."""

MAX_PIECE_CHARS = 20_000
"""Of one paragraph, that is searched for emphasis and links: brackets that never close cost the square of it."""

_SPAN = {"strong_open": "**", "strong_close": "**", "em_open": "*", "em_close": "*", "s_open": "~~", "s_close": "~~"}
_BREAKS = frozenset(("softbreak", "hardbreak"))
_BREAK_TAG = re.compile(r"<br\s{0,3}/?>", re.IGNORECASE)
_CELLS = frozenset(("th_open", "td_open"))
_LISTS = frozenset(("bullet_list_open", "ordered_list_open"))


@cache
def _parser() -> MarkdownIt:
    """CommonMark with tables. Indented text is prose: nobody writes programs into news, many indent paragraphs."""
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("code")


def markdown_lines(text: str, url: str = "") -> list[Line]:
    """Lines of a Markdown text, at most MAX_LINES. `url`: what relative addresses are relative to."""
    longest = max((len(part) for part in text.split("\n\n")), default=0)
    if len(text) > MAX_MARKDOWN_CHARS or longest > MAX_PIECE_CHARS:
        return plain_lines(text)
    walk = _Walk(url)
    return [line for token in _parser().parse(text) for line in walk.lines(token)][:MAX_LINES]


class _Walk:
    """Turns the tokens of a text into lines, one after the other."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._level = 0
        self._group = 0
        self._lists: list[int | None] = []
        """Of each list that is open, the number of its next item; None for bullets."""
        self._marker = ""
        self._in_cell = False
        self._cells: list[Line] = []
        self._rows = 0

    def lines(self, token: Token) -> list[Line]:
        """Lines that end with this token."""
        kind = token.type
        if kind == "inline":
            return self._inline(token)
        if kind == "html_block":
            return self._html(token.content)
        if kind == "fence":
            return plain_lines(token.content)
        if kind == "tr_close":
            return self._row()
        self._step(token)
        return []

    def _step(self, token: Token) -> None:
        """None; the walk knows in what list, table or heading the next words stand."""
        kind = token.type
        if kind == "heading_open":
            self._level = int(token.tag[1:])
        elif kind == "heading_close":
            self._level = 0
        elif kind in _LISTS or kind == "table_open":
            self._group += not self._lists
            self._rows = 0
            if kind in _LISTS:
                self._lists.append(int(token.attrGet("start") or 1) if kind == "ordered_list_open" else None)
        elif kind in ("bullet_list_close", "ordered_list_close"):
            self._lists.pop()
        elif kind == "list_item_open":
            number = self._lists[-1]
            self._marker = "- " if number is None else f"{number}. "
            self._lists[-1] = None if number is None else number + 1
        elif kind in _CELLS:
            self._in_cell = True

    def _inline(self, token: Token) -> list[Line]:
        """Lines of one paragraph, heading, item or cell."""
        children = token.children or []
        if self._in_cell:
            self._cells.append(self._written(children))
            self._in_cell = False
            return []
        pieces = list(_pieces(children))
        if self._level or len(rejoined([_said(piece) or " " for piece in pieces])) == 1:
            pieces = [children]
        written = [line for piece in pieces if (line := self._written(piece)).text or line.images]
        if self._lists and written:
            return [self._item(written)]
        if self._level:
            return [
                replace(line, level=self._level, markdown=commonmark.heading(self._level, line.markdown))
                for line in written
            ]
        return [replace(line, markdown=commonmark.line(line.markdown)) for line in written]

    def _item(self, written: Sequence[Line]) -> Line:
        """One line of a list out of those of one paragraph in it."""
        indent = "   " * (len(self._lists) - 1)
        marker, self._marker = self._marker or "  ", ""
        markdown = " ".join(line.markdown for line in written)
        return Line(
            text=" ".join(line.text for line in written if line.text),
            markdown=f"{indent}{commonmark.item(marker, commonmark.line(markdown))}",
            linked=sum(line.linked for line in written),
            group=self._group,
            images=tuple(image for line in written for image in line.images),
        )

    def _row(self) -> list[Line]:
        """The row that ends here; behind the first one of a table stands the rule that makes it one."""
        cells, self._cells = self._cells, []
        self._rows += 1
        text = " | ".join(cell.text for cell in cells if cell.text)
        if not cells:
            return []
        head, rule, *rest = commonmark.table([[cell.markdown for cell in cells]] * 2).split("\n")
        return [
            Line(
                text=text,
                markdown=f"{head}\n{rule}" if self._rows == 1 else rest[0],
                linked=sum(cell.linked for cell in cells),
                group=self._group,
                images=tuple(image for cell in cells for image in cell.images),
            )
        ]

    def _written(self, tokens: Sequence[Token]) -> Line:
        """One line of inline tokens."""
        return Line(
            text=clean_line(_said(tokens)),
            markdown=clean_line("".join(self._marked_up(tokens))),
            linked=_linked(tokens),
            images=tuple(self._images(tokens)),
        )

    def _marked_up(self, tokens: Sequence[Token]) -> Iterator[str]:
        """CommonMark of inline tokens."""
        targets: list[str | None] = []
        for token in tokens:
            if token.type == "text":
                yield commonmark.escaped(token.content)
            elif token.type in _SPAN:
                yield _SPAN[token.type]
            elif token.type == "code_inline":
                yield commonmark.code_span(token.content)
            elif token.type in _BREAKS:
                yield " "
            elif token.type == "link_open":
                targets.append(self._address(token.attrGet("href")))
                yield "[" if targets[-1] else ""
            elif token.type == "link_close" and targets:
                target = targets.pop()
                yield f"]({target})" if target else ""
            elif token.type == "image" and (source := self._address(token.attrGet("src"))):
                yield commonmark.image(clean_line(token.content), source)

    def _images(self, tokens: Sequence[Token]) -> Iterator[Image]:
        """Pictures whose address is absolute."""
        for token in tokens:
            if token.type == "image" and (source := self._address(token.attrGet("src"))):
                yield Image(url=source, caption=clean_line(token.content) or None)

    def _address(self, raw: Any) -> str | None:
        """Absolute http(s) address of a link or picture, or None."""
        return commonmark.web_address(str(raw) if raw else None, self._url)

    def _html(self, markup: str) -> list[Line]:
        """Lines of a block of HTML, its pictures after its words."""
        root = parse_html(markup)
        if root is None:
            return []
        found = []
        for block in text_blocks(root):
            level = int(block.heading[1:]) if block.heading else 0
            said = commonmark.escaped(block.text)
            markdown = commonmark.heading(level, said) if level else commonmark.line(said)
            found.append(Line(text=block.text, markdown=markdown, level=level, linked=block.linked))
        for picture in root.iter("img"):
            source = self._address(picture.get("src"))
            caption = clean_line(picture.get("alt"))
            if source:
                shown = commonmark.image(caption, source)
                found.append(Line(text="", markdown=shown, images=(Image(url=source, caption=caption or None),)))
        return found


def _pieces(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Inline tokens parted at line breaks."""
    piece: list[Token] = []
    for token in tokens:
        if token.type in _BREAKS or (token.type == "html_inline" and _BREAK_TAG.match(token.content)):
            yield piece
            piece = []
        else:
            piece.append(token)
    yield piece


def _said(tokens: Sequence[Token]) -> str:
    """What inline tokens say to a reader, without their marks; pictures say nothing."""
    parts: list[str] = []
    for token in tokens:
        if token.type in ("text", "code_inline"):
            parts.append(token.content)
        elif token.type in _BREAKS:
            parts.append(" " if "".join(parts[-1:])[-1:].isascii() else "")
    return "".join(parts)


def _linked(tokens: Sequence[Token]) -> int:
    """Characters of inline tokens that stand in links."""
    depth, linked = 0, 0
    for token in tokens:
        depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if depth > 0 and token.type in ("text", "code_inline"):
            linked += len("".join(token.content.split()))
    return linked
