"""A copy of the file as it was before its schema changes, for whoever has to go back to the version that made it."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path
from typing import Any

from storage.faults import DamagedFile, StorageFault
from storage.held_files import flush_folder

logger = logging.getLogger(__name__)

SPARE_BYTES = 64 * 1024**2
"""Room that must be left beside the copy: what a migration writes itself goes into the log first."""


def copy_path(path: Path, version: int) -> Path:
    """Where the copy of a file is that has a schema of that version: `news.db.before-schema-12` for 11 and older."""
    real = path.resolve()
    return real.with_name(f"{real.name}.before-schema-{version}")


def keep(connection: Any, path: Path, version: int) -> Path:
    """Where the copy is that was made, read back and put on the disk, of the database before it has this version.

    The caller is the writer and in no transaction. A copy under this name is overwritten: the file has not changed
    its schema since, or it would not be asked for. Raises StorageFault where there is no room, DamagedFile where the
    copy is not whole; nothing has changed then.
    """
    target = copy_path(path, version)
    draft = target.with_name(f"{target.name}.partial")
    _refuse_without_room(path, target)
    logger.warning("the schema of %s changes to %d: what it was is kept as %s", path, version, target)
    draft.unlink(missing_ok=True)
    try:
        connection.execute("VACUUM INTO ?", (str(draft),))
        _verify(connection, draft, path)
        _put(draft, target, path.stat().st_mode & 0o777)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return target


def _refuse_without_room(path: Path, target: Path) -> None:
    real = path.resolve()  # beside which SQLite keeps the log
    log = real.with_name(real.name + "-wal")
    size = path.stat().st_size + (log.stat().st_size if log.exists() else 0)
    free = shutil.disk_usage(target.parent).free + (target.stat().st_size if target.exists() else 0)
    if free < size + SPARE_BYTES:
        raise StorageFault(
            f"{path} has an older schema, and before it changes a copy is kept: that needs {_mib(size + SPARE_BYTES)}"
            f" MiB of free disk, there are {_mib(free)}. Nothing has changed. Make room; or copy it elsewhere with the"
            " older version's `dibao backup`, then run `dibao db migrate --no-backup`"
        )


def _verify(connection: Any, draft: Path, path: Path) -> None:
    """None; the copy was read through. Raises DamagedFile."""
    connection.execute("ATTACH ? AS kept", (str(draft),))
    try:
        said = [row[0] for row in connection.execute("PRAGMA kept.quick_check(3)").fetchall()]
    finally:
        connection.execute("DETACH kept")
    if said != ["ok"]:
        raise DamagedFile(str(path), f"a copy of it is not whole ({'; '.join(map(str, said))})")


def _put(draft: Path, target: Path, mode: int) -> None:
    descriptor = os.open(draft, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    draft.replace(target)
    flush_folder(target.parent)


def _mib(size: int) -> int:
    return -(-size // 1024**2)
