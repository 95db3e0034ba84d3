"""What the event of a page makes of its address in the ledger, and of the article that stands there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from storage import (
    articles,
    canonical,
    chrome,
    entry_points,
    host_states,
    learning,
    ledger,
    quarantine,
    rechecks,
    tombstones,
    url_states,
)
from storage.database import Database
from storage.filing import Filing
from storage.noted import Lease, Noted
from storage.rechecks import RecheckPolicy
from storage.records import (
    Event,
    Extracted,
    Failed,
    Outcome,
    PageEvent,
    Rejected,
    Unchanged,
    from_utc_text,
    utc_text,
)
from storage.unstorable import failure
from storage.url_states import UrlState

# The reason of a page that is the further page of an article; its detail is the address of the first.
ARTICLE_PART = "article_part"


class Outcomes:
    """Gives pages their outcomes. `extractor`: the name of what reads them, for those that break it."""

    from_web: ClassVar[bool] = True
    """Whether hosts have given the pages just now, and may claim other addresses for them."""

    def __init__(self, database: Database, policy: RecheckPolicy, filing: Filing, extractor: str) -> None:
        self._database = database
        self._policy = policy
        self._filing = filing
        self._extractor = extractor
        self._shares: dict[int, float] = {}
        self._taught = chrome.Taught(database)

    def settle(self, event: PageEvent, row: Any, lease: Lease) -> Noted:
        """What became of the page, of which all is written. `row`: its address in the ledger, on loan to the job."""
        noted, state = self._outcome(event, row, lease)
        assert noted.outcome is not None
        # What an imported copy of a page does says nothing of the page.
        strikes = url_states.strikes(noted.event, row) if self.from_web else int(row["strikes"])
        self._write(row, event, noted.outcome, replace(state, strikes=strikes))
        self._judge(noted.event, row, strikes)
        if state.reason != tombstones.PRUNED:
            learning.learn(self._database, event, row, lease.source_id, state, taught=self._taught)
        return replace(noted, url=row["url"], article_id=state.article_id)

    def _judge(self, event: Event, row: Any, strikes: int) -> None:
        """None; a page that has struck too often is quarantined, one that was read well is not."""
        if strikes > row["strikes"] and strikes >= quarantine.MAX_STRIKES and isinstance(event, Failed):
            quarantine.put(self._database, row["id"], event, strikes, self._extractor)
        elif row["strikes"] and not strikes:
            quarantine.lift(self._database, row["id"])

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
        own = (event.final_key, event.final_url) == (belief.key, belief.url)
        kept = event if own else replace(event, final_key=belief.key, final_url=belief.url)
        stored = self._filing.file(kept, lease.source_id, belief.head)
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

    def _write(self, row: Any, event: PageEvent, outcome: Outcome, to: UrlState) -> None:
        """None; the URL is in its new state and no longer on loan."""
        validators = event.validators if isinstance(event, Extracted | Unchanged) else None
        self._database.execute(
            "UPDATE urls SET state = ?, article_id = ?, next_at = ?, reason = ?, detail = ?, http_status = ?,"
            " attempts = ?, strikes = ?, missing_since = ?, missing_times = ?, etag = ?, last_modified = ?,"
            " lease_job = NULL, run_outcome = ?, last_checked_at = ? WHERE id = ?",
            (
                to.state,
                to.article_id,
                None if to.next_at is None else utc_text(to.next_at),
                to.reason,
                to.detail,
                to.http_status,
                to.attempts,
                to.strikes,
                None if to.missing_since is None else utc_text(to.missing_since),
                to.missing_times,
                validators.etag if validators else row["etag"],
                validators.last_modified if validators else row["last_modified"],
                outcome.value,
                utc_text(event.fetched_at),
                row["id"],
            ),
        )
