"""Text that no reader sees: words that portals hide in articles to mark copies, and what style sheets switch off."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import Any

from lxml import etree

from crawler.extraction.markup.tree import remove

MOST_CHARS = 80
"""Of a hidden text that is dropped. Longer ones are articles that a script unfolds, or tabs."""

MOST_ELEMENTS = 2000
"""Hidden elements that are looked at: a page with more is generated."""

# Each alternative begins with a letter of its own: the engine then skips all other letters at once.
_OFF = re.compile(
    r"display\s{0,4}:\s{0,4}(?:none|NONE)|DISPLAY\s{0,4}:\s{0,4}(?:none|NONE)|font-size\s{0,4}:\s{0,4}0(?![.\d])"
)
_CLASS = re.compile(r"(?:^|[,}])\s{0,8}\.([\w-]{1,60})\s{0,8}(?=,|$)")
_RULE_CHARS = 400
_BUTTON_WORDS = ("查看更多", "查看全文", "阅读全文", "閱讀全文", "点击查看", "展开全文", "返回首页", "返回列表")
_BUTTON = re.compile(rf"^[\[【(（]?(?:返回\S{{0,6}}[，,]?\s?)?(?:{'|'.join(_BUTTON_WORDS)})[\]】)）>»]{{0,3}}$")
_STRING = etree.XPath("string()", smart_strings=False)
_STYLE_CHARS = 100_000
_SHOWN = re.compile(r"^(?:html|body|article|main)$")


def drop_hidden(elements: Sequence[Any], markup: str) -> None:
    """None; short texts that the page's own styles hide are out of the tree.

    `elements`: of the whole tree, in page order; `markup`: by which many pages are known to hide nothing.
    """
    hidden: list[Any] = []
    if "none" in markup or "NONE" in markup or "font-size" in markup:
        styled = (element for element in elements if (style := element.get("style")) and _is_off(style))
        hidden.extend(islice(styled, MOST_ELEMENTS))
    classes = _hidden_classes(elements[0]) if "none" in markup else None
    if classes:
        marked = (element for element in elements if not classes.isdisjoint(element.get("class", "").split()))
        hidden.extend(islice(marked, MOST_ELEMENTS))
    for element in hidden:
        if not _SHOWN.match(str(element.tag)) and _is_short(element):
            remove(element)


def _is_off(style: str) -> bool:
    """Whether a style attribute switches its element off; most are known by a word not to."""
    named = "none" in style or "NONE" in style or "font-size" in style
    return named and _OFF.search(style[:1000]) is not None


def is_button(link: Any) -> bool:
    """Whether a link says nothing but where else to read: at the end of a paragraph it would be read as its words."""
    text = link.text or ""
    if len(link):
        text += _STRING(link)
    return 4 <= len(text) <= MOST_CHARS and _BUTTON.match(text.strip()) is not None  # noqa: PLR2004


def _hidden_classes(root: Any) -> set[str]:
    """Classes that a style element of the page switches off."""
    names: set[str] = set()
    for style in root.iter("style"):
        rules = (style.text or "")[:_STYLE_CHARS]
        for hit in islice(_OFF.finditer(rules), MOST_ELEMENTS) if "none" in rules else ():
            opened = rules.rfind("{", max(0, hit.start() - _RULE_CHARS), hit.start())
            selector = rules[max(0, opened - _RULE_CHARS) : max(0, opened)].rpartition("}")[2]
            names.update(name[1] for name in _CLASS.finditer(selector))
    return names


def _is_short(element: Any) -> bool:
    """Whether an element holds little text."""
    size = 0
    for text in element.itertext():
        size += len(text.strip())
        if size > MOST_CHARS:
            return False
    return True
