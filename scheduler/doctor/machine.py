"""What the machine has: the program itself, memory and cores."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import psutil

from scheduler.doctor.case import Case, Finding

CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
NEEDED_BYTES = 1024**3
"""The worker may grow to 700 MiB before it is replaced; beside it stand the daemon and the extraction pool."""
FREE_BYTES = 300 * 1024**2


def program(_case: Case) -> Iterator[Finding]:
    """Which Dibao this is, on which Python."""
    says = f"Dibao {version('dibao')}, Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    yield Finding(check="program", level="ok", says=says)


def memory(_case: Case) -> Iterator[Finding]:
    """Whether the worker and its pool have room."""
    has = psutil.virtual_memory()
    total, free = _total(has.total), int(has.available)
    says = f"{total >> 20} MiB, of which {min(free, total) >> 20} MiB are free"
    if total < NEEDED_BYTES:
        step = "give it 1 GiB, or set `extract_processes = 1` and `worker_recycle_pages` lower in [dibao]"
        yield Finding(check="memory", level="warn", says=f"{says}; a crawl may take 1 GiB", step=step)
    elif free < FREE_BYTES:
        step = "see what else runs here; a worker that finds no memory is killed, and its pages are asked for again"
        yield Finding(check="memory", level="warn", says=says, step=step)
    else:
        yield Finding(check="memory", level="ok", says=says)


def cores(case: Case) -> Iterator[Finding]:
    """Whether no more processes read pages than there are cores."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wanted = case.config.dibao.extract_processes if case.config is not None else 0
    if wanted > there:
        step = "set `extract_processes = 0` in [dibao]: as many as there are cores"
        says = f"{there} cores, and {wanted} processes that read pages"
        yield Finding(check="cores", level="warn", says=says, step=step)
    else:
        yield Finding(check="cores", level="ok", says=f"{there}")


def _total(there: int) -> int:
    """Bytes of memory that this process may have: of the machine, or of its container (cgroup v2)."""
    try:
        text = CGROUP_LIMIT.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return there
    return min(there, int(text)) if text.isdigit() else there
