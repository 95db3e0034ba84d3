"""Freezes what today's version promises: `python -m tests.storage.contract.freeze`, once, before it is released.

Writes the small file, the public columns and the documented queries of today's schema. Those of versions that were
released are never made anew.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

from storage import schema
from storage.contract.views import views
from tests.storage.contract import make_file
from tests.storage.contract.recipes import ROOT, recipes

FILES = Path(__file__).with_name("files")


def main() -> None:
    """None; three files of today's schema are in `files`."""
    named = FILES / f"schema_{schema.VERSION:02}"
    make_file.main(ROOT, named.with_suffix(".db.gz"))
    named.with_suffix(".toml").write_text(_columns(), encoding="utf-8")
    named.with_suffix(".sql").write_text(_queries(), encoding="utf-8")


def _columns() -> str:
    lists = [f"# The public views of files of schema {schema.VERSION}, with their columns in order.\n"]
    for view in views():
        columns = ", ".join(f'"{column.name}"' for column in view.columns)
        lines = textwrap.wrap(f"{columns},", 116, initial_indent="    ", subsequent_indent="    ")
        lists.append("\n".join([f"{view.name} = [", *lines, "]"]))
    return "\n".join(lists) + "\n"


def _queries() -> str:
    head = f"-- What the documents of the version show whose files have schema {schema.VERSION}; it goes on working.\n"
    return "\n".join([head, *(f"-- a query\n{sql}\n" for sql in recipes())])


if __name__ == "__main__":
    main()
