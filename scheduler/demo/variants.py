"""The further addresses of an article: its second and third page, its twins for telephones and shared links."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from scheduler.demo.shelf import WorldArticle
from scheduler.demo.site import WorldSite
from scheduler.demo.texts import Block

Twin = Literal["", "mobile", "amp", "shared"]
WHOLE = 0
"""The number of the page that has all of an article's parts."""
_MOST_PARTS = 3
_LEAST_BLOCKS = 3
"""Blocks that a page of its own has at least."""

_PART = re.compile(r"(.+)(?:_|&page=)([2-9]|all)((?:\.\w+)?)")
_TWIN_QUERY = re.compile(r"(.+?)[?&](amp=1|from=timeline)")


class Variant(NamedTuple):
    """One address of an article. `path`: its first one; `part`: number of the page, WHOLE for the one with all."""

    path: str
    part: int = 1
    twin: Twin = ""


def variant(site: WorldSite, path: str) -> Variant:
    """What this path of a site would be, if it belonged to an article."""
    if site.way.parts and (found := _PART.fullmatch(path)):
        return Variant(found[1] + found[3], WHOLE if found[2] == "all" else int(found[2]))
    if site.way.twins and path.startswith("/m/"):
        return Variant(path[2:], twin="mobile")
    if site.way.twins and (found := _TWIN_QUERY.fullmatch(path)):
        return Variant(found[1], twin="amp" if found[2] == "amp=1" else "shared")
    return Variant(path)


def part_path(path: str, part: int) -> str:
    """The path of one page of the article at `path`."""
    if part == 1:
        return path
    if "?" in path:
        return f"{path}&page={part or 'all'}"
    stem, dot, ending = path.rpartition(".")
    return f"{stem}_{part or 'all'}{dot}{ending}"


def twin_path(path: str, twin: Twin) -> str:
    """The path of a twin of the article at `path`."""
    if twin == "mobile":
        return f"/m{path}"
    query = {"amp": "amp=1", "shared": "from=timeline"}.get(twin)
    return path if query is None else f"{path}{'&' if '?' in path else '?'}{query}"


def parted(article: WorldArticle) -> list[Sequence[Block]]:
    """The blocks of each page of an article, one page where its site does not part it."""
    blocks = article.blocks
    count = min(_MOST_PARTS, len(blocks) // _LEAST_BLOCKS) if article.home.way.parts else 1
    if count < 2:  # noqa: PLR2004
        return [blocks]
    size = -(-len(blocks) // count)
    return [blocks[start : start + size] for start in range(0, len(blocks), size)]


def further_paths(article: WorldArticle) -> list[str]:
    """Addresses, besides its first one, by which the site's lists name the article too."""
    if article.home.way.twins:
        twins: tuple[Twin, ...] = ("mobile", "shared", "amp")
        return [twin_path(article.path, twins[article.number % 3])]
    if article.number % 3 == 0 and len(parted(article)) > 1:
        return [part_path(article.path, 2)]
    return []
