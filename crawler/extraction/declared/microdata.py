"""Microdata of the article on a page (HTML standard, section 5: itemscope and itemprop), and its author's vcard."""

from __future__ import annotations

from typing import Any

from lxml import etree

from crawler.extraction.cleaning import clean_line

MAX_PROPERTIES = 300
"""Properties read of one page; articles have under thirty, lists of neighbours hundreds."""

MAX_ANCESTORS = 40
"""Levels in which the item of a property is looked for."""

_WANTED = frozenset((
    "headline", "alternativeheadline", "datepublished", "datemodified", "datecreated", "articlesection", "keywords",
    "interactioncount", "userinteractioncount", "commentcount", "license",
))  # fmt: skip

_ARTICLES = ("article", "posting", "report", "webpage", "creativework")
MOST_AUTHOR_CHARS = 30
"""Characters of the name in a vcard."""

MOST_CARDS = 60
"""Vcards that are read of one page."""

# By their attributes: a third of the time that conditions on all elements take.
_CARDS = etree.XPath(
    "descendant::*/@class[contains(., 'author') and (contains(., 'vcard') or contains(., 'p-author'))]/.."
    " | descendant::a/@rel[contains(., 'author')]/.."
)
_PROPERTIES = etree.XPath("descendant-or-self::*/@itemprop", smart_strings=True)


def microdata(root: Any) -> tuple[dict[str, str], tuple[str, ...]]:
    """(first value of each wanted property of the page's article, names of its breadcrumb)."""
    items: dict[int, dict[str, str]] = {}
    whole: set[int] = set()
    loose: dict[str, str] = {}
    crumbs: list[str] = []
    for attribute in _PROPERTIES(root)[:MAX_PROPERTIES]:
        element = attribute.getparent()
        for name in attribute.lower().split():
            if name in ("name", "title"):
                crumbs.extend(_crumb(element))
            elif name in _WANTED or name == "articlebody":
                scope = _scope(element)
                kind = _kind(scope)
                if scope is None:
                    loose.setdefault(name, _value(element, name))
                elif kind.endswith(_ARTICLES) or not kind:
                    items.setdefault(id(scope), {}).setdefault(name, _value(element, name))
                    if name == "articlebody":
                        whole.add(id(scope))
    chosen = max(items.items(), key=lambda item: (item[0] in whole, len(item[1])), default=(0, loose))[1]
    return {name: value for name, value in {**loose, **chosen}.items() if value}, tuple(dict.fromkeys(crumbs))


def card_author(root: Any) -> str:
    """The one name in the author's vcard (microformats: hAtom `author vcard`, h-entry `p-author`, rel=author), or "".

    Pages with cards of several people are lists, or show the authors of neighbours.
    """
    names: set[str] = set()
    for card in _CARDS(root)[:MOST_CARDS]:
        words = f"{card.get('class') or ''}".split()
        if {"author", "vcard"} <= set(words) or "p-author" in words or "author" in (card.get("rel") or "").split():
            named = next((part for part in card.iter() if "fn" in (part.get("class") or "").split()), card)
            names.add(clean_line("".join(named.itertext())[:300]))
    names.discard("")
    name = names.pop() if len(names) == 1 else ""
    return name if len(name) <= MOST_AUTHOR_CHARS else ""


def _scope(element: Any) -> Any | None:
    """The nearest element around one that begins an item, or None."""
    for _, around in zip(range(MAX_ANCESTORS), element.iterancestors(), strict=False):
        if around.get("itemscope") is not None:
            return around
    return None


def _kind(scope: Any | None) -> str:
    """Lower-case type of an item, without its vocabulary."""
    return (scope.get("itemtype") or "").strip().rsplit("/", 1)[-1].lower() if scope is not None else ""


def _crumb(element: Any) -> list[str]:
    """The name that an element gives a step of a breadcrumb, or nothing where it names anything else."""
    scope = _scope(element)
    outer = _scope(scope) if scope is not None else None
    named = any("breadcrumb" in _kind(one) for one in (scope, outer))
    value = _value(element, "name") if named else ""
    return [value] if value else []


def _value(element: Any, name: str) -> str:
    """The value of a property: what its attribute says, else its text, cut to 300 characters."""
    if name == "articlebody":
        return ""
    said = element.get("content") or element.get("datetime")
    return clean_line((said or "".join(element.itertext()))[:300])
