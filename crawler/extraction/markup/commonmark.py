"""CommonMark out of plain pieces: whatever a page says comes out as text, never as markup of its own (0.31.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urljoin, urlsplit

# Characters that open a span anywhere in a line. `_` only at the edge of a word: snake_case opens nothing (6.2).
_SPAN = re.compile(r"[\\`*\[\]<~]|(?<![^\W_])_|_(?![^\W_])|&(?=#?[A-Za-z0-9]{1,32};)")
# What opens a block at the start of a line: heading, quote, list, thematic break, underline of a heading (4.1, 4.3, 5).
_BLOCK_START = re.compile(r"(?:#{1,6}(?=\s|$)|[>|]|[-+](?=\s|$)|[-=]{2,}|:?-|={1,}\s{0,4}$)")
_NUMBERED_START = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
_BACKTICKS = re.compile(r"`+")
# Not in an URL (RFC 3986 appendix A), or the end of a link's destination (CommonMark 6.3).
_UNSAFE_IN_URL = re.compile(r"[\x00-\x20\"'()<>\[\]\\^`{|}\x7f]")

LONGEST_URL = 2000
"""Characters of a link kept: longer ones are tracking or data, and no browser promises to open them."""


def escaped(text: str) -> str:
    """Text that CommonMark shows as it is, inside of a line."""
    return _SPAN.sub(lambda found: "\\" + found[0], text)


def line(text: str) -> str:
    """`text`, already escaped, as the start of a line: it opens no heading, list, quote or table."""
    if _BLOCK_START.match(text):
        return "\\" + text
    return _NUMBERED_START.sub(r"\1\\\2", text, count=1) if _NUMBERED_START.match(text) else text


def heading(level: int, text: str) -> str:
    """An ATX heading of level 1 to 6 out of escaped text."""
    plain = text.rstrip("#")
    return f"{'#' * level} {plain}{(len(text) - len(plain)) * (chr(92) + '#')}"


def emphasis(text: str, marker: str) -> str:
    """Plain text between two markers, which stand at letters: beside punctuation they would not count (6.2)."""
    first = next((at for at, char in enumerate(text) if char.isalnum()), None)
    if first is None:
        return escaped(text)
    last = next(at for at in range(len(text), 0, -1) if text[at - 1].isalnum())
    return f"{escaped(text[:first])}{marker}{escaped(text[first:last])}{marker[::-1]}{escaped(text[last:])}"


def code_span(text: str) -> str:
    """Inline code; its fence is longer than any run of backticks in it (6.1)."""
    fence = "`" * (_longest(text) + 1)
    edge = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{edge}{text}{edge}{fence}"


def code_block(text: str) -> str:
    """A fenced block; its fence is longer than any run of backticks in it (4.5)."""
    fence = "`" * max(3, _longest(text) + 1)
    return f"{fence}\n{text}\n{fence}"


def _longest(text: str) -> int:
    """Length of the longest run of backticks."""
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)


def web_address(target: str | None, base_url: str) -> str | None:
    """Absolute http(s) address, safe as a destination; None for any other scheme, a fragment or nonsense."""
    if not target or target.startswith("#"):
        return None
    try:
        address = urljoin(base_url, target.strip())
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.netloc or len(address) > LONGEST_URL:
        return None
    return _UNSAFE_IN_URL.sub(lambda found: f"%{ord(found[0]):02X}", address)


def link(text: str, address: str) -> str:
    """A link out of escaped text and a safe address (web_address)."""
    return f"[{text}]({address})"


def image(description: str, address: str) -> str:
    """An image out of plain text and a safe address (web_address)."""
    return f"![{escaped(description)}]({address})"


def quoted(text: str) -> str:
    """A block quote."""
    return "\n".join(f"> {part}" if part else ">" for part in text.split("\n"))


def item(marker: str, text: str) -> str:
    """A list item; further lines stand under its first character (5.2)."""
    pad = " " * len(marker)
    first, *more = text.split("\n")
    return "\n".join([marker + first, *(pad + part if part else "" for part in more)])


def table(rows: Sequence[Sequence[str]]) -> str:
    """A pipe table (GFM 4.10) out of escaped cells; the first row is its head, short rows are filled up."""
    width = max(len(row) for row in rows)
    filled = [[*row, *[""] * (width - len(row))] for row in rows]
    return "\n".join([_row(filled[0]), _row(["---"] * width), *map(_row, filled[1:])])


def _row(cells: Iterable[str]) -> str:
    """One row; pipes in cells are escaped, also in code (GFM 4.10)."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

