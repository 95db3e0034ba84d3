"""Declared titles without the names of site and channel around them, and what a page calls its site."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.extraction.cleaning import squeezed
from crawler.extraction.declared.head import MAX_TITLE_CHARS, Head

SITE_PART = 14
"""Characters of the longest part behind a separator that is taken for a site or a channel."""

LEAST_HEADLINE = 4
"""Characters of the shortest headline."""

_SEPARATOR = re.compile(
    r"\s{0,4}(?:_+|[|｜¦]+|\s[-–—－·•:/«»]{1,2}\s|-{1,2}|[–—－]{1,2}|[»>›＞]|::|\s·\s?|·(?=[^·]{2,12}$))\s{0,4}"
)
_WEAK = re.compile(r"^\s?[-–—－·]{1,2}\s?$")
_SITE_WORD = re.compile(
    r"(?:[网網]|[网網]站|新[闻聞]|[频頻]道|[报報]|周刊|[杂雜][志誌]|[社台臺]|在[线線]|[门門][户戶]|客[户戶]端"
    r"|[财財][经經]|[资資][讯訊]|中心|[论論][坛壇]"
    r"|博客|[专專][栏欄题題]|首[页頁]|官[网網方]|要[闻聞]|[国國][内際际]|社[会會]|[娱娛][乐樂]|[体體]育|[军軍]事"
    r"|科技|正文|政府|[视視][频頻]|[图圖]片|版)$"
    r"|\.(?:com|cn|net|org|tw|hk|uk|de|fr|ru|jp|kr)\b"
    r"|\b(?:news|times|post|daily|online|magazine|tribune|herald|journal|guardian|blog|tv|radio|network|media|today)\b",
    re.IGNORECASE,
)
_HAN = re.compile("[\u3400-\u9fff]")
_SHORT_HAN = re.compile(r"[\u3400-\u9fff]{2,8}$")


def bare_title(title: str, sites: frozenset[str] = frozenset()) -> str:
    """A declared title without the names of channel and site around it. `sites`: squeezed names of the site."""
    pieces = _SEPARATOR.split(title)
    marks = [mark[0] for mark in _SEPARATOR.finditer(title)]
    first, last = 0, len(pieces) - 1
    while last > first and _is_outer(pieces[last], marks[last - 1], pieces[first:last], sites):
        last -= 1
    while first < last and _leads(pieces[first], pieces[first + 1 : last + 1], sites):
        first += 1
    return "".join(
        piece + (marks[index] if index < last else "") for index, piece in enumerate(pieces) if first <= index <= last
    ).strip()


def _is_outer(piece: str, mark: str, others: Sequence[str], sites: frozenset[str]) -> bool:
    """Whether an outer piece of a title names a channel or the site, not the subject."""
    if not squeezed(piece) or squeezed(piece) in sites:
        return True
    rest = max(_visual_length(other) for other in others)
    if rest < 2 * LEAST_HEADLINE or len(piece) > 3 * SITE_PART:
        return False
    named = bool(_SITE_WORD.search(piece)) and _visual_length(piece) < rest
    if _WEAK.match(mark) and not mark.startswith(" "):
        return (named and len(piece) <= SITE_PART) or (_SHORT_HAN.match(piece) is not None and 2 * len(piece) <= rest)
    if "_" in mark or "|" in mark or "｜" in mark:
        return named or _visual_length(piece) * 2 <= rest
    return named or (len(piece) <= SITE_PART and _visual_length(piece) * 3 <= rest)


def _leads(piece: str, others: Sequence[str], sites: frozenset[str]) -> bool:
    """Whether the first piece of a title names the site: what else stands before a bar (`深度｜`) is the headline's."""
    if not squeezed(piece) or squeezed(piece) in sites:
        return True
    rest = max(_visual_length(other) for other in others)
    return len(piece) <= SITE_PART and 2 * LEAST_HEADLINE <= rest > _visual_length(piece) and names_site(piece, sites)


def _visual_length(text: str) -> int:
    """Length in which a Han character counts two: `Taiwan News Online` is shorter than a headline of ten characters."""
    return len(text) + len(_HAN.findall(text))


def site_names(head: Head) -> frozenset[str]:
    """Squeezed names that the page gives its site."""
    names = [head.meta.get(name, "") for name in ("og:site_name", "application-name", "apple-mobile-web-app-title")]
    for thing in head.things:
        publisher = thing.get("publisher")
        if isinstance(publisher, dict) and isinstance(publisher.get("name"), str):
            names.append(publisher["name"])
    return frozenset(filter(None, map(squeezed, names)))


def last_part(title: str) -> str:
    """What stands last in a title of three parts or more (`题_频道_某某网`), which names the site; empty for others."""
    parts = [part for part in _SEPARATOR.split(title[:MAX_TITLE_CHARS]) if part]
    return parts[-1] if len(parts) > 2 else ""  # noqa: PLR2004 - of two, the last may be the writer


def names_site(text: str, sites: frozenset[str]) -> bool:
    """Whether a text is the name of a site or channel and no headline."""
    key = squeezed(text)
    short = _visual_length(text) <= 2 * SITE_PART and len(key) <= SITE_PART
    return not key or key in sites or (short and bool(_SITE_WORD.search(text)))
