"""Paths into JSON documents (`data.list`, `0.title`, `.`) and what stands at them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from storage.records import Rejection

MOST_KEYS = 12
"""Keys that a message names."""

HERE = "."
"""The path of the document, or the item, itself."""

_WORD = re.compile(r"\{([^{}]+)\}")
_MISSING = object()


def list_at(document: Any, path: str) -> list[Any] | Rejection:
    """The list that the path leads to. An object with the keys 0, 1, 2 ... is one: PHP writes lists with gaps so."""
    value, there, reached = document, document, ""
    for step in _steps(path):
        value = _step(value, step)
        if value is _MISSING:
            where = reached or "the document"
            return Rejection(reason="no_items", detail=f"{step!r} is not there; {where}: {what_is(there)}")
        reached = f"{reached}.{step}" if reached else step
        there = value
    if isinstance(value, dict) and value and all(key.isdecimal() for key in value):
        value = list(value.values())
    if value is None or value is False or value == "":
        return []
    if not isinstance(value, list):
        return Rejection(reason="no_items", detail=f"{reached or 'the document'} is no list: {what_is(value)}")
    return value


def link_of(item: Any, link: str) -> str | None:
    """An item's address: the value at a path, or a template whose words in braces are such paths. None without one."""
    values = {word: text_at(item, word) for word in _WORD.findall(link)}
    if not values:
        return text_at(item, link)
    if not all(values.values()):
        return None
    return _WORD.sub(lambda word: _in_address(values[word[1]] or "", whole=word.start() == 0), link)


def text_at(item: Any, path: str) -> str | None:
    """The text or number at a path, None where there is neither."""
    value = item
    for step in _steps(path):
        value = _step(value, step)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None


def _in_address(value: str, *, whole: bool) -> str:
    """A value as a part of an address; one that the address begins with may be an address itself."""
    return quote(value, safe="/:?&=#%+,;@~!$()*" if whole else "/", errors="replace")


def _steps(path: str) -> Iterator[str]:
    return (step for step in path.split(".") if step)


def _step(value: Any, step: str) -> Any:
    if isinstance(value, dict):
        return value.get(step, _MISSING)
    if isinstance(value, list) and step.isdecimal() and len(step) <= len(str(len(value))) and int(step) < len(value):
        return value[int(step)]
    return _MISSING


def what_is(value: Any) -> str:
    """A value in words, for a message: its keys, its length, or itself."""
    if isinstance(value, dict):
        names = ", ".join(str(key)[:40] for key in list(value)[:MOST_KEYS])
        return f"an object with the keys {names}{' ...' if len(value) > MOST_KEYS else ''}" if names else "{}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return f"{str(value)[:40]!r}"
