"""What signals wish of the daemon: SIGTERM and SIGINT that it stops, SIGHUP that it reads its configuration again."""

from __future__ import annotations

import signal
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

SignalWish = Literal["stop", "reload"]

WISHES: dict[signal.Signals, SignalWish] = {
    signal.SIGTERM: "stop",
    signal.SIGINT: "stop",
    signal.SIGHUP: "reload",
}


def on_signals(wish: Callable[[SignalWish], None]) -> Callable[[], None]:
    """A function that puts the signal handlers back as they were; until then `wish` is called in the main thread."""
    before: dict[signal.Signals, Any] = {}
    for number, wanted in WISHES.items():
        before[number] = signal.signal(number, partial(_pass_on, wish, wanted))

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    return restore


def _pass_on(wish: Callable[[SignalWish], None], wanted: SignalWish, _number: int, _frame: object) -> None:
    wish(wanted)
