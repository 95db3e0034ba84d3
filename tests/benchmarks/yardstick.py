"""How fast this machine is at this moment, against a quiet one: others use it too, and CPU seconds grow with that."""

from __future__ import annotations

import re
import time
from statistics import median

QUIET_SECONDS = 0.0055
"""CPU seconds of one piece of work on two quiet cores of the kind that the floors were set for."""
TIMES = 15
_WORD = re.compile(r"[a-z]+")
_TEXT = "the council of the city has met and heard what is to be built next year " * 40


def slowness() -> float:
    """How many times as long as on the quiet machine a piece of pure Python takes now."""
    return median(_piece() for _ in range(TIMES)) / QUIET_SECONDS


def _piece() -> float:
    began = time.process_time()
    counts: dict[str, int] = {}
    for _ in range(60):
        for word in _WORD.findall(_TEXT):
            counts[word] = counts.get(word, 0) + len(word)
    return time.process_time() - began
