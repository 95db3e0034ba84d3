"""How long commands come to a clean end: by SIGINT or SIGTERM."""

from __future__ import annotations

import signal
from collections.abc import Callable


def asked_to_stop() -> Callable[[], bool]:
    """A function that tells whether SIGINT or SIGTERM has come; the first stops cleanly, the second at once."""
    asked: list[int] = []

    def note(number: int, _frame: object) -> None:
        asked.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    signal.signal(signal.SIGINT, note)
    signal.signal(signal.SIGTERM, note)
    return lambda: bool(asked)
