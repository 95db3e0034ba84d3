"""Whether one text stands in another as an item among others: cut off from what follows or leads to it by a heading."""

from __future__ import annotations

import re

from storage.similarity.folding import spelled

LONGEST_HEADING = 40
"""Characters; the headlines of the corpora have 30 at most, and an alphabet's are longer: those tell nothing here."""

_EDGE = 8
"""Characters by which the first and the last line are known: an edited copy has them, too."""

_SENTENCE_END = re.compile(r"[。.!?;:,…”」』)\]】]\s*$")


def is_item(text: str, page: str) -> bool:
    """Whether a heading follows the text's last line on the page, or leads to its first one below other lines.

    A copy that was cut ends within a line or before a paragraph; the items of a page have a headline each. Both texts
    are prose. False where no line begins and none ends as the text does.
    """
    lines = _lines(page)
    end = spelled(text).rstrip()[-_EDGE:]
    after = next((place for place, line in enumerate(lines, 1) if line.endswith(end)), len(lines))
    if after < len(lines) and _is_heading(lines[after]):
        return True
    before = _start(text, lines) - 1
    return before > 0 and _is_heading(lines[before])


def begins_below(text: str, page: str) -> bool:
    """Whether the text begins with a line of the page that is not its first."""
    return _start(text, _lines(page)) > 0


def _start(text: str, lines: list[str]) -> int:
    """Which of the lines begins as the text does; -1 where none does."""
    start = spelled(text).lstrip()[:_EDGE]
    return next((place for place, line in enumerate(lines) if line.startswith(start)), -1)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in spelled(text).split("\n")]


def _is_heading(line: str) -> bool:
    return 0 < len(line) <= LONGEST_HEADING and not _SENTENCE_END.search(line)
