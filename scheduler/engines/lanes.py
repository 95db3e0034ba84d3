"""How many jobs a worker has side by side: a source that hangs is not to keep others from being asked. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

JOBS_PER_WORKER = 32
"""Jobs that tell of something: each is an engine with queues of its own, about 1 MB."""
SILENT_PER_WORKER = 128
"""Jobs that tell of nothing cost their memory alone. They hold none of those places, up to this many."""
UNPROVEN_SECONDS = 1.0
"""After so long a job that has told of nothing yet counts as silent: it may be one of a host that hangs. Of 1,000
sources 300 that hang for 90 s cost the others a tenth of their throughput; after 2 s it would be an eighth."""
SILENT_SECONDS = 10.0
"""After so long one counts as silent that has told of something: twice what a slow site's pauses are."""


class Silence(NamedTuple):
    """For how long a job has told of nothing. `proven`: it has told of something before."""

    seconds: float
    proven: bool


def room(workers: int, jobs: Iterable[Silence]) -> int:
    """How many more jobs may begin beside these. Below zero where silent ones have found their voice again."""
    silent = brisk = 0
    for job in jobs:
        if job.seconds > (SILENT_SECONDS if job.proven else UNPROVEN_SECONDS):
            silent += 1
        else:
            brisk += 1
    return workers * JOBS_PER_WORKER - brisk - max(0, silent - workers * SILENT_PER_WORKER)
