"""Language and script of an article, from its text."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from crawler.extraction.letters import HAN_SHARE, KANA, KANA_SHARE, LETTERS, count
from crawler.extraction.price import unpriced

HANGUL_SHARE = 0.3

SCRIPT_EVIDENCE = 4
"""Characters of one script only that a text must have before a script is named."""

SCRIPT_SHARE = 0.9
"""Share of one side that names the script; between the two it is mixed. Hant pages use 台 and 里 freely, never 10 %."""

DETECTOR_CHARS = 4000

_HAN = re.compile(r"[\u4e00-\u9fff]{1,500}")
_HANGUL = re.compile(r"[\uac00-\ud7a3]{1,500}")
_TAG = re.compile(r"^\s*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8})*\s*$")


def language(text: str, declared: str | None = None) -> str | None:
    """ISO 639-1 code of a text: from its characters, else from <html lang>, else from the detector; None if unknown."""
    return "zh" if _is_surely_chinese(text) else _weighed(text, declared)


def _is_surely_chinese(text: str) -> bool:
    """Whether a text is Chinese whatever else is in it, as most are: to count all its letters takes longer."""
    han, kana = count(text, _HAN), count(text, KANA)
    return han > HAN_SHARE * len(text) and kana <= KANA_SHARE * (han + kana)


def _weighed(text: str, declared: str | None) -> str | None:
    """The language that the shares of scripts tell, or the page, or the detector."""
    han, kana, hangul, letters = (count(text, runs) for runs in (_HAN, KANA, _HANGUL, LETTERS))
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
    simplified = sum(map(_simplified().__contains__, text))
    traditional = sum(map(_traditional().__contains__, text))
    told = simplified + traditional
    if told < SCRIPT_EVIDENCE:
        return None
    if simplified >= SCRIPT_SHARE * told:
        return "Hans"
    return "Hant" if traditional >= SCRIPT_SHARE * told else "mixed"


@cache
def _simplified() -> frozenset[str]:
    """Han characters of GB 2312 that Big5 has not."""
    return _han_of("gb2312") - _han_of("big5")


@cache
def _traditional() -> frozenset[str]:
    """Han characters of Big5 that GB 2312 has not."""
    return _han_of("big5") - _han_of("gb2312")


def _han_of(codec: str) -> frozenset[str]:
    """Han characters that a character set has: asked all at once, which takes a millisecond."""
    every = "".join(map(chr, range(0x4E00, 0xA000)))
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
