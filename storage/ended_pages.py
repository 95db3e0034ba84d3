"""What the pages of a job came to, as the ledger has it: so it is known to whoever writes the job's end, too."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from storage import tombstones, url_states
from storage.database import Database
from storage.times import from_utc_text

_NOTHING_SAID = (
    # What an article's address answers, too, when it is a bad day.
    url_states.PASSING_REJECTIONS
    | url_states.STUBBORN_REJECTIONS
    | url_states.MISSING_REJECTIONS
    # What was asked for in vain or not at all (crawler.fetching.faults), or is no more.
    | {"too_large", "blocked_port", "bad_url", "ignored", tombstones.PRUNED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedPage:
    """A page that was read: an article, or surely none. `is_new`: the file had no such article before.

    `published_at`: of a new article, as far as its page says; a date without an hour is that day's midnight.
    """

    url: str
    is_article: bool
    is_new: bool = False
    published_at: datetime | None = None


def of_job(database: Database, run_id: int, source_id: int) -> list[EndedPage]:
    """The pages that were articles, and were not here as they are, and those whose text says that they are none.

    A source has one job in a run. An article found unchanged was counted when it came; what another page of the job
    has made of it since is told from its first revision by the moment at which that was fetched.
    """
    rows = database.rows(
        "SELECT u.url, u.run_outcome <> 'rejected' AS is_article, r.published_at,"
        " (u.run_outcome = 'duplicate' AND u.state = 'stored')"
        " OR (u.run_outcome = 'stored' AND (a.revision = 1 OR r.fetched_at IS u.last_checked_at)) AS is_new"
        " FROM urls u LEFT JOIN article_heads a ON a.id = u.article_id"
        " LEFT JOIN article_revisions r ON r.article_id = a.id AND r.revision = 1"
        " WHERE u.run_id = ? AND u.source_id = ? AND (u.run_outcome IN ('stored', 'duplicate') OR (u.run_outcome ="
        " 'rejected' AND u.http_status IS NULL AND u.reason NOT IN (SELECT value FROM json_each(?))))"
        " ORDER BY u.id",
        (run_id, source_id, json.dumps(sorted(_NOTHING_SAID))),
    )
    return [
        EndedPage(
            url=row["url"],
            is_article=bool(row["is_article"]),
            is_new=bool(row["is_new"]),
            published_at=from_utc_text(row["published_at"]) if row["is_new"] and row["published_at"] else None,
        )
        for row in rows
    ]
