"""The coordinator's memory over more jobs than a daemon can run in a test: here an engine answers at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.soak

HERE = Path(__file__).parent
SOURCES, CYCLES = 20, 1_200
# SQLite's page cache fills to its 2 MB in the first 15,000 jobs or so; after that 2 to 7 kB per 1,000 were measured.
WARM_CYCLES = 800
MOST_KB_PER_1000_JOBS = 60


def test_the_coordinator_is_flat_over_24_000_jobs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(HERE / "coordinator_cycles.py"), str(tmp_path), str(SOURCES), str(CYCLES)],
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1])}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    resident = seen["kilobytes"]
    assert (seen["jobs"], len(resident)) == (SOURCES * CYCLES, CYCLES)
    per_1000 = (resident[-1] - resident[WARM_CYCLES]) / (SOURCES * (CYCLES - 1 - WARM_CYCLES)) * 1_000
    print(f"{seen['jobs']} jobs: {resident[0]} kB at first, {resident[-1]} kB at last, "
          f"{per_1000:.0f} kB per 1,000 jobs after the first {SOURCES * WARM_CYCLES}")  # fmt: skip
    assert per_1000 < MOST_KB_PER_1000_JOBS
