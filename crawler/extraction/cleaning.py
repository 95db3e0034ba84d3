"""Text without the characters that no reader sees and no consumer expects."""

from __future__ import annotations

import re
import unicodedata

# C0 and C1 controls but tab and line feed (NEL U+0085 becomes a line feed), lone surrogates, noncharacters,
# bidirectional controls (Unicode TR 36, "Trojan source"), zero-width characters, soft hyphen, replacement of objects.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufdd0-\ufdef"
    "\ufeff\ufff9-\ufffc\ufffe\uffff\ud800-\udfff"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17))
    + "]"
)
_LINE_BREAKS = re.compile("\r\n?|[\x85\u2028\u2029]")
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,8})|(\d{1,10}));?")
_SPACES = re.compile(r"\s+")
_KEY_NOISE = re.compile(r"[\W_]+")

_XML_FIRST = 0x20
_LAST_CODE_POINT = 0x10FFFF


def clean_text(text: str) -> str:
    """`text` without NUL, controls, lone surrogates, noncharacters, bidi and zero-width characters; line ends are LF.

    Letters are left as they are: no Unicode normalisation (NFC would merge compatibility ideographs that names use).
    """
    return _UNWANTED.sub("", _LINE_BREAKS.sub("\n", text))


def clean_line(text: str | None) -> str:
    """One clean line: every run of white space is one space; empty for None."""
    return _SPACES.sub(" ", clean_text(text)).strip() if text else ""


def clean_markup(markup: str) -> str:
    """HTML that lxml can carry: unwanted characters and numeric references to them are gone.

    A single `&#xFFFE;` makes lxml raise when text is moved, and costs the article (research/reliability.md, finding 7).
    """
    return clean_text(_REFERENCE.sub(_kept_reference, markup))


def squeezed(text: str) -> str:
    """Comparison key: NFKC, without white space and punctuation, lower case."""
    return _KEY_NOISE.sub("", unicodedata.normalize("NFKC", text)).lower()


def _kept_reference(reference: re.Match[str]) -> str:
    """The reference itself, or nothing where it names an unwanted character."""
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    if code > _LAST_CODE_POINT or (code < _XML_FIRST and code not in (9, 10, 13)):
        return ""
    return "" if _UNWANTED.match(chr(code)) and not 0x80 <= code <= 0x9F else reference[0]  # noqa: PLR2004 - 1252 there
