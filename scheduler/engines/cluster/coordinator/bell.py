"""A bell between threads: who waits for a socket can wait for it too. May be rung from signal handlers."""

from __future__ import annotations

import contextlib
import os


class Bell:
    """Rung by some, heard by one."""

    def __init__(self) -> None:
        self._ear, self._mouth = os.pipe()
        os.set_blocking(self._ear, False)
        os.set_blocking(self._mouth, False)

    def fileno(self) -> int:
        """What to wait for until it can be read."""
        return self._ear

    def ring(self) -> None:
        """None; who waits wakes up, or need not begin to wait."""
        with contextlib.suppress(OSError):  # it is ringing already, or closed
            os.write(self._mouth, b".")

    def hush(self) -> None:
        """None; it has been heard."""
        with contextlib.suppress(OSError):
            while os.read(self._ear, 4096):
                pass

    def close(self) -> None:
        """None; it rings no more."""
        if self._ear >= 0:
            ends, self._ear, self._mouth = (self._ear, self._mouth), -1, -1
            for end in ends:
                os.close(end)
