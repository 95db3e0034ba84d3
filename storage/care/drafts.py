"""A file that is made under another name, and gets its own when it is whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.faults import BadTarget
from storage.header import HEADER_BYTES, is_ours
from storage.held_files import flush_folder, held, is_at
from storage.replacing import LOGS

_FORMAT = slice(18, 20)
_ROLLBACK = b"\x01\x01"


@contextmanager
def drafted(target: Path) -> Iterator[Path]:
    """A block with an empty file beside `target`, that nobody else may read or write, and that is gone at its end.

    `published` gives it its name. What a kill has left is overwritten by the next one. Raises TargetHeld, OSError.
    """
    draft = target.with_name(f"{target.name}.partial")
    descriptor = held(draft, target, 0o600)
    try:
        _remove(draft, LOGS)
        os.ftruncate(descriptor, 0)
        os.fchmod(descriptor, 0o600)
        yield draft
    finally:
        # Where it was published, the name is nobody's, or of one who came later.
        if is_at(descriptor, draft):
            _remove(draft, ("", *LOGS))
        os.close(descriptor)


def published(draft: Path, target: Path, mode: int) -> int:
    """The bytes of the file that has its name now, on the disk with all that it holds; who read an older one keeps it.

    `mode`: its permissions. Raises OSError; the target is then as it was.
    """
    descriptor = os.open(draft, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
        size = os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)
    draft.replace(target)
    flush_folder(target.parent)
    return size


def refuse_target(target: Path, database: Path) -> None:
    """Raise BadTarget unless a copy of the database may be written there: nothing is, or an older copy of one of ours.

    A database in use is in WAL mode, a copy never is.
    """
    for one in (database, *(database.with_name(database.name + end) for end in (*LOGS, ".lock"))):
        if target.resolve() == one.resolve() or (target.exists() and one.exists() and target.samefile(one)):
            raise BadTarget(f"{target} is the database itself, or part of it; name another file for the copy")
    if not target.parent.is_dir():
        raise BadTarget(f"{target.parent} is no folder; make it, or name another place for the copy")
    if not os.path.lexists(target):
        _refuse_logs(target)
        return
    if not target.is_file():
        raise BadTarget(f"{target} is there and is no file; name another place for the copy")
    with target.open("rb") as file:
        header = file.read(HEADER_BYTES)
    if header and not is_ours(header):
        raise BadTarget(f"{target} is there and is no copy that Dibao made; it is left as it is. Name another file")
    if header and header[_FORMAT] != _ROLLBACK:
        raise BadTarget(f"{target} is a database in use, no copy; it is left as it is. Name another file")
    _refuse_logs(target)


def _refuse_logs(target: Path) -> None:
    for end in LOGS:
        log = target.with_name(target.name + end)
        if log.exists():
            raise BadTarget(f"{log} is there: {target} is or was in use as a database. Name another file")


def _remove(draft: Path, ends: tuple[str, ...]) -> None:
    for end in ends:
        draft.with_name(draft.name + end).unlink(missing_ok=True)
