"""CPU seconds of a process with all that it has started, at this moment: also of what has ended since."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psutil


def cpu_seconds(root: psutil.Process) -> float:
    """Of the process, of all that live below it, and of those that any of them has seen end.

    A process that ends has its time added to its parent's when the parent waits for it, so nothing is lost between two
    looks but what loses its parent: PostgreSQL's sessions all stay with the postmaster.
    """
    return sum(_own_and_reaped(process) for process in (root, *_below(root)))


def _below(root: psutil.Process) -> Iterator[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        yield from root.children(recursive=True)


def _own_and_reaped(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)
