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

from storage.faults import LockHeld, StorageFault
from storage.held_files import is_at

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
        deadline = self._monotonic() + self._wait_seconds
        while (descriptor := self._taken()) is None:
            if self._monotonic() >= deadline:
                raise LockHeld(str(self._database), holder(self._database))
            self._sleep(POLL_SECONDS)
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            with suppress(OSError):
                os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def keep(self) -> bool:
        """Whether the lock file was deleted since, so that the lock had to be taken again under its name.

        For who holds it long: another process finds a deleted file free, and makes one of its own. Raises LockHeld
        where one has; the caller has to stop then. Raises StorageFault where none can be made.
        """
        if self._descriptor is None or is_at(self._descriptor, self._path):
            return False
        try:
            again = self._taken()
        except OSError as error:
            raise StorageFault(f"{self._path} was deleted and cannot be made again: {error.strerror}") from error
        if again is None:
            raise LockHeld(str(self._database), holder(self._database))
        os.close(self._descriptor)
        self._descriptor = again
        return True

    def _taken(self) -> int | None:
        """The descriptor of the lock file, locked by this process; None where another has it."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        # Who had it may have deleted it in between: a lock on a file without a name keeps nobody out.
        if not _locked(descriptor) or not is_at(descriptor, self._path):
            os.close(descriptor)
            return None
        # The process id is a courtesy to whoever waits: a full disk keeps nobody from holding the lock.
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return descriptor


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


def living_holder(database: Path) -> int | None:
    """The same, where that process lives: what a killed one has left in the lock file is not taken for it."""
    pid = holder(database)
    if not pid:
        return None
    try:
        os.kill(pid, 0)
    except PermissionError:
        return pid  # another user's
    except (ProcessLookupError, OverflowError):
        return None
    return pid


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
