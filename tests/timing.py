"""How long something takes on a machine that may stand still for seconds: tried again before it is called slow."""

from __future__ import annotations

import time
from collections.abc import Callable

TRIES = 3


def quickest(do: Callable[[], object], most_seconds: float) -> float:
    """Seconds of the first of TRIES in which `do` took less than `most_seconds`, or of the quickest of all."""
    took: list[float] = []
    while len(took) < TRIES and (not took or took[-1] >= most_seconds):
        began = time.monotonic()
        do()
        took.append(time.monotonic() - began)
    return min(took)
