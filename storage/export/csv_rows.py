"""CSV (RFC 4180), by default as a spreadsheet wants it: with a byte order mark, and no cell that is a formula."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, BinaryIO

from storage.export.columns import SIMPLE_LISTS, Column
from storage.export.lines import Line

COLUMNS = (
    "id", "source", "title", "text", "published_local", "origin", "authors", "editors", "sections", "lang",
    "characters", "status", "revision", "story_id", "is_canonical", "duplicate_of", "first_seen_at", "published_at",
    "shown_at", "url",
)  # fmt: skip
"""What people read, where they name no columns."""

OF_FEED = ("seq", "op", "deleted")
"""Columns before the others, where what changed is exported."""

LONGEST_CELL = 32_767
"""UTF-16 units that a cell of Excel holds; the rest of a longer one spills into the next rows
(https://support.microsoft.com/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3)."""

_BOM = b"\xef\xbb\xbf"
# What spreadsheets take for the beginning of a formula (OWASP, CSV Injection), also in full width and behind blanks
# or marks that nobody sees; tab and line ends may let a part of a cell become a cell.
_FORMULA = re.compile(r"[\t\r\n]|[\s\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")


class Cells:
    """Makes cells of values. `guarded`: no formulas, no control characters. `longest`: cut cells, with … at the end.

    `cut`: how many were.
    """

    def __init__(self, *, guarded: bool = True, longest: int | None = None) -> None:
        self._guarded, self._longest = guarded, longest
        self.cut = 0

    def cell(self, column: Column, stored: Any) -> Any:
        """A number as it is, nothing for None, else text. Lists of names are one text, with `; ` between."""
        if stored is None or isinstance(stored, int | float):
            return stored
        text = "; ".join(map(str, json.loads(stored))) if column.kind in SIMPLE_LISTS else str(stored)
        return self._shortened(guarded(text) if self._guarded else text)

    def _shortened(self, text: str) -> str:
        if self._longest is None or 2 * len(text) <= self._longest:
            return text
        units = text.encode("utf-16-le", "surrogatepass")
        if len(units) <= 2 * self._longest:
            return text
        self.cut += 1
        return units[: 2 * (self._longest - 1)].decode("utf-16-le", "ignore") + "…"


def guarded(text: str) -> str:
    """The text of a cell that no spreadsheet takes for a formula, without control characters; `'` may stand first."""
    shown = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return f"'{shown}" if _FORMULA.match(shown) else shown


def write(
    lines: Iterable[Line], columns: Sequence[Column], out: BinaryIO, cells: Cells, *, bom: bool, feed: bool
) -> int:
    """How many rows were written, the header not among them. `feed`: with the columns of OF_FEED before the others."""
    buffer = io.StringIO(newline="")
    row = csv.writer(buffer, lineterminator="\r\n").writerow
    flush = _flusher(buffer, out)
    out.write(_BOM if bom else b"")
    row([*(OF_FEED if feed else ()), *(column.name for column in columns)])
    flush()
    count = 0
    for count, line in enumerate(lines, start=1):  # noqa: B007 - the number of the last is what comes back
        of_feed = (line.seq, line.op, int(line.row is None)) if feed else ()
        row([*of_feed, *_values(line, columns, cells)])
        flush()
    return count


def _values(line: Line, columns: Sequence[Column], cells: Cells) -> list[Any]:
    if line.row is None:
        return [line.article_id if column.name == "id" else None for column in columns]
    return [cells.cell(column, line.row[column.name]) for column in columns]


def _flusher(buffer: io.StringIO, out: BinaryIO) -> Callable[[], None]:
    def flush() -> None:
        out.write(buffer.getvalue().encode())
        buffer.seek(0)
        buffer.truncate()

    return flush
