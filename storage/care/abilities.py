"""What the SQLite of this Python can do that not every one can."""

from __future__ import annotations

from pathlib import Path

from storage.database import unchecked
from storage.faults import StorageFault


def full_text_search() -> str | None:
    """The source id of its FTS5, which the search index needs; None where it was built without."""
    try:
        with unchecked(Path(":memory:")) as database:
            return str(database.value("SELECT fts5_source_id()"))
    except StorageFault:
        return None
