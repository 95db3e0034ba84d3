"""Reading a page for a limited price: what costs more than two seconds of a processor is no page for readers."""

from __future__ import annotations

import signal
import threading
from types import FrameType

from crawler.extraction.page import PageInput, Reading, read_page
from storage.records import Rejection

CPU_SECONDS = 2.0
"""Of a page. The slowest honest one of the corpora takes .2 s; complexity.py knows most others before the work."""

AGAIN = 0.1
"""Seconds of a processor after which a page is told again. What is raised while a destructor or a hook of the garbage
collector runs is swallowed there; and what is left to be done after the first word takes far less than this."""


class _Spent(BaseException):
    """The price is paid. No fault, so that no `except Exception` of a library takes it for one of its own."""


def read_affordable(page: PageInput, cpu_seconds: float = CPU_SECONDS) -> Reading:
    """What a page says and shows, or `too_complex` where reading it costs more processor time than a page may.

    Outside of the main thread, where no timer can be set, a page costs what it costs.
    """
    if threading.current_thread() is not threading.main_thread():
        return read_page(page)
    before = signal.signal(signal.SIGVTALRM, _stop)
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, cpu_seconds, AGAIN)
        reading = read_page(page)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    except _Spent:
        return Reading(result=Rejection(reason="too_complex", detail=f"more than {cpu_seconds:g} s of processor time"))
    else:
        return reading
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    """Raises _Spent."""
    raise _Spent
