"""The tables of columns in storage/README.md: `python -m storage.contract.readme` writes them anew.

Each stands between `<!-- columns: NAME -->` and `<!-- end -->`; all else of the page is left as it is.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from storage.contract.views import Column, View, views

README = Path(__file__).resolve().parent.parent / "README.md"
_MARKED = re.compile(r"(<!-- columns: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(view: View) -> str:
    """A view's columns as a Markdown table."""
    heads = ["column", "type", "meaning", *(["example"] if view.examples else []), "NULL when"]
    lines = [_row(heads), _row(["---"] * len(heads), pad="")]
    lines += [_row(_cells(view, column)) for column in view.columns]
    return "\n".join(lines) + "\n"


def filled(text: str) -> str:
    """A page with its marked tables as they are today. Raises KeyError where one is marked that is no public view."""
    known = {view.name: view for view in views()}
    return _MARKED.sub(lambda found: f"{found[1]}{table(known[found[2]])}{found[3]}", text)


def marked(text: str) -> list[str]:
    """The views whose tables a page has, in its order."""
    return [found[2] for found in _MARKED.finditer(text)]


def _cells(view: View, column: Column) -> list[str]:
    if column.same_as:
        null = column.null if column.null == "never" else f"as in `{column.same_as}`"
        return [f"`{column.name}`", column.type, f"as in `{column.same_as}`", *([""] if view.examples else []), null]
    example = [f"`{column.example}`" if column.example else ""] if view.examples else []
    return [f"`{column.name}`", column.type, column.meaning, *example, column.null]


def _row(cells: list[str], pad: str = " ") -> str:
    return "|" + "|".join(f"{pad}{cell}{pad}" if cell else " " for cell in cells) + "|"


if __name__ == "__main__":
    page = Path(sys.argv[1]) if len(sys.argv) > 1 else README
    page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
