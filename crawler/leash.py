"""What a worker process lives by where its jobs are its own only as long as a server far away says so.

A process that was stopped, or cut off, cannot tell its workers to end. So they look for themselves: whoever holds the
leash writes down the time at which it last knew that the jobs were still its own, and a worker that reads an old time
there ends itself. It reads a shared file, no pipe, so that neither side can keep the other waiting.
"""

from __future__ import annotations

import os
import struct
import threading
import time
from collections.abc import Callable
from typing import IO, Final

LOOK_SECONDS: Final = 0.25
SLIPPED: Final = 75
"""Exit code (EX_TEMPFAIL) of a worker whose leash was not held: no page of it is to blame."""
_TIME = struct.Struct("=d")
# One that goes on while the machine sleeps, where there is one.
_CLOCK: Final[int] = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def now() -> float:
    """Seconds on a clock that all processes of a machine share and nobody sets; it goes on while they are stopped."""
    return time.clock_gettime(_CLOCK)


class Leash:
    """Holds workers for `seconds` after the last `hold`. Its file has no name, and ends with those who use it."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._file = _nameless_file()
        self.hold(now())

    @property
    def descriptor(self) -> int:
        """What a worker process is to inherit."""
        return self._file.fileno()

    def hold(self, at: float) -> None:
        """None; at that time (of `now`) the jobs were still ours. May be called in any thread."""
        os.pwrite(self.descriptor, _TIME.pack(at), 0)

    def close(self) -> None:
        """None; workers that are left end when their time has passed."""
        self._file.close()


_looks: list[Callable[[], None]] = []


def live_by(descriptor: int, seconds: float) -> None:
    """None; this process ends with SLIPPED as soon as its leash has not been held for so long."""

    def look_at_it() -> None:
        if now() - held_at(descriptor) > seconds:
            os._exit(SLIPPED)

    _looks.append(look_at_it)
    threading.Thread(target=_watch, name="leash", daemon=True).start()


def look() -> None:
    """None; this process ends where it lives by a leash that is not held. To be called before anything is asked.

    A machine that was suspended wakes with all its pauses over: a request would go out before the watch looks again.
    """
    for look_at_it in _looks:
        look_at_it()


def _watch() -> None:
    while True:
        look()
        time.sleep(LOOK_SECONDS)


def held_at(descriptor: int) -> float:
    """When the leash was last held."""
    (at,) = _TIME.unpack(os.pread(descriptor, _TIME.size, 0))
    return float(at)


def _nameless_file() -> IO[bytes]:
    """A file in memory where the system has such, else one that is deleted already."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("dibao leash"), "r+b", buffering=0)
    import tempfile  # noqa: PLC0415 - each process of the pool would load it

    return tempfile.TemporaryFile(buffering=0)
