"""The spans of two texts as the lines that a reader sees: those of the new text, with what is gone where it stood."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from storage.revisions.diff import Op, Span

GONE = frozenset({"delete", "moved_from"})
_SPACE_BEFORE = 64
"""Characters of white space in which the end of a line is looked for."""

# Not printable, or able to turn the direction of what follows: a page must not rewrite what is shown around it.
_UNSHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of one line. `move`: as in Span."""

    op: Op
    text: str
    move: int | None = None


Line = tuple[Part, ...]


@dataclass(slots=True)
class _Page:
    lines: list[Line] = field(default_factory=list)
    line: list[Part] = field(default_factory=list)
    ends: bool = False
    """Whether the new text ends the line here; what is gone from the old one's end still belongs to it."""

    def end(self) -> None:
        if self.line:
            self.lines.append(tuple(self.line))
        self.line, self.ends = [], False

    def put(self, span: Span, text: str) -> None:
        for number, piece in enumerate(re.split(r"\s*\n\s*", text.rstrip("\n"))):
            if number:
                self.end()
            if piece.strip() or (piece and self.line):
                self.line.append(Part(span.op, piece, span.move))


def lines(old: str, new: str, spans: Iterable[Span]) -> tuple[Line, ...]:
    """The lines of both texts in one, in reading order, without what `shown` leaves out; no line is empty."""
    page = _Page()
    for span in spans:
        gone = span.op in GONE
        text = shown(old[span.old_start : span.old_end] if gone else new[span.new_start : span.new_end])
        inside = gone and not _begins_line(old, span.old_start)
        if not inside and (page.ends or (gone and span.new_start == len(new))):
            page.end()
        ends, page.ends = page.ends, False
        page.put(span, text)
        page.ends = ends if inside else "\n" in text[len(text.rstrip()) :]
    page.end()
    return tuple(page.lines)


def is_unchanged(line: Line) -> bool:
    """Whether a line says the same in both texts."""
    return all(part.op == "same" for part in line)


def shown(text: str) -> str:
    """A text without what could steer a terminal or turn the direction of reading; line breaks stay."""
    return _UNSHOWN.sub("", text)


def _begins_line(text: str, at: int) -> bool:
    before = text[max(0, at - _SPACE_BEFORE) : at]
    return at == 0 or "\n" in before[len(before.rstrip()) :]
