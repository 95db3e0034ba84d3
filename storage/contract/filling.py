"""The table `column_docs` of the file, filled from the descriptions of this version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.contract.views import digest, plain, views

if TYPE_CHECKING:
    from sqlite_utils import Database

NOTE = "column_docs"
"""The row of `meta` that says which descriptions the file has, by their digest."""


def fill(db: Database) -> None:
    """None; the file has the descriptions of this version. The caller holds the transaction."""
    db.execute("DELETE FROM column_docs")
    db.conn.executemany(
        'INSERT INTO column_docs (view, position, "column", type, meaning, example, null_when)'
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (view.name, at, each.name, each.type.upper(), plain(each.meaning), each.example, plain(each.null))
            for view in views()
            for at, each in enumerate(view.columns, 1)
        ],
    )
    db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (NOTE, digest()))
