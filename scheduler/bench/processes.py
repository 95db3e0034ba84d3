"""Programs of their own, measured with all that they start. Nothing of them is left when the measurement ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from scheduler.bench.fault import BenchFault

DIBAO = "from scheduler.cli.main import main; main()"
MOST_SECONDS = 600.0
END_SECONDS = 5.0
TOLD_CHARACTERS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a program cost, in all. `roles`, `peaks`: CPU seconds, and bytes at most, by what a process is for."""

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    roles: dict[str, float] = field(default_factory=dict)
    peaks: dict[str, int] = field(default_factory=dict)


def dibao(*arguments: str) -> list[str]:
    """The command that runs this very Dibao."""
    return [sys.executable, "-P", "-c", DIBAO, *arguments]


def run(command: list[str], folder: Path) -> Cost:
    """What the command cost, run in that folder. Raises BenchFault where it failed, with the last that it said."""
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    measuring = [sys.executable, "-P", "-m", "scheduler.bench.measured", str(report), *command]
    with (folder / "log").open("wb") as log:
        # A session of its own: Ctrl-C comes to whoever measures, who ends it in order.
        child = subprocess.Popen(  # noqa: S603 - our own commands
            measuring, cwd=folder, stdout=log, stderr=log, env=_environment(), start_new_session=True
        )
        try:
            child.wait(MOST_SECONDS)
        except subprocess.TimeoutExpired:
            raise BenchFault(f"`{_named(command)}` has not ended after {MOST_SECONDS:.0f} s; try --quick") from None
        finally:
            _end(child)
    told = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {"exit": child.returncode}
    if told["exit"] != 0:
        said = (folder / "log").read_text(encoding="utf-8", errors="replace").strip()[-TOLD_CHARACTERS:]
        raise BenchFault(f"`{_named(command)}` ended with exit code {told['exit']}: {said}")
    del told["exit"]
    return Cost(**told)


def _end(child: subprocess.Popen[bytes]) -> None:
    """None; it has ended, and all that it started."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _environment() -> dict[str, str]:
    """This process's, without what would have the programs measured ask elsewhere, or read another configuration."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("DIBAO_") and not name.lower().endswith("_proxy")
    }


def _named(command: list[str]) -> str:
    """How an operator would call it."""
    words = ["dibao", *command[4:]] if command[3:4] == [DIBAO] else command[:]
    return " ".join(words)
