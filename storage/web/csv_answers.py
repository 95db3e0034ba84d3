"""CSV as Datasette sends it, with cells that no spreadsheet takes for a formula (storage.export.csv_rows says why)."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable

from storage.export.csv_rows import guarded

# One cell and what ends it, as Python's csv writes them. Possessive: a cell may have megabytes.
_CELL = re.compile(r'("(?:[^"]++|"")*+"|[^",\r\n]*+)(,|\r\n|\Z)')
_NUMBER = re.compile(r"[+-]?+(?:\d++(?:\.\d*+)?+|\.\d++)(?:[eE][+-]?+\d++)?+")


class CsvAnswer:
    """One answer, part by part; those that are no CSV go through as they are."""

    def __init__(self) -> None:
        self._is_csv = False
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._held = ""

    def begin(self, path: str, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """None; whether it is CSV is known, by its address and type: of an error page the type is another."""
        kinds = [value.lower() for name, value in headers if name.lower() == b"content-type"]
        self._is_csv = path.endswith(".csv") and any(kind.startswith((b"text/plain", b"text/csv")) for kind in kinds)

    def part(self, body: bytes, *, more: bool) -> bytes:
        """What is sent in place of a part: whole rows; the beginning of one waits for its end."""
        if not self._is_csv:
            return body
        self._held += self._decode(body, not more)
        if more and (not self._held.endswith("\r\n") or self._held.count('"') % 2):
            return b""
        rows, self._held = self._held, ""
        return _CELL.sub(lambda cell: _safe(cell[1]) + cell[2], rows).encode()


def _safe(cell: str) -> str:
    if not cell.startswith('"'):
        return cell if _NUMBER.fullmatch(cell) else guarded(cell)
    return '"' + guarded(cell[1:-1].replace('""', '"')).replace('"', '""') + '"'
