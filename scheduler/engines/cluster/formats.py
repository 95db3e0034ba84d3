"""The version of what coordinator and workers say to each other by PostgreSQL: jobs one way, events the other.

Raise FORMAT with every change of `CrawlJob` or of an event that an older reader would take wrongly or not at all; keep
the former one READABLE where today's code reads it, so that workers may be exchanged one by one after the coordinator.
"""

from __future__ import annotations

from typing import Final

FORMAT: Final = 1
"""In which jobs are written, and events."""
READABLE: Final = frozenset({1})
"""In which events may have been written that a coordinator of this version folds into its file."""
QUEUE: Final = f"crawl.v{FORMAT}"
"""The queue of the jobs: a worker of another format does not even see them."""
SUSPECTS: Final = f"{QUEUE}.suspect"
"""The queue of jobs that workers may have died of (coordinator.reaper): `take` gives each worker one at a time."""
