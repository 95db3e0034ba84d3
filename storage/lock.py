"""The writer lock: one process writes a database at a time, whatever dies.

The kernel releases a flock when its holder ends, kill -9 included. The descriptor is not inherited by child
programs (PEP 446), so a worker that outlives its coordinator does not keep the lock.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from storage.faults import LockHeld

POLL_SECONDS = 0.1


class WriterLock:
    """Holds `DATABASE.lock` for the time of a `with` block.

    `wait_seconds`: how long to wait for another holder; after that `LockHeld` is raised and nothing was changed.
    """

    def __init__(
        self,
        database: Path,
        *,
        wait_seconds: float = 0.0,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._database = database
        self._path = lock_path(database)
        self._wait_seconds = wait_seconds
        self._monotonic = monotonic
        self._sleep = sleep
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        deadline = self._monotonic() + self._wait_seconds
        while not _locked(descriptor):
            if self._monotonic() >= deadline:
                os.close(descriptor)
                raise LockHeld(str(self._database), holder(self._database))
            self._sleep(POLL_SECONDS)
        self._descriptor = descriptor
        # The process id is a courtesy to whoever waits: a full disk keeps nobody from holding the lock.
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


def lock_path(database: Path) -> Path:
    """The lock file beside a database: `news.db.lock`; of a link, beside the file that it leads to."""
    real = database.resolve()
    return real.with_name(real.name + ".lock")


def holder(database: Path) -> int | None:
    """The process id that the lock file names, or None."""
    try:
        text = lock_path(database).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return int(text) if text.isdigit() else None


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
