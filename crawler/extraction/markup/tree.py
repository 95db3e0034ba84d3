"""Steps on lxml trees that more than one module takes."""

from __future__ import annotations

from typing import Any


def remove(element: Any) -> None:
    """None; the element is out of its tree, the text behind it stays."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
        element.tail = None
    parent.remove(element)
