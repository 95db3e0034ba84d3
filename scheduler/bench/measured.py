"""`python -m scheduler.bench.measured REPORT.json COMMAND...`: runs a command to its end and writes down what it cost.

The CPU time is the kernel's own sum over every process that the command started, also those that outlive their
parents: this process adopts orphans (prctl(2), PR_SET_CHILD_SUBREAPER) and reaps them. Where there is no Linux, it is
what was last seen of each process. Who of them used it is sampled.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

PR_SET_CHILD_SUBREAPER = 36
SAMPLE_SECONDS = 0.1
ORPHAN_SECONDS = 10.0
"""What was left behind by a command that ended has so long to end too."""


class Roles:
    """CPU seconds and memory of each role, as last seen of each process."""

    def __init__(self, main_pid: int) -> None:
        self._main_pid = main_pid
        self._roles: dict[psutil.Process, str] = {}
        self._seconds: dict[psutil.Process, float] = {}
        self.peak_bytes = 0
        self.peaks: dict[str, int] = {}

    def sample(self) -> None:
        """None; every process that there is now was looked at."""
        resident = 0
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if process not in self._roles:
                    self._roles[process] = self._role(process)
                role, times, memory = self._roles[process], process.cpu_times(), process.memory_info()
                self._seconds[process] = times.user + times.system
                own = memory.rss - getattr(memory, "shared", 0)
                self.peaks[role] = max(self.peaks.get(role, 0), own)
                resident += own
        self.peak_bytes = max(self.peak_bytes, resident)

    def seconds(self) -> dict[str, float]:
        """CPU seconds by role."""
        total: dict[str, float] = {}
        for process, seconds in self._seconds.items():
            total[self._roles[process]] = total.get(self._roles[process], 0.0) + seconds
        return total

    def _role(self, process: psutil.Process) -> str:
        command = " ".join(process.cmdline())
        if process.pid == self._main_pid:
            return "coordinator"
        if "resource_tracker" in command:
            return "tracker"
        if "forkserver" not in command:
            return "worker" if "crawler.worker" in command else "other"
        # The fork server and the processes that it forks have one command line.
        parent = process.parent()
        return "pool" if parent is not None and "forkserver" in " ".join(parent.cmdline()) else "fork server"


def run(command: list[str]) -> dict[str, Any]:
    """What a command cost from its start to its end: exit code, seconds, bytes. Nothing that it started is left."""
    adopting = _adopt_orphans()
    began, parent = time.monotonic(), os.getppid()
    child = subprocess.Popen(command)  # noqa: S603 - the command is the caller's own
    try:
        roles = Roles(child.pid)
        while child.poll() is None:
            roles.sample()
            if os.getppid() != parent:
                sys.exit("whoever measured has ended")
            time.sleep(SAMPLE_SECONDS)
        wall = time.monotonic() - began
    finally:
        _end_all(0 if child.poll() is None else ORPHAN_SECONDS)
    used, seen = resource.getrusage(resource.RUSAGE_CHILDREN), roles.seconds()
    return {
        "exit": child.returncode,
        "wall_seconds": wall,
        "cpu_seconds": used.ru_utime + used.ru_stime if adopting else sum(seen.values()),
        "roles": seen,
        "peak_bytes": roles.peak_bytes,
        "peaks": roles.peaks,
    }


def _adopt_orphans() -> bool:
    """Whether orphans come to this process from now on, which only Linux offers."""
    if sys.platform != "linux":
        return False
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")
    return True


def _end_all(patience_seconds: float) -> None:
    """None; every descendant is reaped: those that do not end in time are killed."""
    deadline = time.monotonic() + patience_seconds
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, _ = os.waitpid(-1, os.WNOHANG)
            if pid:
                continue
            if time.monotonic() > deadline:
                for process in psutil.Process().children(recursive=True):
                    with contextlib.suppress(psutil.Error):
                        process.kill()
            time.sleep(0.02)


def main(report: str, command: list[str]) -> None:
    """None; the report of the command is written. SIGTERM ends the command and all that it started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
    Path(report).write_text(json.dumps(run(command)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
