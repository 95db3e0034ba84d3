"""Who watches a crawl: a progress bar, the demo's report, the daemon's log, or nobody."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from scheduler.own_faults import OwnFaults
from storage import runs
from storage.noted import Noted
from storage.records import CrawlJob

logger = logging.getLogger(__name__)


class Listener(Protocol):
    """Told what happens while it happens."""

    def started(self, source: str, job: CrawlJob) -> None:
        """None; a source's job has begun."""

    def noted(self, source: str, noted: Noted) -> None:
        """None; one event of a source is in the file."""

    def finished(self, result: runs.SourceRun) -> None:
        """None; a source's part of the run is summed up."""


class Silent:
    """A listener that does nothing."""

    def started(self, source: str, job: CrawlJob) -> None:
        """None."""

    def noted(self, source: str, noted: Noted) -> None:
        """None."""

    def finished(self, result: runs.SourceRun) -> None:
        """None."""


class Several:
    """Listeners that are told together, in this order. One that breaks keeps nobody from being told."""

    def __init__(self, *listeners: Listener) -> None:
        self._listeners = listeners
        self._faults = OwnFaults()

    def started(self, source: str, job: CrawlJob) -> None:
        """None; all have been told."""
        self._tell(lambda listener: listener.started(source, job))

    def noted(self, source: str, noted: Noted) -> None:
        """None; all have been told."""
        self._tell(lambda listener: listener.noted(source, noted))

    def finished(self, result: runs.SourceRun) -> None:
        """None; all have been told."""
        self._tell(lambda listener: listener.finished(result))

    def _tell(self, tell: Callable[[Listener], None]) -> None:
        for listener in self._listeners:
            with self._faults.outlived("what tells of a crawl"):
                tell(listener)


class Logged(Silent):
    """A listener that logs what each source's part of a run came to: the daemon's."""

    def finished(self, result: runs.SourceRun) -> None:
        """None; one line for the source, with its counts as keys."""
        counts = {name: getattr(result, name) for name in ("discovered", "revised", *runs.COUNTED)}
        said = ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "nothing new"
        level = logging.WARNING if result.status in {"failed", "partial"} else logging.INFO
        error = f"; {result.error}" if result.error else ""
        extra = {"source": result.source, "status": result.status, "error": result.error, **counts}
        logger.log(level, "crawled %s: %s%s", result.source, said, error, extra=extra)
