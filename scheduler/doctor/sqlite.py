"""Whether the SQLite of this Python can be trusted with the file, and can search it."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.doctor.case import Case, Finding
from storage.care.abilities import full_text_search
from storage.database import SQLITE_VERSION, sqlite_fault


def is_safe(case: Case) -> Iterator[Finding]:
    """Whether it has no bug that corrupts files."""
    fault = sqlite_fault()
    if fault is None:
        yield Finding(check="sqlite", level="ok", says=f"SQLite {SQLITE_VERSION}, without the WAL-reset bug")
        return
    allowed = case.config is not None and case.config.dibao.allow_old_sqlite
    step = "pip install pysqlite3, or a Python with SQLite 3.51.3 or newer"
    yield Finding(check="sqlite", level="warn" if allowed else "fail", says=fault, step=step)


def has_search(_case: Case) -> Iterator[Finding]:
    """Whether it has FTS5."""
    found = full_text_search()
    if found is None:
        says = f"SQLite {SQLITE_VERSION} was built without FTS5, which the search index needs"
        yield Finding(check="fts5", level="fail", says=says, step="pip install pysqlite3, or a Python with FTS5")
    else:
        yield Finding(check="fts5", level="ok", says=f"there, of {found.removeprefix('fts5: ')[:10]}")
