"""`python measured.py REPORT.json COMMAND...`: runs a command to its end and writes down what it cost.

The CPU time is the kernel's own sum over every process that the command started, also those that outlive their
parents: this process adopts orphans (prctl(2), PR_SET_CHILD_SUBREAPER) and reaps them. Who of them used it is sampled.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import psutil

PR_SET_CHILD_SUBREAPER = 36
SAMPLE_SECONDS = 0.1
ORPHAN_SECONDS = 10.0


class Roles:
    """CPU seconds and memory of each role, as last seen of each process."""

    def __init__(self, main_pid: int) -> None:
        self._main_pid = main_pid
        self._roles: dict[psutil.Process, str] = {}
        self._seconds: dict[psutil.Process, float] = {}
        self.peak_bytes = 0

    def sample(self) -> None:
        resident = 0
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if process not in self._roles:
                    self._roles[process] = self._role(process)
                times, memory = process.cpu_times(), process.memory_info()
                self._seconds[process] = times.user + times.system
                resident += memory.rss - memory.shared
        self.peak_bytes = max(self.peak_bytes, resident)

    def seconds(self) -> dict[str, float]:
        total: dict[str, float] = {}
        for process, seconds in self._seconds.items():
            total[self._roles[process]] = total.get(self._roles[process], 0.0) + seconds
        return total

    def _role(self, process: psutil.Process) -> str:
        command = " ".join(process.cmdline())
        if process.pid == self._main_pid:
            return "coordinator"
        if "crawler.worker" in command:
            return "worker"
        if "resource_tracker" in command:
            return "tracker"
        if "forkserver" not in command:
            return "other"
        # The fork server and the processes that it forks have one command line.
        parent = process.parent()
        return "pool" if parent is not None and "forkserver" in " ".join(parent.cmdline()) else "fork server"


def main(report: str, command: list[str]) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")
    began = time.monotonic()
    child = subprocess.Popen(command)
    try:
        roles = Roles(child.pid)
        while child.poll() is None:
            roles.sample()
            time.sleep(SAMPLE_SECONDS)
        wall = time.monotonic() - began
    finally:
        _end_all(0 if child.poll() is None else ORPHAN_SECONDS)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = {
        "exit": child.returncode,
        "wall_seconds": wall,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "roles": roles.seconds(),
        "peak_bytes": roles.peak_bytes,
    }
    Path(report).write_text(json.dumps(found), encoding="utf-8")


def _end_all(patience_seconds: float) -> None:
    """Reap every descendant: those that do not end in time are killed."""
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


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
