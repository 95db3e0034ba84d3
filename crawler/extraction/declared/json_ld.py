"""JSON-LD of a page (JSON-LD 1.1 embedded in script elements), repaired where that is cheap."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

MAX_JSON_LD_CHARS = 512 * 1024
MAX_JSON_LD_NODES = 2000

_BEFORE = re.compile(r"(?://|/\*)?\s?<!(?:--|\[CDATA\[)\s?(?:\*/)?")
_BEHIND = re.compile(r"(?:(?://|/\*)?\s?(?:-->|\]\]>)\s?(?:\*/)?)?\s?;?$")
_WRAPPING_CHARS = 20
"""Characters at the end of a script in which the end of a comment or CDATA section around it is looked for."""
_TRAILING_COMMA = re.compile(r",(?=\s{0,200}[}\]])")

_INNER = ("@graph", "mainEntity", "mainEntityOfPage", "breadcrumb", "article", "hasPart")
"""Keys under which the article of a page or its breadcrumb stands; others lead to neighbours, comments and people."""

_STRANGERS = frozenset((
    "comment", "review", "answer", "question", "person", "organization", "newsmediaorganization", "website", "offer",
    "imageobject", "listitem", "itemlist", "event", "product", "podcastepisode", "webpageelement",
))  # fmt: skip
"""Types whose date is not the article's."""

_PAGES = frozenset(("webpage", "itempage", "collectionpage", "videoobject", "profilepage"))
"""Types that describe the page around the article: asked after the article's own."""


def json_ld_nodes(text: str | None) -> Iterator[dict[str, Any]]:
    """Objects of one JSON-LD script in their order, nested ones after those around them; none where it stays broken."""
    stack = [_loaded((text or "")[:MAX_JSON_LD_CHARS])]
    for _ in range(MAX_JSON_LD_NODES):
        if not stack:
            return
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(reversed(node))
        elif isinstance(node, dict):
            yield node
            stack.extend(node[key] for key in reversed(_INNER) if key in node)


def types_of(node: dict[str, Any]) -> frozenset[str]:
    """Lower-case type names of an object, without their vocabulary."""
    said = node.get("@type")
    names = said if isinstance(said, list) else [said]
    return frozenset(name.rsplit("/", 1)[-1].lower() for name in names if isinstance(name, str))


def is_stranger(node: dict[str, Any]) -> bool:
    """Whether an object is of a type that is no article."""
    return bool(types_of(node) & _STRANGERS)


def describes_page(node: dict[str, Any]) -> bool:
    """Whether an object describes the page around the article."""
    return bool(types_of(node) & _PAGES)


def breadcrumb(node: dict[str, Any]) -> list[str]:
    """Names of a BreadcrumbList in their order, empty for any other object."""
    if "breadcrumblist" not in types_of(node):
        return []
    entries = node.get("itemListElement")
    names = []
    for entry in entries[:20] if isinstance(entries, list) else []:
        item = entry.get("item") if isinstance(entry, dict) else None
        said = [one.get("name") for one in (entry, item) if isinstance(one, dict)]
        names.extend([name for name in said if isinstance(name, str)][:1])
    return names


def _loaded(text: str) -> Any:
    """The value of a script; comments around it, commas too many and text after it are forgiven. None otherwise."""
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        pass
    try:
        bare = _TRAILING_COMMA.sub("", _unwrapped(text))
        return json.JSONDecoder(strict=False).raw_decode(bare)[0]
    except (ValueError, RecursionError):
        return None


def _unwrapped(text: str) -> str:
    """A script without white space and the comment or CDATA section around it, which hides it from old browsers."""
    bare = text.strip()
    opening = _BEFORE.match(bare)
    bare = bare[opening.end() :].lstrip() if opening else bare
    end = max(0, len(bare) - _WRAPPING_CHARS)
    return bare[:end] + _BEHIND.sub("", bare[end:]).rstrip()
