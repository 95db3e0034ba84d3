"""`python export_side.py DATABASE FORMAT OUT` exports all of a file, and prints what that took as JSON."""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

from scheduler.cli.main import main

if __name__ == "__main__":
    database, form, out = sys.argv[1:]
    began = time.process_time()
    main(["export", form, "--database", database, "--out", out], standalone_mode=False)
    told = {
        "seconds": time.process_time() - began,
        "bytes": Path(out).stat().st_size,
        # Not getrusage, whose peak has that of the process in it that started this one.
        "peak_bytes": 1024 * int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text("ascii"))[0]),
    }
    print(json.dumps(told))
