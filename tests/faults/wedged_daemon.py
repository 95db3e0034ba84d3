"""`dibao run`, whose main loop hangs for ever as soon as a file `wedge` is in its folder; its threads go on."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from scheduler.cli.main import main
from scheduler.coordinator import Coordinator

_step = Coordinator.step


def step(self: Coordinator, *arguments: float) -> object:
    """What the step comes to, unless the loop is to hang in it."""
    if Path("wedge").exists():
        threading.Event().wait()
    return _step(self, *arguments)


if __name__ == "__main__":
    Coordinator.step = step  # type: ignore[method-assign,assignment]
    sys.argv = ["dibao", "run", *sys.argv[1:]]
    main()
