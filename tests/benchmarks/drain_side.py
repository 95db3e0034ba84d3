"""`python drain_side.py SCHEMA EVENTS EVERY`: takes a backlog by the engine alone, as a coordinator with a quick file.

The coordinator's URL is DIBAO_ENGINE_URL. Prints one JSON line: seconds, CPU seconds, and
[events, resident bytes] after every so many.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time

import psutil

from scheduler.engines.cluster.address import Address
from scheduler.engines.cluster.coordinator.engine import ClusterEngine
from scheduler.engines.cluster.coordinator.line import Terms

LIMIT = 200
"""Events that the coordinator asks for at a time."""
PATIENCE_SECONDS = 60.0


def main(schema: str, most: int, every: int) -> None:
    me = psutil.Process()
    engine = ClusterEngine(
        Address.of(os.environ["DIBAO_ENGINE_URL"]), schema=schema, terms=Terms(owner=lambda: "a benchmark")
    )
    began = time.monotonic()
    out = len(engine.jobs_out())
    used, done, seen, last = time.process_time(), 0, [], time.monotonic()
    while done < most:
        events = engine.poll(1.0, limit=LIMIT)
        now = time.monotonic()
        if events:
            engine.committed(events)
            last = now
        elif now - last > PATIENCE_SECONDS:
            sys.exit(f"{done} of {most} events came")
        if done // every != (done + len(events)) // every:
            gc.collect()
            seen.append((done + len(events), me.memory_info().rss))
        done += len(events)
    seconds, used = time.monotonic() - began, time.process_time() - used
    engine.close()
    print(json.dumps({"jobs": out, "events": done, "seconds": seconds, "cpu_seconds": used, "resident": seen}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
