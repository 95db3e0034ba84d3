"""`python dying_coordinator.py CONFIG TIME COMMIT`: a crawl that dies between SQLite's commit and PostgreSQL's.

COMMIT: at which batch, from 1 on. What that batch held is in the file, and the engine has not heard of it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from scheduler import batch
from scheduler.config.file import load_config
from scheduler.crawl import crawl
from scheduler.engines.cluster.coordinator.engine import ClusterEngine
from storage.records import Event

_committed = ClusterEngine.committed


def die_at(commit: int) -> None:
    """None; from now on an engine that is told of so many commits never hears of the last."""
    left = [commit]
    batch.BATCH_EVENTS = 8  # so that there are many

    def committed(engine: Any, events: Iterable[Event]) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        _committed(engine, events)

    ClusterEngine.committed = committed  # type: ignore[method-assign]


def main() -> None:
    config, time, commit = sys.argv[1:]
    now = datetime.fromisoformat(time)
    die_at(int(commit))
    crawl(load_config(Path(config)), clock=lambda: now)


if __name__ == "__main__":
    main()
