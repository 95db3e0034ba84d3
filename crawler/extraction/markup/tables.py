"""Which tables hold data: portals of the table era place everything in tables, and articles hold tables of figures."""

from __future__ import annotations

from typing import Any

_FEWEST_ROWS = 2
_MOST_CELL_CHARS = 120
"""Of the average cell of a data table; a cell of a layout holds a menu or an article."""

_MOST_CELLS = 4000
_MOST_LINKED = 0.3


def is_data_table(table: Any) -> bool:
    """Whether a table holds data: two rows of two filled cells, short ones, few links, no table inside."""
    if next((inner for inner in table.iter("table") if inner is not table), None) is not None:
        return False
    rows, cells, chars, linked = 0, 0, 0, 0
    for row in table.iter("tr"):
        texts = ((cell, "".join(cell.itertext()).strip()) for cell in row if cell.tag in ("td", "th"))
        filled = [(cell, text) for cell, text in texts if text]
        rows += len(filled) > 1
        cells += len(filled)
        chars += sum(len(text) for _, text in filled)
        linked += sum(len("".join(link.itertext()).strip()) for cell, _ in filled for link in cell.iter("a"))
        if cells > _MOST_CELLS:
            break
    return rows >= _FEWEST_ROWS and chars <= _MOST_CELL_CHARS * cells and linked <= _MOST_LINKED * chars
