"""Markup, lines and comparison keys without the characters that no reader sees (`storage.cleaning` says which)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from html.entities import html5

from storage.cleaning import UNWANTED, clean_text

__all__ = ["clean_line", "clean_markup", "clean_text", "squeezed"]

# Character references that name what nobody sees: &shy;, &rlm;, &ZeroWidthSpace; ... (HTML, section 13.5).
_NAMED = "|".join(sorted(name for name, said in html5.items() if name.endswith(";") and UNWANTED.fullmatch(said)))
_REFERENCE = re.compile(rf"&(?:#(?:[xX]([0-9a-fA-F]{{1,8}})|(\d{{1,10}}));?|(?:{_NAMED})|shy(?![\w=;]))")
_KEY_NOISE = re.compile(r"[\W_]+")

KEYS_KEPT = 4096
"""Comparison keys that are remembered: each block of a page is compared several times; the longest pages have 3 400."""

LONGEST_REMEMBERED = 2000
"""Characters. Hostile pages have blocks of 200,000, with which what is remembered would fill the process."""

_XML_FIRST = 0x20
_LAST_CODE_POINT = 0x10FFFF


def clean_line(text: str | None) -> str:
    """One clean line: every run of white space is one space; empty for None."""
    return " ".join(clean_text(text).split()) if text else ""


def clean_markup(markup: str) -> str:
    """HTML that lxml can carry: unwanted characters and references to them are gone.

    A single `&#xFFFE;` makes lxml raise when text is moved, and costs the article (research/reliability.md, finding 7).
    """
    return clean_text(_REFERENCE.sub(_kept_reference, markup))


def squeezed(text: str) -> str:
    """Comparison key: NFKC, without white space and punctuation, lower case."""
    return _remembered(text) if len(text) <= LONGEST_REMEMBERED else _squeezed(text)


def _squeezed(text: str) -> str:
    key = _KEY_NOISE.sub("", text)
    return (key if unicodedata.is_normalized("NFKC", key) else unicodedata.normalize("NFKC", key)).lower()


_remembered = lru_cache(maxsize=KEYS_KEPT)(_squeezed)


def _kept_reference(reference: re.Match[str]) -> str:
    """The reference itself, or nothing where it names an unwanted character."""
    digits = reference[1] or reference[2]
    if not digits:
        return ""
    code = int(digits, 16 if reference[1] else 10)
    if code > _LAST_CODE_POINT or (code < _XML_FIRST and code not in (9, 10, 13)):
        return ""
    return "" if UNWANTED.match(chr(code)) and not 0x80 <= code <= 0x9F else reference[0]  # noqa: PLR2004 - 1252 there
