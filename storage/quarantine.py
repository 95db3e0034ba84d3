"""Pages that are kept away: twice in a row they broke what read them. They are asked for again when that has changed.

A row stands for an address that nobody asks for; one that is let out has none. The bodies are for whoever mends the
extractor, and bounded: of older pages the facts stay, and the digest.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.database import Database
from storage.identity import BadUrl, url_key
from storage.records import Failed, utc_text

KEPT_BODIES = 200
KEPT_BYTES = 64 * 1024 * 1024
"""Deflated. A body has at most some megabytes (Limits), and HTML deflates to a fifth."""

MAX_STRIKES = 2
"""A page that broke its reader twice in a row will break it a third time."""

RETRY_STRIKES = MAX_STRIKES - 1
"""Of a page that is let out: it is a suspect still, read alone, and one more strike brings it back."""

_PAGES = (
    "SELECT q.url_id, u.url, s.name AS source, q.quarantined_at, q.reason, q.detail, q.strikes, q.extractor,"
    " q.answered_url, q.content_type, q.body_bytes, q.body_sha256, q.body IS NOT NULL AS body_kept"
    " FROM quarantine q JOIN urls u ON u.id = q.url_id JOIN sources s ON s.id = u.source_id"
)
_FREE = "state IN ('pending', 'failed', 'stored', 'gone') AND lease_job IS NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """One page. Times are UTC text as stored; `body_bytes` and `body_sha256` (hex) are of the body before deflation."""

    url: str
    source: str
    quarantined_at: str
    reason: str
    detail: str | None
    strikes: int
    extractor: str
    answered_url: str | None
    content_type: str | None
    body_bytes: int | None
    body_sha256: str | None
    body_kept: bool


def put(database: Database, url_id: int, event: Failed, strikes: int, extractor: str) -> None:
    """None; the page of an address is quarantined. `extractor`: the name of what it broke.

    Where this event brings no body, one that was kept before stays.
    """
    body = event.body
    database.execute(
        "INSERT INTO quarantine (url_id, quarantined_at, reason, detail, extractor, strikes, answered_url,"
        " content_type, body_bytes, body_sha256, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (url_id) DO UPDATE SET quarantined_at = excluded.quarantined_at, reason = excluded.reason,"
        " detail = excluded.detail, extractor = excluded.extractor, strikes = excluded.strikes"
        + (
            ", answered_url = excluded.answered_url, content_type = excluded.content_type,"
            " body_bytes = excluded.body_bytes, body_sha256 = excluded.body_sha256, body = excluded.body"
            if body is not None
            else ""
        ),
        (
            url_id,
            utc_text(event.fetched_at),
            event.reason,
            event.detail or None,
            extractor,
            strikes,
            *((None,) * 5 if body is None else (body.url, body.content_type, body.size, body.sha256, body.deflated)),
        ),
    )
    _trim(database)


def lift(database: Database, url_id: int) -> None:
    """None; the page was read well, and is quarantined no longer."""
    database.execute("DELETE FROM quarantine WHERE url_id = ?", (url_id,))


def retry_others(database: Database, extractor: str, now: datetime) -> int:
    """How many pages are asked for again, because it was another extractor than this one that they broke."""
    return _let_out(database, "q.extractor <> ?", (extractor,), now)


def retry(database: Database, now: datetime, *, url: str | None = None, source: str | None = None) -> int:
    """How many pages are asked for again: that of an address, those of a source, or all."""
    if url is not None:
        return _let_out(database, "u.url = ? OR u.key = ?", (url, _key(url)), now)
    if source is not None:
        return _let_out(database, "s.name = ?", (source,), now)
    return _let_out(database, "1", (), now)


def pages(database: Database, source: str | None = None) -> Iterator[Quarantined]:
    """The quarantined pages, newest first; of one source, or of all."""
    condition, values = ("s.name = ?", (source,)) if source is not None else ("1", ())
    for row in database.rows(f"{_PAGES} WHERE {condition} ORDER BY q.quarantined_at DESC, q.url_id DESC", values):
        yield _of(row)


def find(database: Database, url: str) -> tuple[Quarantined, bytes | None] | None:
    """The quarantined page of an address, however that is written, with its body where it is kept.

    None where there is no such page. Raises ValueError where the body is not what was kept.
    """
    row = database.row(f"{_PAGES} WHERE u.url = ? OR u.key = ?", (url, _key(url)))
    if row is None:
        return None
    body = database.value("SELECT body FROM quarantine WHERE url_id = ?", (row["url_id"],))
    return _of(row), None if body is None else _inflated(body, row["body_bytes"])


def _key(url: str) -> str:
    try:
        return url_key(url)
    except BadUrl:
        return url


def _inflated(body: bytes, size: int) -> bytes:
    # No more than was kept: a file that somebody else has written to may hold a bomb.
    inflater = zlib.decompressobj()
    try:
        found = inflater.decompress(body, size + 1)
    except zlib.error as error:
        raise ValueError(f"its body cannot be read: {error}") from error
    if len(found) != size or not inflater.eof:
        raise ValueError(f"its body is not the {size} bytes that were kept")
    return found


def _let_out(database: Database, condition: str, values: tuple[str, ...], now: datetime) -> int:
    rows = database.rows(
        "SELECT q.url_id FROM quarantine q JOIN urls u ON u.id = q.url_id JOIN sources s ON s.id = u.source_id"
        f" WHERE {condition}",
        values,
    )
    chosen = [(row["url_id"],) for row in rows]
    # An article is looked at again; what was none yet is pending. One that became the part of another stays that.
    database.executemany(
        "UPDATE urls SET state = CASE state WHEN 'failed' THEN 'pending' ELSE state END, attempts = 0,"
        f" strikes = {RETRY_STRIKES}, next_at = ?, etag = NULL, last_modified = NULL WHERE id = ? AND {_FREE}",
        [(utc_text(now), url_id) for (url_id,) in chosen],
    )
    database.executemany("DELETE FROM quarantine WHERE url_id = ?", chosen)
    return len(chosen)


def _trim(database: Database) -> None:
    """None; of the pages behind the newest no body is kept."""
    database.execute(
        "UPDATE quarantine SET body = NULL WHERE url_id IN (SELECT url_id FROM (SELECT url_id,"
        " row_number() OVER newest AS place, sum(length(body)) OVER newest AS total FROM quarantine"
        " WHERE body IS NOT NULL WINDOW newest AS (ORDER BY quarantined_at DESC, url_id DESC))"
        " WHERE place > ? OR total > ?)",
        (KEPT_BODIES, KEPT_BYTES),
    )


def _of(row: Any) -> Quarantined:
    facts = {name: row[name] for name in Quarantined.__slots__ if name != "body_kept"}
    return Quarantined(**facts, body_kept=bool(row["body_kept"]))
