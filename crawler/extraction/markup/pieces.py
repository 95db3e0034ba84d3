"""Blocks of a text, and the three ways to write them: plain text, CommonMark, images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from crawler.extraction.cleaning import clean_line
from crawler.extraction.markup import commonmark
from storage.records import Image

_CELL_GAP = " | "


@dataclass(frozen=True, slots=True)
class Run:
    """Text in one style. `marker`: of CommonMark, or ""; `target`: of the link it is in."""

    text: str
    marker: str = ""
    target: str | None = None


@dataclass(slots=True)
class Piece:
    """A block. `kind`: p, head, list, table, quote, code or image; `runs` of p and head; `parts`: what it holds.

    parts of a list are its items, of an item and a quote their blocks, of a table its rows, of a row its cells (each a
    p). `level`: of a heading, 1 to 6, or 1 for a numbered list. `words`: of code, and the caption of an image.
    """

    kind: str
    runs: list[Run] = field(default_factory=list)
    parts: list[Piece] = field(default_factory=list)
    level: int = 0
    words: str = ""
    source: str = ""
    alternative: str = ""


def text(blocks: Iterable[Piece]) -> str:
    """Plain lines, separated by one blank line; "" where there are none."""
    return "\n\n".join(line for block in blocks for line in lines(block))


def markdown(blocks: Iterable[Piece], base_url: str) -> str:
    """CommonMark with pipe tables, blocks separated by one blank line; links and images are absolute http(s)."""
    return "\n\n".join(filter(None, (_marked(block, base_url) for block in blocks)))


def images(blocks: Iterable[Piece], base_url: str) -> tuple[Image, ...]:
    """Images in page order, each address once, with captions."""
    found: dict[str, Image] = {}
    for block in pictures(blocks):
        address = commonmark.web_address(block.source, base_url)
        if address:
            found.setdefault(address, Image(url=address, caption=block.words or None))
    return tuple(found.values())


def lines(block: Piece) -> Iterator[str]:
    """Clean plain lines of one block, none of them empty: what a filter of lines judges."""
    if block.kind == "table":
        for row in block.parts:
            yield _CELL_GAP.join(filter(None, (clean_line(cell.runs[0].text) for cell in row.parts)))
    elif block.kind == "code":
        yield from filter(None, map(clean_line, block.words.split("\n")))
    elif block.parts:
        for part in block.parts:
            yield from lines(part)
    elif block.runs:
        line = clean_line("".join(run.text for run in block.runs))
        if line:
            yield line


def pictures(blocks: Iterable[Piece]) -> Iterator[Piece]:
    """Images among blocks, however deep."""
    for block in blocks:
        if block.kind == "image":
            yield block
        yield from pictures(block.parts)


def _marked(block: Piece, base_url: str) -> str:
    """CommonMark of a block."""
    writer = _WRITERS.get(block.kind)
    return writer(block, base_url) if writer else commonmark.line(_line(block.runs, base_url))


def _heading(block: Piece, base_url: str) -> str:
    """A heading of one line."""
    return commonmark.heading(block.level, _line(block.runs, base_url))


def _table(block: Piece, base_url: str) -> str:
    """A pipe table."""
    return commonmark.table([[_line(cell.runs, base_url) for cell in row.parts] for row in block.parts])


def _quote(block: Piece, base_url: str) -> str:
    """A block quote."""
    return commonmark.quoted(markdown(block.parts, base_url))


def _code(block: Piece, _base_url: str) -> str:
    """A fenced block."""
    return commonmark.code_block(block.words)


def _list(block: Piece, base_url: str) -> str:
    """A list; a list in an item follows its line without a blank one, as long as that is all the item holds."""
    lines = []
    for number, part in enumerate(block.parts, 1):
        gap = "\n\n" if any(inner.kind != "list" for inner in part.parts[1:]) else "\n"
        held = gap.join(filter(None, (_marked(inner, base_url) for inner in part.parts)))
        lines.append(commonmark.item(f"{number}. " if block.level else "- ", held))
    return "\n".join(lines)


def _image(block: Piece, base_url: str) -> str:
    """An image with its caption below; only the caption where the address is none."""
    address = commonmark.web_address(block.source, base_url)
    shown = [commonmark.image(block.alternative or block.words, address)] if address else []
    return "\n\n".join([*shown, *([commonmark.emphasis(block.words, "*")] if block.words else [])])


def _line(runs: list[Run], base_url: str) -> str:
    """CommonMark of one line of runs."""
    parts = []
    for target, group in groupby(runs, key=lambda run: run.target):
        words = "".join(_styled(run) for run in group)
        address = commonmark.web_address(target, base_url)
        if not address or not words.strip():
            parts.append(words)
            continue
        if parts and parts[-1].endswith("!"):
            parts[-1] = parts[-1][:-1] + "\\!"
        parts.append(commonmark.link(words, address))
    return "".join(parts).strip()


def _styled(run: Run) -> str:
    """CommonMark of a run: emphasis, code or plain."""
    if run.marker == "`":
        return commonmark.code_span(run.text) if run.text.strip() else run.text
    return commonmark.emphasis(run.text, run.marker) if run.marker else commonmark.escaped(run.text)


_WRITERS: dict[str, Callable[[Piece, str], str]] = {
    "head": _heading,
    "list": _list,
    "table": _table,
    "quote": _quote,
    "code": _code,
    "image": _image,
}
