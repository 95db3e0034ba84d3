"""Language and script of an article, from its text."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from crawler.extraction.letters import HAN_SHARE, KANA_SHARE, LETTERS, count
from crawler.extraction.price import unpriced

HANGUL_SHARE = 0.3

SCRIPT_EVIDENCE = 4
"""Characters of one script only that a text must have before a script is named."""

SCRIPT_SHARE = 0.9
"""Share of one side that names the script; between the two it is mixed. Hant pages use 台 and 里 freely, never 10 %."""

DETECTOR_CHARS = 4000

_HAN, _SIMPLIFIED, _TRADITIONAL, _KANA, _HANGUL = range(1, 6)
"""Kinds of characters; 0 is any other. The second and the third are Han characters that only one script has."""

_FIRST_HAN, _LAST_HAN = 0x4E00, 0x9FFF
_PLANE = 0xFFFF
_TAG = re.compile(r"^\s*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8})*\s*$")


def language(text: str, declared: str | None = None) -> str | None:
    """ISO 639-1 code of a text: from its characters, else from <html lang>, else from the detector; None if unknown."""
    return "zh" if _is_surely_chinese(text) else _weighed(text, declared)


def _is_surely_chinese(text: str) -> bool:
    """Whether a text is Chinese whatever else is in it, as most are: to count all its letters takes longer."""
    han, kana, _ = _counts(text)
    return han > HAN_SHARE * len(text) and kana <= KANA_SHARE * (han + kana)


def _weighed(text: str, declared: str | None) -> str | None:
    """The language that the shares of scripts tell, or the page, or the detector."""
    (han, kana, hangul), letters = _counts(text), count(text, LETTERS)
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
    kinds = _kinds_of(text)
    simplified, traditional = kinds[_SIMPLIFIED], kinds[_TRADITIONAL]
    told = simplified + traditional
    if told < SCRIPT_EVIDENCE:
        return None
    if simplified >= SCRIPT_SHARE * told:
        return "Hans"
    return "Hant" if traditional >= SCRIPT_SHARE * told else "mixed"


def _counts(text: str) -> tuple[int, int, int]:
    """How many characters of a text are Han, kana and Hangul."""
    kinds = _kinds_of(text)
    return sum(kinds[_HAN : _TRADITIONAL + 1]), kinds[_KANA], kinds[_HANGUL]


@lru_cache(maxsize=1)
def _kinds_of(text: str) -> list[int]:
    """How many characters of a text are of each kind: by a table, a tenth of the time of sets and patterns."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    counted: list[int] = np.bincount(_kinds().take(codes, mode="clip"), minlength=_HANGUL + 1).tolist()
    return counted


@cache
def _kinds() -> NDArray[np.uint8]:
    """The kind of each character of the first plane of Unicode; the last one stands for all that lie behind."""
    kinds = np.zeros(_PLANE + 1, dtype=np.uint8)
    kinds[_FIRST_HAN : _LAST_HAN + 1] = _HAN
    simplified, traditional = _han_of("gb2312"), _han_of("big5")
    kinds[list(map(ord, simplified - traditional))] = _SIMPLIFIED
    kinds[list(map(ord, traditional - simplified))] = _TRADITIONAL
    kinds[0x3041:0x3097] = kinds[0x30A1:0x30FB] = _KANA
    kinds[0xAC00:0xD7A4] = _HANGUL
    return kinds


def _han_of(codec: str) -> frozenset[str]:
    """Han characters that a character set has: asked all at once, which takes a millisecond."""
    every = "".join(map(chr, range(_FIRST_HAN, _LAST_HAN + 1)))
    return frozenset(every.encode(codec, "ignore").decode(codec))


def _detected(text: str) -> str | None:
    """The detector's answer (py3langid, offline model)."""
    code, _ = _detector()(text)
    return str(code) if len(code) == 2 else None  # noqa: PLR2004 - "zxx" stands for no language


@cache
def _detector() -> Callable[[str], tuple[str, float]]:
    """The detector with its model, which takes .8 s to load; only pages that do not say their language need it."""
    with unpriced():
        import py3langid  # noqa: PLC0415 - as said

        py3langid.classify("")
    return py3langid.classify  # type: ignore[no-any-return]
