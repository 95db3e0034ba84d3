"""`python accelerated_daemon.py CONFIG FACTOR`: the daemon, whole and real, whose clock runs FACTOR times as fast.

The file `began` beside CONFIG says when the two clocks were the same.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.logs import configure
from scheduler.config.file import load_config
from scheduler.crawl import local_engine
from scheduler.daemon import Daemon
from storage.database import WRITER_PRAGMAS


def main(config_path: str, factor: str) -> None:
    began, start = datetime.now(UTC), time.monotonic()

    def clock() -> datetime:
        return began + timedelta(seconds=float(factor) * (time.monotonic() - start))

    # SQLite's page cache grows with the file, up to its bound, and would hide what grows without one.
    WRITER_PRAGMAS["cache_size"] = -2_000
    path = Path(config_path)
    path.with_name("began").write_text(began.isoformat(), encoding="ascii")
    config = load_config(path)
    configure("text", "INFO")
    Daemon(path, config, clock, local_engine(config, "text", "INFO")).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
