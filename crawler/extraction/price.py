"""What reading one thing may cost of a processor: more is refused, and what all need is not the price of the first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

from storage.records import Rejection

R = TypeVar("R")

AGAIN = 0.1
"""Seconds of a processor after which a page is told again. What is raised while a destructor or a hook of the garbage
collector runs is swallowed there; and what is left to be done after the first word takes far less than this."""


class _Spent(BaseException):
    """The price is paid. No fault, so that no `except Exception` of a library takes it for one of its own."""


def affordable(work: Callable[[], R], cpu_seconds: float) -> R | Rejection:
    """What some work gives, or `too_complex` where it costs more processor time than it may.

    Outside of the main thread, where no timer can be set, it costs what it costs.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    before = signal.signal(signal.SIGVTALRM, _stop)
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, cpu_seconds, AGAIN)
        given = work()
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    except _Spent:
        return Rejection(reason="too_complex", detail=f"more than {cpu_seconds:g} s of processor time")
    else:
        return given
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@contextmanager
def unpriced() -> Iterator[None]:
    """None; what is loaded within it, once for all pages, is not counted as the price of the one that needs it."""
    left, again = signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    try:
        yield
    finally:
        if left:
            signal.setitimer(signal.ITIMER_VIRTUAL, left, again)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    """Raises _Spent."""
    raise _Spent
