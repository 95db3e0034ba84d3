"""How the lists and the Markdown of a revision are kept in fewer bytes, so that SQL alone writes them out again. Pure.

Where a form would not be shorter, or could not be written out to the letter, the thing itself is kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from storage.migrations.smaller import MARKDOWN, PIECE_BITS, SHORT, SHOWN, written_out

_AS_READ = {
    **{name: written_out(name) for name in SHORT},
    "markdown": f"CASE WHEN t.markdown_pieces IS NULL THEN t.markdown ELSE {MARKDOWN} END",
}

SHOWN_MARKDOWN = SHOWN
"""SQL for the Markdown of a text `t`, as the views have it."""

LONGEST_PIECE = (1 << PIECE_BITS) - 1
LEAST_PIECE = 6
"""Characters; fewer take as many bytes as what says where they stand."""

PROBES = (8, 3, 1)
"""Characters by which the place is found where text and Markdown go on together; the more, the surer."""

LOOKED_THROUGH = 4_000
"""Characters of Markdown that may stand between two pieces: the addresses of a table of pictures."""

MOST_STEPS = 4_000_000
"""Of SQLite, which counts the characters before each piece: some 10 ms."""

SHORTER = 0.75
"""Most that the pieces may take of the bytes that the Markdown would."""

_MARK = re.compile(r"[*!\[#\\]")
"""Where text and Markdown part most often."""
_COLUMN = re.compile(r"<(\w+)>")
_NAMED = {name for meanings in SHORT.values() for _, meant in meanings for name in _COLUMN.findall(meant)}
_CONTROL = re.compile("[\x00-\x1f]")
_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def as_read(names: Iterable[str]) -> str:
    """SQL for columns of a revision `r` and its text `t`, as storage.read_columns gives them, whatever is kept."""
    return ", ".join(f"{_AS_READ[name]} AS {name}" if name in _AS_READ else _plain(name) for name in names)


def _plain(name: str) -> str:
    return f"t.{name}" if name == "text" else f"r.{name}"


def kept(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of `article_revisions` and `article_texts` that are kept of those of storage.read_columns."""
    known = {column: columns[column] for column in _NAMED if _needs_no_escape(columns[column])}
    lists: dict[str, Any] = {}
    for name in SHORT:
        short = _shortened(name, columns[name], known)
        lists[name], lists[f"{name}_short"] = (columns[name], None) if short is None else ("[]", short)
    found = pieces(columns["text"], columns["markdown"]) if columns["markdown"] else None
    markdown = columns["markdown"] if found is None else None
    return {**columns, **lists, "markdown": markdown, "markdown_pieces": found}


def _shortened(name: str, said: str, known: Mapping[str, str]) -> bytes | None:
    """The short form of a list; None where it has none. `known`: what may be named in it, by column."""
    if said == "[]" or _CONTROL.search(said):
        return None
    for mark, meant, named in _meanings(name):
        if '"' not in said:
            break
        if not named:
            said = said.replace(meant, mark)
        elif named <= known.keys():
            said = said.replace(meant % known, mark)
    return said.encode()


@cache
def _meanings(name: str) -> list[tuple[str, str, frozenset[str]]]:
    """The characters of a list's short form, what each stands for, and the columns that are named in that."""
    return [
        (chr(mark), _COLUMN.sub(r"%(\1)s", meant), frozenset(_COLUMN.findall(meant)))
        for mark, meant in SHORT[name]
    ]


def _needs_no_escape(value: Any) -> bool:
    """Whether a value stands in JSON as it is; one that is not there, or is empty, stands for nothing."""
    return bool(value) and '"' not in value and "\\" not in value and not _CONTROL.search(value)


def pieces(text: str, markdown: str) -> str | None:
    """The Markdown as JSON: its own words, and numbers for pieces of the text. None where it is kept as it is."""
    if "\0" in text or "\0" in markdown:  # SQLite counts characters up to it
        return None
    found = _found(text, markdown)
    if found is None:
        return None
    said = _dumps(found)
    steps = sum((one >> PIECE_BITS) + (one & LONGEST_PIECE) for one in found if isinstance(one, int))
    if steps > MOST_STEPS or len(said.encode()) > SHORTER * len(markdown.encode()):
        return None
    return said


def _found(text: str, markdown: str) -> list[str | int] | None:
    """The Markdown's own words and the pieces of the text; None where they do not go on together."""
    found: list[str | int] = []
    own, at, done = "", 0, 0
    while True:
        same = _common(text, at, markdown, done)
        if same < LEAST_PIECE:
            own += markdown[done : done + same]
        else:
            found += [own] if own else []
            found += _numbers(at, same)
            own = ""
        at, done = at + same, done + same
        if done == len(markdown) or at == len(text):
            own += markdown[done:]
            return [*found, own] if own else found
        after = _where_both_go_on(text, at, markdown, done)
        if after is None:
            return None
        own += markdown[done : after[1]]
        at, done = after


def _numbers(at: int, characters: int) -> list[int]:
    """What says where a piece of the text stands: several numbers where it is long."""
    starts = range(at, at + characters, LONGEST_PIECE)
    return [(start << PIECE_BITS) + min(LONGEST_PIECE, at + characters - start) for start in starts]


def _common(text: str, at: int, markdown: str, done: int) -> int:
    """How many characters are the same from there on; slices are compared, which costs less than characters."""
    most = min(len(text) - at, len(markdown) - done)
    mark = _MARK.search(markdown, done)
    same, step = mark.start() - done if mark else most, 32
    if text[at : at + same] != markdown[done : done + same]:
        same = 0
    elif same == most or text[at + same] != markdown[done + same]:
        return same
    while same < most and text[at + same : at + same + step] == markdown[done + same : done + same + step]:
        same, step = same + step, step * 2
    low, high = min(same, most), min(same + step, most)
    while low < high:
        middle = (low + high + 1) // 2
        if text[at + low : at + middle] == markdown[done + low : done + middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _where_both_go_on(text: str, at: int, markdown: str, done: int) -> tuple[int, int] | None:
    """Places in both from which they are the same again: the Markdown has words of its own, or the text has."""
    for size in PROBES:
        place = markdown.find(text[at : at + size], done, done + LOOKED_THROUGH)
        if place >= 0:
            return at, place
    for size in PROBES:
        place = text.find(markdown[done : done + size], at, at + LOOKED_THROUGH)
        if place >= 0:
            return place, done
    return None
