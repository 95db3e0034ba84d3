"""The only write path for what was crawled: events in, rows out, one transaction a batch.

Every event may come twice or late: it counts only while its job holds the lease on its URL (`storage.ledger`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from storage import entry_points, gaps, host_states, ledger, runs
from storage.archive.keeping import Archive
from storage.database import Database
from storage.door import storable
from storage.filing import Filing
from storage.halving import Halving
from storage.noted import Lease, Noted
from storage.outcomes import Outcomes
from storage.rechecks import RecheckPolicy
from storage.records import (
    Discovered,
    EntryChecked,
    Event,
    HostAsked,
    JobFinished,
    PageEvent,
    RobotsFetched,
)
from storage.watch.noting import Noting


class Ingest:
    """Folds events into the file.

    `leases`: the running jobs; `policy`: when stored articles are looked at again; `job_ended`: called with a job's
    last event and its sum, inside the transaction; `archive`: where the raw pages go, None where none are kept;
    `extractor`: the name of what reads the pages (crawler.extraction.extractor), for those that break it.
    """

    outcomes: ClassVar[type[Outcomes]] = Outcomes
    """What the events of pages are given to."""

    def __init__(
        self,
        database: Database,
        leases: Mapping[str, Lease],
        policy: RecheckPolicy,
        *,
        job_ended: Callable[[JobFinished, runs.SourceRun], None] | None = None,
        archive: Archive | None = None,
        extractor: str = "",
    ) -> None:
        self._database = database
        self._leases = leases
        self._job_ended = job_ended
        self._filing = Filing(database, archive)
        self._outcomes = self.outcomes(database, policy, self._filing, extractor)
        self._tallies: dict[str, runs.Tally] = {}
        self._noting = self._new_noting()

    def batch(self, events: Iterable[Event], now: datetime) -> list[Noted]:
        """What each event changed, in one transaction; on a fault of the file nothing of that transaction is written.

        Where an event cannot be stored, whatever it raises, the halves of the batch are taken for themselves, and
        theirs, so that only its own is lost: a page then ends as failed, `unstorable` or `internal_error`, a candidate
        is left out. Raises StorageFault; ConservationBroken where a job's sum is wrong.
        """
        return Halving(self._database, self._together).take(tuple(events), now)

    def _together(self, events: Sequence[Event], now: datetime) -> list[Noted]:
        self._tallies, self._noting = defaultdict(runs.Tally), self._new_noting()
        with self._database.transaction(), self._filing.batch(now):
            noted = [self._one(storable(event), now) for event in events]
            for job_id in list(self._tallies):
                self._count(job_id)
            self._noting.write()
        return noted

    def _new_noting(self) -> Noting:
        return Noting(self._database, from_web=self.outcomes.from_web)

    def _one(self, event: Event, now: datetime) -> Noted:
        lease = self._leases.get(event.job_id)
        if lease is None:
            return Noted(event=event)
        match event:
            case Discovered() | EntryChecked() | HostAsked() | RobotsFetched():
                if runs.is_open(self._database, event.job_id):
                    return self._of_site(event, lease, now)
                return Noted(event=event)
            case JobFinished():
                return self._finished(event, lease, now)
            case _:
                return self._page(event, lease, now)

    def _of_site(
        self, event: Discovered | EntryChecked | HostAsked | RobotsFetched, lease: Lease, now: datetime
    ) -> Noted:
        """What an event that is not of one page has changed."""
        match event:
            case Discovered():
                return self._discovered(event, lease, now)
            case EntryChecked():
                return self._entry(event, lease, now)
            case HostAsked():
                runs.host_asked(self._database, event)
                host_states.asked(self._database, event, now)
            case RobotsFetched():
                host_states.robots_fetched(self._database, event.robots)
        return Noted(event=event)

    def _finished(self, event: JobFinished, lease: Lease, now: datetime) -> Noted:
        self._count(event.job_id)
        result = runs.job_ended(self._database, event, now)
        if result is not None:
            self._noting.job(event, lease.source_id, now)
        if result is not None and self._job_ended is not None:
            self._job_ended(event, result)
        return Noted(event=event, result=result)

    def _count(self, job_id: str) -> None:
        tally = self._tallies.pop(job_id, None)
        if tally is not None:
            runs.count(self._database, job_id, tally)

    def _discovered(self, event: Discovered, lease: Lease, now: datetime) -> Noted:
        entry_points.know(self._database, lease.source_id, event.entry_url, now)
        new = ledger.discover(
            self._database,
            run_id=lease.run_id,
            job_id=event.job_id,
            source_id=lease.source_id,
            entry_url=event.entry_url,
            candidates=event.candidates,
            taken=event.taken,
            now=now,
            found_at=event.found_at,
        )
        runs.discovered(self._database, event.job_id, new)
        return Noted(event=event)

    def _entry(self, event: EntryChecked, lease: Lease, now: datetime) -> Noted:
        if entry_points.checked(self._database, lease.source_id, event, now):
            runs.entry_counted(self._database, event.job_id, good=event.status != "failed")
            self._noting.entry(event, lease.source_id, now)
            gaps.note(self._database, lease.source_id, event, now)
            host_states.throttled(self._database, event.url, event.http_status, event.retry_after_seconds, now)
        return Noted(event=event, reason=event.reason or None)

    def _page(self, event: PageEvent, lease: Lease, now: datetime) -> Noted:
        row = self._database.row("SELECT * FROM urls WHERE key = ? AND lease_job = ?", (event.key, event.job_id))
        if row is None:
            return Noted(event=event)
        noted = self._outcomes.settle(event, row, lease)
        assert noted.outcome is not None
        self._tallies[event.job_id].add(
            noted.outcome,
            reason=noted.reason,
            revised=noted.revised,
            looked=row["article_id"] is not None,
            at=event.fetched_at,
        )
        self._noting.page(event, noted, row, lease.source_id, now)
        return noted
