"""The public views and their columns, as columns.toml describes them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).with_name("columns.toml")
_SHOWN = ("sort", "sort_desc", "size", "label_column", "searched_by", "small")
_LINK = re.compile(r"\[([^\]]+)\]\([^)\s]+\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. Texts may hold Markdown, as the README shows them; `plain` takes it out.

    `type`: `integer`, `real` or `text`. `null`: when it is NULL, or `never`. `same_as`: the view whose column of that
    name it is; its texts stand here.
    """

    name: str
    type: str
    meaning: str
    example: str | None
    null: str
    same_as: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """How a viewer shows the rows, where it is told nothing else.

    `searched_by`: the column that is the rowid of the search index. `small`: any column may be sorted by.
    """

    sort: str | None = None
    sort_desc: str | None = None
    size: int | None = None
    label_column: str | None = None
    facets: tuple[str, ...] = ()
    searched_by: str | None = None
    small: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One public view, or table (`kind`), of which columns that are not named here are private."""

    name: str
    kind: str
    description: str
    examples: bool
    showing: Showing
    columns: tuple[Column, ...]


@cache
def views() -> tuple[View, ...]:
    """All of them, those of articles first."""
    document = tomllib.loads(SOURCE.read_text(encoding="utf-8"))
    return tuple(_view(name, table, document) for name, table in document.items())


@cache
def digest() -> str:
    """What tells this version of the descriptions from others; it costs reading the file, not understanding it."""
    return sha256(SOURCE.read_bytes()).hexdigest()


def plain(text: str) -> str:
    """A text without Markdown: the words of links, and names without backticks."""
    return _LINK.sub(r"\1", text).replace("`", "")


def _view(name: str, table: dict[str, Any], document: dict[str, Any]) -> View:
    shown = {key: table[key] for key in _SHOWN if key in table}
    return View(
        name=name,
        kind=table.get("kind", "view"),
        description=table["description"],
        examples=table.get("examples", False),
        showing=Showing(**shown, facets=tuple(table.get("facets", ()))),
        columns=tuple(_column(column, told, document) for column, told in table["columns"].items()),
    )


def _column(name: str, told: dict[str, Any], document: dict[str, Any]) -> Column:
    same_as = told.get("same_as")
    meant = document[same_as]["columns"][name] if same_as else told
    return Column(
        name=name,
        type=meant["type"],
        meaning=meant["meaning"],
        example=told.get("example", meant.get("example")),
        null=told.get("null", meant["null"]),
        same_as=same_as,
    )
