"""The descriptions as one document, for programs and for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from storage.contract.readme import table
from storage.contract.views import View, plain


def document(chosen: Sequence[View]) -> dict[str, Any]:
    """Views by name, each with its kind, its description and its columns in order; texts without Markdown."""
    return {
        view.name: {
            "kind": view.kind,
            "description": plain(view.description),
            "columns": [
                {
                    "name": column.name,
                    "type": column.type.upper(),
                    "meaning": plain(column.meaning),
                    "example": column.example,
                    "null_when": plain(column.null),
                }
                for column in view.columns
            ],
        }
        for view in chosen
    }


def markdown(chosen: Sequence[View]) -> str:
    """A heading, the description and a table of each view."""
    return "\n".join(f"## The {view.kind} `{view.name}`\n\n{view.description}\n\n{table(view)}" for view in chosen)
