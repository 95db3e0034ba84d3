"""The answers with status 200 that a host gives where there is nothing: one page at many addresses."""

from __future__ import annotations

from datetime import datetime, timedelta

from storage import rereading
from storage.chrome_hosts import Seen
from storage.database import Database
from storage.records import Extracted, Rejected, utc_text

# Two addresses may lead to one short notice; that three do, and none says when it was published, is an error page.
ADDRESSES = 3
# Addresses that are remembered of one answer: enough to keep it known while the oldest are forgotten.
MOST_ADDRESSES = 10
FORGOTTEN_AFTER = timedelta(days=30)
# Rejections that may be an error page in words that nobody knows. Never those of a moment: a captcha stands at all
# addresses of a host, and what it hides is there.
TELLING_REJECTIONS = frozenset({"soft_404", "deleted", "too_short", "no_text"})
# Times that the page itself does not name.
NOT_OF_THE_PAGE = frozenset({"link", "url"})


def of_host(database: Database, host: str) -> bytes:
    """The fingerprints of the error pages of a host, concatenated."""
    rows = database.rows("SELECT fingerprint FROM error_pages WHERE host = ? ORDER BY fingerprint", (host,))
    return b"".join(row[0] for row in rows)


def is_telling(event: Extracted | Rejected) -> bool:
    """Whether an answer may be an error page: one that says little, and not when it was published."""
    if not event.fingerprint:
        return False
    if isinstance(event, Rejected):
        return bool(event.host) and event.reason in TELLING_REJECTIONS
    published = event.article.published
    return published is None or published.where in NOT_OF_THE_PAGE


def answered(database: Database, seen: Seen, fingerprint: bytes, url_id: int) -> None:
    """None; the answer is remembered. What became articles by it is asked for again once it is known for an error."""
    answer = (seen.host, fingerprint)
    database.execute(
        "INSERT OR REPLACE INTO error_answers (host, fingerprint, url_id, seen_at) VALUES (?, ?, ?, ?)",
        (*answer, url_id, utc_text(seen.at)),
    )
    known = database.row("SELECT job_id FROM error_pages WHERE host = ? AND fingerprint = ?", answer)
    addresses = _addresses(database, answer)
    if known is not None:
        _seen_again(database, answer, seen.at)
        if known["job_id"] == seen.job_id:
            rereading.again(database, _articles(database, [url_id]), seen.at)
    elif len(addresses) >= ADDRESSES:
        database.execute(
            "INSERT INTO error_pages (host, fingerprint, since, last_seen_at, job_id) VALUES (?, ?, ?, ?, ?)",
            (*answer, utc_text(seen.at), utc_text(seen.at), seen.job_id),
        )
        rereading.again(database, _articles(database, addresses), seen.at)
    _forget(database, answer, seen.at)


def is_behind(database: Database, seen: Seen, url_id: int) -> bool:
    """Whether an address gave an answer that its own job has learned to be an error page meanwhile."""
    found = database.row(
        "SELECT 1 FROM error_pages p JOIN error_answers a ON a.host = p.host AND a.fingerprint = p.fingerprint"
        " WHERE p.host = ? AND p.job_id = ? AND a.url_id = ?",
        (seen.host, seen.job_id, url_id),
    )
    return found is not None


def _addresses(database: Database, answer: tuple[str, bytes]) -> list[int]:
    rows = database.rows("SELECT url_id FROM error_answers WHERE host = ? AND fingerprint = ?", answer)
    return [row[0] for row in rows]


def _seen_again(database: Database, answer: tuple[str, bytes], at: datetime) -> None:
    database.execute(
        "UPDATE error_pages SET last_seen_at = ? WHERE host = ? AND fingerprint = ?", (utc_text(at), *answer)
    )


def _articles(database: Database, urls: list[int]) -> list[int]:
    """The articles under these addresses, or to which they lead."""
    marks = ", ".join("?" * len(urls))
    rows = database.rows(f"SELECT article_id FROM urls WHERE id IN ({marks}) AND article_id IS NOT NULL", urls)
    return [row[0] for row in rows]


def _forget(database: Database, answer: tuple[str, bytes], at: datetime) -> None:
    """None; of the host, what was not seen for long is forgotten; of the answer, the addresses beyond the newest."""
    old = utc_text(at - FORGOTTEN_AFTER)
    database.execute("DELETE FROM error_answers WHERE host = ? AND seen_at < ?", (answer[0], old))
    database.execute("DELETE FROM error_pages WHERE host = ? AND last_seen_at < ?", (answer[0], old))
    database.execute(
        "DELETE FROM error_answers WHERE rowid IN (SELECT rowid FROM error_answers WHERE host = ?"
        " AND fingerprint = ? ORDER BY seen_at DESC, rowid DESC LIMIT -1 OFFSET ?)",
        (*answer, MOST_ADDRESSES),
    )
