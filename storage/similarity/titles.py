"""What two headlines say against each other: what each claims that the other article does not know of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from storage.similarity.regional import characters, in_one_region

_LONGEST = 200
_SUFFIX = re.compile(r"\s*[_|｜]\s*|\s+[-–—]+\s+|\s*[-–—]{2}\s*")
_OUTLET = re.compile(
    "(?:[网網报報台臺版]|在[线線]|[频頻]道|新[闻聞]|[资資][讯訊]|[发發]布|融媒|中心|客[户戶]端|周刊|[杂雜][志誌]"
    r"|\b(?i:news|times|post|daily|online|herald|tribune))\W?$"
)
"""How the names of outlets end."""
_SHORTEST_WORD = 3
_POINTING = frozenset("我本该該")
"""Our city, this paper: another outlet writes the name instead, and speaks of the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """A headline and its text, folded.

    `parts`: its pairs of characters and its words; `claims`: those that its own text says, too; `said`: all of both.
    """

    headline: str
    text: str
    parts: frozenset[str]
    claims: frozenset[str]
    said: str


def read_title(title: str, prose: str) -> Title:
    """A headline, without the name of a site behind it, and the text that it stands above."""
    return _title(characters(_headline(title)), characters(prose), characters(title))


def _title(headline: str, text: str, title: str) -> Title:
    parts = frozenset(_parts(headline))
    claims = frozenset(part for part in parts if part in text and part[0] not in _POINTING)
    return Title(headline=headline, text=text, parts=parts, claims=claims, said=f"{title}\0{text}")


def likeness(one: Title, other: Title) -> float | None:
    """How much of two headlines is the same, 0 to 1; None where one is missing."""
    if not one.parts or not other.parts:
        return None
    return len(one.parts & other.parts) / len(one.parts | other.parts)


def support(title: Title) -> float:
    """How much of a headline its own text says, too, 0 to 1; 0 where there is none."""
    return len(title.claims) / max(1, len(title.parts))


def contradiction(one: Title, other: Title) -> tuple[int, int]:
    """How many parts each headline claims that the other article does not know of, by whatever region's word."""
    found = unknown(one, other), unknown(other, one)
    if not all(found):
        return found
    one, other = _in_one_region(one), _in_one_region(other)
    return unknown(one, other), unknown(other, one)


def unknown(one: Title, other: Title) -> int:
    """How many parts the one headline claims that the other article has neither in its headline nor in its text."""
    return sum(part not in other.said for part in one.claims)


def _headline(title: str) -> str:
    """The headline of a page's title: without outlets behind it; the longest of its parts where that is most of it."""
    parts = _SUFFIX.split(title[:_LONGEST])
    while len(parts) > 1 and (not parts[-1] or _OUTLET.search(parts[-1])):
        parts.pop()
    longest = max(parts, key=len)
    return longest if 2 * len(longest) > sum(map(len, parts)) else " ".join(parts)


@lru_cache(maxsize=64)
def _in_one_region(title: Title) -> Title:
    return _title(in_one_region(title.headline), in_one_region(title.text), in_one_region(title.said[:_LONGEST]))


def _parts(headline: str) -> list[str]:
    """The pairs of characters of a folded headline, and its words of three letters or more."""
    found: list[str] = []
    for run in headline.split("\0"):
        if run.isascii() or not _IDEOGRAPHIC.search(run):
            found.extend([run] if len(run) >= _SHORTEST_WORD else [])
        else:
            found.extend(run[at : at + 2] for at in range(len(run) - 1))
    return found


_IDEOGRAPHIC = re.compile("[\u0e00-\u0eff\u3040-\u312f\u3400-\u9fff\U00020000-\U000323af]")
