"""What the pages say, in Chinese and in English (FILES), and how a visitor's language is chosen."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

Lang = Literal["zh", "en"]

LANGUAGES: Final[tuple[Lang, ...]] = ("zh", "en")
HTML_LANG: Final[Mapping[Lang, str]] = {"zh": "zh-Hans", "en": "en"}
COOKIE: Final = "dibao_lang"
FILES: Final = ("words.toml", "reading.toml")
"""Where the words stand, in storage/web: those of the operator's pages and the frame, and those of the reader's."""

_WISH = re.compile(r"([A-Za-z]+)[A-Za-z0-9-]*\s*(?:;\s*q=([0-9.]+))?")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language. Called with a key it says it: `words("runs.took", seconds=3)`."""

    lang: Lang

    def __call__(self, key: str, n: int | None = None, **values: Any) -> str:
        """The text of a key. `n`: a number that it says; English has another form for one. Raises KeyError."""
        entry = _entries()[key]
        text = entry["one"] if n == 1 and self.lang == "en" and "one" in entry else entry[self.lang]
        return text.format(n=None if n is None else f"{n:,}", **values)

    def knows(self, key: str) -> bool:
        """Whether there is a text of that key."""
        return key in _entries()


def chosen(asked: str | None, cookie: str | None, accepted: str | None) -> Words:
    """The words for a visitor: the language that the address asks for, else the cookie, else what the browser takes."""
    for wish in (asked, cookie, *_accepted(accepted or "")):
        for lang in LANGUAGES:
            if wish == lang:
                return Words(lang)
    return Words("zh")


def _accepted(header: str) -> list[str]:
    """The languages of Accept-Language, the dearest first (RFC 9110, 12.5.4)."""
    wishes: list[tuple[float, int, str]] = []
    for part in header[:500].split(","):
        found = _WISH.fullmatch(part.strip())
        if found and (quality := _quality(found[2])) > 0:
            wishes.append((-quality, len(wishes), found[1].lower()))
    return [lang for _, _, lang in sorted(wishes)]


def _quality(text: str | None) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0


@cache
def _entries() -> dict[str, dict[str, str]]:
    """All texts by key, `section.name`."""
    return {
        f"{section}.{name}": entry
        for file in FILES
        for section, entries in tomllib.loads(
            files("storage.web").joinpath(file).read_text(encoding="utf-8")
        ).items()
        for name, entry in entries.items()
    }
