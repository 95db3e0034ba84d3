"""What `dibao import` does to the ledger: the same write path, and nothing that it stores is ever asked for again.

An address that came by an import has no `next_at`, in whatever state it is: the crawler leases by that time, so it
never asks for a file, nor for a page that only an archive has. An address that a crawl found keeps its place in the
plan of re-checks, and a bad copy of it changes nothing. An address in the web of which there is only a bad copy is
forgotten: a crawl that finds it asks for it as for any other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from storage import articles, ledger, runs
from storage.database import Database
from storage.identity import key_hash
from storage.ingest import Ingest
from storage.noted import Lease, Noted
from storage.outcomes import Outcomes
from storage.records import (
    Candidate,
    Discovered,
    Extracted,
    Failed,
    Outcome,
    PageEvent,
    Rejected,
    from_utc_text,
    utc_text,
)
from storage.url_states import UrlState, because

TRIGGER = "import"
"""Of the runs."""

FILE_SCHEME = "import:"
"""Of the addresses of files that have none in the web (crawler.importing.addresses)."""

ENDED = frozenset({"rejected", "failed"})
"""States of an address that is over. A copy says that of itself, never of the page: a block page, or a broken file."""


class ImportOutcomes(Outcomes):
    """The outcomes of pages that are here already.

    The address that a saved page names as its own was listened to before it came here.
    """

    from_web = False

    def _extracted(self, event: Extracted, row: Any, lease: Lease) -> tuple[Noted, UrlState]:
        head = articles.by_key(self._database, event.final_key)
        pruned = head is not None and head["pruned_at"] is not None
        if head is None or pruned or event.key.startswith(FILE_SCHEME) or not self._is_older(event, head):
            return super()._extracted(event, row, lease)
        same = head["content_digest"] == event.digest
        outcome = Outcome.UNCHANGED if same else Outcome.REJECTED
        reason = None if same else "older_capture"
        noted = Noted(event=event, outcome=outcome, reason=reason, title=event.article.title)
        if _is_own(row):
            # The article was stored through a redirect to here, and is asked for by the address that redirects.
            return noted, UrlState(state="alias", article_id=head["id"], reason="same_address")
        return noted, _as_it_was(row)

    def _is_older(self, event: Extracted, head: Any) -> bool:
        """Whether the page was had before the article was last seen: an archive must not undo what came later.

        One that is gone is not back for having been there in the moment at which it was found gone.
        """
        stored = self._database.value(
            "SELECT fetched_at FROM article_revisions WHERE article_id = ? AND revision = ?",
            (head["id"], head["revision"]),
        )
        had, last = utc_text(event.fetched_at), max(str(stored), str(head["checked_at"]))
        return had < last or (had == last and head["status"] == "gone")

    def _rejected(self, event: Rejected, row: Any) -> tuple[Noted, UrlState]:
        noted = Noted(event=event, outcome=Outcome.REJECTED, reason=event.reason)
        return noted, _ended(event, row, "rejected")

    def _failed(self, event: Failed, row: Any) -> tuple[Noted, UrlState]:
        noted = Noted(event=event, outcome=Outcome.FAILED, reason=event.reason)
        return noted, _ended(event, row, "failed")

    def _write(self, row: Any, event: PageEvent, outcome: Outcome, to: UrlState) -> None:
        if to.state in ENDED and _is_own(row) and not event.key.startswith(FILE_SCHEME):
            self._database.execute("DELETE FROM urls WHERE id = ?", (row["id"],))
        else:
            super()._write(row, event, outcome, to)

    def _check_at(self, row: Any, event: PageEvent) -> datetime | None:
        if row["next_at"] is None:
            return None
        return super()._check_at(row, event) if row["state"] == "pending" else from_utc_text(row["next_at"])


class ImportIngest(Ingest):
    """The write path for pages that are here already. `Discovered` events name them; known ones are taken up again."""

    outcomes = ImportOutcomes

    def _discovered(self, event: Discovered, lease: Lease, now: datetime) -> Noted:
        taken = [_take(self._database, event.job_id, lease, one, now) for one in event.candidates]
        runs.discovered(self._database, event.job_id, sum(taken))
        return Noted(event=event)


def _is_own(row: Any) -> bool:
    """Whether only the import knows the address: what a crawl waits for has a time, what it is done with a state."""
    return row["state"] == "pending" and row["next_at"] is None and row["article_id"] is None


def _ended(event: Rejected | Failed, row: Any, state: str) -> UrlState:
    """The state of a URL of which the copy is no good: over, unless it is in the crawler's plan or an article."""
    if row["next_at"] is not None or row["article_id"] is not None:
        return _as_it_was(row)
    return because(UrlState(state=state), event)


def _as_it_was(row: Any) -> UrlState:
    """The state of a URL before the event."""
    return UrlState(
        state=row["state"],
        article_id=row["article_id"],
        next_at=from_utc_text(row["next_at"]) if row["next_at"] else None,
        reason=row["reason"],
        detail=row["detail"],
        http_status=row["http_status"],
        attempts=row["attempts"],
        missing_since=from_utc_text(row["missing_since"]) if row["missing_since"] else None,
    )


def _take(database: Database, job_id: str, lease: Lease, page: Candidate, now: datetime) -> bool:
    """Whether the job now has the lease on an address: one of which another source has the article stays with it."""
    owner = database.value("SELECT source_id FROM article_heads WHERE key = ?", (page.key,))
    if owner is not None and owner != lease.source_id:
        return False
    known = database.row("SELECT id, source_id FROM urls WHERE key = ?", (page.key,))
    if known is None:
        database.execute(
            "INSERT INTO urls (key, key_hash, site, url, source_id, state, discovered_at, lease_job, run_id,"
            " run_outcome) VALUES (?, ?, ?, ?, ?, 'pending', ?, ?, ?, 'pending')",
            (page.key, key_hash(page.key), ledger.site_of_key(page.key), page.url, lease.source_id, utc_text(now),
             job_id, lease.run_id),
        )  # fmt: skip
        return True
    if known["source_id"] != lease.source_id:
        return False
    database.execute(
        "UPDATE urls SET lease_job = ?, run_id = ?, run_outcome = 'pending' WHERE id = ?",
        (job_id, lease.run_id, known["id"]),
    )
    return True
