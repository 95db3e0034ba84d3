"""Text without the characters that no reader sees and no consumer expects."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# C0 and C1 controls but tab and line feed (NEL U+0085 becomes a line feed), lone surrogates, noncharacters,
# bidirectional controls (Unicode TR 36, "Trojan source"), zero-width characters, soft hyphen, replacement of objects.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufdd0-\ufdef"
    "\ufeff\ufff9-\ufffc\ufffe\uffff\ud800-\udfff"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17))
    + "]"
)
# What may be unwanted, as the negation of what surely is not: an order of magnitude faster to search for.
_SUSPECT = re.compile(
    "[^\t\n -~\xa0-\xac\xae-\u0600\u2010-\u2027\u2030-\u205f\u2070-\u2fff\u3000-\u9fff\uac00-\ud7ff\uff00-\uffef]"
)
_PRINTABLE = "\ufffc"
"""The one unwanted character that Unicode calls printable."""

_RARE_BREAKS = "\x85\u2028\u2029"
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,8})|(\d{1,10}));?")
_KEY_NOISE = re.compile(r"[\W_]+")

KEYS_KEPT = 4096
"""Comparison keys that are remembered: each block of a page is compared several times; the longest pages have 3 400."""

_XML_FIRST = 0x20
_LAST_CODE_POINT = 0x10FFFF


def clean_text(text: str) -> str:
    """`text` without NUL, controls, lone surrogates, noncharacters, bidi and zero-width characters; line ends are LF.

    Letters are left as they are: no Unicode normalisation (NFC would merge compatibility ideographs that names use).
    """
    if text.isprintable() and _PRINTABLE not in text:
        return text
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SUSPECT.sub(_wanted, text)


def _wanted(character: re.Match[str]) -> str:
    """The character, a line feed for a rare line end, or nothing where nobody wants it."""
    if character[0] in _RARE_BREAKS:
        return "\n"
    return "" if _UNWANTED.match(character[0]) else character[0]


def clean_line(text: str | None) -> str:
    """One clean line: every run of white space is one space; empty for None."""
    return " ".join(clean_text(text).split()) if text else ""


def clean_markup(markup: str) -> str:
    """HTML that lxml can carry: unwanted characters and numeric references to them are gone.

    A single `&#xFFFE;` makes lxml raise when text is moved, and costs the article (research/reliability.md, finding 7).
    """
    return clean_text(_REFERENCE.sub(_kept_reference, markup))


@lru_cache(maxsize=KEYS_KEPT)
def squeezed(text: str) -> str:
    """Comparison key: NFKC, without white space and punctuation, lower case."""
    key = _KEY_NOISE.sub("", text)
    return (key if unicodedata.is_normalized("NFKC", key) else unicodedata.normalize("NFKC", key)).lower()


def _kept_reference(reference: re.Match[str]) -> str:
    """The reference itself, or nothing where it names an unwanted character."""
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    if code > _LAST_CODE_POINT or (code < _XML_FIRST and code not in (9, 10, 13)):
        return ""
    return "" if _UNWANTED.match(chr(code)) and not 0x80 <= code <= 0x9F else reference[0]  # noqa: PLR2004 - 1252 there
