"""A job that is out: what it is for, and what its events have said while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from crawler.config import Source
from scheduler.leasing import Planned
from scheduler.setting_back import earlier
from storage.noted import Lease
from storage.records import CrawlJob, EntryChecked, Event, Failed, HostAsked, JobFinished, RobotsFetched
from storage.sources import SourceRow


@dataclass(slots=True, kw_only=True)
class Running:
    """A job that is out, and what it has said about being left alone."""

    source: Source
    run_id: int
    source_id: int
    entries: bool
    sites: frozenset[str]
    delay_seconds: float
    suspect: bool = False
    """Whether it failed last time and has not answered yet."""
    set_back: timedelta = timedelta(0)
    """How far the clock was set back since it went out."""
    before: SourceRow
    """What was known of the source when the job went out."""
    retry_after_seconds: float | None = None

    @classmethod
    def of(cls, planned: Planned, job: CrawlJob, lease: Lease, before: SourceRow) -> Running:
        """What runs now that was planned."""
        return cls(
            source=planned.source,
            run_id=planned.run_id,
            source_id=lease.source_id,
            entries=planned.entries,
            sites=planned.sites,
            suspect=planned.suspect,
            delay_seconds=job.limits.delay_seconds,
            before=before,
        )

    def by_this_clock(self, event: Event) -> Event:
        """The event, whose job goes by the clock as it was when it went out, with the time of the clock as it is."""
        return earlier(event, self.set_back) if self.set_back else event

    def heed(self, event: Event) -> None:
        """None; the longest pauses that its entry points and robots.txt ask for are remembered, and that it answers."""
        self.suspect = self.suspect and not _is_answer(event)
        if isinstance(event, HostAsked):
            self.delay_seconds = max(self.delay_seconds, event.delay_seconds)
        if isinstance(event, EntryChecked) and event.retry_after_seconds is not None:
            self.retry_after_seconds = max(self.retry_after_seconds or 0, event.retry_after_seconds)


def _is_answer(event: Event) -> bool:
    """Whether the event says that the source answers: one that hangs has events too."""
    match event:
        case EntryChecked():
            return event.status != "failed"
        case RobotsFetched():
            return event.robots.http_status is not None
    return not isinstance(event, Failed | HostAsked | JobFinished)
