"""Text without the characters that no reader sees and no consumer expects: one rule for every text that is kept.

Pure: the crawler cleans what it reads by it, and the door of the file (`storage.door`) whatever comes there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")

# C0 and C1 controls but tab and line feed (NEL U+0085 becomes a line feed), lone surrogates, noncharacters,
# bidirectional controls (Unicode TR 36, "Trojan source"), zero-width characters, soft hyphen, replacement of objects,
# and the tags U+E0000-E007F, in which a page can hide whole sentences from all readers but language models.
UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufdd0-\ufdef"
    "\ufeff\ufff9-\ufffc\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17))
    + "]"
)
"""One character that is in no text that is kept."""

_SAFE = "\t\n -~\xa0-\xac\xae-\u0600\u2010-\u2027\u2030-\u205f\u2070-\u2fff\u3000-\u9fff\uac00-\ud7ff\uff00-\uffef"
"""What surely is not unwanted, and nearly all there is; an order of magnitude faster to look for than what may be."""
_CLEAN = re.compile(f"[{_SAFE}]*+")
_SUSPECT = re.compile(f"[^{_SAFE}]")
_LONE_RETURN = re.compile("\r(?!\n)")
_PRINTABLE = "\ufffc"
"""The one unwanted character that Unicode calls printable."""

_RARE_BREAKS = "\x85\u2028\u2029"

_LEFT = frozenset((type(None), bool, int, float, bytes, datetime))
"""Types whose values hold no text."""


def clean_text(text: str) -> str:
    """`text` without NUL, controls, lone surrogates, noncharacters, bidi, zero-width and tag characters; LF line ends.

    A text that needs no change is the very same object. Letters are left as they are: no Unicode normalisation (NFC
    would merge compatibility ideographs that names use).
    """
    if text.isprintable() and _PRINTABLE not in text:
        return text
    clean = _with_line_feeds(text) if "\r" in text else text
    if not _CLEAN.fullmatch(clean):
        clean = _SUSPECT.sub(_wanted, clean)
    return text if clean == text else clean


def cleaned(value: T) -> T:
    """The value with each of its texts clean; records, tuples, lists and dictionaries are walked, keys too.

    A value that needs no change is the very same object. Bytes are left as they are.
    """
    walked: T = _walked(value)
    return walked


def _with_line_feeds(text: str) -> str:
    """The text with one line feed for CR LF and for CR alone; where none is alone, in a third of the time."""
    if _LONE_RETURN.search(text):
        return text.replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\r", "")


def _wanted(character: re.Match[str]) -> str:
    """The character, a line feed for a rare line end, or nothing where nobody wants it."""
    if character[0] in _RARE_BREAKS:
        return "\n"
    return "" if UNWANTED.match(character[0]) else character[0]


def _walked(value: Any) -> Any:
    kind: Any = type(value)
    if kind in _LEFT or not value:
        return value
    match value:
        case str():
            return clean_text(value)
        case tuple() | list():
            parts = [_walked(part) for part in value]
            same = all(new is old for new, old in zip(parts, value, strict=True))
            return value if same else kind(parts)
        case dict():
            named = {_walked(name): _walked(part) for name, part in value.items()}
            return value if all(map(_same, named.items(), value.items())) and len(named) == len(value) else named
    names, held = _fields(kind)
    news = {}
    for name, old in zip(names, held(value), strict=True):
        # Most fields of most records hold nothing, or a text: a call for each would take half of the time.
        if type(old) not in _LEFT and (new := clean_text(old) if type(old) is str else _walked(old)) is not old:
            news[name] = new
    return replace(value, **news) if news else value


def _same(one: tuple[Any, Any], other: tuple[Any, Any]) -> bool:
    return one[0] is other[0] and one[1] is other[1]


@cache
def _fields(kind: type[Any]) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    """The names of a record's fields, and what gives their values; none of what is no record."""
    names = tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
    if len(names) > 1:
        return names, attrgetter(*names)
    return names, lambda value: tuple(getattr(value, name) for name in names)
