"""Polls and other questions of radio buttons and check boxes: what stands beside a button is no text of an article."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from lxml import etree

POLL_CHARS = 2000
"""Of the form around the answers of a poll: one that holds more holds the article too (ASP.NET pages are one form)."""

MOST_GROUPS = 20
"""Of buttons whose texts are joined one by one; pages have a poll and a search. Hostile ones have hundreds."""

_ANSWERS = ("tr", "li", "label", "p", "td")
_GROUPS = ("form", "fieldset", "table", "ul", "ol")


def is_answer(button: Any) -> bool:
    """Whether an input is a radio button or a check box."""
    return (button.get("type") or "").lower() in ("radio", "checkbox")


def poll_boxes(root: Any) -> frozenset[Any]:
    """What holds radio buttons or check boxes: the row, item or paragraph of each, and the form around several."""
    boxes: set[Any] = set()
    groups: dict[Any, None] = {}
    for button in root.iter("input"):
        if not is_answer(button):
            continue
        box = next(button.iterancestors("tr"), None)
        boxes.add(next(button.iterancestors(*_ANSWERS), None) if box is None else box)
        groups[next(button.iterancestors(*_GROUPS), None)] = None
    return frozenset(boxes.union(_short_groups(root, groups))) - {None}


def _short_groups(root: Any, groups: Collection[Any]) -> Iterator[Any]:
    """Those of the groups of buttons that hold no article."""
    if len(groups) <= MOST_GROUPS:
        return (group for group in groups if group is not None and len("".join(group.itertext())) < POLL_CHARS)
    return (group for group, size in _sizes(root, groups).items() if size < POLL_CHARS)


def _sizes(root: Any, groups: Collection[Any]) -> dict[Any, int]:
    """Characters within each of the groups. Each element is passed once, however the groups stand in each other."""
    sizes = {group: 0 for group in root.iter(*_GROUPS) if group in groups}
    around: dict[Any, Any] = {None: None}
    for element in root.iter(etree.Element):
        outer = around.get(element.getparent())
        inner = around[element] = element if element in sizes else outer
        if inner is not None:
            sizes[inner] += len(element.text or "")
        if outer is not None:
            sizes[outer] += len(element.tail or "")
    for group in reversed(sizes):
        outer = around.get(group.getparent())
        if outer is not None:
            sizes[outer] += sizes[group]
    return sizes
