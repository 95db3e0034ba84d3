"""The hand-written script that Dibao is measured against: `python baseline.py SPEC.json DATABASE`.

It ships, so that operators can measure their machine with it (`dibao bench`): scheduler/bench/obvious_script.py.
"""

from __future__ import annotations

import sys
from pathlib import Path

# The one that lies beside, whichever Dibao it is that the environment names for being measured.
sys.path.insert(0, str(Path(__file__).parents[2]))

from scheduler.bench.obvious_script import main

if __name__ == "__main__":
    main(*sys.argv[1:])
