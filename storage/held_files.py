"""Files that one process at a time makes under a name of their own, and names that are on the disk.

A draft is locked while it is made; its end releases it, kill -9 included, so what a kill has left is the next one's.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from storage.faults import LockHeld


class TargetHeld(LockHeld):
    """Another process is making this file. Nothing was done."""

    def __init__(self, path: str) -> None:
        super().__init__(path, None)
        self.args = (f"another process is writing {path}; nothing was done. Try again when it has ended",)


def held(draft: Path, target: Path, mode: int) -> int:
    """The descriptor of the draft of a target, open to be written, which nobody else has; closing it gives it up.

    `mode`: the permissions of a new one. What is in an old one is left. Raises TargetHeld or OSError.
    """
    while True:
        descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise TargetHeld(str(target)) from None
        except OSError:
            return descriptor  # a network disk without locks
        if is_at(descriptor, draft):
            return descriptor
        os.close(descriptor)  # who had it gave it its name, or removed it, in between


def is_at(descriptor: int, path: Path) -> bool:
    """Whether the open file is the one of that name."""
    try:
        there = path.lstat()
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(descriptor), there)


def flush_folder(folder: Path) -> None:
    """None; the names in a folder are on the disk, not the bytes of its files alone (fsync(2)). Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
