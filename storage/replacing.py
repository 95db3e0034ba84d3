"""Putting another file in a database's place, so that whoever is killed meanwhile has lost neither.

A database is up to three files and a folder, which no system moves in one step. So the one that is to come is first
made whole under a name of its own, `news.db.restoring-TIME`. Then the old ones are renamed to
`news.db.replaced-TIME`, the log and the archive with them; and only when none is left under its old name, so that
SQLite cannot put an old log and a new file together, the new one gets the name. Where the database is absent and a
`restoring` one is there, somebody was killed in between: the next writer goes on. Where both are there, nobody had
begun, and what was to come is removed. Nothing that was the database is ever deleted.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from storage.held_files import flush_folder

_COMING = "restoring"
_GONE = "replaced"

LOGS = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file of that name."""


def coming(path: Path, stamp: str) -> Path:
    """Where the file is made whole that is to be the database; its archive stands beside it as a database's does."""
    real = path.resolve()
    return real.with_name(f"{real.name}.{_COMING}-{stamp}")


def aside(path: Path, stamp: str) -> Path:
    """The name under which the file that was the database is kept."""
    real = path.resolve()
    return real.with_name(f"{real.name}.{_GONE}-{stamp}")


def is_pending(path: Path) -> bool:
    """Whether the database is absent because somebody was killed who put another one in its place."""
    return not path.exists() and bool(_ready(path))


def settle(path: Path) -> None:
    """None; what a kill has left half done is done, or was never begun. The caller holds the writer lock."""
    ready = _ready(path)
    if not ready:
        return
    if path.exists():
        for one in ready:
            discard(one)
        return
    _finish(path, ready[-1])


def replace(path: Path, stamp: str) -> Path | None:
    """Where the file is now that was the database, or None where there was none. The caller holds the writer lock.

    What is to come was made whole, on the disk too, at `coming(path, stamp)`. Raises OSError.
    """
    old = aside(path, stamp)
    had = path.exists()
    if had:
        path.resolve().rename(old)
        flush_folder(old.parent)
    _finish(path, coming(path, stamp))
    return old if had else None


def discard(ready: Path) -> None:
    """None; a file that was to come is gone, with its archive. Raises OSError."""
    for end in ("", *LOGS):
        ready.with_name(ready.name + end).unlink(missing_ok=True)
    shutil.rmtree(_archive(ready), ignore_errors=True)


def _finish(path: Path, ready: Path) -> None:
    """None; the database that is absent is the one that was to come. May be done again after a kill at any step."""
    real = path.resolve()
    old = aside(path, ready.name.rpartition("-")[2])
    for end in LOGS:
        log = real.with_name(real.name + end)
        if log.exists():
            log.rename(old.with_name(old.name + end))
    if _archive(ready).is_dir():
        if _archive(real).is_dir():
            _archive(real).rename(_archive(old))
        _archive(ready).rename(_archive(real))
    flush_folder(real.parent)
    ready.rename(real)
    flush_folder(real.parent)


def _archive(path: Path) -> Path:
    return path.with_name(path.name + ".archive")


def _ready(path: Path) -> list[Path]:
    """The files that were to be the database and were made whole, the latest last; the archive beside one is none."""
    real = path.resolve()
    begin = f"{real.name}.{_COMING}-"
    try:
        names = sorted(os.listdir(real.parent))  # noqa: PTH208 - names are all that is wanted
    except OSError:
        return []
    return [real.with_name(name) for name in names if name.startswith(begin) and name[len(begin) :].isalnum()]
