"""A progress bar while a crawl runs, where standard error is a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from scheduler.listeners import Listener, Logged
from storage.noted import Noted
from storage.records import CrawlJob, Discovered
from storage.runs import SourceRun

if TYPE_CHECKING:
    from rich.progress import Progress


class Watcher(Listener, Protocol):
    """A listener that may also be told how far a crawl is that another process does."""

    def stands(self, source: str, wanted: int, ended: int) -> None:
        """None; so many pages are wanted, and so many have ended, one of `source` last."""


class _Log(Logged):
    def stands(self, source: str, wanted: int, ended: int) -> None:
        """None; a log has no bar."""


class Bar:
    """One bar over all sources: how many of the URLs that are known to be wanted have ended."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("looking for articles", total=None)
        self._total = 0
        self._at_work: set[str] = set()

    def started(self, source: str, job: CrawlJob) -> None:
        """None; the job's pages are added to what is wanted."""
        self._at_work.add(source)
        self._more(len(job.pages))

    def noted(self, source: str, noted: Noted) -> None:
        """None; the bar moves on."""
        if isinstance(noted.event, Discovered):
            self._more(noted.event.taken)
        elif noted.outcome is not None:
            self._progress.update(self._task, advance=1, description=source)

    def finished(self, result: SourceRun) -> None:
        """None; the source is no longer named."""
        self._at_work.discard(result.source)
        self._progress.update(self._task, description=next(iter(sorted(self._at_work)), "done"))

    def stands(self, source: str, wanted: int, ended: int) -> None:
        """None; the bar is so far, whatever it said before: for a crawl in another process."""
        self._progress.update(self._task, total=wanted, completed=ended, description=source)

    def _more(self, pages: int) -> None:
        self._total += pages
        self._progress.update(self._task, total=self._total)


@contextmanager
def watching(*, shown: bool) -> Iterator[Watcher]:
    """A block with a listener: a bar on standard error, or nothing."""
    if not shown:
        yield _Log()
        return
    with _progress() as progress:
        yield Bar(progress)


def _progress() -> Progress:
    """What draws the bar."""
    from rich import progress as drawn  # noqa: PLC0415 - a bar is for a terminal
    from rich.console import Console  # noqa: PLC0415

    columns = (
        drawn.SpinnerColumn(),
        drawn.TextColumn("{task.description}"),
        drawn.BarColumn(),
        drawn.MofNCompleteColumn(),
        drawn.TimeElapsedColumn(),
    )
    return drawn.Progress(*columns, console=Console(stderr=True), transient=True)
