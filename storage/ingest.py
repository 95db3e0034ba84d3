"""The only write path for what was crawled: events in, rows out, one transaction a batch.

Every event may come twice or late: it counts only while its job holds the lease on its URL (`storage.ledger`).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from storage import articles, learning, ledger, runs, url_states
from storage.database import Database
from storage.door import storable
from storage.faults import BadValue
from storage.records import (
    Discovered,
    EntryChecked,
    Event,
    Extracted,
    Failed,
    JobFinished,
    Outcome,
    PageEvent,
    Rejected,
    Unchanged,
    from_utc_text,
    utc_text,
)
from storage.url_states import UrlState

logger = logging.getLogger(__name__)

# What a value that fits nowhere raises: SQLite for what it was given, Python for what never became text.
BAD_VALUE = (BadValue, ValueError, OverflowError)
# Validators and counts are those of the last answer that was read; a 304 or a failure leaves them.
ENTRY_CHECKED = """
    UPDATE entry_points SET last_checked_at = :now, last_status = :status, last_reason = :reason,
           last_detail = :detail, last_job = :job,
           failures = CASE WHEN :good THEN 0 ELSE failures + 1 END,
           etag = CASE WHEN :read THEN :etag ELSE etag END,
           last_modified = CASE WHEN :read THEN :modified ELSE last_modified END,
           last_links = CASE WHEN :read THEN :links ELSE last_links END,
           last_new = CASE WHEN :read THEN :new ELSE last_new END
     WHERE source_id = :source AND url = :url AND last_job IS NOT :job"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """What a running job stands for in the file."""

    run_id: int
    source_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What became of one event: the outcome that it gave its URL, with the reason where there is one."""

    event: Event
    outcome: Outcome | None = None
    reason: str | None = None
    title: str | None = None
    revised: bool = False
    result: runs.SourceRun | None = None


class Ingest:
    """Folds events into the file.

    `leases`: the running jobs; `ages`: when stored articles are checked again; `job_ended`: called with a job's last
    event and its sum, inside the transaction.
    """

    def __init__(
        self,
        database: Database,
        leases: Mapping[str, Lease],
        ages: Sequence[timedelta],
        job_ended: Callable[[JobFinished, runs.SourceRun], None] | None = None,
    ) -> None:
        self._database = database
        self._leases = leases
        self._ages = ages
        self._job_ended = job_ended
        self._tallies: dict[str, runs.Tally] = {}

    def batch(self, events: Iterable[Event], now: datetime) -> list[Noted]:
        """What each event changed, in one transaction; on any fault nothing of the batch is written.

        Where a value does not fit (BadValue), the events are taken one by one, so that only its own is lost: a page
        then ends as failed, `unstorable`. Raises StorageFault; ConservationBroken where a job's sum is wrong.
        """
        cleaned = [storable(event) for event in events]
        try:
            return self._together(cleaned, now)
        except BAD_VALUE:
            return [self._alone(event, now) for event in cleaned]

    def _together(self, events: Sequence[Event], now: datetime) -> list[Noted]:
        self._tallies = defaultdict(runs.Tally)
        with self._database.transaction():
            noted = [self._one(event, now) for event in events]
            for job_id in list(self._tallies):
                self._count(job_id)
        return noted

    def _alone(self, event: Event, now: datetime) -> Noted:
        try:
            return self._together([event], now)[0]
        except BAD_VALUE as error:
            logger.exception("an event cannot be stored", extra={"job": event.job_id, "number": event.number})
            instead = _without_bad_value(event, str(error)[:300], now)
            return Noted(event=event) if instead is None else self._together([instead], now)[0]

    def _one(self, event: Event, now: datetime) -> Noted:
        lease = self._leases.get(event.job_id)
        if lease is None:
            return Noted(event=event)
        match event:
            case Discovered() | EntryChecked() if not runs.is_open(self._database, event.job_id):
                return Noted(event=event)
            case Discovered():
                return self._discovered(event, lease, now)
            case EntryChecked():
                return self._entry(event, lease, now)
            case JobFinished():
                return self._finished(event, now)
            case _:
                return self._page(event, lease)

    def _finished(self, event: JobFinished, now: datetime) -> Noted:
        self._count(event.job_id)
        result = runs.job_ended(self._database, event, now)
        if result is not None and self._job_ended is not None:
            self._job_ended(event, result)
        return Noted(event=event, result=result)

    def _count(self, job_id: str) -> None:
        tally = self._tallies.pop(job_id, None)
        if tally is not None:
            runs.count(self._database, job_id, tally)

    def _discovered(self, event: Discovered, lease: Lease, now: datetime) -> Noted:
        self._know_entry(lease, event.entry_url)
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

    def _know_entry(self, lease: Lease, url: str) -> None:
        """The parts of a sitemap index are entry points that only the index names."""
        self._database.execute(
            "INSERT INTO entry_points (source_id, kind, url) VALUES (?, 'sitemap', ?) ON CONFLICT DO NOTHING",
            (lease.source_id, url),
        )

    def _entry(self, event: EntryChecked, lease: Lease, now: datetime) -> Noted:
        good = event.status != "failed"
        self._know_entry(lease, event.url)
        done = self._database.execute(
            ENTRY_CHECKED,
            {
                "now": utc_text(now),
                "status": event.status,
                "reason": event.reason or None,
                "detail": event.detail or None,
                "job": event.job_id,
                "read": event.status == "ok",
                "good": good,
                "links": event.links,
                "new": event.new,
                "etag": event.validators.etag,
                "modified": event.validators.last_modified,
                "source": lease.source_id,
                "url": event.url,
            },
        ).rowcount
        if done:
            runs.entry_counted(self._database, event.job_id, good=good)
        return Noted(event=event, reason=event.reason or None)

    def _page(self, event: PageEvent, lease: Lease) -> Noted:
        row = self._database.row("SELECT * FROM urls WHERE key = ? AND lease_job = ?", (event.key, event.job_id))
        if row is None:
            return Noted(event=event)
        noted, state = self._outcome(event, row, lease)
        assert noted.outcome is not None
        self._settle(row, event, noted.outcome, state)
        learning.learn(self._database, event, row, lease.source_id, state)
        self._tallies[event.job_id].add(
            noted.outcome, reason=noted.reason, revised=noted.revised, at=event.fetched_at
        )
        return noted

    def _outcome(self, event: PageEvent, row: Any, lease: Lease) -> tuple[Noted, UrlState]:
        match event:
            case Extracted():
                return self._extracted(event, row, lease)
            case Unchanged() if row["article_id"] is not None:
                return self._unchanged(event, row)
            case Unchanged():
                # An answer to a question that was not asked: there is nothing that it could be equal to.
                return self._failed(_failure(event, "unchanged_unknown", event.fetched_at), row)
            case Rejected():
                return self._rejected(event, row)
            case Failed():
                return self._failed(event, row)

    def _extracted(self, event: Extracted, row: Any, lease: Lease) -> tuple[Noted, UrlState]:
        title = event.article.title
        head = articles.by_key(self._database, event.final_key)
        if head is not None and event.final_key != event.key and head["id"] != row["article_id"]:
            # The address leads to an article that is already here under its own address.
            noted = Noted(event=event, outcome=Outcome.DUPLICATE, reason="same_address", title=title)
            return noted, UrlState(state="alias", article_id=head["id"], reason="same_address")
        stored = articles.store(self._database, event, lease.source_id, head)
        state = UrlState(state="stored", article_id=stored.article_id, next_at=self._check_at(row, event))
        if not stored.changed:
            return Noted(event=event, outcome=Outcome.UNCHANGED, title=title), state
        if stored.original is not None and stored.revision == 1:
            return Noted(event=event, outcome=Outcome.DUPLICATE, reason="same_text", title=title), state
        return Noted(event=event, outcome=Outcome.STORED, title=title, revised=stored.revision > 1), state

    def _unchanged(self, event: Unchanged, row: Any) -> tuple[Noted, UrlState]:
        articles.confirmed(self._database, row["article_id"], event.fetched_at)
        state = UrlState(state="stored", article_id=row["article_id"], next_at=self._check_at(row, event))
        return Noted(event=event, outcome=Outcome.UNCHANGED), state

    def _rejected(self, event: Rejected, row: Any) -> tuple[Noted, UrlState]:
        check_at = self._check_at(row, event)
        if url_states.says_missing(event):
            state = url_states.missing(event, row, check_at)
            if state.state == "gone" and state.article_id is not None and not self._elsewhere(row):
                articles.gone(self._database, state.article_id, event.fetched_at)
        else:
            state = url_states.refused(event, row, check_at)
        noted = Noted(event=event, outcome=Outcome.REJECTED, reason=event.reason)
        return noted, url_states.because(state, event)

    def _elsewhere(self, row: Any) -> bool:
        """Whether another address still leads to the article: a redirect to it has ended, not the article."""
        found = self._database.row(
            "SELECT 1 FROM urls WHERE article_id = ? AND id <> ? AND state = 'stored'", (row["article_id"], row["id"])
        )
        return found is not None

    def _failed(self, event: Failed, row: Any) -> tuple[Noted, UrlState]:
        noted = Noted(event=event, outcome=Outcome.FAILED, reason=event.reason)
        return noted, url_states.because(url_states.failed(event, row), event)

    def _check_at(self, row: Any, event: PageEvent) -> datetime | None:
        return ledger.check_at(from_utc_text(row["discovered_at"]), event.fetched_at, self._ages)

    def _settle(self, row: Any, event: PageEvent, outcome: Outcome, to: UrlState) -> None:
        """None; the URL is in its new state and no longer on loan."""
        validators = event.validators if isinstance(event, Extracted | Unchanged) else None
        self._database.execute(
            "UPDATE urls SET state = ?, article_id = ?, next_at = ?, reason = ?, detail = ?, http_status = ?,"
            " attempts = ?, missing_since = ?, etag = ?, last_modified = ?,"
            " lease_job = NULL, run_outcome = ?, last_checked_at = ? WHERE id = ?",
            (
                to.state,
                to.article_id,
                None if to.next_at is None else utc_text(to.next_at),
                to.reason,
                to.detail,
                to.http_status,
                to.attempts,
                None if to.missing_since is None else utc_text(to.missing_since),
                validators.etag if validators else row["etag"],
                validators.last_modified if validators else row["last_modified"],
                outcome.value,
                utc_text(event.fetched_at),
                row["id"],
            ),
        )


def _without_bad_value(event: Event, detail: str, now: datetime) -> Event | None:
    """What to store in place of an event that cannot be stored; None: nothing depends on it."""
    match event:
        case Extracted() | Unchanged() | Rejected() | Failed():
            return _failure(event, "unstorable", now, detail)
        case JobFinished():
            return JobFinished(job_id=event.job_id, number=event.number, reason="crashed", detail=detail)
        case _:
            return None


def _failure(event: PageEvent, reason: str, now: datetime, detail: str = "") -> Failed:
    return Failed(
        job_id=event.job_id,
        number=event.number,
        key=event.key,
        fetched_at=now,
        reason=reason,
        detail=storable(detail),
        poison=True,
    )
