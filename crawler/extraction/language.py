"""Language and script of an article, from its text."""

from __future__ import annotations

import re
from functools import cache

HAN_SHARE = 0.3
"""Han share of all letters above which a text without kana is Chinese: mixed technology news goes down to .5."""

KANA_SHARE = 0.05
"""Kana share of Han and kana above which the text is Japanese: Chinese texts quote a の now and then."""

HANGUL_SHARE = 0.3

SCRIPT_EVIDENCE = 4
"""Characters of one script only that a text must have before a script is named."""

SCRIPT_SHARE = 0.9
"""Share of one side that names the script; between the two it is mixed. Hant pages use 台 and 里 freely, never 10 %."""

DETECTOR_CHARS = 4000

_TAG = re.compile(r"^\s*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8})*\s*$")


def language(text: str, declared: str | None = None) -> str | None:
    """ISO 639-1 code of a text: from its characters, else from <html lang>, else from the detector; None if unknown."""
    han = _count(text, "\u4e00", "\u9fff")
    kana = _count(text, "\u3041", "\u30ff")
    hangul = _count(text, "\uac00", "\ud7a3")
    letters = sum(char.isalpha() for char in text)
    if not letters:
        return None
    if kana > KANA_SHARE * (han + kana) and kana + han > HAN_SHARE * letters:
        return "ja"
    if han > HAN_SHARE * letters:
        return "zh"
    if hangul > HANGUL_SHARE * letters:
        return "ko"
    tag = _TAG.match(declared or "")
    if tag and tag[1].lower() not in ("zh", "ja", "ko"):
        return tag[1].lower()
    return _detected(text[:DETECTOR_CHARS])


def script(text: str) -> str | None:
    """Hans, Hant or mixed for Chinese text; None where too few characters tell.

    Counts characters that GB 2312 has and Big5 has not, and the reverse: those that the 1956 reform changed.
    """
    simplified = traditional = 0
    for char in text:
        if "\u4e00" <= char <= "\u9fff":
            side = _side(char)
            simplified += side < 0
            traditional += side > 0
    told = simplified + traditional
    if told < SCRIPT_EVIDENCE:
        return None
    if simplified >= SCRIPT_SHARE * told:
        return "Hans"
    return "Hant" if traditional >= SCRIPT_SHARE * told else "mixed"


@cache
def _side(char: str) -> int:
    """-1 for a character of GB 2312 only, 1 for one of Big5 only, 0 for both or neither."""
    return _encodes(char, "big5") - _encodes(char, "gb2312")


def _encodes(char: str, codec: str) -> bool:
    """Whether a character set has the character."""
    try:
        char.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def _count(text: str, first: str, last: str) -> int:
    """Number of characters in a range."""
    return sum(first <= char <= last for char in text)


def _detected(text: str) -> str | None:
    """The detector's answer (py3langid, offline model)."""
    import py3langid  # noqa: PLC0415 - loads a model; only pages that do not say their language need it

    code, _ = py3langid.classify(text)
    return str(code) if len(code) == 2 else None  # noqa: PLR2004 - "zxx" stands for no language
