"""The only write path for what was crawled: events in, rows out, one transaction a batch.

Every event may come twice or late: it counts only while its job holds the lease on its URL (`storage.ledger`).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from storage import (
    articles,
    canonical,
    entry_points,
    gaps,
    host_states,
    learning,
    ledger,
    rechecks,
    runs,
    tombstones,
    url_states,
)
from storage.archive.keeping import Archive
from storage.database import Database
from storage.door import storable
from storage.rechecks import RecheckPolicy
from storage.records import (
    Discovered,
    EntryChecked,
    Event,
    Extracted,
    Failed,
    HostAsked,
    JobFinished,
    Outcome,
    PageEvent,
    Rejected,
    RobotsFetched,
    Unchanged,
    from_utc_text,
    utc_text,
)
from storage.unstorable import BAD_VALUE, failure, instead_of
from storage.url_states import UrlState

if TYPE_CHECKING:
    from storage.search.index import Entries

logger = logging.getLogger(__name__)

# The reason of a page that is the further page of an article; its detail is the address of the first.
ARTICLE_PART = "article_part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """What a running job stands for in the file. `home`, `entries`: addresses of its source that are no articles."""

    run_id: int
    source_id: int
    home: str = ""
    entries: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What became of one event: the outcome that it gave its URL, with the reason where there is one."""

    event: Event
    outcome: Outcome | None = None
    reason: str | None = None
    title: str | None = None
    url: str | None = None
    """The address as it stands in the ledger."""
    revised: bool = False
    result: runs.SourceRun | None = None


class Ingest:
    """Folds events into the file.

    `leases`: the running jobs; `policy`: when stored articles are looked at again; `job_ended`: called with a job's
    last event and its sum, inside the transaction; `archive`: where the raw pages go, None where none are kept.
    """

    from_web: ClassVar[bool] = True
    """Whether hosts have given the pages just now, and may claim other addresses for them."""

    def __init__(
        self,
        database: Database,
        leases: Mapping[str, Lease],
        policy: RecheckPolicy,
        job_ended: Callable[[JobFinished, runs.SourceRun], None] | None = None,
        archive: Archive | None = None,
    ) -> None:
        self._database = database
        self._leases = leases
        self._policy = policy
        self._job_ended = job_ended
        self._archive = archive
        self._tallies: dict[str, runs.Tally] = {}
        self._shares: dict[int, float] = {}
        self._entries: Entries | None = None

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
        self._tallies, self._entries = defaultdict(runs.Tally), None
        # What is in the database has its raw page on the disk: the archive's block ends before the transaction does.
        with self._database.transaction(), self._archive.batch(now) if self._archive else nullcontext():
            noted = [self._one(event, now) for event in events]
            for job_id in list(self._tallies):
                self._count(job_id)
            if self._entries is not None:
                self._entries.write()
        return noted

    def _alone(self, event: Event, now: datetime) -> Noted:
        try:
            return self._together([event], now)[0]
        except BAD_VALUE as error:
            logger.exception("an event cannot be stored", extra={"job": event.job_id, "number": event.number})
            instead = instead_of(event, str(error)[:300], now)
            return Noted(event=event) if instead is None else self._together([instead], now)[0]

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
                return self._finished(event, now)
            case _:
                return self._page(event, lease)

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
            gaps.note(self._database, lease.source_id, event, now)
            host_states.throttled(self._database, event.url, event.http_status, event.retry_after_seconds, now)
        return Noted(event=event, reason=event.reason or None)

    def _page(self, event: PageEvent, lease: Lease) -> Noted:
        row = self._database.row("SELECT * FROM urls WHERE key = ? AND lease_job = ?", (event.key, event.job_id))
        if row is None:
            return Noted(event=event)
        noted, state = self._outcome(event, row, lease)
        assert noted.outcome is not None
        self._settle(row, event, noted.outcome, state)
        if state.reason != tombstones.PRUNED:
            learning.learn(self._database, event, row, lease.source_id, state)
        self._tallies[event.job_id].add(
            noted.outcome,
            reason=noted.reason,
            revised=noted.revised,
            looked=row["article_id"] is not None,
            at=event.fetched_at,
        )
        return replace(noted, url=row["url"])

    def _outcome(self, event: PageEvent, row: Any, lease: Lease) -> tuple[Noted, UrlState]:
        if tombstones.is_pruned(self._database, row["article_id"]):
            return self._of_pruned(event, row)
        match event:
            case Extracted():
                return self._extracted(event, row, lease)
            case Unchanged() if row["article_id"] is not None:
                return self._unchanged(event, row)
            case Unchanged():
                # An answer to a question that was not asked: there is nothing that it could be equal to.
                return self._failed(failure(event, "unchanged_unknown", event.fetched_at), row)
            case Rejected():
                return self._rejected(event, row)
            case Failed():
                return self._failed(event, row)

    def _extracted(self, event: Extracted, row: Any, lease: Lease) -> tuple[Noted, UrlState]:
        if self.from_web:
            host_states.answered(self._database, event.final_url, event.fetched_at)
        noted, state = self._stored(event, row, lease)
        if state.article_id is not None:
            ledger.add_parts(self._database, event.parts, state.article_id, lease.source_id, event.fetched_at)
        return noted, state

    def _stored(self, event: Extracted, row: Any, lease: Lease) -> tuple[Noted, UrlState]:
        title = event.article.title
        belief = canonical.believed(
            self._database,
            event,
            article_id=row["article_id"],
            home=lease.home,
            entries=lease.entries,
            claims=self.from_web,
        )
        if belief.why == tombstones.PRUNED and belief.head is not None:
            noted = Noted(event=event, outcome=Outcome.REJECTED, reason=tombstones.PRUNED)
            return noted, UrlState(state="alias", article_id=belief.head["id"], reason=tombstones.PRUNED)
        if belief.alias and belief.head is not None:
            # The address leads to an article that is already here under its own address.
            noted = Noted(event=event, outcome=Outcome.DUPLICATE, reason="same_address", title=title)
            return noted, UrlState(state="alias", article_id=belief.head["id"], reason="same_address")
        kept = replace(event, final_key=belief.key, final_url=belief.url)
        stored = articles.store(self._database, kept, lease.source_id, belief.head)
        if stored.changed:
            self._place(kept, stored)
            self._index(kept, stored)
            self._keep(kept, stored)
        state = UrlState(state="stored", article_id=stored.article_id, next_at=self._check_at(row, event))
        if stored.cause == "crawl" and stored.revision > 1 and entry_points.same_validators(row, event.validators):
            host_states.lied(self._database, row["url"], event.fetched_at)
        if not stored.changed:
            return Noted(event=event, outcome=Outcome.UNCHANGED, title=title), state
        if stored.original is not None and stored.revision == 1:
            return Noted(event=event, outcome=Outcome.DUPLICATE, reason="same_text", title=title), state
        return Noted(event=event, outcome=Outcome.STORED, title=title, revised=stored.revision > 1), state

    def _of_pruned(self, event: PageEvent, row: Any) -> tuple[Noted, UrlState]:
        """Whatever comes of an article that was pruned meanwhile: nothing is kept, and it is asked for no more."""
        if isinstance(event, Failed):
            self._failed(event, row)
        noted = Noted(event=event, outcome=Outcome.REJECTED, reason=tombstones.PRUNED)
        return noted, UrlState(state=row["state"], article_id=row["article_id"], reason=tombstones.PRUNED)

    def _place(self, event: Extracted, stored: articles.Stored) -> None:
        """None; the article is in the story that its newest revision tells."""
        # numpy takes a tenth of a second to load, and only who stores articles needs it.
        from storage.dedup.placing import place  # noqa: PLC0415

        why: Literal["text", "revision"] = "text" if stored.revision == 1 else "revision"
        place(self._database, stored.article_id, event.signature, event.fetched_at, why)

    def _index(self, event: Extracted, stored: articles.Stored) -> None:
        """None; the article is found by what its newest revision says."""
        # numpy and the dictionary, for who stores articles only.
        from storage.search import index  # noqa: PLC0415

        said = event.article
        self._entries = self._entries or index.Entries(self._database)
        self._entries.put(stored.article_id, stored.revision, said.title, said.text, terms=event.terms)

    def _keep(self, event: Extracted, stored: articles.Stored) -> None:
        """None; the raw pages of the revision are in the archive."""
        if self._archive is not None:
            self._archive.keep(stored.article_id, stored.revision, event.raw)

    def _unchanged(self, event: Unchanged, row: Any) -> tuple[Noted, UrlState]:
        articles.confirmed(self._database, row["article_id"], event.fetched_at)
        if self.from_web:
            host_states.answered(self._database, row["url"], event.fetched_at)
        state = UrlState(state="stored", article_id=row["article_id"], next_at=self._check_at(row, event))
        return Noted(event=event, outcome=Outcome.UNCHANGED), state

    def _rejected(self, event: Rejected, row: Any) -> tuple[Noted, UrlState]:
        check_at = self._check_at(row, event)
        if url_states.says_missing(event):
            since = from_utc_text(row["missing_since"]) if row["missing_since"] else event.fetched_at
            answers = host_states.has_answered(self._database, row["url"], since)
            state = url_states.missing(event, row, check_at, self._policy, host_answers=answers)
            if state.state == "gone" and state.article_id is not None and not self._elsewhere(row):
                articles.gone(self._database, state.article_id, event.fetched_at)
        else:
            state = url_states.refused(event, row, check_at)
            if event.reason == ARTICLE_PART:
                ledger.add_first_page(self._database, event.detail, row["source_id"], event.fetched_at)
        noted = Noted(event=event, outcome=Outcome.REJECTED, reason=event.reason)
        return noted, url_states.because(state, event)

    def _elsewhere(self, row: Any) -> bool:
        """Whether another address still leads to the article: a redirect to it has ended, not the article."""
        found = self._database.row(
            "SELECT 1 FROM urls WHERE article_id = ? AND id <> ? AND state = 'stored'", (row["article_id"], row["id"])
        )
        return found is not None

    def _failed(self, event: Failed, row: Any) -> tuple[Noted, UrlState]:
        host_states.throttled(
            self._database, row["url"], event.http_status, event.retry_after_seconds, event.fetched_at
        )
        noted = Noted(event=event, outcome=Outcome.FAILED, reason=event.reason)
        return noted, url_states.because(url_states.failed(event, row), event)

    def _check_at(self, row: Any, event: PageEvent) -> datetime | None:
        source_id = row["source_id"]
        if source_id not in self._shares:
            self._shares[source_id] = rechecks.share_of(self._database, source_id)
        first_seen = from_utc_text(row["discovered_at"])
        return rechecks.check_at(
            row["key"], first_seen, event.fetched_at, self._policy.ages, self._shares[source_id]
        )

    def _settle(self, row: Any, event: PageEvent, outcome: Outcome, to: UrlState) -> None:
        """None; the URL is in its new state and no longer on loan."""
        validators = event.validators if isinstance(event, Extracted | Unchanged) else None
        self._database.execute(
            "UPDATE urls SET state = ?, article_id = ?, next_at = ?, reason = ?, detail = ?, http_status = ?,"
            " attempts = ?, missing_since = ?, missing_times = ?, etag = ?, last_modified = ?,"
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
                to.missing_times,
                validators.etag if validators else row["etag"],
                validators.last_modified if validators else row["last_modified"],
                outcome.value,
                utc_text(event.fetched_at),
                row["id"],
            ),
        )
