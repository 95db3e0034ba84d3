"""Whether the guard that keeps private addresses out fits the Scrapy and Twisted that are installed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from scheduler.doctor.case import Case, Finding

SECONDS = 60.0


def hold(_case: Case) -> Iterator[Finding]:
    """Whether a worker would begin: in a process of its own, as a library that is broken may hang or end it."""
    check = "address guard"
    command = [sys.executable, "-P", "-m", "crawler.fetching.seams"]
    step = "install the versions that Dibao names: pip install --force-reinstall dibao"
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        says = f"the worker's libraries were not loaded within {SECONDS:.0f} s"
        yield Finding(check=check, level="fail", says=says, step="see what the disk and the machine are at")
        return
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        yield Finding(check=check, level="fail", says=f"the worker would not begin: {last}", step=step)
    else:
        yield Finding(check=check, level="ok", says="the worker's libraries are those that it was made for")
