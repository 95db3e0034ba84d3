"""What the machine is, as far as it counts for how fast it is."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

from storage.database import SQLITE_VERSION

CPUINFO = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """`cores`: those that this process may use. `load`: how many processes wanted one in the last minute."""

    dibao: str
    python: str
    sqlite: str
    system: str
    processor: str
    cores: int
    memory_bytes: int
    load: float


def this_machine() -> Machine:
    """What is found here."""
    return Machine(
        dibao=version("dibao"),
        python=platform.python_version(),
        sqlite=SQLITE_VERSION,
        system=f"{platform.system()} {platform.machine()}",
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_bytes=int(psutil.virtual_memory().total),
        load=round(os.getloadavg()[0], 2),
    )


def _processor() -> str:
    """Its name, from Linux's own list where there is one."""
    try:
        lines = CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or "unknown"
