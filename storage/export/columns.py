"""The columns of `articles` and of what kind their values are, read from the file itself: what it has is the contract.

SQLite knows five types; a reader of JSON or Parquet wants to know more: which texts are times, and which hold lists.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from storage.database import Database

Kind = Literal["text", "integer", "real", "time", "texts", "integers", "credits", "images", "evidence"]

LISTS: dict[str, Kind] = {
    "authors": "texts",
    "editors": "texts",
    "sections": "texts",
    "keywords": "texts",
    "missing_parts": "integers",
    "credits": "credits",
    "images": "images",
    "evidence": "evidence",
}
"""Columns whose text is JSON, and what is in their lists."""

SIMPLE_LISTS = frozenset({"texts", "integers"})
_TYPES: dict[str, Kind] = {"INTEGER": "integer", "REAL": "real", "TEXT": "text"}
_UNTYPED: dict[str, Kind] = {"is_canonical": "integer"}
"""Columns that are expressions, of which SQLite knows no type."""


class NoSuchColumn(ValueError):
    """A column was named that `articles` does not have. The message names the nearest, or all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column and the kind of its values."""

    name: str
    kind: Kind

    @property
    def is_list(self) -> bool:
        """Whether its text is JSON."""
        return self.name in LISTS


def columns(database: Database) -> dict[str, Column]:
    """The columns of the view `articles` by name, in their order."""
    rows = database.rows("SELECT name, type FROM pragma_table_info('articles') ORDER BY cid")
    return {row["name"]: Column(name=row["name"], kind=_kind(row["name"], row["type"])) for row in rows}


def chosen(known: dict[str, Column], names: Sequence[str]) -> tuple[Column, ...]:
    """The columns of these names, in this order, each once. Raises NoSuchColumn."""
    return tuple(column(known, name) for name in dict.fromkeys(names))


def column(known: dict[str, Column], name: str) -> Column:
    """The column of that name. Raises NoSuchColumn."""
    if name in known:
        return known[name]
    near = get_close_matches(name.lower(), known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}"
    raise NoSuchColumn(f"articles have no column {name!r}; {hint}")


def value(wanted: Column, stored: Any) -> Any:
    """A value as a program wants it: lists as lists, all else as it is stored."""
    if not wanted.is_list or stored is None:
        return stored
    return [] if stored == "[]" else json.loads(stored)


def _kind(name: str, declared: str) -> Kind:
    if name in LISTS:
        return LISTS[name]
    if declared == "TEXT" and name.endswith("_at"):
        return "time"
    return _TYPES.get(declared) or _UNTYPED.get(name, "text")
