"""A text without markup as lines: each a paragraph, a heading, or a line of chrome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crawler.extraction.cleaning import clean_line
from crawler.extraction.markup import commonmark
from crawler.extraction.text.lexicon import SENTENCE_END
from storage.records import Image

MAX_LINES = 20_000
"""Lines read of one text: as many as blocks of a page (blocks.MAX_BLOCKS)."""

WIDEST_WRAPPED = 120
"""Columns of the widest line that was broken by a program: longer lines are paragraphs as they were written."""

WRAPPED_SHARE = 0.75
"""Of the widest line of a paragraph, that each of its other lines fills if a program broke them."""

MOST_SENTENCES = 0.5
"""Of the lines but the last, that may end as sentences do: where more do, they are paragraphs of like length."""

FEWEST_WRAPPED = 3
"""Lines that tell a broken paragraph from a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line. `text`: as it is read; `markdown`: the same in CommonMark.

    `level`: 1 to 6 for a heading, else 0. `linked`: characters that are in links. `group`: lines of one list or table
    have the same number, all others 0. `images`: what the line shows.
    """

    text: str
    markdown: str
    level: int = 0
    linked: int = 0
    group: int = 0
    images: tuple[Image, ...] = ()

    @property
    def size(self) -> int:
        """Characters that are not white space."""
        return len(self.text) - self.text.count(" ")


def plain_lines(text: str) -> list[Line]:
    """Lines of a plain text, at most MAX_LINES; lines that a program broke are whole again."""
    return [Line(text=line, markdown=commonmark.line(commonmark.escaped(line))) for line in _whole_lines(text)]


def _whole_lines(text: str) -> Iterator[str]:
    """Clean lines that are not empty."""
    run: list[str] = []
    for raw in [*text.split("\n", MAX_LINES)[:MAX_LINES], ""]:
        line = clean_line(raw)
        if line:
            run.append(line)
        else:
            yield from rejoined(run)
            run = []


def rejoined(run: Sequence[str]) -> list[str]:
    """The lines of a run without blank lines between: one, if a program broke a paragraph at a width; else all."""
    widths = [_columns(line) for line in run]
    widest = max(widths, default=0)
    if len(run) < FEWEST_WRAPPED or widest > WIDEST_WRAPPED:
        return list(run)
    ended = sum(bool(SENTENCE_END.search(line)) for line in run[:-1])
    narrow = any(width < WRAPPED_SHARE * widest for width in widths[:-1])
    if narrow or ended > MOST_SENTENCES * len(run[:-1]):
        return list(run)
    whole = run[0]
    for line in run[1:]:
        whole += f" {line}" if whole[-1].isascii() and line[0].isascii() else line
    return [whole]


def _columns(line: str) -> int:
    """Width in columns of a terminal: a Han character has two."""
    return len(line) + sum("\u2e80" <= char <= "\uffdc" for char in line)

