"""What a program costs to start, and what each page costs then: from crawls of two sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from tests.benchmarks.contenders import Run


@dataclass(frozen=True, kw_only=True)
class Slope:
    """Seconds that are spent however few pages there are, and milliseconds a page beyond them."""

    start_seconds: float
    page_ms: float


def slope(small: Sequence[Run], large: Sequence[Run], seconds: Callable[[Run], float]) -> Slope:
    """The line through the medians of the two sizes."""
    few, many = (median(seconds(run) for run in runs) for runs in (small, large))
    each = (many - few) / (large[0].pages - small[0].pages)
    return Slope(start_seconds=few - each * small[0].pages, page_ms=each * 1000)


def cpu(run: Run) -> float:
    """CPU seconds of a run."""
    return run.cpu_seconds


def wall(run: Run) -> float:
    """Seconds of a run by the clock on the wall."""
    return run.wall_seconds
