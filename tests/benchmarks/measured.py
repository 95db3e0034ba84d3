"""`python measured.py REPORT.json COMMAND...`: as `python -m scheduler.bench.measured`, which `dibao bench` uses."""

from __future__ import annotations

import sys
from pathlib import Path

# The one that lies beside, whichever Dibao it is that the environment names for being measured.
sys.path.insert(0, str(Path(__file__).parents[2]))

from scheduler.bench.measured import main

if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
