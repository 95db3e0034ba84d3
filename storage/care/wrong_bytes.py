"""Texts of which the bytes are no UTF-8: SQLite stores them without a word, and most readers stop at them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from storage.database import Database, told

_IS_UTF8 = "dibao_is_utf8"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongBytes:
    """Rows of one table with such a text: how many, and the first of them (`article_revisions row 7, title`)."""

    rows: int
    first: str


def wrong_bytes(database: Database) -> Iterator[WrongBytes]:
    """Where texts are that are no UTF-8, by table. Every text of the file is read. Raises StorageFault."""
    database.connection.create_function(_IS_UTF8, -1, _is_utf8, deterministic=True)
    for table in database.rows("SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"):
        found = _of_table(database, table["name"], has_row_ids=not table["wr"])
        if found is not None:
            yield found


def _of_table(database: Database, table: str, *, has_row_ids: bool) -> WrongBytes | None:
    """What is wrong in one table; its name and those of its columns are the schema's own."""
    names = database.rows("SELECT name FROM pragma_table_info(?) WHERE type = 'TEXT'", (table,))
    if not names:
        return None
    blobs = ", ".join(f'CAST("{row["name"]}" AS BLOB)' for row in names)
    row_id = "rowid" if has_row_ids else "NULL"
    with told(database.path):
        rows = database.execute(f'SELECT {row_id}, {blobs} FROM "{table}" WHERE NOT {_IS_UTF8}({blobs})')
        first, count = rows.fetchone(), 0
        if first is None:
            return None
        count = 1 + sum(1 for _ in rows)
    column = next(row["name"] for row, blob in zip(names, tuple(first)[1:], strict=True) if not _is_utf8(blob))
    place = f"{table} row {first[0]}" if has_row_ids else table
    return WrongBytes(rows=count, first=f"{place}, {column}")


def _is_utf8(*texts: Any) -> bool:
    """Whether each of the texts is; a line feed between two keeps half a character from being made whole."""
    try:
        b"\n".join(text for text in texts if text).decode()
    except UnicodeDecodeError:
        return False
    return True
