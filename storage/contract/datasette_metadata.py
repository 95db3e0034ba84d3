"""What Datasette shows beside the rows: `datasette news.db -m metadata.json` with the document made here.

The keys are those of 0.65 (https://docs.datasette.io/en/stable/metadata.html); 1.0 takes them from a configuration.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import quote

from storage.contract.views import View, plain, views

_TITLE = "Dibao"
# A column of Chinese is as narrow as one character where nothing holds it open, and the help of fifty columns would
# stand before the first row: https://docs.datasette.io/en/stable/custom_templates.html#custom-css-and-javascript.
_STYLE = """
.column-descriptions{max-height:9em;overflow-y:auto;border:1px solid #ccc;padding:.3em}
td{max-width:40em}
td.col-title,td.col-meaning,td.col-detail,td.col-last_error{min-width:18em}
td.col-text,td.col-markdown{min-width:26em}
td.col-title,td.col-text,td.col-markdown,td.col-detail{overflow-wrap:anywhere}
td[class*="_at "],td.col-at,td.col-published_local,td.col-source,td.col-origin{white-space:nowrap}
"""
_DESCRIPTION = "News articles, their revisions and stories, and how they were found."


def metadata(stem: str, tables: Collection[str]) -> dict[str, Any]:
    """The whole document. `stem`: the file's name without its ending; `tables`: all tables that it has."""
    shown = {view.name: _shown(view) for view in views()}
    # Of these the private columns would be on show.
    private = (set(tables) - shown.keys()) | {"sources", "article_fts"}
    hidden = {name: {**shown.get(name, {}), "hidden": True} for name in sorted(private)}
    return {
        "title": _TITLE,
        "extra_css_urls": [f"data:text/css,{quote(_STYLE)}"],
        "databases": {stem: {"description": _DESCRIPTION, "tables": {**shown, **hidden}}},
    }


def _shown(view: View) -> dict[str, Any]:
    showing = view.showing
    names = [column.name for column in view.columns]
    sorted_by = [name for name in (showing.sort, showing.sort_desc) if name]
    told: dict[str, Any] = {
        "description": plain(view.description),
        "columns": {column.name: _help(column.meaning, column.null) for column in view.columns},
        "sort": showing.sort,
        "sort_desc": showing.sort_desc,
        "sortable_columns": names if showing.small else sorted_by,
        "label_column": showing.label_column,
        "size": showing.size,
        "facets": list(showing.facets),
    }
    if showing.searched_by:
        told |= {"fts_table": "article_fts", "fts_pk": showing.searched_by}
    return {key: value for key, value in told.items() if value not in (None, [])}


def _help(meaning: str, null: str) -> str:
    return plain(meaning) if null.startswith("never") else f"{plain(meaning)}; empty when: {plain(null)}"
