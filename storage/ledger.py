"""The ledger: which URLs are known, which wait, who has them on loan. Crash-safety rests on it.

A URL is `pending` until the transaction that stores its outcome. A job holds a lease on the URLs that it was given;
an event counts only while its job holds the lease, so an event that comes twice, or late, changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from storage import rechecks as looks
from storage.database import Database, Row
from storage.host_states import authority_of
from storage.identity import BadUrl, canonical_url, key_hash, key_of_canonical, site_of
from storage.job_records import PageRequest, Validators
from storage.times import utc_text

if TYPE_CHECKING:
    from storage.records import Candidate, PagePart

# A URL that failed is asked again after 5 min, 10 min, 20 min ... up to a day; after these attempts (about two
# days) it is given up as `failed`. Common Crawl's news crawler retries once, after two days; portals are down for
# hours.
MAX_ATTEMPTS = 10
FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(days=1)


def discover(
    database: Database,
    *,
    run_id: int,
    job_id: str,
    source_id: int,
    entry_url: str,
    candidates: Sequence[Candidate],
    taken: int,
    now: datetime,
    found_at: datetime | None = None,
) -> int:
    """The number of candidates that were new to the ledger. The first `taken` are leased to the job, the rest wait.

    `found_at`: when, by the worker's clock, if that is known; by `now` they may be asked for.
    """
    entry_id = database.value("SELECT id FROM entry_points WHERE source_id = ? AND url = ?", (source_id, entry_url))
    cursor = database.executemany(
        "INSERT INTO urls (key, key_hash, site, url, source_id, entry_point_id, link_title, link_published,"
        " link_position, guid, state, discovered_at, next_at, lease_job, run_id, run_outcome)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?, 'pending') ON CONFLICT (key) DO NOTHING",
        [
            (
                candidate.key,
                key_hash(candidate.key),
                site_of_key(candidate.key),
                candidate.url,
                source_id,
                entry_id,
                candidate.title,
                candidate.published_raw,
                candidate.position,
                candidate.guid,
                utc_text(found_at or now),
                utc_text(now),
                job_id if place < taken else None,
                run_id,
            )
            for place, candidate in enumerate(candidates)
        ],
    )
    return max(0, int(cursor.rowcount))  # -1 where there was nothing to do


def lease(
    database: Database,
    *,
    run_id: int,
    job_id: str,
    source_id: int,
    now: datetime,
    limit: int,
    rechecks: int,
    lying: Collection[str] = (),
) -> tuple[PageRequest, ...]:
    """Up to `limit` URLs for one job: first what is pending, then up to `rechecks` articles due for a look.

    `lying`: authorities whose validators are not believed.
    """
    rows = _ready(database, source_id, ("pending",), now, limit)
    if rechecks and len(rows) < limit:
        rows += _ready(database, source_id, ("stored", "gone"), now, min(rechecks, limit - len(rows)))
    database.executemany(
        "UPDATE urls SET lease_job = ?, run_id = ?, run_outcome = 'pending' WHERE id = ?",
        [(job_id, run_id, row["id"]) for row in rows],
    )
    return tuple(
        PageRequest(
            url=row["url"],
            key=row["key"],
            attempt=row["attempts"] + 1,
            validators=_validators(row, now, lying),
            digest=row["content_digest"],
            link_title=row["link_title"],
            link_published=row["link_published"],
            strikes=row["strikes"],
        )
        for row in rows
    )


def add_parts(
    database: Database, parts: Iterable[PagePart], article_id: int, source_id: int, now: datetime
) -> None:
    """None; the further pages of an article are known, and are no articles of their own.

    One that waits to be fetched, or was refused, becomes a part; one that a job holds will say so itself; one that is
    stored as an article, from before its first page was read as a whole, stays what it is.
    """
    database.executemany(
        "INSERT INTO urls (key, key_hash, site, url, source_id, state, reason, article_id, discovered_at)"
        " VALUES (?, ?, ?, ?, ?, 'alias', 'article_part', ?, ?) ON CONFLICT (key) DO UPDATE SET state = 'alias',"
        " reason = 'article_part', article_id = excluded.article_id, next_at = NULL, detail = NULL"
        " WHERE lease_job IS NULL AND state IN ('pending', 'rejected', 'failed', 'gone') AND article_id IS NULL",
        [
            (part.key, key_hash(part.key), site_of_key(part.key), part.url, source_id, article_id, utc_text(now))
            for part in parts
        ],
    )


def add_first_page(database: Database, url: str, source_id: int, now: datetime) -> None:
    """None; the first page of an article of which a further page was met waits to be fetched, if it is not known."""
    try:
        url = canonical_url(url)
    except BadUrl:
        return
    key = key_of_canonical(url)
    database.execute(
        "INSERT INTO urls (key, key_hash, site, url, source_id, state, discovered_at, next_at)"
        " VALUES (?, ?, ?, ?, ?, 'pending', ?, ?) ON CONFLICT (key) DO NOTHING",
        (key, key_hash(key), site_of_key(key), url, source_id, utc_text(now), utc_text(now)),
    )


def known(database: Database, sites: Iterable[str], source_id: int) -> bytes:
    """The key hashes (8 bytes each, concatenated) of every URL known on these sites or under this source.

    The second, because which site a host belongs to may change with a new list of public suffixes. As one text of
    SQLite: as rows they cost four times as much, each time the source is asked (tests/benchmarks/test_known.py).
    """
    hashes = database.value(
        "SELECT group_concat(hex(key_hash), '') FROM (SELECT key_hash FROM urls WHERE source_id = ?"
        " UNION SELECT key_hash FROM urls WHERE site IN (SELECT value FROM json_each(?)) ORDER BY key_hash)",
        (source_id, json.dumps(list(sites))),
    )
    return bytes.fromhex(hashes or "")


def release(database: Database, job_id: str) -> None:
    """None; what the job still had on loan is free again, and still pending."""
    database.execute("UPDATE urls SET lease_job = NULL WHERE lease_job = ?", (job_id,))


def release_strays(database: Database, jobs: Collection[str]) -> dict[str, int]:
    """How many leases stood for jobs that are not among those that run, by job; they are free again, still pending."""
    rows = database.rows("SELECT lease_job, count(*) AS many FROM urls WHERE lease_job IS NOT NULL GROUP BY lease_job")
    strays = {row["lease_job"]: int(row["many"]) for row in rows if row["lease_job"] not in jobs}
    for job_id in strays:
        release(database, job_id)
    return strays


def release_all(database: Database, *, but: Collection[str] = ()) -> int:
    """How many leases a dead coordinator had left. Only the holder of the writer lock may ask.

    `but`: jobs that go on, elsewhere; they keep theirs.
    """
    return int(
        database.execute(
            "UPDATE urls SET lease_job = NULL WHERE lease_job IS NOT NULL"
            " AND lease_job NOT IN (SELECT value FROM json_each(?))",
            (json.dumps(list(but)),),
        ).rowcount
    )


def retry_at(attempts: int, now: datetime, retry_after_seconds: float | None = None) -> datetime | None:
    """When a URL that has failed `attempts` times is asked again; None: never, it is given up."""
    if attempts >= MAX_ATTEMPTS:
        return None
    wait: timedelta = min(FIRST_RETRY * 2 ** (attempts - 1), LONGEST_RETRY)
    if retry_after_seconds is not None:
        # Clamped as a number: timedelta raises for what a server may name (1e300 seconds, infinity, NaN).
        wait = max(wait, timedelta(seconds=max(0.0, min(LONGEST_RETRY.total_seconds(), retry_after_seconds))))
    return now + wait


def site_of_key(key: str) -> str:
    """The site (registrable domain or address) of a url key."""
    return site_of(host_of_key(key))


def host_of_key(key: str) -> str:
    """The host of a url key, whose form is `//host[:port]/...`; an IPv6 address in brackets."""
    authority = key.removeprefix("//").split("/", 1)[0]
    return authority[: authority.rindex("]") + 1] if authority.startswith("[") else authority.split(":", 1)[0]


def _validators(row: Row, now: datetime, lying: Collection[str]) -> Validators:
    """What to ask for the page with: nothing where its host's validators lie, or where that is to be found out."""
    if looks.is_probe(row["key"], now) or authority_of(row["url"]) in lying:
        return Validators()
    return Validators(etag=row["etag"], last_modified=row["last_modified"])


def _ready(database: Database, source_id: int, states: Sequence[str], now: datetime, limit: int) -> list[Row]:
    marks = ", ".join("?" * len(states))
    return database.rows(
        "SELECT u.*, r.content_digest FROM urls u"
        " LEFT JOIN article_heads a ON a.id = u.article_id"
        " LEFT JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision"
        f" WHERE u.source_id = ? AND u.state IN ({marks}) AND u.next_at <= ? AND u.lease_job IS NULL"
        " ORDER BY u.attempts > 0, u.next_at, u.id LIMIT ?",
        (source_id, *states, utc_text(now), limit),
    )
