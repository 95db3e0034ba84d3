"""What a daemon costs that has nothing to do: `dibao run` with a thousand sources, none of which is due for hours.

`pytest tests/benchmarks/test_rest.py -m benchmark -s` prints the table. It is a real daemon with the settings that it
has by itself, but for its rounds of the watch, which come thrice as often: so a minute has what three have. CPU time
and wake-ups are the kernel's own, over all of its threads. DIBAO_REST_SECONDS makes it longer. Where it costs more than
it may, it is looked twice more, and the medians count.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest

from scheduler.config.file import load_config
from storage.database import open_reader, open_writer
from tests.benchmarks.rounds import until_well
from tests.benchmarks.test_watch_rounds import fill
from tests.scheduler.simulated import write_config

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(sys.platform != "linux", reason="threads are measured by Linux's means"),
]

SOURCES = 1_000
SECONDS = float(os.environ.get("DIBAO_REST_SECONDS", "45"))
PATIENCE_SECONDS = 240.0
SETTLED_SECONDS = 4.0
"""A round of the watch and a beat after the last source was judged for the first time."""
MOST_SHARE, GOAL_SHARE = 0.01, 0.002
"""Of one core. It was 0.0011 when this was written, beside seven busy processes on two cores; 0.013 before."""
MOST_WAKE_UPS = 5.0
"""A second, of all threads: 2 when this was written."""
MORE = """
[schedule]
interval_floor = "6h"
interval_ceiling = "12h"
[watch]
seconds = 20
"""


class Spent(NamedTuple):
    cpu_seconds: float
    wake_ups: int


def test_a_daemon_at_rest_costs_less_than_a_hundredth_of_a_core(dibao_command: str, tmp_path: Path) -> None:
    with resting(dibao_command, tmp_path) as process:
        rates: list[tuple[float, float]] = []

        def middle() -> tuple[float, float]:
            return median(share for share, _ in rates), median(wake_ups for _, wake_ups in rates)

        until_well(
            lambda _: rates.append(_rates(process.pid)),
            lambda: middle()[0] < MOST_SHARE and middle()[1] < MOST_WAKE_UPS,
        )
        assert process.poll() is None, (tmp_path / "log").read_text(encoding="utf-8")
    share, wake_ups = middle()
    print(f"\n\n{SOURCES} sources, none due, {SECONDS:.0f} s: {100 * share:.3f} % of a core ", end="")
    print(f"(floor {100 * MOST_SHARE:g} %, goal {100 * GOAL_SHARE:g} %), {wake_ups:.1f} wake-ups a second")
    assert share < MOST_SHARE
    assert wake_ups < MOST_WAKE_UPS


def _rates(pid: int) -> tuple[float, float]:
    """The share of a core that a process has in SECONDS, and its wake-ups a second."""
    before, began = _spent(pid), time.monotonic()
    time.sleep(SECONDS)
    after, seconds = _spent(pid), time.monotonic() - began
    return (after.cpu_seconds - before.cpu_seconds) / seconds, (after.wake_ups - before.wake_ups) / seconds


@contextmanager
def resting(command: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A daemon that has judged all of its sources, and waits for the first to be due."""
    path = write_config(folder, [f"s{number}" for number in range(SOURCES)])
    path.write_text(path.read_text(encoding="utf-8") + MORE, encoding="utf-8")
    config = load_config(path)
    with open_writer(config.dibao.database) as database, database.transaction():
        fill(database, path, datetime.now(UTC).replace(second=0, microsecond=0))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([command, "run"], cwd=folder, stdout=log, stderr=log)
        try:
            _until_judged(config.dibao.database, process)
            yield process
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def _until_judged(database: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    judged = 0
    while judged < SOURCES:
        assert process.poll() is None
        assert time.monotonic() < deadline, f"{judged} of {SOURCES} sources were judged"
        time.sleep(0.5)
        with open_reader(database) as reader:
            judged = int(reader.value("SELECT count(*) FROM source_watch"))
    time.sleep(SETTLED_SECONDS)


def _spent(pid: int) -> Spent:
    """What all threads of a process have used, and how often they have waited for something."""
    cpu, wake_ups = 0, 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        cpu += int((thread / "schedstat").read_text(encoding="ascii").split()[0])
        status = dict(line.split(":", 1) for line in (thread / "status").read_text(encoding="ascii").splitlines())
        wake_ups += int(status["voluntary_ctxt_switches"])
    return Spent(cpu / 1e9, wake_ups)
