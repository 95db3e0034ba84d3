"""Programs that are started again when they fail, as systemd does with Restart=on-failure."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil

RESTART_SECONDS = 0.5
GIVEN_UP = frozenset({2, 78})
"""Exit codes after which a program is not started again: what it was told is wrong."""
LOOK_SECONDS = 0.05


@dataclass(eq=False)
class Program:
    """A command in a folder, whose output goes to a log, in a process group of its own. `exits`: its codes so far."""

    name: str
    command: Sequence[str]
    folder: Path
    env: Mapping[str, str]
    restart_seconds: float = RESTART_SECONDS
    exits: list[int] = field(default_factory=list)
    wanted: bool = True
    _process: subprocess.Popen[bytes] | None = None
    _down_at: float | None = None

    @property
    def log(self) -> Path:
        """What it has said, all its lives one after another."""
        return self.folder / f"{self.name}.log"

    @property
    def pid(self) -> int:
        """The process id of its present life, or of its last one."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_up(self) -> bool:
        """Whether it lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """None; it lives."""
        self._down_at = None
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command, cwd=self.folder, env=self.env, stdout=log, stderr=log, start_new_session=True
            )

    def look(self, now: float) -> None:
        """None; its end was noted, and it is started again when that is wanted and its time has come."""
        if self._process is None or self.is_up:
            return
        if self._down_at is None:
            self._down_at = now
            self.exits.append(self._process.returncode)
        failed = self.exits[-1] != 0 and self.exits[-1] not in GIVEN_UP
        if self.wanted and failed and now - self._down_at >= self.restart_seconds:
            self.start()

    def send(self, number: signal.Signals) -> None:
        """None; the process has the signal."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def send_group(self, number: signal.Signals) -> None:
        """None; the process and all below it have the signal."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def family(self) -> list[psutil.Process]:
        """The processes below it."""
        with suppress(psutil.NoSuchProcess):
            return [*psutil.Process(self.pid).children(recursive=True)]
        return []

    def workers(self) -> list[psutil.Process]:
        """The processes below it that crawl."""
        return [process for process in self.family() if runs(process, "crawler.worker")]


class Supervisor:
    """A context manager: looks after its programs in a thread; all of them are dead when it is left."""

    def __init__(self) -> None:
        self.programs: list[Program] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)
        self._lock = threading.RLock()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        for program in self.programs:
            # A group may outlive the process that it is called by.
            program.send_group(signal.SIGKILL)
            if program._process is not None:
                program._process.wait()

    def add(self, program: Program) -> Program:
        """The program, which runs from now on."""
        with self._lock:
            program.start()
            self.programs.append(program)
        return program

    def end(self, program: Program, number: signal.Signals, timeout_seconds: float) -> int:
        """The exit code of the program, which has had the signal and is not started again."""
        with self._lock:
            program.wanted = False
        program.send(number)
        deadline = time.monotonic() + timeout_seconds
        while program.is_up:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{program.name} did not end in {timeout_seconds:g} s:\n{tail(program.log)}")
            time.sleep(LOOK_SECONDS)
        with self._lock:
            program.look(time.monotonic())
        return program.exits[-1]

    def begin(self, program: Program) -> None:
        """None; a program that was ended runs again."""
        with self._lock:
            program.wanted = True
            if not program.is_up:
                program.start()

    def _run(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            with self._lock:
                for program in self.programs:
                    program.look(time.monotonic())


def runs(process: psutil.Process, what: str) -> bool:
    """Whether a word of the process's command line has that in it."""
    with suppress(psutil.Error):
        return any(what in word for word in process.cmdline())
    return False


def tail(log: Path, many: int = 40) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-many:])
