"""Front matter: the facts that a static site or a note-taking program writes above a text, as YAML or TOML.

What is malformed counts as absent, and the text below it is never lost.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from crawler.extraction.cleaning import clean_line

MAX_FRONT_MATTER_CHARS = 16 * 1024
"""Of the block between its fences. Real ones have a few hundred; YAML in Python reads 16 KiB in .1 s."""

MAX_BRACKETS = 200
"""Of a block that is read as a whole: the parser needs the square of how deep they nest."""

MAX_VALUE_CHARS = 1000
MAX_VALUES = 50
"""Of one list: more keywords than that are an index, not a description."""

_OPENED = re.compile(r"\ufeff?\s{0,64}?(?P<fence>-{3}|\+{3})[ \t]{0,16}\r?\n")
_LINE = re.compile(r"^([A-Za-z][\w \-]{0,40}?)[ \t]{0,8}[:=][ \t]{1,8}(\S.{0,1000})$")
_NOTHING = frozenset(("", "~", "null", "none", "nil", "[]", "{}"))
_SPLIT = re.compile(r"[,，、;；]")

# Names in the order in which they are believed. Jekyll, Hugo, Hexo, Pelican and Obsidian write them so.
_TITLES = ("title", "headline")
_DATES = ("date", "published", "pubdate", "publishdate", "created", "datepublished")
_UPDATES = ("updated", "lastmod", "last_modified_at", "modified", "datemodified")
_AUTHORS = ("author", "authors", "byline")
_SECTIONS = ("categories", "category", "section")
_KEYWORDS = ("tags", "tag", "keywords")
_ORIGINS = ("source", "origin", "publisher")
_ADDRESSES = ("url", "canonical", "canonical_url", "link", "permalink", "original_url", "source_url")
_LANGUAGES = ("lang", "language", "locale")
_DESCRIPTIONS = ("description", "summary", "excerpt", "abstract")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """What stands above a text, each value as it is written there; an empty string or tuple for what does not.

    `date`, `modified`: not parsed yet. `addresses`: as given, absolute or not.
    """

    title: str = ""
    date: str = ""
    modified: str = ""
    authors: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    origin: str = ""
    addresses: tuple[str, ...] = ()
    lang: str = ""
    description: str = ""


class _Plain(yaml.BaseLoader):
    """YAML in which every scalar is a text and aliases are refused: nothing can grow beyond what was written."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """The node that begins here. Raises ComposerError for an alias (the "billion laughs")."""
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.composer.ComposerError(problem="an alias in front matter")
        return super().compose_node(parent, index)


def split_front_matter(text: str) -> tuple[FrontMatter | None, str]:
    """(facts, text below them); (None, the whole text) where there are none or the block has no end in reach."""
    opened = _OPENED.match(text)
    if not opened:
        return None, text
    fence = "---" if opened["fence"] == "---" else "+++"
    closing = re.compile(rf"^(?:{re.escape(fence)}|\.\.\.)[ \t]{{0,16}}\r?(?:\n|\Z)", re.MULTILINE)
    closed = closing.search(text, opened.end(), opened.end() + MAX_FRONT_MATTER_CHARS)
    if not closed:
        return None, text
    values = _values(text[opened.end() : closed.start()], fence)
    return (_facts(values), text[closed.end() :]) if values else (None, text)


def _values(block: str, fence: str) -> dict[str, Any]:
    """Values by lower-case name: of the whole block, or where it is broken, of each of its lines that is whole."""
    try:
        if block.count("[") + block.count("{") > MAX_BRACKETS:
            raise ValueError("more brackets than facts")  # noqa: TRY301 - read line by line, as what is broken
        read = tomllib.loads(block) if fence == "+++" else yaml.load(block, Loader=_Plain)  # noqa: S506 - texts only
    except (yaml.YAMLError, tomllib.TOMLDecodeError, RecursionError, ValueError, TypeError, AttributeError):
        read = None
    if not isinstance(read, Mapping):
        lines = (_LINE.match(line) for line in block.splitlines())
        read = {line[1]: line[2].strip().strip("\"'") for line in lines if line}
    return {str(name).strip().lower(): value for name, value in read.items()}


def _facts(values: dict[str, Any]) -> FrontMatter:
    """The values whose names we know."""
    addresses = (address for name in _ADDRESSES if (address := _text(values.get(name))))
    return FrontMatter(
        title=_first(values, _TITLES),
        date=_first(values, _DATES),
        modified=_first(values, _UPDATES),
        authors=_list(values, _AUTHORS),
        sections=_list(values, _SECTIONS),
        keywords=_list(values, _KEYWORDS),
        origin=_first(values, _ORIGINS),
        addresses=tuple(addresses),
        lang=_first(values, _LANGUAGES),
        description=_first(values, _DESCRIPTIONS),
    )


def _first(values: dict[str, Any], names: tuple[str, ...]) -> str:
    """The first of the named values that is a text."""
    return next((text for name in names if (text := _text(values.get(name)))), "")


def _list(values: dict[str, Any], names: tuple[str, ...]) -> tuple[str, ...]:
    """The first of the named values that has texts: a list, or one text with commas; objects count by their `name`."""
    for name in names:
        value = values.get(name)
        if isinstance(value, list):
            parts = [_text(part.get("name") if isinstance(part, dict) else part) for part in value[:MAX_VALUES]]
        elif isinstance(value, dict):
            parts = [_text(value.get("name"))]
        else:
            parts = [part.strip() for part in _SPLIT.split(_text(value))[:MAX_VALUES]]
        texts = tuple(dict.fromkeys(part for part in parts if part))
        if texts:
            return texts
    return ()


def _text(value: Any) -> str:
    """One clean line of a scalar; empty for what is none, and for what stands for nothing."""
    if value is None or isinstance(value, (list, dict, bool)):
        return ""
    line = clean_line(str(value)[:MAX_VALUE_CHARS])
    return "" if line.lower() in _NOTHING else line
